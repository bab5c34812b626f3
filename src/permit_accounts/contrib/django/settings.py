"""The one setting, `PERMIT_ACCOUNTS`: where the site and the console are, read once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, cast

import attrs
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.utils.module_loading import import_string

from permit_accounts.contrib.signing_in import SignInPages
from permit_accounts.web.request import Handler

_NAME: Final = "PERMIT_ACCOUNTS"
_HANDLER: Final = ("body_limit", "paths", "handle")
_EXAMPLE: Final = f'{_NAME} = {{"SITE": "portal.accounts.site"}}'


@attrs.frozen
class Configured:
    """What the project has: the public pages, and where it says so the staff console."""

    site: SignInPages
    console: Handler | None = None


@cache
def configured() -> Configured:
    """What `PERMIT_ACCOUNTS` names, imported once.

    Raises:
        ImproperlyConfigured: The setting is missing, misspelled, or names something else.
    """
    given = getattr(settings, _NAME, None)
    if not isinstance(given, Mapping):
        raise ImproperlyConfigured(f"{_NAME} is missing, or no dictionary; write {_EXAMPLE}")
    unknown = sorted(str(name) for name in given if name not in {"SITE", "CONSOLE"})
    if unknown:
        raise ImproperlyConfigured(f"{_NAME} has no {', '.join(unknown)}; it takes SITE and CONSOLE")
    if "SITE" not in given:
        raise ImproperlyConfigured(f"{_NAME} lacks SITE; write {_EXAMPLE}")
    site = _imported(given, "SITE", lacks_none_of=(*_HANDLER, "accounts", "signed_in", "sign_in_address"))
    console = _imported(given, "CONSOLE", lacks_none_of=_HANDLER) if "CONSOLE" in given else None
    return Configured(site=cast(SignInPages, site), console=cast(Handler | None, console))


def _imported(given: Mapping[str, object], name: str, *, lacks_none_of: tuple[str, ...]) -> object:
    path = given[name]
    told = f'{_NAME}["{name}"] = {path!r}'
    if not isinstance(path, str):
        raise ImproperlyConfigured(f"{told}: write where it is, as a dotted path in quotation marks")
    try:
        part: object = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"{told}: {error}") from error
    missing = [wanted for wanted in lacks_none_of if not hasattr(part, wanted)]
    if missing:
        raise ImproperlyConfigured(f"{told}: a {type(part).__name__} has no {', '.join(missing)}")
    return part


@receiver(setting_changed)
def _read_again(*, setting: str, **_: Any) -> None:
    """`override_settings` in the tests of a project reaches what was read before."""
    if setting == _NAME:
        configured.cache_clear()
