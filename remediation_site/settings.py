"""All settings. The only file that reads the environment; every variable is documented in .env.example."""

import socket
from datetime import timedelta
from pathlib import Path

from remediation_site.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()
ENV_FILE = env.str("ENV_FILE", default="")
env.read_file(ENV_FILE or str(BASE_DIR / ".env"), required=bool(ENV_FILE))

# -- what runs here ---------------------------------------------------------------------------------------------------
ENVIRONMENT = env.word("ENVIRONMENT", "production", ("production", "local"))
LOCAL = ENVIRONMENT == "local"

SECRET_KEY = env.str("SECRET_KEY")  # no default: a missing secret stops the start, by name
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.site_url("SITE_URL", "http://127.0.0.1:8000")
HOST_NAME = env.str("HOST_NAME", default=socket.gethostname())[:60]  # what tells this host from others of the site

INSTALLED_APPS = [
    "remediation_site.apps.RemediationAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "django_q",
    "remediation_site",
    "tracker",
    "alerts",
    "dashboard",
]

MIDDLEWARE = [
    "remediation_site.middleware.request_id",  # first: every log line and every answer has it
    "remediation_site.middleware.head_without_body",
    "remediation_site.api.middleware.api_answers",  # around all that may refuse
    "remediation_site.health.health_answer",  # before the host and https are looked at
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "remediation_site.middleware.content_security_policy",
    "remediation_site.middleware.private_answers",
    "remediation_site.middleware.bounded_bodies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "remediation_site.auditing.surroundings",
    "remediation_site.signin.sessions.session_ends",
    "remediation_site.signin.middleware.second_factor_asked",
    "tracker.middleware.viewer_time_zone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # last: it answers who is locked out
]

ROOT_URLCONF = "remediation_site.urls"
WSGI_APPLICATION = "remediation_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# -- the audit: its seals are signed with a key that is not in the database -------------------------------------------
AUDIT_KEY = env.str("AUDIT_KEY", default="")  # "" derives it from SECRET_KEY
AUDIT_KEY_FALLBACKS = env.list("AUDIT_KEY_FALLBACKS", default=[])

# -- rows -------------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'remediation.sqlite3'}")}
DATABASES["default"]["CONN_MAX_AGE"] = env.number("DATABASE_CONN_MAX_AGE", 60, minimum=0)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # without it, half of concurrent writes fail with "database is locked"
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)  # seconds, then an error
    # Compiling a question about the past takes PostgreSQL up to a hundred times as long as answering it.
    DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- later work: rows say what is still to do, the queue only wakes the workers ----------------------------------------
Q_TASK_TIMEOUT = env.number("Q_TASK_TIMEOUT", 300)  # seconds, like all that follow here
VALIDATION_WORKERS = env.number("VALIDATION_WORKERS", 1)  # of this host
VALIDATION_QUEUE = "validation"
VALIDATION_LONGEST = 6 * 86_400  # seconds that one run of checks may take at most, whatever the catalogue says
REDIS_URL = env.redis("REDIS_URL")  # "" leaves the queue in the database
Q_CLUSTER = {
    "name": "remediation",
    "orm": "default",
    "broker_class": f"remediation_site.{'redis_broker.RedisBroker' if REDIS_URL else 'broker.SiteBroker'}",
    "workers": env.number("Q_WORKERS", 2),
    "queue_limit": 2,
    "bulk": 1,
    "timeout": Q_TASK_TIMEOUT,
    "retry": Q_TASK_TIMEOUT * 5,  # the clock starts when a task is prefetched; remediation_site.checks has the sum
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 0,  # no pruning after each task, which reads every row that is kept: a schedule does it
    "label": "Background work",
    # Suites of tests take long: they have workers of their own and hold up no alert. Runs that still wait are rows.
    "ALT_CLUSTERS": {
        VALIDATION_QUEUE: {
            "workers": VALIDATION_WORKERS,
            "queue_limit": 1,
            "retry": VALIDATION_LONGEST + 86_400,
            "poll": 1,
            "scheduler": False,  # the other cluster looks for what is due
        }
    },
}
KEEP_TASK_DAYS = env.number("KEEP_TASK_DAYS", 7)
KEEP_FAILED_TASK_DAYS = env.number("KEEP_FAILED_TASK_DAYS", 90)

