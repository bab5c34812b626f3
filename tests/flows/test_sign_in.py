"""Signing in: who gets in, in whatever way they type, and what comes first for some."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from flows.people import (
    NUMBER,
    account,
    ann,
    claimant,
    grant,
    invited,
    new_events,
    rewrite,
    work,
)
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    EventName,
    Problem,
    QuestionUse,
    Refused,
    SetupRequired,
    SignedIn,
    Standing,
)
from permit_accounts.model.records import Identifier
from permit_accounts.ports import Is, Replace
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy, setup_form
from story import AT_HOME, signed_in

GENERIC = Refused((Problem(Code.WRONG_CREDENTIALS),))


def test_a_public_user_signs_in() -> None:
    """With the username in any case and with white space around it; a session of today's epoch opens."""
    world = World()
    ann(world)

    for typed in ("ann", "ANN", " ann ", "ａｎｎ"):
        outcome, (event,) = new_events(
            world, world.accounts.sign_in, PUBLIC, typed, PASSWORD, visitor=AT_HOME
        )
        made = signed_in(outcome)
        assert ("ann", 1, ("pwd",)) == (made.account.username, made.session.epoch, made.session.methods)
        assert EventName.SIGNED_IN is event.name
        assert (account(world).id, AT_HOME.ip) == (event.account_id, event.ip)
    assert () == violations(world.store)


def test_a_contractor_signs_in_with_the_number() -> None:
    """In any form in which people write it, under the type's id or the type itself."""
    world = World()
    claimant(world, NUMBER)

    for typed in ("1012345", "CSLB #1012345", "Lic. 1012345", " 1012345 "):
        assert isinstance(world.accounts.sign_in("contractor", typed, PASSWORD), SignedIn)


def test_remembering_is_asked_for_and_allowed() -> None:
    """One long session, only where it was ticked and the city offers it; nothing but True ticks it."""
    world, strict = World(), World(city_policy(remember_me=False))
    ann(world)
    ann(strict)

    long = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
    assert (True, timedelta(days=30)) == (long.session.remembered, long.session.expires_at - world.now())
    for odd in (False, "false", 1):
        short = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=odd))  # type: ignore[arg-type]
        until = short.session.expires_at - world.now()
        assert (False, timedelta(days=1)) == (short.session.remembered, until)
    refused = signed_in(strict.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
    assert not refused.session.remembered


@pytest.mark.attack("PWD-06")
@pytest.mark.parametrize("odd", [12345678, True, None, ["a", "b"], {"a": 1}, float("inf"), b"bytes"])
def test_what_is_no_text_is_refused_before_anything(odd: object) -> None:
    """Nothing is made a text of and hashed; each argument that is none is named."""
    world = World()
    ann(world)

    both = world.accounts.sign_in(PUBLIC, odd, odd)  # type: ignore[arg-type]
    assert Refused((Problem(Code.NOT_TEXT, "username"), Problem(Code.NOT_TEXT, "password"))) == both
    one = world.accounts.sign_in(PUBLIC, "ann", odd)  # type: ignore[arg-type]
    assert Refused((Problem(Code.NOT_TEXT, "password"),)) == one
    assert [] == work(world, world.accounts.sign_in, PUBLIC, "ann", odd)


@pytest.mark.parametrize("odd", ["architect", "", None, 5, ["public"]])
def test_an_account_type_that_is_none(odd: Any) -> None:
    """The word comes from a form's drop-down, so it is a choice that was not offered."""
    outcome = World().accounts.sign_in(odd, "ann", PASSWORD)

    assert Refused((Problem(Code.CHOICE, "account_type", {"choices": "public, contractor"}),)) == outcome


def test_a_name_of_the_past_opens_nothing() -> None:
    """A retired name is a wrong one, although its account lives on."""
    world = World()
    made = claimant(world, NUMBER)
    name = world.store.select(Identifier, Is("account_id", made.account.id), limit=1)[0]
    world.store.commit(Replace(name, name.retired()))

    assert GENERIC == world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD)


def test_a_question_that_is_still_missing_comes_first() -> None:
    """The right password opens a page for question and answer alone, and after it the person is in."""
    world = World()
    ann(world)
    rewrite(world, question_id=None, answer_hash=None)

    first = world.accounts.sign_in(PUBLIC, "ann", PASSWORD)
    assert isinstance(first, SetupRequired)
    assert ("question", "answer") == first.asks
    second = world.accounts.sign_in(PUBLIC, "ann", PASSWORD)
    assert isinstance(second, SetupRequired)
    dead = world.accounts.finish_setup(first.token, setup_form(first.asks))
    assert (Code.SETUP_EXPIRED,) == dead.codes  # type: ignore[union-attr]
    planted = setup_form(("question", "answer", "password"), password="another password entirely")
    refused = world.accounts.finish_setup(second.token, planted)
    assert (Code.UNKNOWN_FIELD,) == refused.codes  # type: ignore[union-attr]

    done = signed_in(world.accounts.finish_setup(second.token, setup_form(second.asks)))

    assert ("first-concert", Standing.ACTIVE) == (done.account.question_id, done.account.standing)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert () == violations(world.store)


def test_no_question_is_asked_for_where_the_city_has_none() -> None:
    """With the question off, an account without one signs in."""
    world = World(city_policy(security_question=QuestionUse.OFF))
    ann(world, question=None, answer=None)

    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


@pytest.mark.attack("TMP-13")
def test_the_hint_about_look_alikes_is_for_every_name() -> None:
    """A refused entry with 0, 1, I, L or O among sixteen symbols gets it, known name or not."""
    world = World()
    invited(world)
    ann(world)
    hint = Refused((Problem(Code.TEMPORARY_LOOKALIKE, "password"),))

    for kind, name in ((CONTRACTOR, NUMBER), (CONTRACTOR, "1099999"), (PUBLIC, "ann"), (PUBLIC, "nobody")):
        for entry in ("k7qm-4xrt-9wpd-2hn0", "K7QM 4XRT 9WPD 2HNL", "1111111111111111"):
            assert hint == world.accounts.sign_in(kind, name, entry)
    assert GENERIC == world.accounts.sign_in(CONTRACTOR, NUMBER, "k7qm-4xrt-9wpd-2hn")


@pytest.mark.attack("TMP-13")
@pytest.mark.parametrize(
    "typed",
    [
        lambda text: text,
        lambda text: f"  {text}\n",
        lambda text: text.upper(),
        lambda text: text.replace("-", ""),
        lambda text: text.replace("-", "\u2011"),
        lambda text: text.replace("-", " "),
        lambda text: "-".join(text.replace("-", "")),
        lambda text: "".join(chr(ord(c) + 0xFEE0) if c != "-" else c for c in text),
    ],
)
def test_a_temporary_password_as_people_type_it(typed: Callable[[str], str]) -> None:
    """Case, spaces and hyphens are ignored, since it was heard over a telephone or copied from a slip."""
    world = World()

    grant(world, typed(invited(world).password))
