"""What is computed aside comes back as it is, and lets others go first."""

from __future__ import annotations

import os
import threading

import pytest

from permit_accounts.model.errors import TryAgainLater
from permit_accounts.tools.aside import aside


def _own_priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_it_gives_what_was_computed() -> None:
    """From another thread."""
    assert threading.get_ident() != aside(threading.get_ident)


def test_a_fault_is_the_callers() -> None:
    """As if it had been computed here."""
    with pytest.raises(ZeroDivisionError):
        aside(lambda: 1 // 0)


def test_it_lets_others_go_first() -> None:
    """And so do threads that it starts; whoever waits for it keeps their own priority."""

    def of_a_lane() -> list[int]:
        found: list[int] = []
        lane = threading.Thread(target=lambda: found.append(_own_priority()))
        lane.start()
        lane.join()
        return [_own_priority(), *found]

    before = _own_priority()
    aside_at, lane_at = aside(of_a_lane)
    assert before < aside_at == lane_at
    assert before == _own_priority()


def test_a_sandbox_may_forbid_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is computed with everybody's priority."""

    def forbidden(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", forbidden)
    assert _own_priority() == aside(_own_priority)


def test_where_threads_have_no_priority_the_caller_computes() -> None:
    """A number that names a thread on Linux may name somebody else's process elsewhere."""
    assert threading.get_ident() == aside(threading.get_ident, "darwin")


def test_without_a_thread_the_caller_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine has only so many; nothing was compared."""

    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    with pytest.raises(TryAgainLater):
        aside(lambda: 1)
