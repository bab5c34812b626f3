"""Usernames that a person chooses: the one canonical key, and which ones may be registered.

A registered username is plain ASCII, so two that look alike cannot be two people. What somebody types later
may be spelled in any way that folds to the same key: other case, full-width letters, white space around it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.rules.licenses import label_led, matches_format
from permit_accounts.rules.patterns import Pattern
from permit_accounts.rules.policy import Policy

#: How many characters a username has.
SHORTEST: Final = 3
LONGEST: Final = 64
#: Texts longer than this, before or after folding, are nobody's: only their beginning is kept in the key.
_FOLDED_AT_MOST: Final = 256
#: Marks the key of such a text. No username holds it.
_CUT: Final = "~"

_PLAIN: Final = Pattern(r"[A-Za-z0-9._@+-]{1,64}", re.ASCII)
_REGISTRABLE: Final = Pattern(r"[A-Za-z0-9][A-Za-z0-9._@+-]*", re.ASCII)
_READS_LIKE_LINK: Final = Pattern(r"[.@:/\\]")
_SEPARATORS: Final = Pattern(r"[._@+-]")
_UNKEEPABLE: Final = Pattern("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

#: Names that speak for the city or for the machine. Compared without separators and trailing digits.
_SPEAKING: Final = """
abuse account accounts admin administrator anonymous api billing buildingandsafety buildingdepartment
city cityclerk citycouncil cityhall citymanager citystaff clerk codeenforcement council county frontdesk
government guest help helpdesk hostmaster info inspection inspections inspector login logout
mailerdaemon mayor me moderator nobody noreply null official operator owner permit permits permitcenter
planning planningdepartment portal postmaster register root sales security self service setup signin
signout signup staff state superuser support sysadmin sysop system townhall undefined webadmin webmaster
"""
_RESERVED: Final = frozenset(_SPEAKING.split())


def unlinked(username: str) -> str:
    """A username as it may stand in a mail to somebody who never asked for it: none that reads like a link.

    Mail programs make a link of a text such as `prize.example`, and anybody may have chosen it.
    """
    return f"{username[:1]}…" if _READS_LIKE_LINK.search(username) else username


def username_key(text: str) -> str:
    """The key of a username: the one canonical function, for every path from typed text to a record.

    White space around the text is dropped; letters are folded (NFKC and full case folding), so that the
    Kelvin sign is a k and a ligature its letters. The function takes any text, is idempotent, and its
    result is bounded and can be stored anywhere: control characters and lone surrogates become U+FFFD, and
    an over-long text keeps its beginning and a mark. No username that may be registered has such a key.

    Args:
        text: Anything at all. It is measured before it is folded.
    """
    if _PLAIN.fullmatch(text):
        return text.lower()
    trimmed = text.strip()
    if len(trimmed) > _FOLDED_AT_MOST:
        return _folded(trimmed[:LONGEST])[:LONGEST] + _CUT
    folded = _folded(trimmed)
    return folded if len(folded) <= _FOLDED_AT_MOST else folded[:LONGEST] + _CUT


def username_problems(text: str, policy: Policy) -> Iterator[Problem]:
    """What keeps this text from being registered as a username.

    Letters A to Z, digits and `. _ - @ +`, beginning with a letter or digit; an e-mail address will do. Not
    all digits, no board's label or license number (a public user could pass for a contractor), and no name
    that speaks for the city. White space around it does not matter.
    """
    typed = text.strip()
    if not SHORTEST <= len(typed) <= LONGEST:
        yield Problem(Code.USERNAME_LENGTH, "username", {"min": str(SHORTEST), "max": str(LONGEST)})
    if len(typed) > LONGEST:
        return
    if _REGISTRABLE.fullmatch(typed) is None:
        yield Problem(Code.USERNAME, "username")
        return
    bare = _SEPARATORS.sub("", typed.lower())
    if bare.isdigit():
        yield Problem(Code.USERNAME_ALL_DIGITS, "username")
    elif label_led(typed) or matches_format(typed, policy.authorities):
        yield Problem(Code.USERNAME_LIKE_LICENSE, "username")
    elif bare.rstrip("0123456789") in _RESERVED or bare == _bare(policy.city):
        yield Problem(Code.USERNAME_RESERVED, "username")


def _folded(text: str) -> str:
    """Compatibility caseless form (Unicode, D146), composed, trimmed, without what a store cannot keep."""
    kept = _UNKEEPABLE.sub("\ufffd", text)
    once = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", kept).casefold())
    return unicodedata.normalize("NFKC", once.casefold()).strip()


def _bare(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())
