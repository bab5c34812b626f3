"""Who a request is from, as one identity: an account with its user, a user of Django's own, or nobody."""

from __future__ import annotations

from typing import Any, Final

import attrs
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from permit_accounts import Account

_KEPT: Final = "_permit_accounts_identity"


@attrs.frozen
class Identity:
    """What `request.account` and `request.user` are: never of two people.

    Args:
        user: Of the model in `AUTH_USER_MODEL`, or Django's `AnonymousUser`.
        account: Whose session the request carries; None where it carries none, or one that does not count.
        set_aside: Whether the request does carry a session that does not count, since Django's own has
            somebody signed in, or since the account's user was made inactive.
    """

    user: Any
    account: Account | None = None
    set_aside: bool = False


def keep_identity(request: HttpRequest, identity: Identity) -> None:
    """Put it where views, templates and decorators find it."""
    setattr(request, _KEPT, identity)
    request.account = identity.account
    request.user = identity.user


def kept_identity(request: HttpRequest) -> Identity:
    """What the middleware found.

    Raises:
        ImproperlyConfigured: There is no middleware, so nobody looked.
    """
    identity = getattr(request, _KEPT, None)
    if not isinstance(identity, Identity):
        raise ImproperlyConfigured(
            "nobody has looked who this request is from: "
            "put permit_accounts.contrib.django.middleware.AccountsMiddleware into MIDDLEWARE"
        )
    return identity
