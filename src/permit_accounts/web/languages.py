"""Which language a page is in: what the person chose, else the account's, else the browser's.

The choice stands in a cookie and wins, since it is the last thing that somebody said. An account remembers
the language it was registered or set up in, in which its e-mails are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

#: How each language calls itself, for the switch: whoever looks for it may not read the page's own. After the
#: shipped ones come those that a city is likely to add by a catalog of its own.
OWN_NAMES: Final = {
    "en": "English",
    "es": "Español",
    "ru": "Русский",
    "de": "Deutsch",
    "fr": "Français",
    "hy": "Հայերեն",
    "ko": "한국어",
    "pt": "Português",
    "tl": "Tagalog",
    "uk": "Українська",
    "vi": "Tiếng Việt",
    "zh": "中文",
}
#: A browser sends a handful; the rest of a long header is not looked at.
_RANGES: Final = 20


def preferred(accepted: str, offered: Sequence[str]) -> str | None:
    """The offered language that an `Accept-Language` header puts first, or None (RFC 9110, 12.5.4)."""
    ranges = [_weighed(part) for part in accepted[:500].split(",")[:_RANGES]]
    for _, wanted in sorted(ranges, key=lambda found: -found[0]):
        primary = wanted.partition("-")[0]
        if primary in offered:
            return primary
    return None


def _weighed(part: str) -> tuple[float, str]:
    """A range and its weight; what is refused or cannot be read weighs nothing and names no language."""
    wanted, _, parameter = part.partition(";")
    name, _, number = parameter.strip().partition("=")
    weight = 1.0
    if name.strip() == "q":
        try:
            weight = float(number)
        except ValueError:
            return 0.0, ""
    return (weight, wanted.strip().lower()) if 0 < weight <= 1 else (0.0, "")
