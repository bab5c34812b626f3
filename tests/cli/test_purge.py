"""Forgetting from a terminal."""

from __future__ import annotations

from cli.terminal import Terminal
from permit_accounts.model.outcomes import SignedIn
from permit_accounts.testing.world import public_form


def test_what_expired_is_forgotten_and_counted(terminal: Terminal) -> None:
    """A session and a link of last year; the second time there is nothing to do."""
    portal = terminal.portal(days_ago=400)
    assert isinstance(portal.register("public", public_form("ann")), SignedIn)
    purged = terminal.run("purge", "--json").document["purged"]
    assert (1, 1, 0) == (purged["tokens"], purged["sessions"], purged["events"])
    ended = terminal.run("purge")
    assert (0, 5) == (ended.code, ended.out.count("  0\n"))
