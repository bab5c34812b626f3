"""Histories at a terminal."""

from __future__ import annotations

import pytest

from cli.terminal import Terminal
from permit_accounts.model.codes import EventName
from permit_accounts.model.outcomes import Refused, SignedIn
from permit_accounts.testing.world import PASSWORD, contractor_form, public_form


@pytest.fixture
def busy(terminal: Terminal) -> Terminal:
    """A city where somebody signed in and out, and somebody tried a roster number."""
    assert 0 == terminal.run("roster", "import", str(terminal.roster("1012345,Sample,,")), "--create").code
    portal = terminal.portal()
    assert isinstance(portal.register("public", public_form("ann")), SignedIn)
    for _ in range(2):
        signed_in = portal.sign_in("public", "ann", PASSWORD)
        assert isinstance(signed_in, SignedIn)
        portal.sign_out(signed_in.session_token)
    assert isinstance(portal.register("contractor", contractor_form("1012345")), Refused)
    return terminal


def test_a_history_is_newest_first(busy: Terminal) -> None:
    """In the catalog's words, one event a line."""
    out = busy.run("staff", "history", "ann").out
    assert out.index("Signed out") < out.index("Signed in") < out.index("Account registered")


def test_a_page_says_that_there_is_more(busy: Terminal) -> None:
    """`--limit` shows so many; `--all` shows the rest too."""
    ended = busy.run("staff", "history", "ann", "--limit", "2")
    assert (2, True) == (ended.out.count("by "), "--all" in ended.err)
    document = busy.run("staff", "history", "ann", "--limit", "2", "--json").document
    assert (2, True) == (len(document["events"]), document["more"])


def test_all_is_read_page_by_page(busy: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it is; reading is an event of the history too."""
    monkeypatch.setattr("permit_accounts.cli.history_acts._PAGE", 2)
    document = busy.run("staff", "history", "ann", "--all", "--json").document
    names = [event["name"] for event in document["events"]]
    assert (EventName.REGISTERED, 2, False) == (names[-1], names.count("signed-in"), document["more"])
    assert len(names) == len({event["id"] for event in document["events"]})


def test_an_empty_inbox_is_said(terminal: Terminal) -> None:
    """Silence would leave open whether it was looked for."""
    terminal.portal()
    ended = terminal.run("staff", "inbox")
    assert (0, "Nothing has happened that staff must learn of.\n") == (ended.code, ended.out)
    assert [] == terminal.run("staff", "inbox", "--json").document["events"]


def test_the_inbox_is_what_staff_must_learn_of(busy: Terminal) -> None:
    """Somebody tried a number on the roster; how to reach them stands there."""
    out = busy.run("staff", "inbox").out
    assert "us-ca-cslb:1012345" in out
    assert "office1012345@contractor.example.org" in out


def test_nobodys_history_is_refused(busy: Terminal) -> None:
    """Exit code 1."""
    assert 1 == busy.run("staff", "history", "nobody").code
