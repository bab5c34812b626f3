"""Guessing at the sign-in: who has to wait, who never does, and what shuts and opens a password."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import attrs
import pytest

from flows.people import (
    LICENSE,
    NUMBER,
    WRONG,
    account,
    ann,
    at,
    at_once,
    claimant,
    confirmed,
    events,
    grant,
    guess,
    invited,
    kinds,
    new_events,
    paused_by,
    rewrite,
    work,
)
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    EventName,
    Limit,
    Problem,
    Reason,
    Refused,
    SignedIn,
    Visitor,
)
from permit_accounts.model.codes import NameState
from permit_accounts.model.records import AttemptCount, Identifier
from permit_accounts.ports import Every, Is, Replace, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    city_policy,
    contractor_form,
    public_form,
)
from story import newest_link

GENERIC = Refused((Problem(Code.WRONG_CREDENTIALS),))
HALF_A_MINUTE = Refused((Problem(Code.WAIT, "", {"seconds": "30", "minutes": "1"}),))


@pytest.mark.attack("ENUM-11")
def test_ten_are_free_and_the_wait_doubles_for_every_name() -> None:
    """30 seconds after the tenth, then twice as long to an hour; for a name that nobody has the same."""
    told = {}
    for name in ("ann", "nobody"):
        world = World()
        ann(world)
        answers = guess(world, name, 11)
        waits = [answers[-1].problems[0].params["seconds"]]
        for _ in range(8):
            world.tick(seconds=int(waits[-1]))
            answers += guess(world, name, 2)
            waits.append(answers[-1].problems[0].params["seconds"])
        told[name] = answers
        assert ["30", "60", "120", "240", "480", "960", "1920", "3600", "3600"] == waits

    assert [GENERIC] * 10 + [HALF_A_MINUTE] == told["nobody"][:11]
    assert told["nobody"] == told["ann"]


@pytest.mark.attack("ENUM-11", "ENUM-12", "THR-09")
def test_while_a_name_waits_nothing_is_checked() -> None:
    """The right password neither helps nor is told from a wrong one; no hash is spent, one event is left."""
    world = World()
    ann(world)
    guess(world, "ann", 10)

    def storm() -> list[object]:
        right = [world.accounts.sign_in(PUBLIC, "ann", PASSWORD) for _ in range(20)]
        return [*right, *guess(world, "ann", 20)]

    assert [] == work(world, lambda: kinds(storm()) == {"wait": 40} or pytest.fail("not alike"))
    assert 1 == len(events(world, EventName.SIGN_IN_WAITING))
    world.tick(seconds=30)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert [GENERIC] == guess(world, "ann", 1)
    assert (Code.WAIT,) == guess(world, "ann", 1)[0].codes
    assert 2 == len(events(world, EventName.SIGN_IN_WAITING))


def _racing(tmp_path: Path, kept: str) -> World:
    store: Store = MemoryStore() if kept == "memory" else SQLiteStore(tmp_path / "city.db", create=True)
    world = World(city_policy(throttle_free=5), store=store)
    paused_by(world, lambda seconds: threading.Event().wait(seconds))
    ann(world)
    return world


@pytest.mark.attack("THR-01")
@pytest.mark.parametrize("kept", ["memory", "sqlite"])
@pytest.mark.parametrize("right", [False, True])
def test_guesses_at_once_are_no_more_than_the_free_ones(tmp_path: Path, kept: str, right: bool) -> None:
    """Counted before they are checked: of thirty at once five are compared, a right one among them."""
    world = _racing(tmp_path, kept)
    before = len(world.hasher.calls)
    passwords = [f"{WRONG} {n}" for n in range(29)] + [PASSWORD if right else WRONG]

    outcomes = at_once(*[lambda p=p: world.accounts.sign_in(PUBLIC, "ann", p) for p in passwords])

    answers = kinds(outcomes)
    compared = len(world.hasher.calls) - before
    assert answers["wrong-credentials"] <= 5
    assert compared == answers["wrong-credentials"] + answers["SignedIn"]
    assert answers["wait"] == 30 - compared
    assert Code.WAIT in guess(world, "ann", 1)[0].codes


@pytest.mark.attack("THR-02")
@pytest.mark.parametrize("kept", ["memory", "sqlite"])
def test_right_ones_at_once_all_get_in(tmp_path: Path, kept: str) -> None:
    """Tabs and telephones of one person leave no failure behind, and no session is lost."""
    world = _racing(tmp_path, kept)

    outcomes = at_once(*[lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD)] * 9)

    assert {"SignedIn": 9} == kinds(outcomes)
    counts = world.store.select(AttemptCount, Every(), limit=10)
    assert [] == [count for count in counts if not count.id.startswith("g:")]  # g: mails asked for
    assert {True} == {world.accounts.session(made.session_token) is not None for made in outcomes}


@pytest.mark.attack("THR-03")
def test_signing_in_to_ones_own_account_buys_no_guesses() -> None:
    """Four guesses, one sign-in of one's own, over and over: neither name nor address forgets."""
    world = World()
    ann(world)
    world.accounts.register(PUBLIC, public_form("mallory"))
    here = at("203.0.113.9")
    answers: list[object] = []
    for _ in range(6):
        answers += guess(world, "ann", 4, visitor=here)
        answers.append(world.accounts.sign_in(PUBLIC, "mallory", PASSWORD, visitor=here))

    assert 10 == kinds(answers)["wrong-credentials"]
    assert 6 == kinds(answers)["SignedIn"]
    world = World(city_policy(source_failures=Limit(count=8, within=timedelta(minutes=10))))
    ann(world)
    for n in range(8):
        guess(world, f"nobody-{n}", 1, visitor=here)
        if n < 7:
            assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=here), SignedIn)
    assert (Code.WAIT,) == world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=here).codes  # type: ignore[union-attr]


