"""What sign-in, session check, registration and reset cost in a city a thousand times as large.

    python tests/benchmarks/scale.py                                   # 1,000 and 1,000,000 accounts
    python tests/benchmarks/scale.py --large 100000 --rounds 15

The two cities take turns, so that a slow minute of the machine falls on both alike; each figure is the median
of the rounds' medians. The reset is the whole of it: asked for, put into the outbox, its link opened, and a
new password set. Hashes are the cheapest that Argon2 has, so that they hide nothing. It ends with status 1
where something costs more than its bound.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from filled_city import PASSWORD, fill, is_contractor, open_city, username

from permit_accounts import PasswordReset, ResetForm, SignedIn
from permit_accounts.accounts import Accounts
from permit_accounts.model.codes import Purpose
from permit_accounts.model.records import OneTimeToken
from permit_accounts.ports import Is
from permit_accounts.testing.world import public_form

BOUND = 1.6
A_ROUND = 50


class City:
    """One city of so many accounts, and whose turn it is at each act."""

    def __init__(self, file: Path, count: int) -> None:
        self.accounts = open_city(file, hashes="cheap", synchronous="NORMAL")
        self._count = count
        self._turn = 0
        fill(self.accounts, count)

    def next_one(self) -> int:
        """An account that has not been used yet, somewhere in the file."""
        self._turn += 1
        return self._turn * 618_033 % self._count  # no divisor in common with a thousand or a million

    def sign_in(self) -> Callable[[], object]:
        """A right sign-in."""
        i = self.next_one()
        return lambda: signed_in(self.accounts, i)

    def check(self) -> Callable[[], object]:
        """Whose session it is."""
        token = signed_in(self.accounts, self.next_one()).session_token
        return lambda: self.accounts.session(token)

    def register(self) -> Callable[[], object]:
        """A new public user."""
        self._turn += 1
        form = public_form(f"newcomer{self._turn}")
        return lambda: self.accounts.register("public", form)

    def reset(self) -> Callable[[], object]:
        """From the forgotten password to the new one."""
        i = self.next_one()
        account_id = signed_in(self.accounts, i).account.id
        return lambda: reset(self.accounts, i, account_id)


ACTS: dict[str, Callable[[City], Callable[[], object]]] = {
    "sign-in": City.sign_in,
    "session check": City.check,
    "registration": City.register,
    "reset": City.reset,
}


def signed_in(accounts: Accounts, i: int) -> SignedIn:
    """The i-th account signs in."""
    outcome = accounts.sign_in("contractor" if is_contractor(i) else "public", username(i), PASSWORD)
    assert isinstance(outcome, SignedIn), outcome
    return outcome


def reset(accounts: Accounts, i: int, account_id: str) -> object:
    """Ask for a reset, open its link, set a new password. The link is sealed here, not read from the mail."""
    s = accounts.services
    accounts.request_password_reset(username(i))
    kept = s.store.select(OneTimeToken, Is("account_id", account_id), limit=1)
    link = s.keyring.seal(kept[0].id, Purpose.RESET_PASSWORD)
    assert isinstance(accounts.open_reset(link), ResetForm)
    outcome = accounts.reset_password(link, "forty brass kettles whistle", PASSWORD)
    assert isinstance(outcome, PasswordReset), outcome
    return outcome


def a_round(city: City, act: Callable[[City], Callable[[], object]]) -> float:
    """The median of some acts in microseconds; what they need is made ready before each."""
    taken = []
    for _ in range(A_ROUND):
        ready = act(city)
        begun = time.perf_counter_ns()
        outcome = ready()
        taken.append(time.perf_counter_ns() - begun)
        assert outcome is not None
    return statistics.median(taken) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5, help=f"of {A_ROUND} acts of each kind")
    given = parser.parse_args()
    if given.rounds * A_ROUND * 3 > given.small:
        parser.error("the small city has too few accounts for so many rounds: each signs in or resets once")
    with tempfile.TemporaryDirectory() as folder:
        cities = [City(Path(folder, f"{n}.db"), n) for n in (given.small, given.large)]
        times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in ACTS}
        for _ in range(given.rounds):
            for name, act in ACTS.items():
                for city, medians in zip(cities, times[name], strict=True):
                    medians.append(a_round(city, act))
    print(f"{'':<16}{given.small:>12,}{given.large:>13,}{'x':>7}    at most {BOUND}")
    steep = [name for name, medians in times.items() if not flat(name, *map(statistics.median, medians))]
    sys.exit(f"too steep: {', '.join(steep)}" if steep else 0)


def flat(name: str, small: float, large: float) -> bool:
    """Print one line; whether the large city is within the bound."""
    print(f"{name:<16}{small:>9.0f} us{large:>10.0f} us{large / small:>7.2f}")
    return large <= BOUND * small


if __name__ == "__main__":
    main()
