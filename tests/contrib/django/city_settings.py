"""The settings of a small Django project, as a city would have them."""

from __future__ import annotations

SECRET_KEY = "of a project that is only ever tested"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "permits.sampleton.example.gov"]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "permit_accounts.contrib.django",
    "permit_accounts.contrib.django.records",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "permit_accounts.contrib.django.middleware.AccountsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
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
ROOT_URLCONF = "contrib.django.city_urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DEFAULT_EXCEPTION_REPORTER_FILTER = "permit_accounts.contrib.django.error_reports.ErrorReportFilter"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
PERMIT_ACCOUNTS = {"SITE": "contrib.django.city.site", "CONSOLE": "contrib.django.city.console"}
# The rest of the suite logs as it was.
LOGGING_CONFIG = None
