"""Settings of the portal. What differs from place to place comes from the environment (see .env.example)."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from portal.lib import env, languages

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DATA_DIR", BASE_DIR / "var")).resolve()

DEBUG = env.switch("DEBUG")
TRIAL = env.switch("TRIAL")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
ON_LOOPBACK = set(ALLOWED_HOSTS) <= env.LOOPBACK
if DEBUG and not ON_LOOPBACK:
    raise ImproperlyConfigured(
        "DEBUG shows what people typed. Turn it off, or let ALLOWED_HOSTS be localhost."
    )
if TRIAL and not ON_LOOPBACK:
    raise ImproperlyConfigured("TRIAL uses known passwords. Turn it off, or let ALLOWED_HOSTS be localhost.")

SECRET_KEY = env.kept_secret("SECRET_KEY", DATA_DIR)
VAULT_PEPPER = env.kept_secret("VAULT_PEPPER", DATA_DIR)
# Lowered Argon2 for tests of flows; `check --deploy` refuses it.
VAULT_TEST = env.switch("VAULT_TEST")
VAULT_TEST_KDF = os.environ.get("VAULT_TEST_KDF", "")

SITE_NAME = os.environ.get("SITE_NAME", "Harm Reduction Collective")
SITE_CONTACT = os.environ.get("SITE_CONTACT", "")
SITE_URL = os.environ.get("SITE_URL", f"http://127.0.0.1:{env.whole_number('PORT', 8000)}").rstrip("/")

INSTALLED_APPS = [
    "portal.staff.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "crispy_forms",
    "csp",
    "portal",
    "resources",
    "training",
    "reporting",
]

MIDDLEWARE = [
    "portal.headers.PrivacyHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.faults.DatabaseFaults",
    "portal.headers.PathLanguage",
    "portal.staff.middleware.StaffSessions",
    "django.middleware.common.CommonMiddleware",
    "portal.staff.middleware.StaffCsrf",
    "portal.staff.middleware.StaffAuthentication",
    "portal.staff.middleware.StaffMessages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.pagecache.EmptyAfterStaffChange",
]

# StaffCsrf is Django's own check, at work where there are sessions; the check below looks for its name only.
SILENCED_SYSTEM_CHECKS = ["security.W003"]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
ASGI_APPLICATION = "portal.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "portal.context.site",
                "portal.context.languages",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "portal_forms"
CRISPY_TEMPLATE_PACK = "portal_forms"

# --- Database: "sent" must mean written to the disk (sealed reports, section 7) ---
DATABASES = {"default": env.database(DATA_DIR / "portal.sqlite3")}
_database = DATABASES["default"]
if str(_database["ENGINE"]).endswith("sqlite3"):
    # SQLite before 3.51.3 can lose a commit when the write-ahead log is reset; there the old journal is used.
    _journal = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"
        if sqlite3.sqlite_version_info >= (3, 51, 3)
        else "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA"
    )
    _database["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": f"{_journal}; PRAGMA secure_delete=ON; PRAGMA foreign_keys=ON",
    }
    # Threads of a live test server need a file, not memory.
    _database["TEST"] = {"NAME": os.environ.get("TEST_DATABASE_FILE") or None}
else:
    _database["OPTIONS"] = {
        # Compiling a question takes longer than any question of a page.
        "options": "-c jit=off",
        **dict(_database.get("OPTIONS") or {}),  # type: ignore[call-overload]
        # An attempt is given up soon and made anew by the next page: else each waits longer, and the
        # portal would stay away for minutes after its database is back.
        "pool": {"min_size": 1, "max_size": 8, "timeout": 5, "reconnect_timeout": 4},
    }
    _database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": env.cache("CACHE_URL")}
vars().update(env.mail("EMAIL_URL"))

DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", "webmaster@localhost")
EMAIL_TIMEOUT = 20  # seconds; a mail server that hangs must not keep the sender of notices

# --- Reports: policy of the collective, to be confirmed by it (docs/decisions) ---
KEEP_REPORTS_DAYS = {
    "standard": env.whole_number("KEEP_STANDARD_DAYS", 730),
    "short": env.whole_number("KEEP_SPAM_DAYS", 30),
    "long": env.whole_number("KEEP_LONG_DAYS", 3650),
}
# Full hours of the day, in TIME_ZONE, at which notices leave; daily ones leave at the first.
NOTICE_HOURS = env.hours("NOTICE_HOURS", "8,12,16,20")

# Ask the websites of the directory at night whether they still answer. A portal of this machine alone asks
# none.
CHECK_ADDRESSES = env.switch("CHECK_ADDRESSES", default=not ON_LOOPBACK)

# --- Staff accounts ---
AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["portal.staff.backends.RoleBackend"]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
SESSION_ENGINE = "portal.staff.sessions"
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
# Browsers refuse `__Host-` cookies without TLS, so a trial on this machine uses plain names.
SESSION_COOKIE_SECURE = not TRIAL
SESSION_COOKIE_NAME = "trial-staff" if TRIAL else "__Host-staff"
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "portal.faults.csrf_failure"

# --- Requests are read in memory: an upload is never written to disk in clear ---
BODY_LIMIT = 6 * 1024 * 1024
# Only at the addresses that take files: 25 MB of files and the words around them.
UPLOAD_LIMIT = 27 * 1024 * 1024
UPLOAD_ADDRESSES = r"/report/(return/)?files/|/admin/reporting/report/[0-9a-f-]{36}/files/"
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_LIMIT + 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# tcp://host:3310 or unix:///path of a ClamAV; when it is set, files it cannot check are refused.
CLAMAV_URL = env.scanner("CLAMAV_URL")

# --- Headers ---
SECURE_CONTENT_TYPE_NOSNIFF = True
# `no-referrer` would make browsers send `Origin: null` with forms, which then are refused.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_HSTS_SECONDS = 0 if ON_LOOPBACK else 2 * 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_SSL_REDIRECT = not ON_LOOPBACK
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
BEHIND_PROXY = env.switch("BEHIND_PROXY")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# --- Languages: English at the root, others under their code ---
LANGUAGE_CODE = languages.BASE
LANGUAGES = [(language.code, language.name) for language in languages.ALL]
LANGUAGES_BIDI = [language.code for language in languages.ALL if language.is_rtl]
FORMAT_MODULE_PATH = "portal.formats"
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "America/Chicago"

# --- Static files ---
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Tests and writers of templates read the files where they stand; a server reads them hashed and compressed.
PLAIN_STATIC = env.switch("PLAIN_STATIC")
STATIC_ROOT = None if PLAIN_STATIC else DATA_DIR / "static"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = PLAIN_STATIC
STORAGES = {
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if PLAIN_STATIC
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}

# --- Logs: lines for machines, to the terminal, with nothing about a person ---
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "portal.logs.QuietJson"}},
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["terminal"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["terminal"], "level": "INFO", "propagate": False},
        "django.server": {"handlers": [], "propagate": False},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"handlers": [], "level": "ERROR", "propagate": False},
    },
}
