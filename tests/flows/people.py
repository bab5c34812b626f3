"""People at the doors, in one line each: for tests of what the doors say, count, keep and open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import attrs

from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Accounts,
    Code,
    EventName,
    Refused,
    SetupRequired,
    SignedIn,
    TemporaryPasswordIssued,
    Unavailable,
    Visitor,
)
from permit_accounts.model.records import Account, AuditEvent, Identifier, OutboxEmail, Record, Session
from permit_accounts.ports import Change, Every, Is, RegisterAnswer, Replace, Store
from permit_accounts.registers.memory import MemoryRegister
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.hasher import CheapHasher
from permit_accounts.testing.races import race_threads
from permit_accounts.testing.world import World, contractor_form, public_form
from story import newest_link, signed_in

R = TypeVar("R")

WRONG: Final = "not the password of anybody"
NUMBER: Final = "1012345"
LICENSE: Final = f"license:us-ca-cslb:{NUMBER}"
CHECKED: Final = {"reason": "first sign-in", "checked_how": "called back the number on file"}


def at(ip: str, device_token: str | None = None) -> Visitor:
    """A visitor from an address, on a device that an account may know."""
    return Visitor(ip=ip, user_agent="Mozilla/5.0", device_token=device_token)


def ann(world: World, **fields: object) -> SignedIn:
    """Ann has registered."""
    return signed_in(world.accounts.register(PUBLIC, public_form("ann", **fields)))


def confirmed(world: World) -> SignedIn:
    """Ann has registered and confirmed her mailbox."""
    made = ann(world)
    link = newest_link(world, "ann@mail.example.org")
    world.accounts.confirm_email(link, session_token=made.session_token)
    return made


def claimant(world: World, number: str = "1154002") -> SignedIn:
    """A contractor whose number is on no roster has registered."""
    return signed_in(world.accounts.register(CONTRACTOR, contractor_form(number)))


def temporary(world: World, number: str = NUMBER, **said: Any) -> TemporaryPasswordIssued:
    """Staff have issued a temporary password for a number that is on the roster."""
    issued = world.desk().issue_temporary_password(number, **{**CHECKED, **said})
    assert isinstance(issued, TemporaryPasswordIssued), issued
    return issued


def invited(world: World, number: str = NUMBER, *, email: str | None = None) -> TemporaryPasswordIssued:
    """A number is on the roster, and its first temporary password was issued."""
    world.add_to_roster(number, email=email)
    return temporary(world, number)


def grant(
    world: World, password: str, name: str = NUMBER, *, kind: Any = CONTRACTOR, visitor: Visitor | None = None
) -> SetupRequired:
    """The temporary password was entered."""
    outcome = world.accounts.sign_in(kind, name, password, visitor=visitor or Visitor())
    assert isinstance(outcome, SetupRequired), outcome
    return outcome


def guess(
    world: World, name: str, times: int, *, kind: Any = PUBLIC, visitor: Visitor | None = None
) -> list[Any]:
    """So many wrong passwords, one after the other; what was answered."""
    who = visitor or Visitor()
    return [world.accounts.sign_in(kind, name, f"{WRONG} {n}", visitor=who) for n in range(times)]


def fail_until(world: World, name: str, failures: int, *, kind: Any = PUBLIC) -> list[Any]:
    """So many wrong passwords that were checked, from addresses that never wait; waits are sat out."""
    checked: list[Any] = []
    while len(checked) < failures:
        source = at(f"203.0.{len(checked) // 200}.{len(checked) % 200}")
        outcome = world.accounts.sign_in(kind, name, WRONG, visitor=source)
        assert isinstance(outcome, Refused)
        if Code.WAIT in outcome.codes:
            world.tick(seconds=int(outcome.problems[0].params["seconds"]))
        else:
            checked.append(outcome)
    return checked


def reset_link(world: World) -> str:
    """The newest link for a new password that Ann asked for."""
    world.accounts.request_password_reset("ann")
    return newest_link(world, "ann@mail.example.org")


def refused(outcome: object, code: Code) -> Refused:
    """The refusal, which must be for this reason alone."""
    assert isinstance(outcome, Refused), outcome
    assert (code,) == outcome.codes
    return outcome


def account(world: World, name_id: str = "public:ann") -> Account:
    """The account of a name as it is stored."""
    name = world.store.select(Identifier, Is("id", name_id), limit=1)[0]
    return world.store.select(Account, Is("id", name.account_id), limit=1)[0]


def rewrite(world: World, name_id: str = "public:ann", **fields: Any) -> Account:
    """The account with fields written straight into the store, past every rule."""
    before = account(world, name_id)
    world.store.commit(Replace(before, attrs.evolve(before, **fields)))
    return account(world, name_id)


def events(world: World, *names: EventName) -> list[AuditEvent]:
    """What the audit log holds, of these names or all, oldest first."""
    kept = world.store.select(AuditEvent, Every(), limit=10_000)
    return [event for event in kept if not names or event.name in names]


def new_events(world: World, act: Callable[..., R], *args: Any, **given: Any) -> tuple[R, list[AuditEvent]]:
    """What came of an act, and the events that it left."""
    before = {event.id for event in events(world)}
    outcome = act(*args, **given)
    return outcome, [event for event in events(world) if event.id not in before]


def letters(world: World) -> list[OutboxEmail]:
    """The e-mails that wait in the outbox."""
    return list(world.store.select(OutboxEmail, Every(), limit=1000))


def templates(world: World) -> list[str]:
    """What these e-mails are, in alphabetical order."""
    return sorted(letter.template for letter in letters(world))


def sessions(world: World) -> list[Session]:
    """The sessions that the store holds."""
    return list(world.store.select(Session, Every(), limit=1000))


def work(world: World, act: Callable[..., object], *args: Any, **given: Any) -> list[tuple[str, int, int]]:
    """The hashes that an act costs."""
    before = len(world.hasher.calls)
    act(*args, **given)
    return world.hasher.calls[before:]


def hashing_harder(world: World, **bounds: Any) -> World:
    """The same world at a higher cost of hashes, or with other bounds; what is stored stays as it was."""
    world.hasher = CheapHasher(world.keys, **({"time_cost": 2, "memory_cost": 64} | bounds))
    return rebuilt(world, hasher=world.hasher)


def paused_by(world: World, pause: Callable[[float], None]) -> World:
    """The same world, in which waiting for other attempts lets threads run instead of time pass."""
    return rebuilt(world, pause=pause)


def rebuilt(world: World, **services: Any) -> World:
    """The same world with other parts."""
    world.services = attrs.evolve(world.services, **services)
    world.accounts = Accounts(world.services, email=world.mailbox)
    return world


def at_once(*contestants: Callable[[], Any]) -> list[Any]:
    """What each of several threads got that began together; none may have raised."""
    results = race_threads(*contestants)
    raised = [result for result in results if isinstance(result, Exception)]
    assert [] == raised, raised
    return results


def kinds(outcomes: Iterable[object]) -> Counter[str]:
    """How often each answer was given: the outcome's name, or the codes of a refusal."""
    return Counter(
        " ".join(outcome.codes) if isinstance(outcome, Refused) else type(outcome).__name__
        for outcome in outcomes
    )


class Register(MemoryRegister):
    """A board that knows what it is given of one license, or is out of reach."""

    def __init__(self, answer: RegisterAnswer | Unavailable | None, number: str = NUMBER) -> None:
        super().__init__({f"us-ca-cslb:{number}": answer} if isinstance(answer, RegisterAnswer) else {})
        self.fault = answer if isinstance(answer, Unavailable) else None
        self.asked: list[tuple[str, str]] = []

    def lookup(self, authority: str, number: str) -> RegisterAnswer | None:
        """Unless it is out of reach."""
        self.asked.append((authority, number))
        if self.fault is not None:
            raise self.fault
        return super().lookup(authority, number)


class Counting:
    """A real store that counts what it is asked."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store if store is not None else MemoryStore()
        self.max_changes = self.store.max_changes
        self.asked: list[type[Record]] = []
        self.commits: list[tuple[Change, ...]] = []

    def select(self, kind: type[Record], *args: Any, **kwargs: Any) -> Sequence[Any]:
        """As the store itself."""
        self.asked.append(kind)
        return self.store.select(kind, *args, **kwargs)

    def commit(self, *changes: Change) -> None:
        """As the store itself."""
        self.commits.append(changes)
        self.store.commit(*changes)
