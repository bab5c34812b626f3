"""What a person reads of their own account, takes along, and gives up."""

from __future__ import annotations

from typing import Any

import pytest

from flows.desk_cases import LICENSE, NUMBER, WHY, claimed, link_of, stored, templates, verified
from flows.people import account, ann, at, confirmed, events, new_events
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    AccountClosed,
    AccountExport,
    Code,
    EventName,
    History,
    LinkState,
    Reason,
    Refused,
    Standing,
)
from permit_accounts.flows import own_account
from permit_accounts.model.codes import NameState
from permit_accounts.model.records import Identifier
from permit_accounts.ports import Is, Replace
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form
from permit_accounts.tools import lookups
from story import ANSWER, newest_link, signed_in

ANN = "ann@mail.example.org"


# ------------------------------------------------------------------------------------------------- activity


def test_activity_has_the_newest_first_without_what_staff_wrote() -> None:
    """A person sees what happened and from where; reasons and names of staff are the desk's."""
    world = World()
    ann(world)
    world.tick(minutes=1)
    world.desk("desk-7").open("ann", PUBLIC, reason="caller sounded upset")
    world.tick(minutes=1)
    one = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=at("198.51.100.7")))

    first = world.accounts.activity(one.session_token, limit=2)
    assert isinstance(first, History)
    second = world.accounts.activity(one.session_token, limit=2, after=first.next_after)
    assert isinstance(second, History)

    assert [EventName.SIGNED_IN, EventName.STAFF_OPENED] == [event.name for event in first.events]
    assert [EventName.REGISTERED] == [event.name for event in second.events]
    assert second.next_after is None
    assert ("198.51.100.7", "Mozilla/5.0") == (first.events[0].ip, first.events[0].user_agent)
    staffs = first.events[1]
    assert ("staff", "", "", {}) == (staffs.actor, staffs.actor_id, staffs.reason, staffs.params)
    assert History(events=(), next_after=None) == world.accounts.activity(one.session_token, limit=0)


@pytest.mark.attack("ENUM-08")
@pytest.mark.parametrize("owner", ["with an account", "without one"])
def test_nobody_reads_of_whom_else_a_mailbox_is(owner: str) -> None:
    """Whoever registered with another's address sees neither that they have an account nor a visit."""
    world = World()
    if owner == "with an account":
        ann(world)
    world.tick(minutes=1)
    other = signed_in(world.accounts.register(PUBLIC, public_form("other", email=ANN)))

    for ask in (
        world.accounts.request_password_reset,
        world.accounts.remind_usernames,
        world.accounts.resend_confirmation,
    ):
        ask(ANN, visitor=at("198.51.100.7"))

    history = world.accounts.activity(other.session_token)
    assert isinstance(history, History)
    assert [EventName.REGISTERED] == [event.name for event in history.events]


def test_where_a_stranger_asked_from_is_not_shown() -> None:
    """That a mail was asked for by name is the account's own business; from which address is not."""
    world = World()
    one = ann(world)
    world.tick(minutes=1)
    world.accounts.request_password_reset("ann", visitor=at("198.51.100.7"))

    history = world.accounts.activity(one.session_token)
    exported = world.accounts.export_account(one.session_token)

    assert isinstance(history, History)
    assert EventName.RESET_REQUESTED is history.events[0].name
    assert isinstance(exported, AccountExport)
    assert "198.51.100.7" not in repr((history, exported))
    assert "198.51.100.7" in {event.ip for event in events(world)}


def test_where_a_number_is_tried_that_was_given_up_is_not_shown() -> None:
    """Whoever has the number now may not know that it was somebody's; where they are is their business."""
    world = World()
    one = ann(world)
    name = lookups.identifier(world.services, "public:ann")
    assert name is not None
    world.store.commit(Replace(name, name.retired()))
    world.tick(minutes=1)
    world.accounts.sign_in(PUBLIC, "ann", "not it", visitor=at("198.51.100.7"))

    history = world.accounts.activity(one.session_token)
    exported = world.accounts.export_account(one.session_token)

    assert isinstance(history, History)
    assert EventName.SIGN_IN_REFUSED is history.events[0].name
    assert isinstance(exported, AccountExport)
    assert "198.51.100.7" not in repr((history, exported))
    assert "198.51.100.7" in {event.ip for event in events(world)}


# --------------------------------------------------------------------------------------------------- export


@pytest.mark.attack("SQ-07")
def test_an_export_holds_everything_about_the_person_and_nothing_that_opens() -> None:
    """Profile, names, claims, sessions and events; no hash, no answer, no reason of staff."""
    world = World()
    verified(world)
    world.desk("desk-7").open(NUMBER, reason="caller sounded upset")
    one = signed_in(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD, visitor=at("198.51.100.7")))

    exported, (event,) = new_events(world, world.accounts.export_account, one.session_token)

    assert isinstance(exported, AccountExport)
    assert EventName.ACCOUNT_EXPORTED is event.name
    assert (NUMBER, "first-concert") == (
        exported.account["username"],
        exported.account["security_question"],
    )
    assert "Sample Builders" == exported.account["profile"]["business_name"]  # type: ignore[index]
    assert (f"license:{LICENSE}",) == exported.names
    assert [(LICENSE, "verified", True)] == [
        (link["license"], link["state"], link["live"]) for link in exported.licenses
    ]
    assert "198.51.100.7" in {event["ip"] for event in exported.events}
    assert 2 == len(exported.sessions)
    everything = repr(exported)
    for hidden in ("argon2", ANSWER, "caller sounded upset", "desk-7", one.session.id, PASSWORD):
        assert hidden not in everything


