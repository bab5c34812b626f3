"""Whatever the public methods are handed: a documented outcome or fault, and no secret told."""

from __future__ import annotations

import contextlib
import inspect
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from argon2.exceptions import HashingError
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.people import hashing_harder, rebuilt
from permit_accounts import PUBLIC, Code, Refused, SignedIn, StaffDesk, TryAgainLater, Unavailable
from permit_accounts.accounts import Accounts
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.records import ASKED_BY, Account
from permit_accounts.ports import Change, Every, Is
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy, links_in, public_form
from permit_accounts.tools.encoded_hash import AnyCost, Cost
from permit_accounts.tools.hashing import Argon2WithoutFloor
from story import signed_in

ANYTHING = st.one_of(
    st.text(max_size=40),
    st.binary(max_size=20),
    st.none(),
    st.integers(),
    st.booleans(),
    st.floats(),
    st.lists(st.text(max_size=5), max_size=2),
    st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
)
#: What takes no text of a person's: an account record, or nothing at all.
NOT_FOR_PEOPLE = {"open", "joined", "policy", "verified_licenses", "licenses", "purge", "import_roster"}


def methods(owner: type) -> list[str]:
    found = inspect.getmembers(owner, inspect.isfunction)
    return [name for name, _ in found if name[0] != "_" and name not in NOT_FOR_PEOPLE]


def texts_of(method: Callable[..., Any]) -> list[str]:
    """The parameters that a person's input reaches."""
    apart = {"visitor", "limit", "after", "state", "remember", "by_post", "on_roster"}
    return [name for name in inspect.signature(method).parameters if name not in apart]


def answered(method: Callable[..., Any], arguments: dict[str, Any]) -> None:
    """Call it; the world's faults are documented, those of the configuration would be ours."""
    with contextlib.suppress(TryAgainLater, Unavailable):
        method(**arguments)


@pytest.mark.attack("API-09", "API-04", "LOG-08")
@pytest.mark.parametrize("name", methods(Accounts))
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_anything_at_all_is_answered(name: str, data: st.DataObject) -> None:
    """Every public method takes every value for every argument, and only documented faults are raised."""
    world = World()
    world.accounts.register(PUBLIC, public_form("ann"))
    method = getattr(world.accounts, name)
    arguments = {parameter: data.draw(ANYTHING) for parameter in texts_of(method)}

    answered(method, arguments)

    assert violations(world.store) == ()
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


@pytest.mark.attack("API-09", "API-04")
@pytest.mark.parametrize("name", methods(StaffDesk))
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_anything_at_all_is_answered_at_the_desk(name: str, data: st.DataObject) -> None:
    """The same holds for staff: a slip of the keyboard is a refusal."""
    world = World()
    world.accounts.register(PUBLIC, public_form("ann"))
    method = getattr(world.desk(), name)
    arguments = {parameter: data.draw(ANYTHING) for parameter in texts_of(method)}

    answered(method, arguments)

    assert violations(world.store) == ()


@pytest.mark.attack("API-02")
@pytest.mark.parametrize("key", ["_connector", "id__gt", "password__startswith", "or_", "limit", "order_by"])
def test_no_key_of_a_persons_reaches_a_question(key: str) -> None:
    """Questions to the store are named by the library: a form's unknown key is refused, and asks nothing."""
    world = World()

    outcome = world.accounts.register(PUBLIC, {**public_form("ann"), key: "1"})

    assert isinstance(outcome, Refused)
    assert [(Code.UNKNOWN_FIELD, key)] == [(p.code, p.field) for p in outcome.problems]
    assert () == world.store.select(Account, Every(), limit=1)
    if key not in {name for asked in ASKED_BY.values() for name in asked} | {"id"}:
        with pytest.raises(ValueError, match="not asked by"):
            world.store.select(Account, Is(key, "1"), limit=1)


