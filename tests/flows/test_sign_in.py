"""Signing in: who gets in, what the others are told, and that it is the same and costs the same for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.people import (
    NUMBER,
    WRONG,
    Counting,
    account,
    ann,
    at,
    claimant,
    confirmed,
    events,
    grant,
    hashing_harder,
    invited,
    new_events,
    rewrite,
    sessions,
    work,
)
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    EventName,
    Problem,
    QuestionUse,
    Reason,
    Refused,
    SetupRequired,
    SignedIn,
    Standing,
)
from permit_accounts.model.records import Identifier
from permit_accounts.ports import Is, Replace, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form, setup_form, strict_policy
from story import AT_HOME, signed_in

ONE_CHECK = [("verify", 1, 8)]
GENERIC = Refused((Problem(Code.WRONG_CREDENTIALS),))
Who = tuple[Any, str]


def _nobody(world: World) -> Who:
    return PUBLIC, "nobody"


def _nobodys_license(world: World) -> Who:
    return CONTRACTOR, "1099999"


def _known(world: World) -> Who:
    ann(world)
    return PUBLIC, "ann"


def _confirmed(world: World) -> Who:
    confirmed(world)
    return PUBLIC, "ann"


def _contractor(world: World) -> Who:
    claimant(world, NUMBER)
    return CONTRACTOR, NUMBER


def _on_roster_only(world: World) -> Who:
    world.add_to_roster(NUMBER)
    return CONTRACTOR, NUMBER


def _mailed_setup(world: World) -> Who:
    world.add_to_roster(NUMBER)
    world.accounts.request_password_reset(NUMBER)
    return CONTRACTOR, NUMBER


def _holds_temporary(world: World) -> Who:
    invited(world)
    return CONTRACTOR, NUMBER


def _disabled(world: World) -> Who:
    ann(world)
    world.desk().disable("ann", reason="reported stolen")
    return PUBLIC, "ann"


def _shut_to_strangers(world: World) -> Who:
    ann(world)
    rewrite(world, untrusted_closed_at=world.now())
    return PUBLIC, "ann"


def _without_password(world: World) -> Who:
    ann(world)
    rewrite(world, password_hash=None)
    return PUBLIC, "ann"


def _closed(world: World) -> Who:
    world.accounts.close_account(ann(world).session_token, PASSWORD)
    return PUBLIC, "ann"


def _malformed(world: World) -> Who:
    return CONTRACTOR, "no number \0 at all"


def _no_name(world: World) -> Who:
    return PUBLIC, "  "


STATES = [
    _nobody,
    _nobodys_license,
    _known,
    _confirmed,
    _contractor,
    _on_roster_only,
    _mailed_setup,
    _holds_temporary,
    _disabled,
    _shut_to_strangers,
    _without_password,
    _closed,
    _malformed,
    _no_name,
]


@pytest.mark.attack("ENUM-01", "ENUM-10", "ENUM-12")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("password", [WRONG, ""], ids=["wrong", "empty"])
def test_all_that_is_wrong_is_one_answer(state: Callable[[World], Who], password: str) -> None:
    """Whether the name is known, disabled, in set-up or nobody's cannot be told (ASVS 5.0, 6.3.8)."""
    world = World()
    kind, name = state(world)

    assert GENERIC == world.accounts.sign_in(kind, name, password)


@pytest.mark.attack("ENUM-02")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("password", [WRONG, ""], ids=["wrong", "empty"])
def test_every_branch_costs_one_hash(state: Callable[[World], Who], password: str) -> None:
    """Exactly one hash at today's cost, and as many commits, whoever it is."""
    counting = Counting()
    world = World(store=counting)  # type: ignore[arg-type]
    kind, name = state(world)
    before = len(counting.commits)

    assert ONE_CHECK == work(world, world.accounts.sign_in, kind, name, password)
    assert 3 == len(counting.commits) - before


@pytest.mark.attack("ENUM-03")
def test_an_account_with_an_old_hash_costs_the_same() -> None:
    """A cheaper stored hash is topped up where the password is wrong, so age cannot be told from time."""
    world = World()
    ann(world)
    hashing_harder(world)
    assert isinstance(world.accounts.register(PUBLIC, public_form("new")), SignedIn)

    def spent(name: str) -> int:
        return sum(t * m for _, t, m in work(world, world.accounts.sign_in, PUBLIC, name, WRONG))

    assert spent("new") == spent("ann") == spent("nobody") == 128