def test_an_export_of_an_account_that_is_not_confirmed() -> None:
    """What has not happened yet is none."""
    world = World()
    one = ann(world)

    exported = world.accounts.export_account(one.session_token)

    assert isinstance(exported, AccountExport)
    assert exported.account["email_confirmed_at"] is None


def test_an_export_of_a_long_history_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is bounded, so that one request cannot read for ever."""
    monkeypatch.setattr(own_account, "_ALL_EVENTS", 3)
    world = World()
    one = ann(world)
    for _ in range(5):
        world.accounts.sign_in(PUBLIC, "ann", "wrong")

    exported = world.accounts.export_account(one.session_token)

    assert isinstance(exported, AccountExport)
    assert 3 == len(exported.events)


# ---------------------------------------------------------------------------------------------------- close


def test_closing_gives_everything_up_and_keeps_the_details() -> None:
    """Credentials are erased, names retired, claims released, sessions ended, in one commit."""
    world = World()
    one = verified(world)
    other = signed_in(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD, remember=True))
    world.deliver()

    outcome, (event,) = new_events(world, world.accounts.close_account, one.session_token, PASSWORD)

    now = stored(world, one)
    assert AccountClosed() == outcome
    assert EventName.ACCOUNT_CLOSED is event.name
    assert Standing.CLOSED is now.standing
    assert (None, None, None, None) == (
        now.password_hash,
        now.temporary_hash,
        now.question_id,
        now.answer_hash,
    )
    assert "Sample Builders" == now.profile["business_name"]
    assert LinkState.RELEASED is link_of(world, now)
    for held in (one, other):
        assert world.accounts.session(held.session_token) is None
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), Refused)
    assert ["account-closed"] == templates(world, str(now.email))
    assert () == violations(world.store)


def test_a_closed_accounts_name_is_nobody_elses() -> None:
    """Retired, not free: nobody becomes Ann by waiting for her to leave."""
    world = World(city_policy(unique_email=True))
    one = confirmed(world)
    world.accounts.close_account(one.session_token, PASSWORD)

    refused = world.accounts.register(PUBLIC, public_form("ann", email="b@mail.example.org"))
    bob = signed_in(world.accounts.register(PUBLIC, public_form("bob", email=ANN)))
    link = newest_link(world, ANN, "/confirm-email")
    taken = world.accounts.confirm_email(link, session_token=bob.session_token)

    assert isinstance(refused, Refused)
    assert (Code.USERNAME_TAKEN,) == refused.codes
    assert isinstance(taken, Refused)
    assert (Code.EMAIL_TAKEN,) == taken.codes
    (name,) = world.store.select(Identifier, Is("id", f"email:{ANN}"), limit=1)
    assert NameState.RETIRED is name.state


def test_an_address_of_ones_own_comes_back_with_the_account() -> None:
    """Reopened and finished by a mailed link, the address is the account's alone again."""
    world = World(city_policy(unique_email=True))
    one = confirmed(world)
    world.accounts.close_account(one.session_token, PASSWORD)
    world.desk().reopen("ann", PUBLIC, reason=WHY)
    world.desk().send_link("ann", PUBLIC, reason=WHY)
    link = newest_link(world, ANN, "/setup")

    back = signed_in(
        world.accounts.finish_setup(
            link, {"password": PASSWORD, "question": "first-dish", "answer": "potato soup"}
        )
    )

    assert one.account.id == back.account.id
    (name,) = world.store.select(Identifier, Is("id", f"email:{ANN}"), limit=1)
    assert NameState.ACTIVE is name.state


@pytest.mark.attack("LOG-06")
def test_a_wrong_password_closes_nothing() -> None:
    """The attempt is on record."""
    world = World()
    one = claimed(world)

    refused, (event,) = new_events(world, world.accounts.close_account, one.session_token, "wrong")

    assert isinstance(refused, Refused)
    assert (Code.WRONG_CREDENTIALS,) == refused.codes
    assert (EventName.ACCOUNT_CLOSE_REFUSED, Reason.WRONG_PASSWORD) == (event.name, event.cause)
    assert Standing.ACTIVE is stored(world, one).standing


@pytest.mark.parametrize("odd", [None, 7, ["x"], b"x"])
def test_what_is_no_text_is_named(odd: Any) -> None:
    """Each argument that is none is refused before anything is read or counted."""
    world = World()
    token = ann(world).session_token
    accounts = world.accounts
    before = len(events(world))

    refusals = {
        ("password",): [accounts.reauthenticate(token, odd), accounts.close_account(token, odd)],
        ("current_password", "password"): [accounts.change_password(token, odd, odd)],
        ("password", "question", "answer"): [accounts.change_security_question(token, odd, odd, odd)],
        ("identifier",): [accounts.resend_confirmation(odd)],
    }

    for fields, outcomes in refusals.items():
        for outcome in outcomes:
            assert isinstance(outcome, Refused)
            assert {Code.NOT_TEXT} == set(outcome.codes)
            assert fields == tuple(problem.field for problem in outcome.problems)
    assert before == len(events(world))
    assert account(world).standing is Standing.ACTIVE
