"""Each act of a whole day leaves one event; looking at one's own leaves none."""

from __future__ import annotations

from collections import Counter

import pytest

from faults.telling import Call, MemorySnapshots, kind_of, patient_policy, tell
from flows.people import events
from permit_accounts.model.codes import ActorKind, EventName
from permit_accounts.model.records import AuditEvent
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import World

#: What only looks at what is one's own, or at what the library keeps for itself.
SILENT = frozenset(
    {"activity", "licenses", "open_reset", "open_setup", "purge", "session", "sessions", "verified_licenses"}
)
#: The former holder and the new one have a history each.
TWO = frozenset({"transfer"})
#: What staff read is on record without a reason.
READ_BY_STAFF = frozenset(
    {EventName.STAFF_FOUND, EventName.STAFF_READ_HISTORY, EventName.STAFF_LISTED_CLAIMS}
)


class Recorder:
    """What each call of the day leaves in the audit log."""

    def __init__(self) -> None:
        store = MemoryStore()
        self._snapshots = MemorySnapshots(store)
        self.world = World(patient_policy(), store=store)
        self.left: list[tuple[str, str, list[AuditEvent]]] = []

    def tell(self) -> None:
        """Tell the day."""
        tell(self.world, self._meddle)

    def _meddle(self, call: Call) -> None:
        kept, now = self._snapshots.keep(), self.world.now()
        before = {event.id for event in events(self.world)}
        outcome = kind_of(call.make())
        new = [event for event in events(self.world) if event.id not in before]
        self.left.append((call.name, outcome, new))
        self._snapshots.put_back(kept)
        self.world._now = now


@pytest.fixture(scope="module")
def day() -> Recorder:
    recorder = Recorder()
    recorder.tell()
    return recorder


@pytest.mark.attack("LOG-06")
def test_each_act_leaves_one_event(day: Recorder) -> None:
    """Right or wrong, by the person or by staff; a second one would be a lie, none a hole."""
    wrong = [
        f"{name} ({outcome}): {[event.name.value for event in new]}"
        for name, outcome, new in day.left
        if len(new) != (0 if name in SILENT else 2 if name in TWO else 1)
    ]

    assert [] == wrong
    assert len({name for name, _, _ in day.left}) > 40


@pytest.mark.attack("LOG-06")
def test_an_outcome_is_never_recorded_as_its_opposite(day: Recorder) -> None:
    """What was refused is recorded as refused, what was done as done; the name alone tells which."""
    wrong = [
        f"{name} ({outcome}): {event.name.value}"
        for name, outcome, new in day.left
        for event in new
        if outcome.startswith("Refused") is not event.name.value.endswith("-refused")
        and event.name not in READ_BY_STAFF
    ]

    assert [] == wrong


@pytest.mark.attack("LOG-06")
def test_each_event_says_who_when_and_from_where(day: Recorder) -> None:
    """Staff by their id, with a reason for what they changed; everybody else with their address."""
    wrong = []
    for name, outcome, new in day.left:
        for event in new:
            by_staff = event.actor is ActorKind.STAFF
            changed = by_staff and event.name not in READ_BY_STAFF and not outcome.startswith("Refused")
            complete = event.at is not None and (
                bool(event.actor_id) and (bool(event.reason) or not changed)
                if by_staff
                else event.ip == "198.51.100.7"
            )
            if not complete:
                wrong.append(f"{name} ({outcome}): {event}")

    assert [] == wrong


@pytest.mark.attack("LOG-06")
def test_what_was_done_to_an_account_names_it(day: Recorder) -> None:
    """Everything that is neither refused nor a look around belongs to somebody's history."""
    nobodys = Counter(
        event.name
        for _, outcome, new in day.left
        for event in new
        if event.account_id is None and event.license_id is None and not outcome.startswith("Refused")
    )

    # Asked for under a name that nobody has; the lists and the inbox are about many.
    assert set(nobodys) <= {
        EventName.STAFF_FOUND,
        EventName.STAFF_READ_HISTORY,
        EventName.STAFF_LISTED_CLAIMS,
        EventName.USERNAMES_REQUESTED,
        EventName.RESET_REQUESTED,
    }
