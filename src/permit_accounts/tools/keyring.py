"""Three rings of keys: one seals ids, one names counts, one peppers hashes.

* **seal**, newest first: the first seals, all open. Replacing the whole ring ends every session and voids
  every link, which is also what to do after restoring a backup.
* **count**, fixed: the HMAC under which attempts on a name are counted, so that no count and no event holds
  an unknown name in clear.
* **pepper**, optional: mixed into every hash, its id stored beside the hash (NIST SP 800-63B-4, 3.1.1.2).

A sealed id is `<id>.<signature>`, HMAC-SHA-256 with a salt per purpose. The database alone opens nothing, the
key alone opens nothing. There is no default key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Self

import attrs
from itsdangerous import BadSignature, Signer

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.secret import Secret
from permit_accounts.rules.patterns import Pattern

#: The salt of session tokens, beside those of `Purpose`.
SESSION: Final = "session"
#: The salt of device tokens.
DEVICE: Final = "device"

_SEALED: Final = Pattern(r"[A-Za-z0-9_:-]{1,120}\.[A-Za-z0-9_-]{43}", re.ASCII)
_KEY_BYTES: Final = 32
_PEPPER_ID: Final = Pattern(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
_ENTRY: Final = Pattern(r"(seal|count|pepper\.([A-Za-z0-9_-]{1,32}))=([A-Za-z0-9_-]+={0,2})", re.ASCII)


class Keyring:
    """A city's keys. Make them with `permit-accounts keys new`, keep them outside the database.

    Args:
        seal: Keys of 32 bytes or more, newest first.
        count: One key of 32 bytes or more; changing it forgets every count.
        pepper: Keys by id, newest first; empty for none.

    Raises:
        ConfigurationError: A key is missing, short, used twice, or plainly no random key.
    """

    def __init__(
        self, *, seal: Sequence[bytes], count: bytes, pepper: Mapping[str, bytes] | None = None
    ) -> None:
        self._seal = tuple(seal or ())
        self._count = count
        self._peppers = dict(pepper or {})
        self._signers: dict[str, Signer] = {}
        del seal, count, pepper  # no traceback with local variables shows a key
        wrong = _wrong_with(self._seal, self._count, self._peppers)
        if wrong is not None:
            raise ConfigurationError(f"Keyring{wrong}")
        self._seal_ids = tuple(_id_of(key) for key in self._seal)

    @classmethod
    def new(cls, random: Callable[[int], bytes] = os.urandom) -> Self:
        """A ring of fresh random keys, without pepper."""
        return cls(seal=[random(_KEY_BYTES)], count=random(_KEY_BYTES))

    @classmethod
    def from_env(cls, name: str = "PERMIT_ACCOUNTS_KEYS") -> Self:
        """The keys in an environment variable, as `permit-accounts keys new` prints them.

        Raises:
            ConfigurationError: The variable is missing or not such a text. The message never shows it.
        """
        text = Secret(os.environ.get(name, "").strip())
        if not text:
            raise ConfigurationError(
                f"the environment variable {name} holds no keys: load the file that holds the city's. Only a "
                "new city makes new ones, with `permit-accounts keys new`; others in their place end every "
                "session"
            )
        try:
            return cls.from_text(text.reveal())
        except ConfigurationError as error:
            raise ConfigurationError(f"{name}: {error}") from None

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The keys in a text such as `seal=… count=… pepper.v1=…`, the newest of a ring first.

        Raises:
            ConfigurationError: The text is not of that form. The message never shows it.
        """
        read = _read(text)
        del text
        if isinstance(read, str):
            raise ConfigurationError(read)
        return cls(seal=read.seal, count=read.count, pepper=read.peppers)

    def to_text(self) -> str:
        """The keys as `from_text` reads them. Whoever has this text can forge sessions."""
        entries = [f"seal={_encoded(key)}" for key in self._seal]
        entries.append(f"count={_encoded(self._count)}")
        entries += [f"pepper.{key_id}={_encoded(key)}" for key_id, key in self._peppers.items()]
        return " ".join(entries)

    def with_new_seal(self, random: Callable[[int], bytes] = os.urandom, *, keep: bool = True) -> Keyring:
        """A ring whose newest seal is fresh; with `keep=False` every session and link ends."""
        kept = self._seal if keep else ()
        return Keyring(seal=[random(_KEY_BYTES), *kept], count=self._count, pepper=self._peppers)

    def with_new_pepper(self, pepper_id: str, random: Callable[[int], bytes] = os.urandom) -> Keyring:
        """A ring whose newest pepper is fresh; the older ones stay for the hashes that name them.

        Raises:
            ConfigurationError: The ring has a pepper of this id, or it is no id.
        """
        if pepper_id in self._peppers:
            raise ConfigurationError(f"there is a pepper named {pepper_id!r} already")
        if _PEPPER_ID.fullmatch(pepper_id) is None:
            raise ConfigurationError("a pepper is named by 1 to 32 letters, digits, hyphens and underscores")
        return Keyring(
            seal=self._seal, count=self._count, pepper={pepper_id: random(_KEY_BYTES), **self._peppers}
        )

    def seal(self, opaque_id: str, purpose: str) -> str:
        """What the person gets for an id that the store keeps; good for this purpose only."""
        return self._signer(purpose).sign(opaque_id).decode("ascii")

    def open(self, token: Secret, purpose: str) -> str | None:
        """The id inside a token, or None where it was not sealed here for this purpose.

        The text is measured and matched before anything is decoded, so that garbage of any size costs
        nothing. Look up by the id, never by the text: one signature has several spellings.
        """
        text = token.reveal()
        if len(text) > 164 or _SEALED.fullmatch(text) is None:
            return None
        try:
            return self._signer(purpose).unsign(text).decode("ascii")
        except BadSignature:
            return None

    @property
    def seal_ids(self) -> tuple[str, ...]:
        """The seals' ids, newest first. An id tells keys apart and is no secret."""
        return self._seal_ids

    def sealing_with(self, seal_id: str) -> Keyring | None:
        """This ring with the key of this id as the one that seals, or None where it has none such."""
        if seal_id not in self._seal_ids:
            return None
        at = self._seal_ids.index(seal_id)
        seals = (self._seal[at], *self._seal[:at], *self._seal[at + 1 :])
        return self if at == 0 else Keyring(seal=seals, count=self._count, pepper=self._peppers)

    def counted(self, name: str) -> str:
        """The name under which attempts on this text are counted: 192 bits of HMAC-SHA-256."""
        digest = hmac.digest(self._count, name.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:24]).decode("ascii")

    @property
    def pepper_ids(self) -> tuple[str, ...]:
        """The peppers' ids, newest first."""
        return tuple(self._peppers)

    def pepper(self, pepper_id: str) -> bytes | None:
        """The pepper of this id, or None."""
        return self._peppers.get(pepper_id)

    def __repr__(self) -> str:
        return f"Keyring({len(self._seal)} seals, peppers {list(self._peppers)})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a Keyring is not serialized")

    def _signer(self, purpose: str) -> Signer:
        signer = self._signers.get(purpose)
        if signer is None:
            # itsdangerous signs with the last key, so the newest goes last. Its own defaults are SHA-1 and
            # a concatenated key (ASVS 5.0, 11.4.1). The purpose's keys are what its "hmac" derives at each
            # signature anew; they never change.
            salt = f"permit_accounts.{purpose}".encode()
            signer = self._signers[purpose] = Signer(
                [hmac.digest(key, salt, hashlib.sha256) for key in reversed(self._seal)],
                key_derivation="none",
                digest_method=hashlib.sha256,
            )
        return signer


