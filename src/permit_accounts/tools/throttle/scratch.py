"""Where what may be forgotten is counted: in the scratch store, and what is done while it is out of reach.

Nothing is ever uncounted. Either the durable store counts in its place, or attempts are refused: that is the
city's choice (`Policy.scratch_outage`). Where the scratch store is there but has lost its counts, the durable
one counts in any case, for refusing would go on for a day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from permit_accounts.model.codes import ScratchOutage
from permit_accounts.model.errors import Unavailable
from permit_accounts.ports import Store
from permit_accounts.tools.services import Services
from permit_accounts.tools.throttle.circuit_breaker import CircuitBreaker
from permit_accounts.tools.throttle.continuity import Continuity, CountsLost

T = TypeVar("T")

_MEANWHILE: Final = {
    ScratchOutage.COUNT_DURABLY: "attempts are counted in the durable store",
    ScratchOutage.REFUSE: "attempts are refused",
}


def watched(s: Services, scratch: Store) -> Store:
    """The scratch store as the throttle asks it: left alone while out of reach, not trusted after a loss."""
    return Continuity(s, CircuitBreaker(scratch, meanwhile=_MEANWHILE[s.policy.scratch_outage]))


def bare(scratch: Store) -> Store:
    """The store itself, which `watched` was given."""
    while isinstance(scratch, Continuity | CircuitBreaker):
        scratch = scratch.asked
    return scratch


def counted(s: Services, count: Callable[[Store], T]) -> T:
    """What comes of counting in the scratch store; in the durable one, where that is what the city does.

    Raises:
        Unavailable: The scratch store is out of reach and the city refuses then, or the durable one is.
    """
    try:
        return count(s.scratch)
    except CountsLost:
        pass
    except Unavailable:
        if s.scratch is s.store or s.policy.scratch_outage is ScratchOutage.REFUSE:
            raise
    return count(s.store)
