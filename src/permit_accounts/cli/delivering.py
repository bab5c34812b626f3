"""Sending what waits, one e-mail after the other, until there is none or somebody says stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import attrs

from permit_accounts.cli.city import City, open_city_with_mail
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import Call
from permit_accounts.cli.progress import Advance, bar
from permit_accounts.cli.shown import document, moment
from permit_accounts.cli.waiting_mail import waiting_mail
from permit_accounts.outbox import Delivered
from permit_accounts.tools import lookups

_COUNTED_AT_MOST: Final = 1000


class _Stop:
    """Whether somebody said stop, and how."""

    def __init__(self) -> None:
        self.said = False
        self.by_keyboard = False

    def hear(self, number: int, frame: Any) -> None:
        """Let the present e-mail be finished; the next Ctrl-C interrupts at once."""
        self.by_keyboard = self.by_keyboard or number == signal.SIGINT
        self.said = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


def deliver(call: Call, *, watch: bool) -> Ending:
    """Send what is due, once or again and again."""
    city = open_city_with_mail(call)
    with _stoppable() as stop:
        done = _watched(call, city, stop) if watch else _once(city, stop)
    left = len(lookups.emails_due(city.accounts.services, city.accounts.services.now(), limit=100))
    call.report.lines(
        f"sent {done.sent}, deferred {done.deferred}, dropped {done.dropped}, given up {done.failed}"
    )
    waiting = waiting_mail(city.accounts.services)
    if waiting is not None:
        call.report.note(f"Still waiting: {waiting.told}.")
    if left:
        call.report.note("More is due: it is under way elsewhere, or as many were sent as a minute may see.")
    call.report.document(
        {
            "delivered": document(done),
            "stopped": stop.said,
            "more": bool(left),
            "waiting": document(waiting),
        }
    )
    if stop.by_keyboard:
        return Ending.INTERRUPTED
    if done.failed:
        return Ending.REFUSED
    return Ending.UNAVAILABLE if done.deferred and not watch else Ending.DONE


def _once(city: City, stop: _Stop) -> Delivered:
    """Until nothing is due any more. One at a time, so that stop means now."""
    s = city.accounts.services
    waiting = len(lookups.emails_due(s, s.now(), limit=_COUNTED_AT_MOST))
    done = Delivered()
    with bar() as advance:
        while not stop.said:
            one = city.accounts.outbox.deliver(limit=1)
            if one == Delivered():
                break
            done += one
            _advance(advance, done, waiting)
    return done


def _watched(call: Call, city: City, stop: _Stop) -> Delivered:
    """Until somebody says stop, through whatever the store or the mail server does; that is in the log."""
    call.report.note(f"Sending e-mail for {city.policy.city}; Ctrl-C ends it.")
    total = Delivered()

    def tell(done: Delivered) -> None:
        nonlocal total
        total += done
        now = moment(city.accounts.services.now())
        call.report.note(f"{now}  sent {done.sent}, deferred {done.deferred}, given up {done.failed}")

    city.accounts.outbox.watch(lambda: stop.said, tell=tell)
    return total


def _advance(advance: Advance, done: Delivered, waiting: int) -> None:
    finished = sum(attrs.astuple(done))
    advance("sending", finished, max(waiting, finished))


@contextmanager
def _stoppable() -> Iterator[_Stop]:
    """Hear Ctrl-C and SIGTERM while e-mail is sent; as it was before afterwards."""
    stop = _Stop()
    before = {number: signal.signal(number, stop.hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