# -- the supervised processes -----------------------------------------------------------------------------------------
WEB_WORKERS = env.number("WEB_WORKERS", 2)
WEB_THREADS = env.number("WEB_THREADS", 4)
BEAT_SECONDS = env.number("BEAT_SECONDS", 10)
BEAT_LIMIT_SECONDS = env.number("BEAT_LIMIT_SECONDS", 30)
STOP_SECONDS = env.number("STOP_SECONDS", 15)
# Set by the supervisor for the processes that it starts, so that a cluster knows its own beat; nobody sets it by hand.
CLUSTER_TOKEN = env.str("CLUSTER_TOKEN", default="")

# -- people, sessions, cookies ----------------------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "remediation_site.accounts.AccountBackend"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"  # Strict would ask who follows a link of a mail to log in
if not LOCAL:  # browsers take such a cookie only over https, from this host itself, and for all of its paths
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SESSION_COOKIE_AGE = env.number("SESSION_HOURS", 24) * 3600  # seconds after the sign-in, whatever is done in between
SESSION_IDLE_MINUTES = env.number("SESSION_IDLE_MINUTES", 240)

PASSWORD_LOGIN = env.word("PASSWORD_LOGIN", "everybody", ("everybody", "superusers"))
TWO_FACTOR_REQUIRED_FOR = env.list("TWO_FACTOR_REQUIRED_FOR", default=[])  # groups, superusers, everybody

# -- single sign-on by OpenID Connect ---------------------------------------------------------------------------------
OIDC_ISSUER = env.site_url("OIDC_ISSUER", "", required=False)  # "" leaves it out
OIDC_NAME = env.str("OIDC_NAME", default="single sign-on")  # what the button says
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_SCOPES = env.list("OIDC_SCOPES", default=["openid", "email", "profile"])
OIDC_BIND_BY_EMAIL = env.bool("OIDC_BIND_BY_EMAIL", default=False)
OIDC_CREATE_ACCOUNTS = env.bool("OIDC_CREATE_ACCOUNTS", default=False)
OIDC_LOGOUT = env.bool("OIDC_LOGOUT", default=False)  # logging out leads to the provider's own log-out, too
OIDC_GROUPS_CLAIM = env.str("OIDC_GROUPS_CLAIM", default="groups")
OIDC_GROUPS = env.pairs("OIDC_GROUPS")  # the provider's name of a group -> the name of the group here

# -- failed attempts to sign in: remediation_site.signin.throttle counts them with django-axes -------------------------
PROXY_COUNT = env.number("PROXY_COUNT", 0, minimum=0)  # in front of the site, each adding to X-Forwarded-For
LOGIN_ATTEMPTS = env.number("LOGIN_ATTEMPTS", 5)  # of one user name from one address
LOGIN_ATTEMPTS_OF_ADDRESS = env.number("LOGIN_ATTEMPTS_OF_ADDRESS", 50)  # whatever the user names
AXES_FAILURE_LIMIT = LOGIN_ATTEMPTS
AXES_COOLOFF_TIME = timedelta(minutes=env.number("LOGIN_LOCK_MINUTES", 15))
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_HANDLER = "remediation_site.signin.throttle.Throttle"
AXES_CLIENT_IP_CALLABLE = "remediation_site.signin.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "remediation_site.signin.throttle.locked"
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False  # remediation_site.admin shows them, to look at
AXES_SENSITIVE_PARAMETERS = ["code", "csrfmiddlewaretoken", "state"]
AXES_VERBOSE = False
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not LOCAL)
SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", 0 if LOCAL else 31_536_000, minimum=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# The names of Django 6's own setting; remediation_site.middleware sends it until then.
SECURE_CSP = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],  # data: for the icons of Django's own stylesheets
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
PERMISSIONS_POLICY = {  # what browsers can do and no page here needs; remediation_site.middleware sends it
    name: "()"
    for name in ("camera", "microphone", "geolocation", "payment", "usb", "serial", "midi", "display-capture")
} | {"fullscreen": "(self)"}

# -- language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = env.str("SITE_LANGUAGE", default="en-us")  # of all: kept reports and sent mails have no reader's own
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.time_zone("SITE_TIME_ZONE", "UTC")

