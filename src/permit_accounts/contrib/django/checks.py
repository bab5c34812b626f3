"""What `manage.py check` says of a project that is put together wrongly, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as Advice
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host
from django.urls import Resolver404, get_script_prefix, resolve
from django.utils.module_loading import import_string

from permit_accounts.contrib.django.settings import Configured, configured
from permit_accounts.contrib.django.views import console_page, site_page
from permit_accounts.web.request import Handler

MIDDLEWARE: Final = "permit_accounts.contrib.django.middleware.AccountsMiddleware"
FILTER: Final = "permit_accounts.contrib.django.error_reports.ErrorReportFilter"
_BEFORE: Final = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
)


def check_settings(**_: Any) -> list[CheckMessage]:
    """`PERMIT_ACCOUNTS` can be read, and all that it names is what it is called."""
    found: list[CheckMessage] = []
    try:
        configured()
    except ImproperlyConfigured as error:
        found.append(Error(str(error), id="permit_accounts.E001"))
    return found


def check_middleware(**_: Any) -> list[CheckMessage]:
    """Ours is there, and has the last word on `request.user`."""
    order = list(settings.MIDDLEWARE)
    if MIDDLEWARE not in order:
        return [
            Advice(
                "request.account is not set, and the decorators fail, without AccountsMiddleware.",
                hint=f"Add '{MIDDLEWARE}' to MIDDLEWARE, after AuthenticationMiddleware.",
                id="permit_accounts.W001",
            )
        ]
    late = [name for name in order[order.index(MIDDLEWARE) :] if name in _BEFORE]
    return [
        Error(
            f"'{name}' comes after AccountsMiddleware, which must have the last word on request.user.",
            hint=f"Move '{MIDDLEWARE}' below it.",
            id="permit_accounts.E002",
        )
        for name in late
    ]


def check_backends(**_: Any) -> list[CheckMessage]:
    """No password of an account is checked by Django."""
    return [
        Error(
            f"AUTHENTICATION_BACKENDS names '{name}', and there is no such backend.",
            hint="Remove it. People sign in on the pages of the site; a second door would have no limits.",
            id="permit_accounts.E003",
        )
        for name in settings.AUTHENTICATION_BACKENDS
        if name.startswith("permit_accounts.")
    ]


def check_error_reports(**_: Any) -> list[CheckMessage]:
    """The mail to `ADMINS` about a failed view shows no cookie that signs a person in."""
    used = import_string(settings.DEFAULT_EXCEPTION_REPORTER_FILTER)
    hides = getattr(used, "hidden_settings", None)
    if hides is not None and hides.search("__Host-sid"):
        return []
    return [
        Advice(
            "Reports of errors show the session cookies of accounts to whoever reads them.",
            hint=f"Set DEFAULT_EXCEPTION_REPORTER_FILTER = '{FILTER}'.",
            id="permit_accounts.W002",
        )
    ]


def check_urls(**_: Any) -> list[CheckMessage]:
    """Every page of the site is reached by the project's URL patterns, and by no other view."""
    parts = _read()
    if parts is None:
        return []
    found: list[CheckMessage] = [
        Error(
            f"The page {path} is not answered by the site, but by {stranger}.",
            hint='Write path("", include("permit_accounts.contrib.django.urls")) with an empty prefix, '
            "before patterns that take everything; the pages' prefix is the site's own.",
            id="permit_accounts.E004",
        )
        for path, stranger in _astray(parts.site, site_page)
    ]
    # A console may be served by other processes with the same settings, so this is no error.
    if parts.console is not None and any(_astray(parts.console, console_page)):
        found.append(
            Advice(
                "There is a staff console, and no URL pattern leads to all of its pages.",
                hint='Write path("", include("permit_accounts.contrib.django.console_urls")), '
                "or silence this where other processes serve it.",
                id="permit_accounts.W003",
            )
        )
    return found


def check_host(**_: Any) -> list[CheckMessage]:
    """The host that e-mails link to is one that Django answers."""
    parts = _read()
    host = urlsplit(parts.site.accounts.policy.base_url).hostname if parts is not None else None
    if not host or not settings.ALLOWED_HOSTS or validate_host(host, settings.ALLOWED_HOSTS):
        return []
    return [
        Advice(
            f"Links in e-mails lead to {host}, which ALLOWED_HOSTS does not have.",
            hint=f"Add '{host}' to ALLOWED_HOSTS, or correct Policy(base_url=…).",
            id="permit_accounts.W004",
        )
    ]


def _read() -> Configured | None:
    """What is configured; None where the first check tells what is wrong."""
    try:
        return configured()
    except ImproperlyConfigured:
        return None


def _astray(handler: Handler, view: object) -> Iterator[tuple[str, str]]:
    """The paths that do not lead to this view, and where they lead."""
    prefix = get_script_prefix().rstrip("/")
    for path in sorted(handler.paths):
        try:
            reached: object = resolve(path.removeprefix(prefix)).func
        except Resolver404:
            yield path, "nothing"
        else:
            if reached is not view:
                yield path, getattr(reached, "__qualname__", repr(reached))
