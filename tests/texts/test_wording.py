"""The words of the pages: "Login" and "Log out" are captions, and whoever uses them signs in and out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files

#: The captions, as the guides print the first, and the menu that the guides call so.
CAPTIONS = {"Login", "Log out", "Log out there", "Log out everywhere else", "Reset your login"}


def texts(tree: Mapping[str, object]) -> Iterator[str]:
    for value in tree.values():
        if isinstance(value, dict):
            yield from texts(value)
        else:
            yield str(value)


def test_whoever_uses_login_signs_in() -> None:
    """One word for one thing: a person who is told to log in and to sign in looks for two buttons."""
    folder = files("permit_accounts.texts")
    english = [
        folder / "en.toml",
        *(file for file in (folder / "pages").iterdir() if file.name.endswith(".en.toml")),
    ]
    said = [text for file in english for text in texts(tomllib.loads(file.read_text(encoding="utf-8")))]
    other = [
        text
        for text in said
        if text not in CAPTIONS
        and re.search(
            r"\b(log(ged|s)?[ -]?(in|out)|login)\b", text.replace("log-in drop-down menu", ""), re.I
        )
    ]
    assert len(said) > 500
    assert [] == other
