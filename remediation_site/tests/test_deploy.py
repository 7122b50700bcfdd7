"""The examples of how to run it, read by the programs that read them in earnest, or by a linter of theirs."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from remediation_site.tests.conftest import BASE_DIR

DEPLOY = BASE_DIR / "deploy"
DOCKERFILE = (BASE_DIR / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = YAML(typ="safe").load((BASE_DIR / "compose.yaml").read_text(encoding="utf-8"))
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
BIN = Path(sys.executable).parent


def ran(*command: object, **environment: str) -> str:
    """What a program says about a file; a failure when it does not like it."""
    words, whole = [*map(str, command)], os.environ | environment
    done = subprocess.run(words, cwd=BASE_DIR, env=whole, capture_output=True, text=True, timeout=60, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def needs(name: str) -> str:
    """The path of a program; the test is skipped where it is not installed."""
    found = shutil.which(name) or shutil.which(name, path=str(BIN)) or shutil.which(name, path="/usr/sbin")
    return found or pytest.skip(f"{name} is not installed")


def test_the_compose_file_follows_its_specification():
    ran(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "compose.yaml")


def test_the_linter_of_dockerfiles_finds_nothing():
    ran(needs("hadolint"), "--failure-threshold", "style", "Dockerfile")


def test_the_image_has_pinned_bases_and_runs_as_nobody_in_particular():
    bases = re.findall(r"(?m)^FROM (\S+)", DOCKERFILE)
    last = DOCKERFILE.rpartition("\nFROM ")[2]

    assert bases
    assert all(re.fullmatch(r"[a-z]+:\d+\.\d+\.\d+-[a-z-]+(@sha256:[0-9a-f]{64})?", base) for base in bases)
    assert re.search(r"(?m)^USER [1-9]\d*:[1-9]\d*$", last)
    assert "HEALTHCHECK" in last
    assert not re.search(r"apt-get|build-essential|\bgcc\b|\bpip\b", last)
    assert re.findall(r"(?m)^(?:ENTRYPOINT|CMD) (.)", last) == ["[", "["], "signals reach the program itself"


def test_what_the_image_copies_is_here_and_is_let_in():
    copied = re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", DOCKERFILE)
    let_in = [line[1:] for line in (BASE_DIR / ".dockerignore").read_text().splitlines() if line.startswith("!")]

    for source in " ".join(copied).split():
        assert (BASE_DIR / source).exists(), source
        assert any(Path(source).match(pattern) for pattern in let_in), source


def test_what_the_image_copies_is_enough_to_run(tmp_path):
    copied = re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", DOCKERFILE)
    for source in " ".join(copied).split():
        if (BASE_DIR / source).is_dir():
            shutil.copytree(BASE_DIR / source, tmp_path / source, ignore=shutil.ignore_patterns("tests", "__pycache__"))
        else:
            shutil.copy(BASE_DIR / source, tmp_path / source)
    surroundings = {
        "PATH": os.environ["PATH"],
        "ENVIRONMENT": "production",
        "SECRET_KEY": "q7V-" + "aZ3_kR8b" * 8,
        "ALLOWED_HOSTS": "issues.example.org",
        "STATIC_ROOT": str(tmp_path / "staticfiles"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/image.sqlite3",
    }

    for words in ("manage.py collectstatic --no-input", "manage.py migrate", "-m remediation_site.wsgi"):
        command = [sys.executable, *words.split()]
        options = {"cwd": tmp_path, "env": surroundings, "capture_output": True, "text": True, "timeout": 120}
        done = subprocess.run(command, check=False, **options)
        assert done.returncode == 0, done.stderr


def test_every_container_is_limited_checked_and_pinned():
    for name, service in COMPOSE["services"].items():
        assert "healthcheck" in service or "web" in name, name
        assert re.search(r":\d+\.\d+|^remediation:local$", service["image"]), name
        assert service.get("privileged") is None
        if name != "migrate":
            assert "memory" in service["deploy"]["resources"]["limits"], name
    for name in ("web-a", "web-b", "worker-a", "worker-b", "redis"):
        service = COMPOSE["services"][name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_what_compose_starts_is_a_command_of_the_site():
    from_image = ("web-a", "worker-a", "migrate")
    for name in from_image:
        command = COMPOSE["services"][name]["command"]
        assert "usage: manage.py" in ran(sys.executable, "manage.py", command[0], "--help").lower(), name
    check = COMPOSE["services"]["worker-a"]["healthcheck"]["test"]
    assert check[:3] == ["CMD", "python", "manage.py"]
    assert "--only" in ran(sys.executable, "manage.py", check[3], "--help")


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_takes_the_units(unit, tmp_path):
    text = unit.read_text(encoding="utf-8")
    assert "/opt/remediation/.venv/bin/python manage.py" in text
    copy = tmp_path / unit.name  # verify wants the program to be there
    copy.write_text(text.replace("/opt/remediation/.venv/bin/python", sys.executable))

    said = ran(needs("systemd-analyze"), "verify", "--man=no", copy)

    assert [line for line in said.splitlines() if unit.name in line] == []
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "User=remediation", "CapabilityBoundingSet="):
        assert line in text.splitlines()


def test_every_alert_rule_asks_for_a_figure_that_the_site_has():
    rules = YAML(typ="safe").load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))
    source = (BASE_DIR / "remediation_site" / "prometheus.py").read_text(encoding="utf-8")

    for rule in [rule for group in rules["groups"] for rule in group["rules"]]:
        assert {"alert", "expr", "for", "labels", "annotations"} <= set(rule)
        for name in re.findall(r"remediation_(\w+)", rule["expr"]):
            assert f'"{name}"' in source or f'"remediation_{name}"' in source, name


@pytest.mark.parametrize(
    ("words", "environment", "port"),
    [((), {}, 8000), ((), {"PORT": "8077"}, 8077), ((), {"PORT": ""}, 8000), (("PORT=8078",), {"PORT": "8077"}, 8078)],
    ids=["of itself", "from the environment", "from an empty one", "from the command line before the environment"],
)
def test_make_run_takes_the_port(words, environment, port):
    bare = {name: value for name, value in os.environ.items() if name not in ("PORT", "MAKEFLAGS", "MAKELEVEL")}
    command = [shutil.which("make") or pytest.skip("make is not installed"), "--dry-run", "run", *words]

    said = subprocess.run(command, cwd=BASE_DIR, env=bare | environment, capture_output=True, text=True, check=True)

    assert f"--port {port}\n" in said.stdout


def test_prometheus_takes_the_alert_rules():
    ran(needs("promtool"), "check", "rules", DEPLOY / "prometheus" / "alerts.yml")


def test_nginx_takes_the_example(tmp_path):
    nginx = needs("nginx")
    key, certificate = tmp_path / "x.key", tmp_path / "x.crt"
    new = ("-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=issues.example.org")
    ran(needs("openssl"), "req", "-x509", *new, "-keyout", key, "-out", certificate)
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    text = text.replace("/etc/nginx/tls/issues.example.org.crt", str(certificate))
    text = text.replace("/etc/nginx/tls/issues.example.org.key", str(key))
    text = text.replace("/var/log/nginx/remediation.log", str(tmp_path / "access.log"))
    whole = f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{text}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole)

    ran(nginx, "-t", "-q", "-p", tmp_path, "-c", tmp_path / "nginx.conf")


def test_caddy_takes_the_example(tmp_path):
    surroundings = {"SITE_HOST": "issues.example.org", "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    ran(needs("caddy"), "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile", **surroundings)
