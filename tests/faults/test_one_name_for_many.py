"""Many people register one name in the same moment: one gets it, and the others hear what anybody hears."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from faults.telling import kind_of, patient_policy
from flows.people import account, at_once, events, letters
from interleaving import Interleaved
from permit_accounts import CONTRACTOR, PUBLIC, AccountType, EventName, Refused, SignedIn
from permit_accounts.model.records import Account, Identifier, Session
from permit_accounts.ports import Every
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import World, contractor_form, public_form

MANY = 20
SPELLINGS = ("ann", "Ann", "ANN", " ann ", "aNN")
PATIENCE = 60


def password(n: int) -> str:
    return f"{n:02} quiet lanterns of their own"


def forms(kind: AccountType, n: int) -> dict[str, object]:
    """One form of many: the same name, spelled in one of its ways, and everything else one's own."""
    if kind is PUBLIC:
        own = public_form(f"ann{n}", password=password(n), email=f"ann{n}@mail.example.org")
        return own | {"username": SPELLINGS[n % len(SPELLINGS)]}
    typed = ("1012345", "CSLB 1012345", "#1012345", "lic. 1012345")[n % 4]
    return contractor_form("1012345", password=password(n)) | {"username": typed}


def contend(kind: AccountType, n: int, path: Path, keys: Any, start: Any, sender: Connection) -> None:
    """One process of many: wait for the others, then register."""
    world = World(patient_policy(), store=SQLiteStore(path), keys=keys)
    start.wait(PATIENCE)
    sender.send(kind_of(world.accounts.register(kind, forms(kind, n))))


def assert_one_has_it(world: World, kind: AccountType, outcomes: list[str]) -> None:
    """One account, one name, one mail, one event; the winner's own password, and nobody else's."""
    taken = {PUBLIC: "Refused username-taken", CONTRACTOR: "Refused license-call-staff"}[kind]
    assert Counter({"SignedIn": 1, taken: len(outcomes) - 1}) == Counter(outcomes)
    assert () == violations(world.store)
    assert 1 == len(world.store.select(Account, Every(), limit=MANY))
    assert 1 == len(world.store.select(Identifier, Every(), limit=MANY))
    assert 1 == len(world.store.select(Session, Every(), limit=MANY))
    assert 1 == len(events(world, EventName.REGISTERED))
    assert 1 == len([letter for letter in letters(world) if letter.template == "confirm-email"])
    winner = outcomes.index("SignedIn")
    name = "ann" if kind is PUBLIC else "1012345"
    for n in (winner, (winner + 1) % len(outcomes)):
        signed_in = isinstance(world.accounts.sign_in(kind, name, password(n)), SignedIn)
        assert (n == winner) is signed_in


@pytest.mark.attack("STO-01")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("kind", [PUBLIC, CONTRACTOR], ids=["public", "contractor"])
def test_twenty_processes_register_one_name(tmp_path: Path, kind: AccountType) -> None:
    """Each with a store of its own on one file, in the spelling of its own."""
    store = SQLiteStore(tmp_path / "city.db", create=True)
    world = World(patient_policy(), store=store)
    context = multiprocessing.get_context("fork")
    start = context.Barrier(MANY)
    ends = [context.Pipe(duplex=False) for _ in range(MANY)]
    processes = [
        context.Process(target=contend, args=(kind, n, store.path, world.keys, start, sender), daemon=True)
        for n, (_, sender) in enumerate(ends)
    ]
    for process in processes:
        process.start()
    outcomes = [receiver.recv() if receiver.poll(PATIENCE) else "nothing" for receiver, _ in ends]
    for process in processes:
        process.join(PATIENCE)

    assert_one_has_it(world, kind, outcomes)


@pytest.mark.attack("STO-01")
@pytest.mark.parametrize("kind", [PUBLIC, CONTRACTOR], ids=["public", "contractor"])
def test_eight_threads_register_one_name(kind: AccountType) -> None:
    """The same in one process."""
    world = World(patient_policy())

    outcomes = at_once(*(lambda n=n: world.accounts.register(kind, forms(kind, n)) for n in range(8)))

    assert_one_has_it(world, kind, [kind_of(outcome) for outcome in outcomes])


@pytest.mark.attack("STO-01")
@pytest.mark.parametrize("kind", [PUBLIC, CONTRACTOR], ids=["public", "contractor"])
def test_somebody_is_faster_by_a_hair(kind: AccountType) -> None:
    """The name was free when it was looked at and is taken at the commit: the words of any taken name."""
    store = Interleaved(MemoryStore())
    world = World(patient_policy(), store=store)  # type: ignore[arg-type]
    faster: list[object] = []
    store.before_commit_of(Identifier, lambda: faster.append(world.accounts.register(kind, forms(kind, 1))))

    slower = world.accounts.register(kind, forms(kind, 0))

    assert store.happened
    before = account(world, "public:ann" if kind is PUBLIC else "license:us-ca-cslb:1012345")
    outcomes = [kind_of(slower), kind_of(faster[0])]
    late = world.accounts.register(kind, forms(kind, 2))
    assert isinstance(late, Refused)
    assert late == slower
    assert before == account(world, "public:ann" if kind is PUBLIC else "license:us-ca-cslb:1012345")
    assert_one_has_it(world, kind, outcomes)