@pytest.mark.attack("ENUM-04")
def test_a_text_that_could_mean_two_people_is_checked_once() -> None:
    """The type chosen says whose name it is; nobody else who could be meant is tried."""
    world = World()
    address = "two@mail.example.org"
    ann(world, email=address)
    world.accounts.register(PUBLIC, public_form(address, email=address, password="one brass kettle whistles"))
    claimant(world, NUMBER)

    for kind, text in ((PUBLIC, address), (PUBLIC, NUMBER), (CONTRACTOR, address), (CONTRACTOR, NUMBER)):
        assert ONE_CHECK == work(world, world.accounts.sign_in, kind, text, WRONG)
    assert GENERIC == world.accounts.sign_in(PUBLIC, NUMBER, PASSWORD)


@pytest.mark.attack("ENUM-10", "CFG-06")
def test_what_comes_next_is_told_to_the_right_password_only() -> None:
    """An unconfirmed mailbox, a temporary password: only who knows the password learns of it."""
    world = World(strict_policy())
    made = world.accounts.register(PUBLIC, public_form("ann", question=None, answer=None))
    assert not isinstance(made, Refused)
    password = invited(world).password

    assert GENERIC == world.accounts.sign_in(PUBLIC, "ann", WRONG)
    assert GENERIC == world.accounts.sign_in(CONTRACTOR, NUMBER, WRONG)
    refused, (event,) = new_events(world, world.accounts.sign_in, PUBLIC, "ann", PASSWORD)
    assert Refused((Problem(Code.CONFIRM_FIRST),)) == refused
    assert (EventName.SIGN_IN_REFUSED, account(world).id, None) == (event.name, event.account_id, event.cause)
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, password), SetupRequired)
    assert [] == sessions(world)


@pytest.mark.attack("ENUM-10", "ENUM-12")
def test_a_disabled_account_does_not_confirm_a_password() -> None:
    """The right one gets word for word the answer that a wrong one gets, the telephone hint included."""
    world = World()
    password = "six yellow boats up"
    ann(world, password=password)
    world.desk().disable("ann", reason="reported stolen")

    wrong = world.accounts.sign_in(PUBLIC, "ann", "six yellow boats at")
    right = world.accounts.sign_in(PUBLIC, "ann", password)

    assert Refused((Problem(Code.TEMPORARY_LOOKALIKE, "password"),)) == wrong == right
    assert [Reason.DISABLED] * 2 == [event.cause for event in events(world, EventName.SIGN_IN_REFUSED)]


@pytest.mark.attack("ENUM-12")
def test_where_strangers_are_shut_out_the_right_password_is_wrong() -> None:
    """It is not even compared for them, so the answer cannot depend on it."""
    world = World()
    _shut_to_strangers(world)

    for name, password in (("ann", PASSWORD), ("ann", WRONG), ("nobody", PASSWORD)):
        assert GENERIC == world.accounts.sign_in(PUBLIC, name, password)
    causes = Counter(event.cause for event in events(world, EventName.SIGN_IN_REFUSED))
    assert {Reason.CLOSED_FOR_UNTRUSTED: 2, Reason.UNKNOWN_NAME: 1} == causes


@pytest.mark.attack("ENUM-18")
@pytest.mark.parametrize("kept", ["memory", "sqlite"])
@pytest.mark.parametrize("known", [True, False])
def test_no_text_makes_a_door_fail(tmp_path: Path, kept: str, known: bool) -> None:
    """Huge, broken and foreign texts in a name are wrong names like any other, with or without a match."""
    store: Store = MemoryStore() if kept == "memory" else SQLiteStore(tmp_path / "city.db", create=True)
    world = World(store=store)
    if known:
        ann(world)
        claimant(world, NUMBER)
    texts = ["x" * 1_000_000, "ann\0", "ann\ud800", str(10**30), "1012345\0", "\ufffd", "ann'--", "%s{0}"]

    for text in texts:
        for kind in (PUBLIC, CONTRACTOR):
            source = at(f"198.51.100.{texts.index(text)}")
            assert GENERIC == world.accounts.sign_in(kind, text, WRONG, visitor=source)
            asked = world.accounts.request_password_reset(text, kind, visitor=source)
            assert "CheckYourEmail" == type(asked).__name__


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
