"""A text is found by key and language, and its `{placeholders}` are filled in; nothing in it is evaluated."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

#: What every text falls back to.
FALLBACK: Final = "en"
LANGUAGES: Final = ("en", "es", "ru")

_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")


class TomlCatalog:
    """The texts that come with the library, one TOML file for each language.

    A text whose wording depends on a number has several forms, `<key>.one`, `.few`, `.many` and `.other`. The
    number is the parameter `count`, or else the first placeholder of the `.other` form.
    """

    languages: Sequence[str] = LANGUAGES

    def text(self, key: str, language: str, params: Mapping[str, str]) -> str:
        """The text under a key, with its placeholders filled in.

        A placeholder without a parameter stays as it is, and a parameter is put in as it stands: neither
        format specifications nor attributes are looked up in it (ASVS 5.0, 1.3.7), and what looks like a
        placeholder inside a parameter is not filled in again.

        Args:
            key: Such as `code.wait`.
            language: Such as `es`; English where there is no such language or it lacks the key.
            params: What the placeholders stand for.

        Raises:
            KeyError: No language has the key.
        """
        for wanted in (language, FALLBACK):
            found = _form(wanted, key, params)
            if found is not None:
                if "{" not in found:
                    return found
                return _PLACEHOLDER.sub(lambda match: params.get(match[1], match[0]), found)
        raise KeyError(key)


def texts(language: str) -> Mapping[str, str]:
    """Every text of a language by its key, plural forms each under a key of its own."""
    return _read(language) if language in LANGUAGES else {}


@cache
def _read(language: str) -> Mapping[str, str]:
    """The texts of one file for the core and one for each group of pages."""
    here = Path(__file__).parent
    found: dict[str, str] = {}
    for file in (here / f"{language}.toml", *sorted(here.glob(f"pages/*.{language}.toml"))):
        found.update(_flat(tomllib.loads(file.read_text(encoding="utf-8"))))
    return found


def _flat(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value.strip("\n")


def _form(language: str, key: str, params: Mapping[str, str]) -> str | None:
    known = texts(language)
    single = known.get(key)
    if single is not None:
        return single
    other = known.get(f"{key}.other")
    if other is None:
        return None
    return known.get(f"{key}.{_plural(language, _number(other, params))}", other)


def _number(text: str, params: Mapping[str, str]) -> int | None:
    named = ("count", *_PLACEHOLDER.findall(text))
    number = next((params[name] for name in named if name in params), "")
    return int(number) if re.fullmatch(r"[0-9]{1,9}", number) else None


def _plural(language: str, number: int | None) -> str:
    """The form of a number, after the plural rules of Unicode CLDR for these languages' whole numbers."""
    if number is None:
        return "other"
    if language != "ru":
        return "one" if number == 1 else "other"
    if number % 10 == 1 and number % 100 != 11:
        return "one"
    if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14):
        return "few"
    return "many"