class OutOfReach(MemoryStore):
    """A real store that can be switched off."""

    off = False

    def select(self, *args: Any, **kwargs: Any) -> Sequence[Any]:
        """As the store, unless it is off."""
        if self.off:
            raise Unavailable("switched off")
        return super().select(*args, **kwargs)

    def commit(self, *changes: Change) -> None:
        """As the store, unless it is off."""
        if self.off:
            raise Unavailable("switched off")
        super().commit(*changes)


def _switched_off(world: World, store: OutOfReach, open_ended: ExitStack) -> World:
    store.off = True
    return world


def _without_memory(world: World, store: OutOfReach, open_ended: ExitStack) -> World:
    """What the machine does to the one function that needs much of it, in place of the machine."""

    def starved(text: bytes, salt: bytes, cost: Cost, length: int) -> bytes:
        raise HashingError("Memory allocation error")

    failing = Argon2WithoutFloor(AnyCost(1, 8, 1), world.keys, compute=starved)
    return rebuilt(world, hasher=failing)


def _with_a_full_queue(world: World, store: OutOfReach, open_ended: ExitStack) -> World:
    """As many hashes as there may be are under way, for ever."""
    crowded = hashing_harder(world, concurrency=1, queue=0, wait=timedelta(0))
    open_ended.enter_context(crowded.hasher._queue.slot())
    return crowded


@pytest.mark.attack("LOG-03", "LOG-08")
@pytest.mark.parametrize(
    ("broken", "at_least"), [(_switched_off, 10), (_without_memory, 6), (_with_a_full_queue, 6)]
)
def test_a_traceback_with_locals_shows_no_secret(
    broken: Callable[[World, OutOfReach, ExitStack], World], at_least: int
) -> None:
    """Crash reporters print local variables: passwords, answers and tokens are masked in every frame."""
    store = OutOfReach()
    world = World(store=store)
    made = signed_in(world.accounts.register(PUBLIC, public_form("ann")))
    world.accounts.request_password_reset("ann")
    link = links_in(world.deliver()[-1])[0]
    secrets = ["an unspeakable password", "an unspeakable answer", link, made.session_token]

    told = []
    with ExitStack() as open_ended:
        for call in _doors(broken(world, store, open_ended).accounts, *secrets):
            try:
                call()
            except (Unavailable, TryAgainLater) as fault:
                told.append(_report(fault))

    assert at_least <= len(told)
    assert [] == [secret for secret in secrets if any(secret in text for text in told)]


def _doors(
    accounts: Accounts, password: str, answer: str, link: str, session: str
) -> list[Callable[[], object]]:
    form = public_form("bob", password=password, answer=answer)
    return [
        lambda: accounts.sign_in(PUBLIC, "ann", password),
        lambda: accounts.register(PUBLIC, form),
        lambda: accounts.reset_password(link, password, answer),
        lambda: accounts.finish_setup(link, form),
        lambda: accounts.confirm_email(link, password=password, new_password=password),
        lambda: accounts.change_password(session, password, password),
        lambda: accounts.change_security_question(session, password, "first-dish", answer),
        lambda: accounts.reauthenticate(session, password),
        lambda: accounts.close_account(session, password),
        lambda: accounts.session(session),
        lambda: accounts.open_reset(link),
    ]


def _report(fault: BaseException) -> str:
    """What a crash reporter prints of the library's own frames; the application's are its own affair."""
    report = traceback.TracebackException.from_exception(fault, capture_locals=True)
    report.stack[:] = [frame for frame in report.stack if "permit_accounts" in frame.filename]
    return "".join(report.format())


@pytest.mark.attack("CFG-05")
def test_a_half_made_part_is_never_taken_for_a_yes() -> None:
    """A breach check that forgets to answer, and a store that lacks its methods, fail loudly."""
    world = World(city_policy(breach_check=lambda password: None))  # type: ignore[arg-type, return-value]

    with pytest.raises(ConfigurationError, match="breach_check") as told:
        world.accounts.register(PUBLIC, public_form("ann"))
    assert PASSWORD not in _report(told.value)
    assert () == world.store.select(Account, Every(), limit=1)
