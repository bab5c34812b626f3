"""Every act of the desk on an account in every standing: what comes of it, and that the store stays sound."""

from __future__ import annotations

import pytest

from flows.desk_cases import ACTS, STANDINGS, WHY, bystander
from flows.people import new_events
from permit_accounts import EventName, Refused
from permit_accounts.model.codes import ActorKind
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import World

#: What each act comes to, in the order of the columns; `+` is done, else the code that refuses it.
COLUMNS = (
    "nobody",
    "on_roster",
    "on_roster_without_email",
    "in_set_up",
    "claimed",
    "verified",
    "verified_without_email",
    "disabled",
    "closed",
    "rejected",
)
OUTCOMES = """
find                     unknown + + + + + + + + +
explain                  unknown + + + + + + + + +
history                  + + + + + + + + + +
inbox                    + + + + + + + + + +
claims                   + + + + + + + + + +
issue_temporary_password + + + + claimed second-reason + standing retired retired
send_link                unknown + no-email + + + no-email standing retired retired
check_answer             unknown unknown unknown no-question + + + + no-question no-question
open                     unknown unknown unknown + + + + standing standing standing
disable                  unknown unknown unknown + + + + standing standing standing
enable                   unknown unknown unknown standing standing standing standing + standing standing
reopen                   unknown unknown unknown standing standing standing standing standing + name-needed
change_email             unknown unknown unknown + + + + + standing standing
correct_license          unknown + + + unknown + + + + unknown
approve                  unknown unknown unknown + + + + standing standing standing
approve_for_ann          + + + held held + + + held held
reject                   unknown unknown unknown + + + + + link-state link-state
release                  unknown unknown unknown + + + + + link-state link-state
transfer                 unknown unknown unknown + + + + + + +
transfer_to_ann          unknown unknown unknown + + + + + + +
"""
CASES = [
    (line.split()[0], standing, said)
    for line in OUTCOMES.strip().splitlines()
    for standing, said in zip(COLUMNS, line.split()[1:], strict=True)
]


def test_the_table_is_whole() -> None:
    """No act of the desk and no standing is left out."""
    assert list(ACTS) == [line.split()[0] for line in OUTCOMES.strip().splitlines()]
    assert tuple(STANDINGS) == COLUMNS


@pytest.mark.attack("LOG-06")
@pytest.mark.parametrize(("act", "standing", "said"), CASES, ids=lambda value: str(value))
def test_an_act_on_an_account_in_this_standing(act: str, standing: str, said: str) -> None:
    """It is done or refused as the table says, leaves its event with actor and reason, and breaks nothing."""
    world = World()
    STANDINGS[standing](world)
    bystander(world)
    wanted = ACTS[act]

    outcome, (event, *others) = new_events(world, wanted, world.desk())

    codes = " ".join(outcome.codes) if isinstance(outcome, Refused) else "+"
    assert said == codes.removeprefix("staff-").replace("not-found", "unknown")
    assert () == violations(world.store)
    assert (ActorKind.STAFF, "desk-1") == (event.actor, event.actor_id)
    if isinstance(outcome, Refused) and not wanted.reads:
        assert EventName.STAFF_REFUSED is event.name
        assert {"code": outcome.codes[0]} == event.params
    else:
        assert wanted.event is event.name or (act, event.name) == ("approve", EventName.STAFF_LINKED)
        assert ("" if wanted.reads else WHY) == event.reason
    assert others == ([] if said != "+" or not act.startswith("transfer") else others[:1])


@pytest.mark.parametrize("first", [act for act in ACTS if not ACTS[act].reads])
@pytest.mark.parametrize("standing", ["in_set_up", "claimed", "verified", "closed"])
def test_any_two_acts_in_a_row_break_nothing(first: str, standing: str) -> None:
    """Whatever staff do first, every other act afterwards leaves the store sound."""
    for second in ACTS:
        world = World()
        STANDINGS[standing](world)
        bystander(world)
        ACTS[first](world.desk())
        ACTS[second](world.desk())
        assert () == violations(world.store), second
