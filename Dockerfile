# The site in one image: `up` runs all of it, `up --only web` and `up --only workers validation` run its parts.
# Reports as PDF are left out: they need the library Pango, see docs/reports.md.
#
# Tags are pinned, digests are not: they are those of the registry that you build from. Add them once, behind the tag:
#   docker buildx imagetools inspect python:3.11.14-slim-bookworm --format '{{.Manifest.Digest}}'
FROM node:22.21.1-bookworm-slim AS charts
WORKDIR /charts
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11.14-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
# Without pip in it: what runs later installs nothing.
RUN python -m venv --without-pip /opt/venv
COPY requirements.txt requirements-extras.txt constraints.txt ./
RUN pip --python /opt/venv/bin/python install --only-binary :all: -r requirements-extras.txt -c constraints.txt
COPY manage.py ./
COPY remediation_site remediation_site
COPY tracker tracker
COPY alerts alerts
COPY dashboard dashboard
COPY templates templates
COPY docs docs
COPY samples samples
COPY --from=charts /charts/node_modules/chart.js/dist node_modules/chart.js/dist
# The secret of this one command signs nothing: collecting static files needs some.
RUN ENVIRONMENT=production SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    ALLOWED_HOSTS=localhost STATIC_ROOT=/app/staticfiles \
    /opt/venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && /opt/venv/bin/python -m compileall -q /app /opt/venv/lib

FROM python:3.11.14-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production LOG_FORMAT=json STATIC_ROOT=/app/staticfiles
RUN groupadd --gid 10001 remediation \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin remediation
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# Of a container with a web server; compose.yaml asks those with workers alone otherwise.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=8)"]
ENTRYPOINT ["python", "manage.py"]
CMD ["up", "--host", "0.0.0.0", "--port", "8000"]
