"""What the audit log holds of sign-in, set-up and registration: one event for each outcome, and no secret."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from flows.people import (
    CHECKED,
    LICENSE,
    NUMBER,
    WRONG,
    account,
    ann,
    at,
    claimant,
    confirmed,
    events,
    grant,
    guess,
    invited,
    new_events,
    rewrite,
    sessions,
)
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    EventName,
    Reason,
    Standing,
    Unavailable,
)
from permit_accounts.model.codes import ActorKind, NameState
from permit_accounts.model.records import ASKED_BY, AttemptCount, AuditEvent, Identifier
from permit_accounts.ports import Add, Change, Every, Is, Replace
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    contractor_form,
    public_form,
    setup_form,
    strict_policy,
)
from story import AT_HOME, newest_link

Told = tuple[EventName, Reason | None, str | None]
Case = Callable[[World], tuple[Callable[[], object], list[Told]]]
ANN = "public:ann"


def _right(world: World) -> tuple[Callable[[], object], list[Told]]:
    ann(world)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=AT_HOME), [
        (EventName.SIGNED_IN, None, ANN)
    ]


def _wrong(world: World) -> tuple[Callable[[], object], list[Told]]:
    ann(world)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", WRONG, visitor=AT_HOME), [
        (EventName.SIGN_IN_REFUSED, Reason.WRONG_PASSWORD, ANN)
    ]


def _unknown(world: World) -> tuple[Callable[[], object], list[Told]]:
    return lambda: world.accounts.sign_in(PUBLIC, "ann", WRONG, visitor=AT_HOME), [
        (EventName.SIGN_IN_REFUSED, Reason.UNKNOWN_NAME, None)
    ]


def _disabled(world: World) -> tuple[Callable[[], object], list[Told]]:
    ann(world)
    world.desk().disable("ann", reason="reported stolen")
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=AT_HOME), [
        (EventName.SIGN_IN_REFUSED, Reason.DISABLED, ANN)
    ]


def _closed(world: World) -> tuple[Callable[[], object], list[Told]]:
    world.accounts.close_account(ann(world).session_token, PASSWORD)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=AT_HOME), [
        (EventName.SIGN_IN_REFUSED, Reason.CLOSED, ANN)
    ]


def _closed_with_its_name(world: World) -> tuple[Callable[[], object], list[Told]]:
    ann(world)
    rewrite(world, standing=Standing.CLOSED)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=AT_HOME), [
        (EventName.SIGN_IN_REFUSED, Reason.CLOSED, ANN)
    ]


def _name_in(world: World, state: NameState) -> None:
    (name,) = world.store.select(Identifier, Is("account_id", ann(world).account.id), limit=5)
    world.store.commit(Replace(name, attrs.evolve(name, state=state)))


def _given_up(world: World) -> tuple[Callable[[], object], list[Told]]:
    _name_in(world, NameState.RETIRED)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=AT_HOME), [
        (EventName.SIGN_IN_REFUSED, Reason.NAME_RETIRED, ANN)
    ]


def _reserved(world: World) -> tuple[Callable[[], object], list[Told]]:
    _name_in(world, NameState.RESERVED)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=AT_HOME), [
        (EventName.SIGN_IN_REFUSED, Reason.NAME_RESERVED, ANN)
    ]


def _shut(world: World) -> tuple[Callable[[], object], list[Told]]:
    ann(world)
    rewrite(world, untrusted_closed_at=world.now())
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=AT_HOME), [
        (EventName.SIGN_IN_REFUSED, Reason.CLOSED_FOR_UNTRUSTED, ANN)
    ]


def _first_wait(world: World) -> tuple[Callable[[], object], list[Told]]:
    ann(world)
    guess(world, "ann", 10)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=AT_HOME), [
        (EventName.SIGN_IN_WAITING, Reason.WAITING, None)
    ]


def _second_wait(world: World) -> tuple[Callable[[], object], list[Told]]:
    ann(world)
    guess(world, "ann", 11)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=AT_HOME), []


def _temporary_right(world: World) -> tuple[Callable[[], object], list[Told]]:
    password = invited(world).password
    return lambda: world.accounts.sign_in(CONTRACTOR, NUMBER, password, visitor=AT_HOME), [
        (EventName.SETUP_STARTED, None, LICENSE)
    ]


def _temporary_expired(world: World) -> tuple[Callable[[], object], list[Told]]:
    password = invited(world).password
    world.tick(hours=72)
    return lambda: world.accounts.sign_in(CONTRACTOR, NUMBER, password, visitor=AT_HOME), [
        (EventName.SIGN_IN_REFUSED, Reason.TEMPORARY_EXPIRED, LICENSE)
    ]


def _finished(world: World) -> tuple[Callable[[], object], list[Told]]:
    page = grant(world, invited(world).password)
    return lambda: world.accounts.finish_setup(page.token, setup_form(page.asks), visitor=AT_HOME), [
        (EventName.SETUP_FINISHED, None, LICENSE)
    ]


def _form_refused(world: World) -> tuple[Callable[[], object], list[Told]]:
    page = grant(world, invited(world).password)
    return lambda: world.accounts.finish_setup(page.token, {}, visitor=AT_HOME), [
        (EventName.SETUP_REFUSED, Reason.INVALID_FORM, LICENSE)
    ]


def _dead_grant(world: World) -> tuple[Callable[[], object], list[Told]]:
    return lambda: world.accounts.finish_setup("forged", {}, visitor=AT_HOME), [
        (EventName.SETUP_REFUSED, Reason.DEAD_TOKEN, None)
    ]


def _registered(world: World) -> tuple[Callable[[], object], list[Told]]:
    return lambda: world.accounts.register(PUBLIC, public_form("ann"), visitor=AT_HOME), [
        (EventName.REGISTERED, None, ANN)
    ]


def _taken(world: World) -> tuple[Callable[[], object], list[Told]]:
    ann(world)
    return lambda: world.accounts.register(PUBLIC, public_form("ann"), visitor=AT_HOME), [
        (EventName.REGISTRATION_REFUSED, Reason.NAME_TAKEN, None)
    ]


def _form_wrong(world: World) -> tuple[Callable[[], object], list[Told]]:
    return lambda: world.accounts.register(PUBLIC, {}, visitor=AT_HOME), [
        (EventName.REGISTRATION_REFUSED, Reason.INVALID_FORM, None)
    ]


def _on_roster(world: World) -> tuple[Callable[[], object], list[Told]]:
    world.add_to_roster(NUMBER)
    return lambda: world.accounts.register(CONTRACTOR, contractor_form(NUMBER), visitor=AT_HOME), [
        (EventName.REGISTRATION_REFUSED, Reason.ON_ROSTER, None)
    ]


CASES = [
    _right,
    _wrong,
    _unknown,
    _disabled,
    _closed,
    _closed_with_its_name,
    _given_up,
    _reserved,
    _shut,
    _first_wait,
    _second_wait,
    _temporary_right,
    _temporary_expired,
    _finished,
    _form_refused,
    _dead_grant,
    _registered,
    _taken,
    _form_wrong,
    _on_roster,
]


@pytest.mark.attack("LOG-06")
@pytest.mark.parametrize("case", CASES)
def test_each_outcome_leaves_one_event(case: Case) -> None:
    """With what happened and really happened, to whom, when, by whom and from where."""
    world = World()
    act, expected = case(world)

    _, left = new_events(world, act)

    assert expected == [(event.name, event.cause, _whose(world, event)) for event in left]
    for event in left:
        assert (world.now(), ActorKind.SELF) == (event.at, event.actor)
        assert (AT_HOME.ip, AT_HOME.user_agent) == (event.ip, event.user_agent)


def _whose(world: World, event: AuditEvent) -> str | None:
    if event.account_id is None:
        return None
    (name,) = world.store.select(Identifier, Is("account_id", event.account_id), limit=5)
    return name.id


@pytest.mark.attack("LOG-06")
def test_what_staff_issue_stands_there_with_actor_and_reason() -> None:
    """Who did it, to which account and license, why, and how the caller was checked."""
    world = World()
    world.add_to_roster(NUMBER)

    _, (event,) = new_events(world, world.desk("desk-7").issue_temporary_password, NUMBER, **CHECKED)

    assert EventName.STAFF_ISSUED_TEMPORARY is event.name
    assert (ActorKind.STAFF, "desk-7") == (event.actor, event.actor_id)
    assert (account(world, LICENSE).id, "first sign-in") == (event.account_id, event.reason)


class WithoutEvents(MemoryStore):
    """A store that cannot keep an event, once it was told so."""

    full = False

    def commit(self, *changes: Change) -> None:
        """As it should be, but for events."""
        added = [change.record for change in changes if isinstance(change, Add)]
        if self.full and any(isinstance(record, AuditEvent) for record in added):
            raise Unavailable("no room for events")
        super().commit(*changes)


@pytest.mark.attack("LOG-06")
@pytest.mark.parametrize("case", [_right, _temporary_right, _finished, _registered])
def test_nothing_is_done_that_cannot_be_recorded(case: Case) -> None:
    """The event is of the same commit: without it there is no session, no account, and the grant lives on."""
    store = WithoutEvents()
    world = World(store=store)
    act, _ = case(world)
    before = _kept(world)

    store.full = True
    with pytest.raises(Unavailable):
        act()
    assert before == _kept(world)
    store.full = False
    act()
    assert before != _kept(world)


def _kept(world: World) -> list[object]:
    kinds = [kind for kind in ASKED_BY if kind is not AttemptCount]
    return [record for kind in kinds for record in world.store.select(kind, Every(), limit=1000)]


@pytest.mark.attack("LOG-05", "LOG-01")
@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (PUBLIC, "hunter2-real-password"),
        (PUBLIC, "my secret words, not a name"),
        (CONTRACTOR, "hunter2-real-password"),
        (CONTRACTOR, "CSLB 1987654"),
    ],
)
def test_a_password_typed_into_the_name_stands_nowhere(
    caplog: pytest.LogCaptureFixture, kind: Any, typed: str
) -> None:
    """Names that nobody has are kept as HMACs only, in events, counts and logs."""
    caplog.set_level(logging.DEBUG)
    world = World()
    for _ in range(12):
        world.accounts.sign_in(kind, typed, "", visitor=at("203.0.113.9"))
    world.accounts.request_password_reset(typed, kind, visitor=at("203.0.113.9"))
    world.accounts.resend_confirmation(typed, kind, visitor=at("203.0.113.9"))
    world.accounts.remind_usernames(typed, visitor=at("203.0.113.9"))

    rows = [attrs.asdict(r) for one in ASKED_BY for r in world.store.select(one, Every(), limit=1000)]
    everything = repr(rows) + "\n".join(record.getMessage() for record in caplog.records)
    for piece in (typed, typed.lower(), typed.replace(" ", ""), "hunter2", "1987654", "secret words"):
        assert piece not in everything
    assert {"name"} == {key for event in events(world, EventName.SIGN_IN_REFUSED) for key in event.params}


@pytest.mark.attack("LOG-05")
def test_a_key_of_its_own_hides_a_name() -> None:
    """Two cities with different keys keep different texts for one name, so a list of names finds nothing."""
    kept = []
    for _ in range(2):
        world = World()
        guess(world, "nobody", 1)
        kept.append(events(world, EventName.SIGN_IN_REFUSED)[0].params["name"])

    assert kept[0] != kept[1]


@pytest.mark.attack("LOG-06")
def test_a_taken_mailbox_is_recorded_in_a_strict_city() -> None:
    """It is recorded as any other, in the account that it makes; the mailbox's owner has nothing of it."""
    world = World(strict_policy())
    form = public_form("ann", question=None, answer=None)
    world.accounts.register(PUBLIC, form)
    world.accounts.confirm_email(newest_link(world, "ann@mail.example.org"), password=PASSWORD)
    form["username"] = "ann2"

    _, (event,) = new_events(world, world.accounts.register, PUBLIC, form, visitor=AT_HOME)

    assert (EventName.REGISTERED, account(world, "public:ann2").id) == (event.name, event.account_id)


