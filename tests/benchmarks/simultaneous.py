"""Many right sign-ins to one account in the same moment: whether all succeed, and how long they take.

    python tests/benchmarks/simultaneous.py                # 20 threads, the policy's own hash
    python tests/benchmarks/simultaneous.py --threads 30

The harshest case: one account, one address, no device that the account knows. So the attempts that are under
way use up the free failures, and the later ones wait for the earlier to be settled. It ends with status 1
where one of them does not succeed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

from filled_city import PASSWORD, fill, open_city, username

from permit_accounts import PermitAccountsError, SignedIn, Visitor
from permit_accounts.accounts import Accounts

VISITOR = Visitor(ip="192.0.2.1", user_agent="benchmark")


def sign_in(accounts: Accounts) -> str:
    """What came of one sign-in, in a word."""
    try:
        outcome = accounts.sign_in("contractor", username(0), PASSWORD, visitor=VISITOR)
    except PermitAccountsError as error:
        return type(error).__name__
    return "signed in" if isinstance(outcome, SignedIn) else " ".join(outcome.codes)  # type: ignore[union-attr]


def at_once(accounts: Accounts, threads: int) -> list[tuple[float, str]]:
    """When each of so many sign-ins, begun together, was over, in seconds; and what came of it."""
    over: list[tuple[float, str]] = []
    begin = threading.Barrier(threads + 1)

    def one() -> None:
        begin.wait()
        came = sign_in(accounts)
        over.append((time.perf_counter(), came))

    pool = [threading.Thread(target=one) for _ in range(threads)]
    for thread in pool:
        thread.start()
    begin.wait()
    begun = time.perf_counter()
    for thread in pool:
        thread.join()
    return sorted((moment - begun, came) for moment, came in over)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        accounts = open_city(Path(folder, "accounts.db"), hashes="real")
        fill(accounts, 1)
        begun = time.perf_counter()
        assert "signed in" == sign_in(accounts)
        alone = time.perf_counter() - begun
        over = at_once(accounts, given.threads)
    refused = [came for _, came in over if came != "signed in"]
    print(f"{given.threads} right sign-ins at once, {len(over) - len(refused)} signed in")
    print(f"  one alone   {alone:6.2f} s")
    for name, (seconds, _) in (("first", over[0]), ("median", over[len(over) // 2]), ("last", over[-1])):
        print(f"  the {name:<8}{seconds:6.2f} s")
    sys.exit(f"not signed in: {', '.join(refused)}" if refused else 0)


if __name__ == "__main__":
    main()