@attrs.frozen(kw_only=True, repr=False)
class _Read:
    """The keys that stand in a text; like a `Secret`, it shows none of them."""

    seal: tuple[bytes, ...]
    count: bytes
    peppers: Mapping[str, bytes]


def _read(text: str) -> _Read | str:
    """The keys in a text, or what is wrong with it: raised from here, a report would show every key."""
    seal: list[bytes] = []
    counts: list[bytes] = []
    peppers: dict[str, bytes] = {}
    for n, entry in enumerate(text.replace(",", " ").split(), start=1):
        match = _ENTRY.fullmatch(entry)
        key = _decoded(match[3]) if match is not None else None
        if match is None or key is None:
            return f"entry {n} is not of the form seal=…, count=… or pepper.<id>=…"
        if match[2] in peppers:
            return f"there are two peppers named {match[2]!r}"
        if match[2] is not None:
            peppers[match[2]] = key
        else:
            (seal if match[1] == "seal" else counts).append(key)
    if len(counts) != 1:
        return f"there must be exactly one count=… key, not {len(counts)}"
    return _Read(seal=tuple(seal), count=counts[0], peppers=peppers)


def _wrong_with(seal: Sequence[bytes], count: bytes, peppers: Mapping[str, bytes]) -> str | None:
    """What these keys cannot be used for, or None."""
    if not seal:
        return "(seal=…) needs at least one key; `permit-accounts keys new`"
    named: list[tuple[str, object]] = [(f"seal[{n}]", key) for n, key in enumerate(seal)]
    named += [("count", count), *((f"pepper {key_id!r}", key) for key_id, key in peppers.items())]
    for name, key in named:
        wrong = _wrong_with_key(key)
        if wrong is not None:
            return f": the {name} key {wrong}"
    if len({key for _, key in named}) < len(named):
        return ": one key is used twice; each ring needs keys of its own"
    return None


def _wrong_with_key(key: object) -> str | None:
    if not isinstance(key, bytes):
        return "must be bytes"
    if len(key) < _KEY_BYTES:
        return f"has {len(key)} bytes; at least 32 are needed"
    if len(set(key)) < 16 or any(word in key.lower() for word in (b"changeme", b"secret", b"example")):
        return "is no random key; `permit-accounts keys new`"
    return None


def _id_of(seal: bytes) -> str:
    """A name for a key that may be written down: who has it still has 256 random bits to guess."""
    digest = hmac.digest(seal, b"permit_accounts.seal-id", hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:12]).decode("ascii")


def _encoded(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode("ascii")


def _decoded(text: str) -> bytes | None:
    """The bytes of a key, or None for a text of a length that no bytes have."""
    bare = text.rstrip("=")
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4)) if len(bare) % 4 != 1 else None
