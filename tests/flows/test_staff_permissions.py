"""Who may do what at the desk: each act needs its own permission, and each change a reason."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import Any

import pytest

from flows.desk_cases import ACTS, CHECKED, NUMBER, OFFICE, WHY, bystander, claimed, in_set_up, verified
from flows.people import Counting, claimant, letters, new_events
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    AnswerChecked,
    Code,
    ConfigurationError,
    EventName,
    Limit,
    Permission,
    Problem,
    Reason,
    Refused,
    SetupRequired,
    StaffDesk,
    StaffMember,
    TemporaryPasswordIssued,
)
from permit_accounts.model.records import ASKED_BY, AttemptCount, AuditEvent
from permit_accounts.ports import Every
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form
from story import ANSWER

EVERYTHING = frozenset(Permission)
CHANGES = [act for act in ACTS if not ACTS[act].reads]


def kept(world: World) -> list[object]:
    """Everything in the store but events and counts."""
    kinds = [kind for kind in ASKED_BY if kind not in (AuditEvent, AttemptCount)]
    return [record for kind in kinds for record in world.store.select(kind, Every(), limit=1000)]


def test_the_table_of_permissions_names_every_method() -> None:
    """A method of the desk without its row here would be one whose permission nobody tests.

    Importing a roster is tried in tests/roster.
    """
    methods = {name for name, _ in inspect.getmembers(StaffDesk, inspect.isfunction) if name[0] != "_"}
    assert methods == {*ACTS, "import_roster"} - {"approve_for_ann", "transfer_to_ann"}


@pytest.mark.attack("TMP-08")
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("number", [NUMBER, "1999999", "nobody at all", ""])
def test_an_act_without_its_permission_is_refused_and_noted(act: str, number: str) -> None:
    """Every other permission does not help; whoever is named, the store is asked nothing; it is on record."""
    world = World(store=(store := Counting()))
    verified(world)
    bystander(world)
    before = kept(world)
    desk = world.desk("desk-2", may=EVERYTHING - {ACTS[act].permission})

    store.asked.clear()
    outcome, found = new_events(world, ACTS[act], desk, number)

    assert Refused((Problem(Code.STAFF_NOT_ALLOWED, params={"permission": ACTS[act].permission}),)) == outcome
    assert {AuditEvent} == set(store.asked)  # by this test itself
    (event,) = found
    assert (EventName.STAFF_REFUSED, "desk-2") == (event.name, event.actor_id)
    assert Reason.NOT_ALLOWED is event.cause
    assert {"permission": ACTS[act].permission} == event.params
    assert event.account_id is None
    assert before == kept(world)


@pytest.mark.attack("TMP-08")
def test_nobody_without_permission_uses_up_the_tries_at_an_answer() -> None:
    """Else any member of staff could keep an owner from a reset for a day, and learn who is here."""
    world = World(store=(store := Counting()))
    verified(world)
    desk = world.desk("desk-2", may=EVERYTHING - {Permission.ANSWER})
    store.asked.clear()
    store.commits.clear()

    told = [
        desk.check_answer(name, "a guess", reason=WHY)
        for name in (NUMBER, "1999999", "nobody at all")
        for _ in range(world.policy.answer_tries_per_day + 1)
    ]

    assert 1 == len({str(outcome) for outcome in told})
    assert ([], len(told)) == (store.asked, len(store.commits))
    assert {AuditEvent} == {type(change.record) for (change,) in store.commits}  # type: ignore[union-attr]
    assert AnswerChecked(matches=True) == world.desk().check_answer(NUMBER, ANSWER, reason=WHY)


@pytest.mark.attack("TMP-08")
@pytest.mark.parametrize("reason", [WHY, ""])
def test_nobody_uses_up_the_temporary_passwords_without_permission_and_reason(reason: str) -> None:
    """Only what may be issued is counted."""
    world = World(policy=city_policy(temporary_issues=Limit(count=1, within=timedelta(hours=1))))
    in_set_up(world)
    world.tick(hours=2)
    may = frozenset({Permission.FIND}) if reason else EVERYTHING

    for _ in range(3):
        world.desk("desk-2", may=may).issue_temporary_password(NUMBER, reason=reason, checked_how=CHECKED)
    desk = world.desk("desk-2")
    issued = [desk.issue_temporary_password(NUMBER, reason=WHY, checked_how=CHECKED) for _ in range(2)]

    assert isinstance(issued[0], TemporaryPasswordIssued)
    assert (Code.STAFF_LIMIT,) == issued[1].codes  # type: ignore[union-attr]


@pytest.mark.attack("TMP-08")
@pytest.mark.parametrize("act", CHANGES)
def test_a_change_without_a_reason_asks_nothing_of_the_store(act: str) -> None:
    """What will not be done anyway is not looked up or counted either."""
    world = World(store=(store := Counting()))
    verified(world)
    store.asked.clear()
    store.commits.clear()

    ACTS[act](world.desk(), reason="")

    assert ([], []) == (store.asked, store.commits)


@pytest.mark.parametrize("act", ACTS)
def test_its_own_permission_is_enough(act: str) -> None:
    """No act needs more than the one permission that it names."""
    world = World()
    claimed(world) if act == "issue_temporary_password" else verified(world)
    bystander(world)

    outcome = ACTS[act](world.desk("desk-2", may=frozenset({ACTS[act].permission})))

    assert not isinstance(outcome, Refused) or Code.STAFF_NOT_ALLOWED not in outcome.codes


@pytest.mark.attack("TMP-08")
@pytest.mark.parametrize("act", CHANGES)
@pytest.mark.parametrize("odd", ["", "ok", "x" * 501, "one\ntwo", "hidden\u202eword", "\ud800??", None, 5])
def test_a_change_without_a_reason_is_refused(act: str, odd: Any) -> None:
    """No words, too few, too many, more than a line, or no text at all: nothing is changed."""
    world = World()
    verified(world)
    bystander(world)
    before = kept(world)

    outcome = ACTS[act](world.desk(), reason=odd)

    assert isinstance(outcome, Refused)
    assert (Code.STAFF_REASON,) == outcome.codes
    assert before == kept(world)


@pytest.mark.attack("TMP-08")
@pytest.mark.parametrize("checked_how", ["", "no", None, "two\nlines"])
def test_a_temporary_password_needs_to_say_how_the_caller_was_checked(checked_how: Any) -> None:
    """The city's documented method (NIST SP 800-63B-4, 4.2.1) stands in the event, or none is issued."""
    world = World()
    in_set_up(world)

    outcome = world.desk().issue_temporary_password(NUMBER, reason=WHY, checked_how=checked_how)

    assert isinstance(outcome, Refused)
    assert (Code.STAFF_REASON,) == outcome.codes