@pytest.mark.attack("THR-04")
def test_a_name_has_one_count_however_it_is_spelled() -> None:
    """Every spelling that opens the account shares its count; no other is ever compared with it."""
    world = World()
    ann(world)
    made = world.accounts.register(CONTRACTOR, contractor_form(NUMBER))
    assert isinstance(made, SignedIn)
    spellings = {
        PUBLIC: ["ann", "ANN", " ann", "ann ", "Ann\r\n", "ann\u3000", "ａｎｎ", "ann\0", "a\u200bnn"],
        CONTRACTOR: [NUMBER, "CSLB 1012345", "#1012345", "1012345 ", "lic 1012345", "101-2345", "1012345\0"],
    }

    for kind, typed in spellings.items():
        same = [text for text in typed if isinstance(world.accounts.sign_in(kind, text, PASSWORD), SignedIn)]
        assert len(same) >= 5
        answers = [guess(world, same[n % len(same)], 1, kind=kind)[0] for n in range(15)]
        assert [GENERIC] * 10 + [HALF_A_MINUTE] * 5 == answers
        for text in same:
            assert HALF_A_MINUTE == world.accounts.sign_in(kind, text, PASSWORD)
        for other in set(typed) - set(same):
            assert GENERIC == world.accounts.sign_in(kind, other, PASSWORD)


@pytest.mark.attack("THR-07")
def test_without_an_address_names_are_limited_and_nobody_else() -> None:
    """There is no address to count by, so each name has its limit and no name has another's."""
    world = World()
    ann(world)
    for n in range(60):
        guess(world, f"nobody-{n}", 1, visitor=Visitor())

    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    assert (Code.WAIT,) == guess(world, "ann", 11)[-1].codes


@pytest.mark.attack("THR-08")
def test_strangers_lock_nobody_out() -> None:
    """A day of guessing from many addresses: device, mailbox and temporary password still open."""
    world = World()
    made = confirmed(world)
    home = at("198.51.100.7", made.device_token)
    password = invited(world).password
    answers: list[object] = []
    for n in range(48):
        world.tick(minutes=30)
        for kind, name in ((PUBLIC, "ann"), (CONTRACTOR, NUMBER)):
            answers += guess(world, name, 11, kind=kind, visitor=at(f"203.0.113.{n}"))

    assert kinds(answers)["wrong-credentials"] <= 2 * 39
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=home), SignedIn)
    assert (Code.WAIT,) == world.accounts.sign_in(PUBLIC, "ann", PASSWORD).codes  # type: ignore[union-attr]
    grant(world, password)
    world.accounts.request_password_reset("ann")
    link = newest_link(world, "ann@mail.example.org")
    opened = world.accounts.open_reset(link)
    new_device = at("192.0.2.44", opened.device_token)  # type: ignore[union-attr]
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=new_device), SignedIn)


