"""Computes what an earlier portal made of a password: the digest that its hash ended in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from argon2.low_level import Type, hash_secret_raw

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.secret import Secret
from permit_accounts.rules.old_costs import DIGEST_BYTES, OldCost, OldScheme, parse_declared
from permit_accounts.tools.shielded import as_text, octets, shielded

try:
    import bcrypt
except ModuleNotFoundError:  # the extra `bcrypt` brings it
    _bcrypt_hashpw: Callable[[bytes, bytes], bytes] | None = None
else:
    _bcrypt_hashpw = bcrypt.hashpw

#: Computes a digest from a text.
OldCompute = Callable[[bytes, OldScheme], bytes]

#: bcrypt looks at no more octets than these.
_BCRYPT_MOST: Final = 72
_PBKDF2: Final = {"pbkdf2_sha256": "sha256", "pbkdf2_sha1": "sha1"}
_ARGON2: Final = {"argon2i": Type.I, "argon2id": Type.ID}


class OldWork:
    """The work of an earlier portal's hashes that every check does.

    Args:
        declared: `Policy.imported_hashes`.
        random: So many random bytes, for salts of work that is thrown away.
        compute: What makes a digest.

    Raises:
        ConfigurationError: A cost is out of range, or needs a package that is not installed.
    """

    def __init__(
        self, declared: Iterable[str], *, random: Callable[[int], bytes], compute: OldCompute
    ) -> None:
        self._declared = tuple(map(_declared, declared))
        self._random = random
        self._compute = compute
        _check_computable(self._declared)

    def takes(self, scheme: OldScheme) -> bool:
        """Whether hashes of this scheme and cost are declared."""
        return any(declared.covers(scheme) for declared in self._declared)

    def given(self, secret: Secret, inner: OldScheme | None) -> Secret:
        """What Argon2 is given: the secret, or the digest that an earlier portal made of it.

        Each declared cost is spent once, on that digest or on nothing.
        """
        given = secret
        for declared in self._declared:
            if inner is not None and declared.covers(inner):
                given = as_text(self._digest(secret, inner))
                wasted, inner = declared.rest(inner), None
            else:
                wasted = (declared.numbers,)
            for numbers in wasted:
                self._digest(secret, decoy(declared.kind, numbers, self._random))
        return given

    def _digest(self, secret: Secret, scheme: OldScheme) -> bytes:
        return shielded(lambda: self._compute(octets(secret), scheme))


def digest_of(text: bytes, scheme: OldScheme) -> bytes:
    """The digest of this text under this scheme.

    Where a scheme would not look at the whole text, it is given another one in its place, which costs as much
    and is never right: bcrypt stops after 72 octets, and to PBKDF2 (which scrypt is made of) a text and the
    same text with NULs behind it are one.
    """
    short = scheme.name == "bcrypt" and len(text) > _BCRYPT_MOST
    if short or b"\0" in text:
        text = hashlib.sha512(text).hexdigest()[:_BCRYPT_MOST].encode()
    if scheme.name in _PBKDF2:
        return hashlib.pbkdf2_hmac(_PBKDF2[scheme.name], text, scheme.salt, scheme.numbers[0], scheme.length)
    if scheme.name in _ARGON2:
        return _argon2(text, scheme)
    return _scrypt(text, scheme) if scheme.name == "scrypt" else _bcrypt(text, scheme)


def decoy(kind: str, numbers: tuple[int, ...], random: Callable[[int], bytes]) -> OldScheme:
    """A scheme of this kind and cost that is nobody's."""
    if kind == "bcrypt":
        return OldScheme("bcrypt", numbers, f"{random(11).hex()[:21]}u".encode(), 31)
    name = "argon2id" if kind == "argon2" else kind
    return OldScheme(name, numbers, random(16), DIGEST_BYTES.get(kind, 32))


def _scrypt(text: bytes, scheme: OldScheme) -> bytes:
    n, r, p = scheme.numbers
    most = 128 * r * (n + p + 2) + 4096
    return hashlib.scrypt(text, salt=scheme.salt, n=n, r=r, p=p, maxmem=most, dklen=scheme.length)


def _argon2(text: bytes, scheme: OldScheme) -> bytes:
    m, t, p = scheme.numbers
    kind = _ARGON2[scheme.name]
    return hash_secret_raw(
        secret=text,
        salt=scheme.salt,
        time_cost=t,
        memory_cost=m,
        parallelism=p,
        hash_len=scheme.length,
        type=kind,
        version=19,
    )


def _bcrypt(text: bytes, scheme: OldScheme) -> bytes:
    """The last 31 characters of bcrypt's own text. Django hashes first, so that every octet counts."""
    assert _bcrypt_hashpw is not None  # `_check_computable` came first
    given = hashlib.sha256(text).hexdigest().encode() if scheme.name == "bcrypt_sha256" else text
    settings = b"$2b$%02d$" % scheme.numbers[0] + scheme.salt
    return _bcrypt_hashpw(given, settings)[-scheme.length :]


def _declared(text: str) -> OldCost:
    declared = parse_declared(text)
    if declared is None:
        raise ConfigurationError(f"imported={str(text)[:80]!r} is no cost of an earlier portal's hashes")
    return declared


def _check_computable(declared: Sequence[OldCost]) -> None:
    if _bcrypt_hashpw is None and any(cost.kind == "bcrypt" for cost in declared):
        raise ConfigurationError(
            "Policy(imported_hashes=…) names bcrypt, whose package is not installed: "
            "install permit-accounts with its extra [bcrypt]"
        )