@pytest.mark.attack("TMP-08")
def test_a_finished_account_with_a_mailbox_needs_a_second_reason() -> None:
    """Else the way is a link to the address on file; with it the password opens set-up and nothing else."""
    world = World()
    made = verified(world)
    desk = world.desk()

    without = desk.issue_temporary_password(NUMBER, reason=WHY, checked_how=CHECKED)
    issued = desk.issue_temporary_password(
        NUMBER, reason=WHY, checked_how=CHECKED, second_reason="the mailbox is lost"
    )

    assert isinstance(without, Refused)
    assert (Code.STAFF_SECOND_REASON,) == without.codes
    assert isinstance(issued, TemporaryPasswordIssued)
    assert world.accounts.session(made.session_token) is None
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, issued.password), SetupRequired)
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), Refused)
    assert [OFFICE] == [mail.recipient for mail in letters(world) if mail.template == "temporary-issued"]
    (issue,) = [
        event
        for event in desk.history(NUMBER).events  # type: ignore[union-attr]
        if event.name is EventName.STAFF_ISSUED_TEMPORARY
    ]
    assert (WHY, "the mailbox is lost") == (issue.reason, issue.params["second_reason"])


@pytest.mark.attack("TMP-08")
def test_no_form_makes_anybody_staff() -> None:
    """Staff have no accounts here: what a request says about rights is an unknown field or no argument."""
    world = World()

    planted = world.accounts.register(PUBLIC, public_form("ann", may="temporary-password", role="staff"))

    assert isinstance(planted, Refused)
    assert {Code.UNKNOWN_FIELD} == set(planted.codes)
    with pytest.raises(TypeError):
        world.desk().issue_temporary_password(NUMBER, reason=WHY, checked_how=CHECKED, may="all")  # type: ignore[call-arg]
    assert frozenset() == StaffMember(id="desk-3").may


