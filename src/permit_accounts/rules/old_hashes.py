"""Password hashes of an earlier portal: what their text says.

pbkdf2_sha256$600000$<salt>$<digest>        Django, as are the next four
pbkdf2_sha1$… scrypt$… bcrypt_sha256$$2b$… bcrypt$$2b$… argon2$argon2id$…
$2b$12$<salt><digest>                       bcrypt by itself: 2a, 2b and 2y
$argon2id$v=19$m=65536,t=4,p=1$<salt>$<digest>
"""

from __future__ import annotations

import base64
import binascii
import re
from enum import StrEnum
from typing import Final

import attrs

from permit_accounts.model.values import Value
from permit_accounts.rules.characters import is_encodable
from permit_accounts.rules.old_costs import (
    DIGEST_BYTES,
    KINDS,
    NUMBER,
    Numbers,
    OldScheme,
    has_sound_sizes,
    is_bearable,
)
from permit_accounts.rules.patterns import Pattern

_LONGEST: Final = 400
_PBKDF2: Final = Pattern(rf"(pbkdf2_sha256|pbkdf2_sha1)\$({NUMBER})\$([^$]+)\$([A-Za-z0-9+/=]+)", re.ASCII)
_SCRYPT: Final = Pattern(rf"scrypt\$({NUMBER})\$([^$]+)\$({NUMBER})\$({NUMBER})\$([A-Za-z0-9+/=]+)", re.ASCII)
_BCRYPT_TEXT: Final = Pattern(
    r"(bcrypt_sha256\$|bcrypt\$)?\$2[aby]\$([0-9]{2})\$([./A-Za-z0-9]{21}[.Oeu])([./A-Za-z0-9]{31})",
    re.ASCII,
)
_ARGON2_TEXT: Final = Pattern(
    rf"(?:argon2)?\$(argon2id?)\$v=19\$m=({NUMBER}),t=({NUMBER}),p=({NUMBER})"
    r"\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)",
    re.ASCII,
)


class OldHashFault(StrEnum):
    """Why an old hash cannot be taken over."""

    UNKNOWN = "hash-unknown"
    TOO_COSTLY = "hash-too-costly"


@attrs.frozen(eq=False, repr=False)
class OldHash(Value):
    """An old hash, understood. The digest opens the account that it belongs to, and is kept nowhere."""

    scheme: OldScheme
    digest: bytes = attrs.field(repr=False)


def parse_old_hash(text: str) -> OldHash | OldHashFault:
    """What an old hash says.

    Args:
        text: As the earlier portal kept it.
    """
    if len(text) > _LONGEST or not is_encodable(text):
        return OldHashFault.UNKNOWN
    for read in (_pbkdf2, _scrypt, _bcrypt, _argon2):
        old = read(text)
        if old is not None:
            bearable = is_bearable(KINDS[old.scheme.name], old.scheme.numbers)
            return old if bearable else OldHashFault.TOO_COSTLY
    return OldHashFault.UNKNOWN


def _pbkdf2(text: str) -> OldHash | None:
    match = _PBKDF2.fullmatch(text)
    return None if match is None else _made(match[1], (int(match[2]),), match[3], match[4])


def _scrypt(text: str) -> OldHash | None:
    match = _SCRYPT.fullmatch(text)
    if match is None:
        return None
    return _made("scrypt", (int(match[1]), int(match[3]), int(match[4])), match[2], match[5])


def _bcrypt(text: str) -> OldHash | None:
    match = _BCRYPT_TEXT.fullmatch(text)
    if match is None:
        return None
    name = "bcrypt_sha256" if match[1] == "bcrypt_sha256$" else "bcrypt"
    digest = match[4].encode()
    return OldHash(OldScheme(name, (int(match[2]),), match[3].encode(), len(digest)), digest)


def _argon2(text: str) -> OldHash | None:
    match = _ARGON2_TEXT.fullmatch(text)
    if match is None:
        return None
    salt, digest = _unpadded(match[5]), _unpadded(match[6])
    if salt is None or digest is None:
        return None
    numbers = int(match[2]), int(match[3]), int(match[4])
    return _sound(OldHash(OldScheme(match[1], numbers, salt, len(digest)), digest))


def _made(name: str, numbers: Numbers, salt: str, digest: str) -> OldHash | None:
    octets = _padded(digest)
    if octets is None or len(octets) != DIGEST_BYTES[name]:
        return None
    return _sound(OldHash(OldScheme(name, numbers, salt.encode(), len(octets)), octets))


def _sound(old: OldHash) -> OldHash | None:
    return old if has_sound_sizes(old.scheme) else None


def _padded(text: str) -> bytes | None:
    try:
        octets = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
    return octets if base64.b64encode(octets).decode() == text else None


def _unpadded(text: str) -> bytes | None:
    return _padded(text + "=" * (-len(text) % 4))
