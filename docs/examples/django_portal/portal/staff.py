"""Who of the staff is asking: whoever is signed in to Django itself, with the permissions of their groups."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from permit_accounts import Permission, StaffMember
from permit_accounts.web.request import Request

#: Django's group of that name may do all that the console can do.
GROUP = "Permit desk"


def member(request: Request) -> StaffMember | None:
    """The active member of staff of Django's session; None for anybody else.

    The user of an account is never one, whatever password was set for it in the admin.
    """
    asked = HttpRequest()
    asked.session = import_module(settings.SESSION_ENGINE).SessionStore(_session_key(request))
    user = get_user(asked)
    if not (user.is_active and user.is_staff) or hasattr(user, "permit_account"):
        return None
    at_desk = user.is_superuser or user.groups.filter(name=GROUP).exists()
    return StaffMember(id=user.get_username(), may=frozenset(Permission) if at_desk else frozenset())


def _session_key(request: Request) -> str | None:
    try:
        cookies = SimpleCookie(request.header("cookie"))
    except CookieError:
        return None
    kept = cookies.get(settings.SESSION_COOKIE_NAME)
    return kept.value if kept is not None else None
