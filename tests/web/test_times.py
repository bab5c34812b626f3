"""Times in words: each language's own format, the city's clock, and a zone that nobody knows."""

from __future__ import annotations

import re
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from permit_accounts import ConfigurationError
from permit_accounts.testing.world import World, city_policy
from permit_accounts.web import Site
from permit_accounts.web.times import Times

AT = datetime(2026, 11, 27, 13, 17, 42, tzinfo=UTC)
AFTERNOON = datetime(2026, 7, 4, 22, 5, tzinfo=UTC)


@pytest.fixture(name="times")
def the_citys_times():
    return Times("America/Los_Angeles")


def plain(words):
    """Without what differs between versions of CLDR: which space it is, and whether one stands in "a. m."."""
    return re.sub(r"([ap])\. m\.", r"\1.m.", " ".join(words.split()))


@pytest.mark.parametrize(
    ("language", "winter", "summer"),
    [
        ("en", "Nov 27, 2026, 5:17 AM PST", "Jul 4, 2026, 3:05 PM PDT"),
        ("es", "27 nov 2026, 5:17 a.m. PST", "4 jul 2026, 3:05 p.m. PDT"),
        ("ru", "27 нояб. 2026 г., 05:17 PST", "4 июл. 2026 г., 15:05 PDT"),
    ],
)
def test_a_moment_names_its_zone(times, language, winter, summer):
    """To the minute, as the language writes it; the zone has its name of that season."""
    assert winter == plain(times.moment(AT, language))
    assert summer == plain(times.moment(AFTERNOON, language))


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "November 27, 2026"), ("es", "27 de noviembre de 2026"), ("ru", "27 ноября 2026 г.")],
)
def test_a_day_is_the_same_in_every_zone(language, expected):
    """An expiration date is no moment, and is not moved."""
    for zone in ("America/Los_Angeles", "Pacific/Honolulu", "UTC"):
        assert expected == plain(Times(zone).day(date(2026, 11, 27), language))


@pytest.mark.parametrize("language", ["en", "es", "ru"])
def test_the_hour_that_comes_twice_is_told_apart(times, language):
    """When clocks are set back, one wall time is two moments: the zone's name says which."""
    first = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    second = first + timedelta(hours=1)
    (before, _, one), (after, _, two) = (times.moment(at, language).rpartition(" ") for at in (first, second))
    assert before == after
    assert ("PDT", "PST") == (one, two)


def test_the_hour_that_is_skipped_is_never_shown(times):
    """When clocks are set forward, one minute after 1:59 is 3:00."""
    last = datetime(2026, 3, 8, 9, 59, tzinfo=UTC)
    assert "Mar 8, 2026, 1:59 AM PST" == plain(times.moment(last, "en"))
    assert "Mar 8, 2026, 3:00 AM PDT" == plain(times.moment(last + timedelta(minutes=1), "en"))


def test_the_evening_before(times):
    """What is the next day in UTC is still this one in the city."""
    assert "Dec 31, 2026, 11:59 PM PST" == plain(times.moment(datetime(2027, 1, 1, 7, 59, tzinfo=UTC), "en"))


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("America/Phoenix", "Nov 27, 2026, 6:17 AM MST"),
        ("America/New_York", "Nov 27, 2026, 8:17 AM EST"),
        ("UTC", "Nov 27, 2026, 1:17 PM UTC"),
        # These have an offset in place of a name.
        ("America/Sao_Paulo", "Nov 27, 2026, 10:17 AM UTC-03"),
        ("Asia/Dubai", "Nov 27, 2026, 5:17 PM UTC+04"),
    ],
)
def test_other_zones(zone, expected):
    """Each by its own name; no bare number stands behind a time."""
    assert expected == plain(Times(zone).moment(AT, "en"))


@pytest.mark.parametrize("language", ["tlh", "xx-unknown", "no language", "", "../en"])
def test_a_language_that_nobody_knows_is_written_as_english(times, language):
    """A city may have texts of its own in any language; no page fails because of it."""
    assert times.moment(AT, "en") == times.moment(AT, language)
    assert times.day(AT.date(), "en") == times.day(AT.date(), language)


@pytest.mark.parametrize("language", ["zh-Hant", "zh_Hant"])
def test_a_language_with_a_script(times, language):
    """Tags are read with hyphens and with underscores."""
    assert "2026年11月27日" == times.day(AT.date(), language)


def test_no_space_that_fonts_lack(times):
    """CLDR puts a narrow one before AM; ours does not break either, and every font has it."""
    assert "\u202f" not in times.moment(AT, "en") + times.moment(AT, "ru") + times.day(AT.date(), "ru")
    assert "5:17\u00a0AM" in times.moment(AT, "en")


@pytest.mark.attack("CFG-01")
@pytest.mark.parametrize("zone", ["America/Los_Angelos", "America", "Unlimited"])
def test_a_zone_that_nobody_knows_is_told_when_the_pages_are_made(zone):
    """Not at the first page that shows a time. The message says both what may be wrong and what to do."""
    world = World(city_policy(time_zone=zone))
    with pytest.raises(ConfigurationError, match=f"time_zone='{zone}'.*misspelled.*pip install tzdata"):
        Site(world.accounts)


def test_a_machine_without_time_zones(monkeypatch):
    """A slim container has no database of zones, and is told how it gets one."""
    monkeypatch.setattr("zoneinfo._tzpath.TZPATH", ())
    for name in [name for name in sys.modules if name.partition(".")[0] == "tzdata"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tzdata", None)
    with pytest.raises(ConfigurationError, match="pip install tzdata"):
        Times("America/Boise")