@pytest.mark.attack("LOG-06")
def test_the_sessions_that_were_too_many_are_recorded() -> None:
    """The oldest go, never the one just opened, even where the clock was set back; an event tells it."""
    world = World()
    made = [confirmed(world)]
    for _ in range(9):
        world.tick(seconds=1)
        made.append(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))  # type: ignore[arg-type]
    world.tick(minutes=-2)

    newest = world.accounts.sign_in(PUBLIC, "ann", PASSWORD)

    (event,) = events(world, EventName.EXCESS_SESSIONS_ENDED)
    assert (ActorKind.SYSTEM, {"count": "1"}) == (event.actor, event.params)
    assert 10 == len(sessions(world))
    held = {session.id for session in sessions(world)}
    assert newest.session.id in held  # type: ignore[union-attr]
    assert made[0].session.id not in held


def test_a_claim_is_recorded_with_the_contact_for_the_desk() -> None:
    """Whoever registers a number that only staff give out is told to call; staff see how to reach them."""
    world = World()
    claimant(world, NUMBER)

    world.accounts.register(CONTRACTOR, contractor_form(NUMBER, email="second@contractor.example.org"))

    inbox = world.desk().inbox()
    told = [event for event in inbox.events if event.name is EventName.REGISTRATION_REFUSED]  # type: ignore[union-attr]
    assert ["us-ca-cslb:1012345"] == [event.license_id for event in told]
    assert "second@contractor.example.org" == told[0].params["email"]
    assert PASSWORD not in repr(told)
