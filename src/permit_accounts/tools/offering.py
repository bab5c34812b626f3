"""Which text is compared with a stored hash: the password composed, or exactly as it was typed."""

from __future__ import annotations

from permit_accounts.model.secret import Secret
from permit_accounts.rules import passwords
from permit_accounts.tools.encoded_hash import is_of_an_old_hash


def as_hashed(encoded: str | None, password: Secret) -> Secret:
    """What the hash was made of, if this password is right.

    Ours are made of the composed text. An earlier portal composed nothing (neither Django nor PHP does), so
    its hash is compared with the text as typed; what is stored after that is composed like any other.
    """
    return password if is_of_an_old_hash(encoded) else passwords.normalized_password(password)
