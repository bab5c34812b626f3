"""The Argon2 work that every check spends: for each number of lanes that hashes have, the dearest there is.

Work is passes times memory. In as many lanes it takes as long, so what a cheaper hash leaves is made up; in
other lanes the same work takes another time, and is spent beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from permit_accounts.tools.encoded_hash import AnyCost, Cost, work


class WholeWork:
    """What a check costs, whoever it is for.

    Args:
        today: The cost at which hashes are made.
        earlier: The costs at which they were made before.
    """

    def __init__(self, today: Cost, earlier: Iterable[Cost] = ()) -> None:
        self._today = today
        self._wholes = {today.parallelism: today}
        for cost in earlier:
            if not self.covers(cost):
                self._wholes[cost.parallelism] = cost

    @property
    def costs(self) -> tuple[Cost, ...]:
        """What is spent, today's lanes first."""
        return tuple(self._wholes.values())

    def covers(self, cost: Cost) -> bool:
        """Whether checking a hash of this cost takes as long as checking any other."""
        whole = self._wholes.get(cost.parallelism)
        return whole is not None and work(cost) <= work(whole)

    def rest(self, stored: Cost | None) -> Iterator[Cost]:
        """What is left to compute after a stored hash, or where there is none, for the work to be the whole.

        A hash in lanes that nobody named is set against today's.
        """
        for lanes, whole in self._wholes.items():
            if stored is None or lanes != self._lanes(stored):
                yield whole
            else:
                yield from _difference(whole, stored)

    def _lanes(self, stored: Cost) -> int:
        return stored.parallelism if stored.parallelism in self._wholes else self._today.parallelism


def _difference(whole: Cost, stored: Cost) -> Iterator[Cost]:
    """What a cheaper hash leaves; nothing where Argon2 has no parameters that small."""
    memory = (work(whole) - work(stored)) // whole.time_cost
    if memory >= 8 * whole.parallelism:
        yield AnyCost(whole.time_cost, memory, whole.parallelism)