@pytest.mark.attack("THR-09", "THR-08")
def test_a_temporary_password_signs_in_while_its_name_waits() -> None:
    """Its shape is let through for every name, compared with the temporary hash or a decoy alone."""
    world = World()
    password = invited(world).password
    shaped = "green parks day ahx"  # sixteen symbols of the alphabet: a chosen password of that shape
    ann(world, password=shaped)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", shaped), SignedIn)
    for kind, name in ((CONTRACTOR, NUMBER), (PUBLIC, "ann"), (PUBLIC, "nobody")):
        assert (Code.WAIT,) == guess(world, name, 11, kind=kind)[-1].codes
        for _ in range(3):
            assert GENERIC == world.accounts.sign_in(kind, name, "k7qm-4xrt-9wpd-2hns")
        assert HALF_A_MINUTE == guess(world, name, 1, kind=kind)[0]

    assert GENERIC == world.accounts.sign_in(PUBLIC, "ann", shaped)  # right, and not compared
    grant(world, password)


@pytest.mark.attack("THR-09", "LOG-06")
@pytest.mark.parametrize("standing", ["active", "closed", "given up", "damaged"])
def test_the_shape_of_a_temporary_password_fills_nobodys_history(standing: str) -> None:
    """Only so many tries stand in it as a name has free; those past its wait name no account and no desk."""
    world = World()
    made = ann(world)
    if standing == "closed":
        world.accounts.close_account(made.session_token, PASSWORD)
    elif standing == "given up":
        (name,) = world.store.select(Identifier, Is("account_id", made.account.id), limit=5)
        world.store.commit(Replace(name, attrs.evolve(name, state=NameState.RETIRED)))
    elif standing == "damaged":
        rewrite(world, password_hash="damaged")

    answers = [world.accounts.sign_in(PUBLIC, "ann", "k7qm-4xrt-9wpd-2hns") for _ in range(40)]

    assert [GENERIC] * 40 == answers
    tries = events(world, EventName.SIGN_IN_REFUSED)
    past = [each for each in tries if each.account_id is None]
    assert (40, 30) == (len(tries), len(past))
    assert {(Reason.WAITING, None)} == {(each.cause, each.desk_at) for each in past}
    assert {world.keys.counted("public:ann")} == {each.params["name"] for each in past}


@pytest.mark.attack("THR-09")
def test_guesses_at_a_temporary_password_are_in_its_accounts_history() -> None:
    """They are compared with it, wait or not, so staff must see them."""
    world = World()
    invited(world)
    guess(world, NUMBER, 11, kind=CONTRACTOR)

    _, (event,) = new_events(world, world.accounts.sign_in, CONTRACTOR, NUMBER, "k7qm-4xrt-9wpd-2hns")

    assert (account(world, LICENSE).id, Reason.WRONG_PASSWORD) == (event.account_id, event.cause)


@pytest.mark.attack("LIC-12")
@pytest.mark.parametrize("addresses", [1, 20])
def test_a_public_list_of_numbers_locks_nobody_out(addresses: int) -> None:
    """Six guesses at each: one alarm where no address waits, no gate, and every honest way in is open."""
    world = World(city_policy(failure_rate_alarm=Limit(count=30, within=timedelta(minutes=10))))
    password = invited(world, "1000003").password
    honest = claimant(world, "1000007")
    world.add_to_roster("1000009", email="nine@contractor.example.org")
    numbers = [str(1_000_000 + n) for n in range(60)]

    answers: list[object] = []
    for n, number in enumerate(numbers):
        answers += guess(world, number, 6, kind=CONTRACTOR, visitor=at(f"203.0.113.{n % addresses}"))

    assert (addresses == 1) is (kinds(answers)["wait"] > 0)
    assert int(addresses > 1) == len(events(world, EventName.FAILURE_RATE_ALARM))
    counts = world.store.select(AttemptCount, Every(), limit=10_000)
    assert len(counts) <= 4 * len(numbers) + 2 * addresses
    home = at("198.51.100.20", honest.device_token)
    assert isinstance(world.accounts.sign_in(CONTRACTOR, "1000007", PASSWORD, visitor=home), SignedIn)
    elsewhere = at("198.51.100.21")
    assert isinstance(world.accounts.sign_in(CONTRACTOR, "1000007", PASSWORD, visitor=elsewhere), SignedIn)
    grant(world, password, "1000003", visitor=at("198.51.100.22"))
    world.accounts.request_password_reset("1000009", CONTRACTOR, visitor=at("198.51.100.23"))
    assert newest_link(world, "nine@contractor.example.org")
