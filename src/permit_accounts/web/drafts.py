"""What was typed survives a session or a set-up that ran out while the person was typing (WCAG 2.2, 2.2.5).

It waits in a cookie of that browser, never on the server, for ten minutes, and is used up by the page that it
was typed into. Passwords and answers are not part of it. It comes back to the person who typed it: another
one who signs in at the same browser meanwhile is not shown it, and it is gone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Final

from permit_accounts import Field
from permit_accounts.web import cookies
from permit_accounts.web.asking import Asking
from permit_accounts.web.fields import SECRET_KINDS

_SECONDS: Final = 600
#: What a browser keeps of one cookie is 4,096 bytes with its name and attributes (RFC 6265, 6.1).
_LONGEST: Final = 3_500


def mark(name: str) -> str:
    """What tells one person, or one link, from another, and opens and names neither; empty for none."""
    return hashlib.sha256(name.encode()).hexdigest()[:16] if name else ""


def place(path: str, person: str) -> str:
    """The form at a path as this person has it.

    Args:
        path: Where it is.
        person: The person's mark; empty where it is not known.
    """
    return f"{path}#{person}" if person else path


def kept(
    asking: Asking, place: str, fields: Iterable[Field], form: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """The header that keeps what was typed into the form at this place; none where it is too much."""
    plain = [field.name for field in fields if field.kind not in SECRET_KINDS]
    typed = {name: form[name] for name in plain if form.get(name)}
    if not typed:
        return ()
    text = json.dumps([place, typed], ensure_ascii=False, separators=(",", ":"))
    value = base64.urlsafe_b64encode(text.encode("utf-8", "replace")).rstrip(b"=").decode("ascii")
    if len(value) > _LONGEST:
        return ()
    return (asking.setting.cookies.kept(cookies.DRAFT, value, seconds=_SECONDS),)


def typed_before(asking: Asking, place: str) -> Mapping[str, str]:
    """What was typed into the form at this place before it ran out; no more trusted than any form."""
    at, typed = _read(asking)
    return typed if at == place else {}


def of_another(asking: Asking, person: str) -> bool:
    """Whether this browser keeps something that is not known to have been typed by this person.

    Args:
        person: As `place` was given it, by its mark.
    """
    return cookies.DRAFT in asking.cookies and _read(asking)[0].partition("#")[2] != person


def _read(asking: Asking) -> tuple[str, Mapping[str, str]]:
    """The place of what is kept, and what was typed there; nowhere and nothing where it is none of ours."""
    value = asking.cookies.get(cookies.DRAFT, "")
    try:
        at, typed = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
        return str(at), {str(name): text for name, text in typed.items() if isinstance(text, str)}
    except (ValueError, binascii.Error, TypeError, AttributeError, RecursionError):
        return "", {}
