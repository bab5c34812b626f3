"""What is wrong at the sign-in is one answer and one cost for all, whoever has the name and in what state."""

from __future__ import annotations

import functools
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
    fail_until,
    hashing_harder,
    invited,
    new_events,
    rebuilt,
    rewrite,
    sessions,
    work,
)
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    EventName,
    LicenseReleased,
    Problem,
    Reason,
    Refused,
    SetupRequired,
    SignedIn,
)
from permit_accounts.model.codes import ActorKind
from permit_accounts.model.records import Account
from permit_accounts.ports import Change, Every, Replace, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.world import PASSWORD, World, public_form, strict_policy
from permit_accounts.tools.encoded_hash import AnyCost, Cost
from permit_accounts.tools.hashing import Argon2WithoutFloor, argon2id

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


def _given_up(world: World) -> Who:
    held = claimant(world, NUMBER)
    world.accounts.add_license(held.session_token, "CSLB 1154777")
    world.desk().approve("1154777", NUMBER, CONTRACTOR, reason="card seen")
    released = world.accounts.release_license(held.session_token, f"us-ca-cslb:{NUMBER}")
    assert isinstance(released, LicenseReleased)
    return CONTRACTOR, NUMBER


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
    _given_up,
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


def _spent(counting: Counting, act: Callable[[], object]) -> tuple[Counter[str], list[Counter[str]]]:
    """What an act asks, by kind of record, and what each of its commits writes."""
    counting.asked.clear()
    counting.commits.clear()
    act()
    written = [Counter(_kind(change) for change in changes) for changes in counting.commits]
    return Counter(kind.__name__ for kind in counting.asked), written


def _kind(change: Change) -> str:
    return type(change.old if isinstance(change, Replace) else change.record).__name__


@pytest.mark.attack("ENUM-02", "ENUM-11", "ENUM-12")
@pytest.mark.parametrize("failures", [0, 10, 100], ids=["at rest", "waiting", "shut at a hundred"])
@pytest.mark.parametrize("password", [WRONG, "k7qm-4xrt-9wpd-2hns"], ids=["chosen", "of a temporary's shape"])
def test_every_state_asks_and_writes_the_same(failures: int, password: str) -> None:
    """Question by question and record by record, first and second time, whoever it is (ASVS 5.0, 6.3.8)."""
    told = {}
    for state in STATES:
        counting = Counting()
        world = World(store=counting)  # type: ignore[arg-type]
        kind, name = state(world)
        fail_until(world, name, failures, kind=kind)
        if failures == 100:
            world.tick(hours=1)

        def attempt(n: int, world: World = world, kind: Any = kind, name: str = name) -> object:
            return world.accounts.sign_in(kind, name, password, visitor=at(f"198.51.100.{n}"))

        told[state.__name__] = [_spent(counting, functools.partial(attempt, n)) for n in (1, 2)]

    assert dict.fromkeys(told, told["_nobody"]) == told


def _by_address(state: Callable[[World], Who]) -> Callable[[World], Who]:
    def asked(world: World) -> Who:
        kind, _ = state(world)
        return kind, "ann@mail.example.org"

    return asked


#: Who may ask for mail; each group is asked the same. Set-up and the roster cost more, as the page says.
ALIKE = {
    "usernames": (_nobody, _known, _confirmed, _disabled, _shut_to_strangers, _without_password, _closed),
    "license numbers": (_nobodys_license, _contractor, _given_up),
    "addresses": tuple(_by_address(state) for state in (_nobody, _known, _confirmed, _disabled, _closed)),
}


@pytest.mark.attack("ENUM-07", "ENUM-13")
@pytest.mark.parametrize("states", ALIKE.values(), ids=list(ALIKE))
@pytest.mark.parametrize("typed", [True, False], ids=["one type", "any type"])
@pytest.mark.parametrize("door", ["request_password_reset", "resend_confirmation"])
def test_asking_for_mail_asks_the_same(
    door: str, typed: bool, states: tuple[Callable[[World], Who], ...]
) -> None:
    """As many questions of each kind and as many commits, whether or not there is somebody to write to."""
    told = []
    for state in states:
        counting = Counting()
        world = World(store=counting)  # type: ignore[arg-type]
        kind, name = state(world)
        world.tick(hours=2)
        act = functools.partial(
            getattr(world.accounts, door), name, kind if typed else None, visitor=at("192.0.2.1")
        )
        asked, written = _spent(counting, act)
        told.append((asked, len(written)))

    assert [told[0]] * len(states) == told


