"""django-allauth with its own pages, and a view for a session check as an application would write it.

Its limit on sign-ins by address is switched off, since all come from one here; that on failures stays.
Sessions are Django's own, in the database.
"""

from __future__ import annotations

import sys
from typing import Any

import django
from cases import ACCOUNTS, CHEAPEST, DATABASE, PASSWORD, SECRET, SIGNING_IN, address, posts, reads, write
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpRequest, JsonResponse

# The settings name the hasher and the addresses by the name of this module.
sys.modules["allauth_portal"] = sys.modules[__name__]


class CheapHasher(Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = CHEAPEST


settings.configure(
    SECRET_KEY=SECRET,
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="allauth_portal",
    USE_TZ=True,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATABASE),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "allauth",
        "allauth.account",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ],
    AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
    PASSWORD_HASHERS=["allauth_portal.CheapHasher"],
    ACCOUNT_LOGIN_METHODS={"email"},
    ACCOUNT_SIGNUP_FIELDS=["email*", "password1*", "password2*"],
    ACCOUNT_EMAIL_VERIFICATION="none",
    ACCOUNT_RATE_LIMITS={"login": None},
    LOGIN_REDIRECT_URL="/session",
    TEMPLATES=[
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
    ],
)
django.setup()

from django.contrib.auth import authenticate, get_user_model, login  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402


def session(request: HttpRequest) -> JsonResponse:
    user: Any = request.user
    if not user.is_authenticated:
        return JsonResponse({"signed_in": False})
    return JsonResponse({"signed_in": True, "id": user.pk, "email": user.email})


urlpatterns = [path("accounts/", include("allauth.urls")), path("session", session)]
wsgi = get_wsgi_application()


def main() -> None:
    from allauth.account.models import EmailAddress

    call_command("migrate", verbosity=0)
    encoded = make_password(PASSWORD)
    users = get_user_model().objects.bulk_create(
        get_user_model()(username=f"member{i}", email=address(i), password=encoded) for i in range(ACCOUNTS)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    request = HttpRequest()
    request.session = SessionStore()
    user = authenticate(request, email=address(0), password=PASSWORD)
    assert user is not None
    login(request, user)
    request.session.save()
    sid = f"sessionid={request.session.session_key}"
    token = "a" * 32
    forms = [{"csrfmiddlewaretoken": token, "login": address(i), "password": PASSWORD} for i in SIGNING_IN]
    write(
        {
            "check": reads("/session", sid, address(0)),
            "form page": reads("/accounts/password/change/", sid, "oldpassword"),
            "sign-in": posts("/accounts/login/", forms, status=302, cookie=f"csrftoken={token}"),
        }
    )


if __name__ == "__main__":
    main()
