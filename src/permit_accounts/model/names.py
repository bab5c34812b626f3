"""How the id of a name is written: its kind, a colon, and what the name says, such as `public:ann`."""

from __future__ import annotations

from typing import Final

#: A license's number, with the board that issued it.
LICENSE: Final = "license"
#: An address that a city wants to be one account's alone. It signs nobody in.
EMAIL: Final = "email"


def name_id(kind: str, said: str) -> str:
    """The id of a name.

    Args:
        kind: `LICENSE`, `EMAIL`, or the prefix of an account type's own names.
        said: The name itself in its canonical form: `us-ca-cslb:1012345`, `ann`.
    """
    return f"{kind}:{said}"


def parts(name_id: str) -> tuple[str, str]:
    """The kind of a name, and what it says."""
    kind, _, said = name_id.partition(":")
    return kind, said