@pytest.mark.attack("ENUM-07", "ENUM-15")
def test_what_a_link_into_set_up_costs_more() -> None:
    """As the page on security has it: one question for a license on the roster, up to ten for set-up."""
    spent = {}
    for state in (_nobodys_license, _on_roster_only, _mailed_setup, _holds_temporary):
        counting = Counting()
        world = World(store=counting)  # type: ignore[arg-type]
        kind, name = state(world)
        world.tick(hours=2)
        act = functools.partial(world.accounts.request_password_reset, name, kind, visitor=at("192.0.2.1"))
        asked, written = _spent(counting, act)
        spent[state.__name__] = (sum(asked.values()), len(written))
    asked, commits = spent.pop("_nobodys_license")
    more = {name: (questions - asked, written - commits) for name, (questions, written) in spent.items()}
    assert {"_on_roster_only": (1, 0), "_mailed_setup": (10, 0), "_holds_temporary": (6, 0)} == more


@pytest.mark.attack("ENUM-11", "ENUM-12")
@pytest.mark.parametrize("pause", [timedelta(hours=1), timedelta(days=3)])
def test_guesses_like_a_temporary_password_tell_no_name_from_another(pause: timedelta) -> None:
    """After a hundred failures too, at once and days later: they wait at the same moments at every name."""
    told = {}
    for state in STATES:
        world = World()
        kind, name = state(world)
        fail_until(world, name, 100, kind=kind)
        world.tick(seconds=pause.total_seconds())
        answers: list[object] = []
        for n in range(12):
            for password in (*["k7qm-4xrt-9wpd-2hns"] * (1 + n % 2), WRONG):
                answers.append(world.accounts.sign_in(kind, name, password, visitor=at(f"198.51.100.{n}")))
        told[state.__name__] = answers

    assert dict.fromkeys(told, told["_nobody"]) == told


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


@pytest.mark.attack("ENUM-03")
def test_an_account_with_a_hash_in_other_lanes_costs_the_same() -> None:
    """In four lanes after one: an old account, a new one and nobody's name do the work of both, until the
    right password makes the old hash anew."""
    spent: Counter[int] = Counter()

    def noting(text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
        spent[cost.parallelism] += cost.time_cost * cost.memory_cost
        return argon2id(text, salt, cost, length)

    world = World()
    one, four = AnyCost(1, 32, 1), AnyCost(1, 32, 4)
    rebuilt(world, hasher=Argon2WithoutFloor(one, world.keys))
    ann(world)
    rebuilt(world, hasher=Argon2WithoutFloor(four, world.keys, earlier=[one], compute=noting))
    assert isinstance(world.accounts.register(PUBLIC, public_form("new")), SignedIn)

    for name in ("new", "ann", "nobody"):
        spent.clear()
        assert GENERIC == world.accounts.sign_in(PUBLIC, name, WRONG)
        assert {1: 32, 4: 32} == spent, name
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert ",p=4$" in (account(world).password_hash or "")


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


@pytest.mark.attack("ENUM-12", "LOG-06")
@pytest.mark.parametrize("state", [_closed, _given_up])
def test_failures_at_a_name_that_opens_nothing_move_nothing(state: Callable[[World], Who]) -> None:
    """The log names the account; but no owner is written to, nothing is shut and no session ends."""
    world = World()
    kind, name = state(world)
    world.deliver()
    before = list(world.store.select(Account, Every(), limit=9))

    fail_until(world, name, 100, kind=kind)

    assert before == list(world.store.select(Account, Every(), limit=9))
    assert [] == world.deliver()
    refused = events(world, EventName.SIGN_IN_REFUSED)
    assert {(before[0].id, ActorKind.SELF)} == {(event.account_id, event.actor) for event in refused}


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
