"""Times in words, as clocks in the city show them and as its people write them.

Formats are those of Unicode CLDR, as Babel has them. What a zone is called at that moment, PST or PDT, is
taken from the zone itself: by that name the place knows its time, whatever language the page has.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format

from permit_accounts import ConfigurationError

#: What Unicode CLDR puts before "AM" and some fonts lack, and what looks the same and every font has.
_NARROW: Final = str.maketrans("\u202f", "\u00a0")
#: The city's people write as people in the United States do, where Babel knows how.
_TERRITORY: Final = "US"
_FALLBACK: Final = "en"


class Times:
    """Writes moments and days.

    Args:
        zone: The name of the city's time zone, such as `America/Los_Angeles`.

    Raises:
        ConfigurationError: No such zone is known here.
    """

    def __init__(self, zone: str) -> None:
        try:
            self._zone: Final = ZoneInfo(zone)
        # A name of a folder of the database, such as America, is told as a fault of the file system.
        except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
            raise ConfigurationError(
                f"Policy(time_zone={zone!r}) is no time zone that is known here: either its name is "
                "misspelled, or this machine has no time zones and needs them: pip install tzdata"
            ) from fault

    def moment(self, at: datetime, language: str) -> str:
        """A moment to the minute, with its zone, such as `Nov 27, 2026, 5:17 AM PST`."""
        locale = _locale(language)
        local = at.astimezone(self._zone)
        day = format_date(local, "medium", locale)
        time = format_time(local, "short", tzinfo=self._zone, locale=locale)
        both = str(get_datetime_format("medium", locale)).replace("'", "")
        words = both.replace("{0}", time).replace("{1}", day)
        return f"{words} {_called(local)}".translate(_NARROW)

    def day(self, day: date, language: str) -> str:
        """A day, which is the same in every zone, such as `November 27, 2026`: it often ends a sentence."""
        return format_date(day, "long", _locale(language)).translate(_NARROW)


def _called(local: datetime) -> str:
    """The zone's own name at that moment; the offset where it has none, so that no number stands alone."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in ("+", "-") else name


@cache
def _locale(language: str) -> Locale:
    """How this language writes; English where Babel does not know it. # Cost: 5 ms, once for each."""
    try:
        return Locale(language, territory=_TERRITORY)
    except UnknownLocaleError:
        pass
    try:
        return Locale.parse(language.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale(_FALLBACK, territory=_TERRITORY)
