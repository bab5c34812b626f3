"""An Argon2id hash as a text: what it says of its own cost, and what of that is believed.

    $argon2id$v=19$m=65536,t=3,p=4$<salt>$<tag>
    p:<pepper id>$argon2id$v=19$m=65536,t=3,p=4$<salt>$<tag>
    w:pbkdf2_sha256:rounds=600000:32:<old salt>:p:<pepper id>$argon2id$v=19$…

The third is made from a hash that an earlier portal had: what Argon2 was given is that hash's digest. The
text names how the digest is made from a password (scheme, cost, length, salt), and does not hold it.

Reading is strict. Whatever differs by one character from what is written here, has a salt or a tag that is
too short, or costs more than a machine can bear, is no hash.
"""

from __future__ import annotations

import base64
import re
from typing import Final, Protocol

import attrs

from permit_accounts.model.values import Value
from permit_accounts.rules.old_costs import KINDS, OldScheme, numbers_of, numbers_text, scheme_of
from permit_accounts.rules.patterns import Pattern

SALT_BYTES: Final = 16  # RFC 9106, 3.1
TAG_BYTES: Final = 32  # RFC 9106, 4

# What a stored hash may cost, so that a planted one cannot take the machine down. It is no multiple of the
# configured cost: a setting that was lowered by mistake must lock nobody out.
_MOST_MEMORY: Final = 1 << 20  # KiB
_MOST_PASSES: Final = 16
_MOST_LANES: Final = 16
_MOST_WORK: Final = 1 << 22  # KiB times passes
_LONGEST: Final = 300  # characters
_STORED: Final = Pattern(
    r"(?:w:([a-z0-9_]{1,20}):([a-z0-9=,]{1,60}):([1-9][0-9]?):([A-Za-z0-9+/]{1,86}):)?"
    r"(?:p:([A-Za-z0-9_-]{1,32}))?"
    r"\$argon2id\$v=19\$m=([1-9][0-9]{0,9}),t=([1-9][0-9]{0,9}),p=([1-9][0-9]{0,7})"
    r"\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{43,86})",
    re.ASCII,
)


class Cost(Protocol):
    """Passes, memory in KiB and lanes of one Argon2 hash."""

    @property
    def time_cost(self) -> int:
        """Passes over the memory."""
        ...

    @property
    def memory_cost(self) -> int:
        """Memory in KiB."""
        ...

    @property
    def parallelism(self) -> int:
        """Lanes."""
        ...


@attrs.frozen(eq=False, repr=False)
class AnyCost(Value):
    """A cost without a floor: what a stored hash says of itself, and what tests are run with."""

    time_cost: int
    memory_cost: int
    parallelism: int


@attrs.frozen(eq=False, repr=False)
class StoredHash(Value):
    """What stands in an encoded hash."""

    pepper_id: str | None
    cost: AnyCost
    salt: bytes = attrs.field(repr=False)
    tag: bytes = attrs.field(repr=False)
    inner: OldScheme | None = None


def to_text(
    pepper_id: str | None, cost: Cost, salt: bytes, tag: bytes, *, inner: OldScheme | None = None
) -> str:
    """The text that is stored.

    Args:
        inner: How the digest was made that Argon2 was given in place of the password itself.
    """
    prefix = "" if inner is None else _inner_text(inner)
    prefix += "" if pepper_id is None else f"p:{pepper_id}"
    parameters = f"m={cost.memory_cost},t={cost.time_cost},p={cost.parallelism}"
    return f"{prefix}$argon2id$v=19${parameters}${_base64(salt)}${_base64(tag)}"


def from_text(text: str) -> StoredHash | None:
    """What a stored text holds, or None where it is no hash of this kind."""
    match = _STORED.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    memory, passes, lanes = int(match[6]), int(match[7]), int(match[8])
    salt, tag = _unbase64(match[9]), _unbase64(match[10])
    inner = None if match[1] is None else _inner(match[1], match[2], int(match[3]), match[4])
    if memory < 8 * lanes or salt is None or tag is None or (match[1] is not None and inner is None):
        return None
    return StoredHash(match[5], AnyCost(passes, memory, lanes), salt, tag, inner)


def is_of_an_old_hash(text: str | None) -> bool:
    """Whether what is stored was made from a hash of an earlier portal."""
    stored = None if text is None else from_text(text)
    return stored is not None and stored.inner is not None


def work(cost: Cost) -> int:
    """Passes times KiB: what a hash costs, whatever its lanes."""
    return cost.time_cost * cost.memory_cost


def too_costly(cost: Cost, today: Cost) -> bool:
    """Whether a stored hash is beyond what is ever computed; what is made today never is."""
    return (
        cost.memory_cost > max(_MOST_MEMORY, today.memory_cost)
        or cost.time_cost > max(_MOST_PASSES, today.time_cost)
        or cost.parallelism > max(_MOST_LANES, today.parallelism)
        or work(cost) > max(_MOST_WORK, work(today))
    )


def _inner_text(inner: OldScheme) -> str:
    numbers = numbers_text(KINDS[inner.name], inner.numbers)
    return f"w:{inner.name}:{numbers}:{inner.length}:{_base64(inner.salt)}:"


def _inner(name: str, numbers: str, length: int, salt: str) -> OldScheme | None:
    if name not in KINDS:
        return None
    read, octets = numbers_of(KINDS[name], numbers), _unbase64(salt)
    if read is None or octets is None:
        return None
    return scheme_of(name, read, octets, length)


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).rstrip(b"=").decode("ascii")


def _unbase64(text: str) -> bytes | None:
    if len(text) % 4 == 1:
        return None
    octets = base64.b64decode(text + "=" * (-len(text) % 4))
    return octets if _base64(octets) == text else None
