"""The middleware: it looks at our session on each request and sets `request.account` and `request.user`.

The rule where one browser has two identities: whoever is signed in by Django's own means (its admin, a
directory) stays so, and the account is set aside: `request.account` is None. So no account ever acts with the
permissions of a member of staff, and no citizen's session replaces a staff member's in the admin. Users that
belong to accounts are signed in here alone: a session of Django's that names one counts for nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from permit_accounts import OutcomeUnknown, TryAgainLater, Unavailable
from permit_accounts.contrib.django.bridge import is_of_an_account, user_of
from permit_accounts.contrib.django.identity import Identity, keep_identity, kept_identity
from permit_accounts.contrib.django.settings import configured
from permit_accounts.contrib.django.translation import described
from permit_accounts.contrib.signing_in import tell_log
from permit_accounts.texts import TomlCatalog

_TEXTS: Final = TomlCatalog()


class AccountsMiddleware:
    """Stands after Django's `AuthenticationMiddleware`, where a project has that.

    Every request is looked at, once and before its view, so that `request.account` is an `Account` or truly
    None, also in asynchronous views. # Cost: nothing where no session is carried; otherwise two reads of
    the accounts, one of the bridge, and one of Django's own session where there is one.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        configured()  # A wrong setting is told when the project starts, not at its first request.
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """The view's answer, or 503 where the accounts are out of reach."""
        if self._is_async:
            return self._awaited(request)
        busy = _look(request)
        return busy if busy is not None else _marked(request, self._get_response(request))

    async def _awaited(self, request: HttpRequest) -> HttpResponse:
        """The same, with every read in a thread."""
        busy = await sync_to_async(_look)(request)
        return busy if busy is not None else _marked(request, await self._get_response(request))

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """503 for a view whose accounts are out of reach; any other exception is the project's."""
        return _not_now(exception) if isinstance(exception, TryAgainLater | Unavailable) else None


def _look(request: HttpRequest) -> HttpResponse | None:
    """Set who the request is from."""
    try:
        identity = _identity(request)
    except (TryAgainLater, Unavailable) as error:
        # Nobody would be a lie: it sends a signed-in person to sign in.
        return _not_now(error)
    keep_identity(request, identity)

    async def auser() -> Any:
        return await sync_to_async(_evaluated)(identity.user)

    request.auser = auser
    return None


def _identity(request: HttpRequest) -> Identity:
    before = getattr(request, "user", None)
    signed_in = configured().site.signed_in(described(request))
    if signed_in is None:
        # As lazy as Django's own, so that a page without either session costs nothing.
        return Identity(user=SimpleLazyObject(lambda: _of_django(before) or AnonymousUser()))
    own = _of_django(before)
    if own is not None:
        return Identity(user=own, set_aside=True)
    user = user_of(signed_in.account)
    if not user.is_active:
        return Identity(user=AnonymousUser(), set_aside=True)
    return Identity(user=user, account=signed_in.account)


def _of_django(before: Any) -> Any:
    """Whom Django's own means have signed in, unless it is the user of an account."""
    if before is None or not before.is_authenticated or is_of_an_account(before):
        return None
    return before


def _evaluated(user: Any) -> Any:
    """The user itself, read now and in this thread."""
    _ = user.is_authenticated
    return user


def _marked(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """No cache between gives one person's page to another: it depends on who asked."""
    patch_vary_headers(response, ("Cookie", "Authorization"))
    if kept_identity(request).account is not None and not response.has_header("Cache-Control"):
        response["Cache-Control"] = "private"
    return response


def _not_now(error: TryAgainLater | Unavailable) -> HttpResponse:
    """503, in the language that Django speaks with this person; when to come again, unless it may be done."""
    tell_log(error)
    language = (get_language() or "").partition("-")[0]
    key, headers = "web.unavailable", {"Retry-After": "5"}
    if isinstance(error, OutcomeUnknown):
        key, headers = "web.outcome-unknown", {}
    text = _TEXTS.text(f"{key}.text", language, {})
    headers["Cache-Control"] = "no-store"
    return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8", headers=headers)
