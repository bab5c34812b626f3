"""What the password hashes of an earlier portal cost, and what a city declares of that.

Every check does the work of each declared cost, so that the time an attempt takes does not tell who came from
the earlier portal. What nobody declared, and what costs more than was declared, is never computed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import attrs

from permit_accounts.model.values import Value
from permit_accounts.rules.patterns import Pattern

Numbers = tuple[int, ...]

#: Which numbers each kind of work has. Two schemes of one kind, such as bcrypt with and without a hash before
#: it, cost the same.
NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "pbkdf2_sha256": ("rounds",),
    "pbkdf2_sha1": ("rounds",),
    "scrypt": ("n", "r", "p"),
    "bcrypt": ("cost",),
    "argon2": ("m", "t", "p"),
}
_ORDER: Final = {kind: place for place, kind in enumerate(NUMBERS)}
#: The kind of work of each scheme.
KINDS: Final[Mapping[str, str]] = {
    "pbkdf2_sha256": "pbkdf2_sha256",
    "pbkdf2_sha1": "pbkdf2_sha1",
    "scrypt": "scrypt",
    "bcrypt": "bcrypt",
    "bcrypt_sha256": "bcrypt",
    "argon2i": "argon2",
    "argon2id": "argon2",
}
#: Octets of a digest; an Argon2 hash says its own.
DIGEST_BYTES: Final[Mapping[str, int]] = {"pbkdf2_sha256": 32, "pbkdf2_sha1": 20, "scrypt": 64}

# What an old hash may cost at all, about a second each: a planted one must not take the machine down.
# Judgement: three times what Django 5.2 makes (1,000,000 rounds), four times what bcrypt's package does (12).
_MOST_ROUNDS: Final = 3_000_000
_BCRYPT: Final = range(4, 15)
_SCRYPT_N: Final = range(2**10, 2**17 + 1)
_SCRYPT_MOST: Final = 2**21  # n r p
_ARGON2_MOST_MEMORY: Final = 2**18  # KiB
_ARGON2_MOST: Final = 2**20  # KiB times passes
_SMALL: Final = range(1, 17)
#: Octets of a salt. Its quality does not matter any more: Argon2 adds one of its own.
_SALT: Final = range(1, 65)
_ARGON2_SALT: Final = range(8, 65)
_ARGON2_DIGEST: Final = range(16, 65)

NUMBER: Final = r"(?:0|[1-9][0-9]{0,9})"
_DECLARED: Final = Pattern(r"([a-z0-9_]{1,20}):([a-z0-9=,]{1,60})", re.ASCII)
_NUMBERS: Final = Pattern(rf"[a-z]+={NUMBER}(?:,[a-z]+={NUMBER})*", re.ASCII)
#: 128 bits in 22 characters; of the last one only two bits count, and bcrypt takes no others.
_BCRYPT_SALT: Final = Pattern("[./A-Za-z0-9]{21}[.Oeu]", re.ASCII)


@attrs.frozen(eq=False, repr=False)
class OldCost(Value):
    """One kind of work and how much of it, as a city declares it: `bcrypt:cost=12`."""

    kind: str
    numbers: Numbers

    @property
    def text(self) -> str:
        """As it is declared."""
        return f"{self.kind}:{numbers_text(self.kind, self.numbers)}"

    def covers(self, scheme: OldScheme) -> bool:
        """Whether a hash is of this kind and costs no more.

        Scrypt's n and r must be the same, and Argon2's p: as much work in other memory takes another time.
        """
        return self.covers_cost(scheme.cost)

    def covers_cost(self, other: OldCost) -> bool:
        """Whether this is of the same kind, and the other no more of it."""
        return other.kind == self.kind and _no_more(self.kind, other.numbers, self.numbers)

    def rest(self, scheme: OldScheme) -> tuple[Numbers, ...]:
        """What is left to compute after a hash that this covers, for the work to be the whole."""
        return _REST[self.kind](scheme.numbers, self.numbers)


@attrs.frozen(eq=False, repr=False)
class OldScheme(Value):
    """How the digest of a password was made: everything but the password.

    Args:
        name: A key of `KINDS`.
        numbers: Its cost.
        salt: As it goes in.
        length: Octets of the digest.
    """

    name: str
    numbers: Numbers
    salt: bytes = attrs.field(repr=False)
    length: int

    @property
    def cost(self) -> OldCost:
        """Its work."""
        return OldCost(KINDS[self.name], self.numbers)


def parse_declared(text: object) -> OldCost | None:
    """What a city declares, or None where it is no cost of an old hash or beyond what is ever computed."""
    match = _DECLARED.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[1] not in NUMBERS:
        return None
    numbers = numbers_of(match[1], match[2])
    if numbers is None or not is_bearable(match[1], numbers):
        return None
    return OldCost(match[1], numbers)


def declaration_for(costs: Iterable[OldCost]) -> tuple[str, ...]:
    """The least that covers all of these: one text for each kind, n and r of scrypt, and p of Argon2."""
    groups: dict[Numbers, list[OldCost]] = {}
    for cost in costs:
        fixed = {"scrypt": cost.numbers[:2], "argon2": cost.numbers[2:]}.get(cost.kind, ())
        groups.setdefault((_ORDER[cost.kind], *fixed), []).append(cost)
    return tuple(_least(groups[key]).text for key in sorted(groups))


def scheme_of(name: str, numbers: Numbers, salt: bytes, length: int) -> OldScheme | None:
    """A scheme as it was stored, or None where no old hash that is taken over has it."""
    scheme = OldScheme(name, numbers, salt, length)
    sound = has_sound_sizes(scheme) and is_bearable(KINDS[name], numbers)
    return scheme if sound else None


def numbers_text(kind: str, numbers: Numbers) -> str:
    """Such as `n=16384,r=8,p=1`."""
    return ",".join(f"{name}={number}" for name, number in zip(NUMBERS[kind], numbers, strict=True))


def numbers_of(kind: str, text: str) -> Numbers | None:
    """What `numbers_text` wrote; None where these are not the numbers of this kind, in this order."""
    pairs = [pair.partition("=") for pair in text.split(",")]
    if _NUMBERS.fullmatch(text) is None or tuple(name for name, _, _ in pairs) != NUMBERS[kind]:
        return None
    return tuple(int(number) for _, _, number in pairs)


def is_bearable(kind: str, numbers: Numbers) -> bool:
    """Whether this much work is ever computed."""
    if kind == "scrypt":
        n, r, p = numbers
        return (
            n in _SCRYPT_N and n & (n - 1) == 0 and r in _SMALL and p in _SMALL and n * r * p <= _SCRYPT_MOST
        )
    if kind == "argon2":
        m, t, p = numbers
        bearable = t in _SMALL and p in _SMALL and 8 * p <= m <= _ARGON2_MOST_MEMORY
        return bearable and m * t <= _ARGON2_MOST
    return numbers[0] in _BCRYPT if kind == "bcrypt" else 1 <= numbers[0] <= _MOST_ROUNDS


def has_sound_sizes(scheme: OldScheme) -> bool:
    """Whether salt and digest are of the sizes that this scheme has."""
    kind = KINDS[scheme.name]
    if kind == "bcrypt":
        return _BCRYPT_SALT.fullmatch(scheme.salt.decode("latin-1")) is not None and scheme.length == 31
    if kind == "argon2":
        return len(scheme.salt) in _ARGON2_SALT and scheme.length in _ARGON2_DIGEST
    return len(scheme.salt) in _SALT and scheme.length == DIGEST_BYTES[scheme.name]


def _least(costs: Sequence[OldCost]) -> OldCost:
    """The least cost of one kind that covers these; where two numbers make it up, memory comes first."""
    kind, all_numbers = costs[0].kind, [cost.numbers for cost in costs]
    most = max(numbers[0] for numbers in all_numbers)
    if kind == "scrypt":
        return OldCost(kind, (*all_numbers[0][:2], max(lanes for _, _, lanes in all_numbers)))
    if kind == "argon2":
        passes = max(-(-m * t // most) for m, t, _ in all_numbers)
        return OldCost(kind, (most, passes, all_numbers[0][2]))
    return OldCost(kind, (most,))


def _no_more(kind: str, numbers: Numbers, most: Numbers) -> bool:
    if kind == "scrypt":
        return numbers[:2] == most[:2] and numbers[2] <= most[2]
    if kind == "argon2":
        (m, t, p), (most_m, most_t, all_p) = numbers, most
        return p == all_p and m <= most_m and m * t <= most_m * most_t
    return numbers[0] <= most[0]


def _rest_of_rounds(numbers: Numbers, most: Numbers) -> tuple[Numbers, ...]:
    return ((most[0] - numbers[0],),) if numbers[0] < most[0] else ()


def _rest_of_scrypt(numbers: Numbers, most: Numbers) -> tuple[Numbers, ...]:
    """The lanes that are left: they are computed one after another, in the same memory."""
    left = most[2] - numbers[2]
    return ((*numbers[:2], left),) if left else ()


def _rest_of_bcrypt(numbers: Numbers, most: Numbers) -> tuple[Numbers, ...]:
    """Each cost is twice the one before: 2^10 + 2^10 + 2^11 = 2^12."""
    return tuple((cost,) for cost in range(numbers[0], most[0]))


def _rest_of_argon2(numbers: Numbers, most: Numbers) -> tuple[Numbers, ...]:
    """To within one step of Argon2, which has none below 8 KiB a lane."""
    m, t, p = most
    left = (m * t - numbers[0] * numbers[1]) // t
    return ((left, t, p),) if left >= 8 * p else ()


_REST: Final[Mapping[str, Callable[[Numbers, Numbers], tuple[Numbers, ...]]]] = {
    "pbkdf2_sha256": _rest_of_rounds,
    "pbkdf2_sha1": _rest_of_rounds,
    "scrypt": _rest_of_scrypt,
    "bcrypt": _rest_of_bcrypt,
    "argon2": _rest_of_argon2,
}
