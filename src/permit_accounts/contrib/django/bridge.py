"""The user of an account: found, or made at the account's first request.

Django's permissions, groups and admin work on the user. The user has no password, and a name that is made of
the account's id and never of what a person chose: an account called `admin` is not Django's `admin`.
"""

from __future__ import annotations

from itertools import count

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, models, router, transaction

from permit_accounts import Account
from permit_accounts.contrib.django.models import AccountUser


def user_of(account: Account) -> AbstractBaseUser:
    """The one user of this account, made where there is none yet. # Cost: one read."""
    found = _found(account)
    if found is not None:
        return found
    try:
        return _made(account, _free_name(account))
    except IntegrityError:
        # Another request made it first, and this one's user was rolled back; or it is a fault of the model.
        found = _found(account)
        if found is None:
            raise
        return found


def is_of_an_account(user: AbstractBaseUser) -> bool:
    """Whether this user is the bridge's. # Cost: one read."""
    return bool(AccountUser.objects.filter(user_id=user.pk).exists())


def _found(account: Account) -> AbstractBaseUser | None:
    bridge = AccountUser.objects.select_related("user").filter(account_id=account.id).first()
    return bridge.user if bridge is not None else None


def _made(account: Account, name: str) -> AbstractBaseUser:
    model = get_user_model()
    user = model(**{model.USERNAME_FIELD: name})
    user.set_unusable_password()
    # Both rows or none. It begins with a write: SQLite lets nobody wait who has read first.
    with transaction.atomic(using=router.db_for_write(AccountUser)):
        user.save(force_insert=True)
        AccountUser.objects.create(account_id=account.id, user=user)
    return user


def _free_name(account: Account) -> str:
    """A user that has the name already, and is not the account's by the bridge, is somebody else."""
    model = get_user_model()
    field = model.USERNAME_FIELD
    # RFC 2606, 2: no mail can ever be addressed to `.invalid`.
    ending = "@account.invalid" if isinstance(model._meta.get_field(field), models.EmailField) else ""
    first = f"account-{account.id}"
    names = (f"{first}{ending}" if n == 1 else f"{first}-{n}{ending}" for n in count(1))
    return next(name for name in names if not model._default_manager.filter(**{field: name}).exists())
