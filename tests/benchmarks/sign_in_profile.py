"""Where the time of one sign-in goes, with the cheapest hash that Argon2 has.

    python tests/benchmarks/sign_in_profile.py
    python tests/benchmarks/sign_in_profile.py --accounts 100000 --synchronous FULL

Two tables: the parts as they follow each other, and what they are made of. Each line is a median over all
sign-ins, so the lines do not quite add up. A real hash takes its own time on top, 50 to 150 ms as the machine
is, and nothing else in the tables changes with it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filled_city import PASSWORD, fill, is_contractor, open_city, username

from permit_accounts import SignedIn, Visitor
from permit_accounts.accounts import Accounts
from permit_accounts.tools import throttle

PARTS = ("reserve", "flow", "settle", "surplus sessions")
PIECES = ("select", "commit", "hash", "keyring")


class Watch:
    """Times calls by name, and adds up what one sign-in spends on each."""

    def __init__(self) -> None:
        self.times: dict[str, list[int]] = defaultdict(list)
        self.calls: dict[str, list[int]] = defaultdict(list)
        self._ns: dict[str, int] = {}
        self._called: dict[str, int] = {}

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, timed under a name."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter_ns()
            try:
                return call(*args, **kwargs)
            finally:
                spent = time.perf_counter_ns() - begun
                self._ns[name] = self._ns.get(name, 0) + spent
                self._called[name] = self._called.get(name, 0) + 1

        return timed

    def one_more(self, act: Callable[[], None]) -> None:
        """Time one sign-in, and note what it was made of."""
        self._ns, self._called = {}, {}
        begun = time.perf_counter_ns()
        act()
        self.times["whole"].append(time.perf_counter_ns() - begun)
        for name, spent in self._ns.items():
            self.times[name].append(spent)
            self.calls[name].append(self._called[name])
        self._rest("before", PARTS)
        self._rest("everything else", PIECES)

    def _rest(self, name: str, others: tuple[str, ...]) -> None:
        """What is left of the whole."""
        rest = self.times["whole"][-1] - sum(self._ns.get(other, 0) for other in others)
        self.times[name].append(rest)
        self.calls[name].append(1)

    def line(self, name: str) -> str:
        """A name's calls, its median in microseconds, and its share of the whole."""
        spent = statistics.median(self.times[name]) / 1000
        share = spent * 1000 / statistics.median(self.times["whole"])
        calls = statistics.median(self.calls[name]) if name in self.calls else 1
        return f"  {name:<20}{calls:>6.0f}{spent:>10.1f} us{share:>8.0%}"


def watched(accounts: Accounts, watch: Watch) -> None:
    """Put the watch around the parts of this city's sign-in."""
    s = accounts.services
    for name in ("select", "commit"):
        setattr(s.store, name, watch.around(name, getattr(s.store, name)))
    for name in ("seal", "open", "counted"):
        setattr(s.keyring, name, watch.around("keyring", getattr(s.keyring, name)))
    s.hasher.verify = watch.around("hash", s.hasher.verify)  # type: ignore[method-assign]
    door = accounts._door
    door.told = watch.around("flow", door.told)  # type: ignore[method-assign]
    surplus = watch.around("surplus sessions", door.end_surplus_sessions)
    door.end_surplus_sessions = surplus  # type: ignore[method-assign]
    throttle.reserve = watch.around("reserve", throttle.reserve)
    throttle.settle = watch.around("settle", throttle.settle)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=1_000, help="how many sign-ins are timed")
    parser.add_argument("--synchronous", choices=("NORMAL", "FULL"), default="NORMAL")
    given = parser.parse_args()
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder:
        accounts = open_city(Path(folder, "accounts.db"), hashes="cheap", synchronous=given.synchronous)
        fill(accounts, given.accounts)
        watched(accounts, watch)
        for n in range(given.rounds):
            watch.one_more(lambda n=n: sign_in(accounts, n * 617 % given.accounts))
    print(f"{given.rounds:,} sign-ins, {given.accounts:,} accounts, synchronous={given.synchronous}\n")
    print(f"  {'':<20}{'calls':>6}{'median':>13}{'share':>8}")
    print(watch.line("whole"))
    print("\nOne after the other")
    for name in ("before", *PARTS):
        print(watch.line(name))
    print("\nMade of")
    for name in (*PIECES, "everything else"):
        print(watch.line(name))


def sign_in(accounts: Accounts, i: int) -> None:
    """The i-th account signs in from an unknown device."""
    visitor = Visitor(ip="192.0.2.1", user_agent="benchmark")
    kind = "contractor" if is_contractor(i) else "public"
    outcome = accounts.sign_in(kind, username(i), PASSWORD, visitor=visitor)
    assert isinstance(outcome, SignedIn), outcome


if __name__ == "__main__":
    main()
