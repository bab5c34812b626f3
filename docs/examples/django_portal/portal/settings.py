"""The settings of the project; what is secret comes from the environment."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent.parent
FILES = Path(os.environ.get("PORTAL_FOLDER", "portal-files"))
FILES.mkdir(mode=0o700, exist_ok=True)
ADDRESS = os.environ.get("PORTAL_ADDRESS", "http://127.0.0.1:8000")

SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
ALLOWED_HOSTS = [urlsplit(ADDRESS).hostname]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "permit_accounts.contrib.django",
    "portal.apps.PortalConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "permit_accounts.contrib.django.middleware.AccountsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
# Django's own tables lie in a file of their own: the accounts are nobody's models.
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FILES / "django.db"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
STATIC_URL = "/admin-static/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ADDRESS.startswith("https:")

PERMIT_ACCOUNTS = {"SITE": "portal.accounts.site", "CONSOLE": "portal.accounts.console"}
DEFAULT_EXCEPTION_REPORTER_FILTER = "permit_accounts.contrib.django.error_reports.ErrorReportFilter"