def test_what_is_no_text_is_refused_before_anything() -> None:
    """A list or a number is not a name; each argument that is none is named."""
    world = World()
    claimant(world, "1012346")
    desk = world.desk()
    odd: Any = ["1154002"]

    refusals = {
        "text": [
            desk.find(odd),
            desk.explain(odd),
            desk.history(odd),
            desk.open(odd, reason=WHY),
            desk.disable(odd, reason=WHY),
            desk.enable(odd, reason=WHY),
            desk.reopen(odd, reason=WHY),
            desk.send_link(odd, reason=WHY),
            desk.check_answer(odd, "x", reason=WHY),
            desk.change_email(odd, "a@mail.example.org", reason=WHY),
            desk.issue_temporary_password(odd, reason=WHY, checked_how=CHECKED),
            desk.approve(NUMBER, odd, reason=WHY),
            desk.reject(NUMBER, odd, reason=WHY),
            desk.transfer(NUMBER, odd, reason=WHY),
        ],
        "license": [
            desk.approve(odd, "ann", reason=WHY),
            desk.release(odd, "ann", reason=WHY),
            desk.transfer(odd, reason=WHY),
            desk.correct_license(odd, reason=WHY),
        ],
        "new_name": [desk.reject("1012346", "1012346", new_name=odd, reason=WHY)],
        "answer": [desk.check_answer(NUMBER, odd, reason=WHY)],
        "email": [
            desk.change_email(NUMBER, odd, reason=WHY),
            desk.correct_license(NUMBER, email=odd, reason=WHY),
        ],
    }

    for field, outcomes in refusals.items():
        for outcome in outcomes:
            assert isinstance(outcome, Refused)
            assert [(Code.NOT_TEXT, field)] == [(p.code, p.field) for p in outcome.problems]


def test_an_account_type_narrows_what_is_meant() -> None:
    """The same text may name two people; one of a type that this city lacks names nobody."""
    world = World()
    verified(world)
    assert not isinstance(world.desk().history(NUMBER, CONTRACTOR), Refused)
    assert (Code.STAFF_NOT_FOUND,) == world.desk().history(NUMBER, PUBLIC).codes  # type: ignore[union-attr]
    assert (Code.STAFF_NOT_FOUND,) == world.desk().find(NUMBER, "architect").codes  # type: ignore[union-attr]


@pytest.mark.parametrize("may", ["find", Permission.FIND, "find temporary-password", 7, None])
def test_permissions_are_a_set_and_no_text(may: Any) -> None:
    """In a text every part of it would be a permission, so an application that gives one is told."""
    with pytest.raises(ConfigurationError, match=r"takes a set of permissions, such as \{Permission.FIND\}"):
        StaffMember(id="desk-1", may=may)


def test_a_permission_that_there_is_not_is_no_permission() -> None:
    """A misspelled word is told when it is given, with those that there are; a right word is one."""
    with pytest.raises(ConfigurationError, match="'finds' is not a valid Permission; there are find, "):
        StaffMember(id="desk-1", may={"finds"})
    assert frozenset({Permission.FIND}) == StaffMember(id="desk-1", may=["find"]).may


@pytest.mark.attack("LOG-06")
@pytest.mark.parametrize(
    "staff_id", ["", " ", "desk-1\nroot", "desk-1\0", "desk\u202e1", "\ud800", "x" * 255, None, 7, b"desk-1"]
)
def test_who_acts_is_one_visible_line(staff_id: Any) -> None:
    """It stands in every event: nobody acts as nobody, and no id looks like two or like another's."""
    with pytest.raises(ConfigurationError, match="takes one to 254 visible letters"):
        StaffMember(id=staff_id)


@pytest.mark.parametrize("staff_id", ["7", "Jane Doe", "josé@city.example.gov", "x" * 254])
def test_who_acts_is_named_as_the_directory_does(staff_id: str) -> None:
    """Whatever it is, as it is."""
    assert staff_id == StaffMember(id=staff_id).id