# -- files ------------------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
WHITENOISE_USE_FINDERS = LOCAL
# Chart.js as npm brings it (tools/install_charts.py), whole: hashed file names are made for what its files name, too.
CHARTS_FOLDER = BASE_DIR / "node_modules" / "chart.js" / "dist"
CHARTS_INSTALLED = (CHARTS_FOLDER / "chart.umd.min.js").is_file()
STATICFILES_DIRS = [
    ("help", BASE_DIR / "docs" / "images"),
    *([("chartjs", CHARTS_FOLDER)] if CHARTS_INSTALLED else []),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# -- analyses ---------------------------------------------------------------------------------------------------------
MAX_ANALYSIS_BYTES = env.number("MAX_ANALYSIS_BYTES", 2 * 1024 * 1024)
EXECUTIVES_READ_ANALYSES = env.bool("EXECUTIVES_READ_ANALYSES", default=True)  # see tracker.permissions.may_read
EXTRACTION_WEIGHTS = env.str("EXTRACTION_WEIGHTS", default="")  # a retrained model; "" is the one that is shipped
# A paste or several files in one form: each is checked against MAX_ANALYSIS_BYTES by the intake.
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_ANALYSIS_BYTES * 2
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_ANALYSIS_BYTES
DATA_UPLOAD_MAX_NUMBER_FILES = 100
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
MAX_REQUEST_BYTES = env.number("MAX_REQUEST_BYTES", 64 * 1024 * 1024)  # of all files and fields of a form together

# -- validation -------------------------------------------------------------------------------------------------------
VALIDATION_CATALOGUE = env.str("VALIDATION_CATALOGUE", default="")  # what may be executed; "" is nothing
VALIDATE_AGAIN_DAYS = env.number("VALIDATE_AGAIN_DAYS", 14, minimum=0)  # nights after which nobody asks again

# -- reports ----------------------------------------------------------------------------------------------------------
REPORT_HOUR = env.number("REPORT_HOUR", 7, minimum=0)  # of the day after a period, in SITE_TIME_ZONE

# -- alerts -----------------------------------------------------------------------------------------------------------
ALERT_INTERVAL_MINUTES = env.number("ALERT_INTERVAL_MINUTES", 5)  # between two evaluations
HEARTBEAT_URL = env.str("HEARTBEAT_URL", default="")  # called after each, so that somebody outside misses the next

# -- messages that leave ----------------------------------------------------------------------------------------------
mail = env.mail("EMAIL_URL")
MAIL_IS_SET = bool(mail)  # without a server there is no mail; nothing is thrown away in silence
globals().update(mail)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="")
SEND_SECONDS = env.number("SEND_SECONDS", 20)  # what one try to send may take
EMAIL_TIMEOUT = SEND_SECONDS
SEND_ATTEMPTS = env.number("SEND_ATTEMPTS", 12)
SEND_AGAIN_SECONDS = env.number("SEND_AGAIN_SECONDS", 30)  # after the first failure; twice as long after each other
SEND_LEASE_SECONDS = env.number("SEND_LEASE_SECONDS", 120)  # a worker that has not ended by then is taken for dead
KEEP_MESSAGE_DAYS = env.number("KEEP_MESSAGE_DAYS", 400, minimum=200)  # two quarters are compared on the pages
OUTGOING_ALLOW_HOSTS = env.list("OUTGOING_ALLOW_HOSTS", default=[])
SLACK_API_URL = env.site_url("SLACK_API_URL", "https://slack.com/api")
SLACK_ANSWER_URL = env.site_url("SLACK_ANSWER_URL", "https://hooks.slack.com")  # where answers to buttons may go
SLACK_SIGNING_SECRET = env.str("SLACK_SIGNING_SECRET", default="")  # "" leaves the buttons of messages out

# -- the API ----------------------------------------------------------------------------------------------------------
API_REQUESTS_A_MINUTE = env.number("API_REQUESTS_A_MINUTE", 300)  # of one token, on all hosts together

# -- who watches from outside ------------------------------------------------------------------------------------------
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # "" leaves /metrics out

SENTRY_DSN = env.dsn("SENTRY_DSN")  # "" tells errors to the log alone
RELEASE = env.str("RELEASE", default="")  # what was deployed, as errors name it

LOG_LEVEL = env.word("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOG_FORMAT = env.word("LOG_FORMAT", "line", ("line", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "remediation_site.logs.LineFormatter"},
        "json": {"()": "remediation_site.logs.JsonFormatter"},
    },
    "filters": {"no traceback of refusals": {"()": "remediation_site.logs.NoTracebackOfRefusals"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["no traceback of refusals"],
        }
    },
    # django-q writes several lines for each task at INFO, the supervisor's beats among them.
    # WeasyPrint writes a line at INFO for each step of each picture.
    "loggers": {
        name: {"level": "DEBUG" if LOG_LEVEL == "DEBUG" else "WARNING"} for name in ("django-q", "weasyprint.progress")
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}

# Channels may read the variables that this one names and no others: whoever edits a channel must not learn the site's
# own secrets. Last in this file, because no setting that was read above may be among them.
CHANNEL_SECRETS = env.values_of("CHANNEL_SECRETS")
