"""What the audit log is told of a visitor: bounded lines that forge no other."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts import Visitor
from permit_accounts.model.codes import EventName
from permit_accounts.model.records import AuditEvent
from permit_accounts.tools import audit
from tools.counted_city import City

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CITY = City()
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"


def told(user_agent: object) -> AuditEvent:
    """The event of a visitor with this browser."""
    visitor = Visitor(ip="192.0.2.7", user_agent=user_agent)  # type: ignore[arg-type]
    event = audit.event(CITY.s, EventName.SIGNED_IN, at=AT, visitor=visitor).record
    assert isinstance(event, AuditEvent)
    return event


def test_an_ordinary_browser_is_kept_as_it_says() -> None:
    """All of what it sends can be printed."""
    assert BROWSER == told(BROWSER).user_agent == audit.device_label(Visitor(user_agent=BROWSER))


@given(st.text(max_size=250))
def test_nothing_but_letters_marks_and_spaces_is_kept(text: str) -> None:
    """No line break, control, format or private character, in the first two hundred of them."""
    unwanted = ("C", "Zl", "Zp")
    expected = "".join(c for c in text[:200] if not unicodedata.category(c).startswith(unwanted))
    assert expected == told(text).user_agent


@pytest.mark.parametrize("planted", ["\n", "\r\n", "\x1b[2J", "\u202e", "\ud800", "\u200b", "\u2028"])
def test_no_forged_line_reaches_the_log(planted: str) -> None:
    """What stands around it is kept."""
    kept = told(f"Browser{planted}signed-in admin").user_agent
    assert kept.startswith("Browser")
    assert kept.endswith("signed-in admin")
    assert kept.isprintable()


@pytest.mark.parametrize("nothing", [None, b"bytes", 7])
def test_what_is_no_text_is_left_out(nothing: object) -> None:
    """An adapter's mistake is no fault of the person who signs in."""
    assert "" == told(nothing).user_agent
