"""Decorators for views: somebody must be signed in, or hold a verified license.

They work on functions, synchronous or not, on `View.as_view()`, and through `method_decorator` on methods.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from permit_accounts import Account
from permit_accounts.contrib.django.identity import kept_identity
from permit_accounts.contrib.django.settings import configured
from permit_accounts.contrib.django.translation import described
from permit_accounts.contrib.signing_in import address_within_the_site, wants_a_page

_View = TypeVar("_View", bound=Callable[..., Any])


def sign_in_required(view: _View) -> _View:
    """The view is for those who are signed in to an account.

    Anybody else is sent to the sign-in page and comes back afterwards; a program gets 401.
    Where there is a session that does not count (see the middleware) the answer is 403, since signing in
    again would change nothing.
    """
    return _behind(_signed_in, view)


def verified_license_required(view: _View) -> _View:
    """The view is for those who hold a license that was verified: 403 for others who are signed in.

    # Cost: one read.
    """
    return _behind(_licensed, view)


def _behind(gate: Callable[[HttpRequest], HttpResponse | None], view: _View) -> _View:
    """The view behind a gate, which answers in its place or lets the request through."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def awaited(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            instead = await sync_to_async(gate)(request)
            return instead if instead is not None else await view(request, *args, **kwargs)

        return cast(_View, awaited)

    @wraps(view)
    def called(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        instead = gate(request)
        return instead if instead is not None else view(request, *args, **kwargs)

    return cast(_View, called)


def _signed_in(request: HttpRequest) -> HttpResponse | None:
    found = _account_or_answer(request)
    return None if isinstance(found, Account) else found


def _licensed(request: HttpRequest) -> HttpResponse | None:
    found = _account_or_answer(request)
    if not isinstance(found, Account):
        return found
    if not configured().site.accounts.verified_licenses(found):
        raise PermissionDenied("no license of this account is verified")
    return None


def _account_or_answer(request: HttpRequest) -> Account | HttpResponse:
    identity = kept_identity(request)
    if identity.account is not None:
        return identity.account
    if identity.set_aside:
        raise PermissionDenied("Django has somebody else signed in, or has this user as inactive")
    asked = described(request)
    if not wants_a_page(asked):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"})
    address = configured().site.sign_in_address(address_within_the_site(asked))
    # After a POST too, the sign-in page is got (RFC 9110, 15.4.4).
    return HttpResponseRedirect(address, status=303, headers={"Cache-Control": "no-store"})
