"""Accounts for those who await: the same methods, never another's identity, and nobody starved."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import gc
import inspect
import subprocess
import sys
import traceback
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast, get_type_hints

import pytest

from flows.people import at, rebuilt
from permit_accounts import (
    PUBLIC,
    Account,
    Accounts,
    AsyncAccounts,
    AuditEvent,
    ConfigurationError,
    Refused,
    Session,
    SignedIn,
    TryAgainLater,
    Unavailable,
    aio,
)
from permit_accounts import accounts as accounts_module
from permit_accounts.ports import Add, Change, Every
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form
from story import signed_in, tell
from waiting import GatedHasher, GatedStore

#: What an application calls of `Accounts`, and need not await.
LEFT_OUT: Final = {
    "joined": "it takes part in a transaction, which belongs to the thread that began it",
    "open": "it puts a city together before there is a loop; what it gives is what AsyncAccounts takes",
    "services": "no method, and for jobs that nobody sits at",
    "outbox": "it delivers in a thread of its own, or in a process of its own",
    "policy": "a value that is there already: accounts.policy",
}
#: What only those who await need.
BESIDE: Final = {"accounts", "close"}
METHODS: Final = sorted(
    name
    for name, _ in inspect.getmembers(Accounts, inspect.isfunction)
    if not name.startswith("_") and name not in LEFT_OUT
)
REQUEST: ContextVar[str] = ContextVar("REQUEST", default="nobody's")


def public(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


# ----------------------------------------------------------------------------------------- the same methods


def test_every_method_is_there() -> None:
    """What is left out is left out for a reason, and there is nothing else."""
    accounts = World().accounts
    assert public(accounts) - set(LEFT_OUT) == public(AsyncAccounts(accounts)) - BESIDE
    assert set(METHODS) == public(accounts) - set(LEFT_OUT)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_takes_and_answers_the_same(name: str) -> None:
    """The same parameters, defaults and types, with nothing between them and the caller but `await`."""
    awaited, plain = getattr(AsyncAccounts, name), getattr(Accounts, name)

    assert inspect.iscoroutinefunction(awaited)
    assert inspect.signature(plain) == inspect.signature(awaited)
    assert get_type_hints(plain) == get_type_hints(awaited)
    assert f"See `Accounts.{name}`." == awaited.__doc__


def methods_of(path: str, owner: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """The methods in a module's source."""
    tree = ast.parse(Path(path).read_text(encoding="utf-8"))
    (found,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == owner)
    return {
        node.name: node for node in found.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


AWAITED: Final = methods_of(aio.__file__, "AsyncAccounts")
PLAIN: Final = methods_of(accounts_module.__file__, "Accounts")


@pytest.mark.parametrize("name", METHODS)
def test_a_method_passes_on_what_it_was_given(name: str) -> None:
    """Each argument in its own place: two texts that changed places would have the same types."""
    given = inspect.signature(getattr(Accounts, name)).parameters.values()
    words = [f"self.accounts.{name}"]
    words += [it.name for it in given if it.kind is it.POSITIONAL_OR_KEYWORD and it.name != "self"]
    words += [f"{it.name}={it.name}" for it in given if it.kind is it.KEYWORD_ONLY]
    expected = f"Call(partial({', '.join(words)}))" if len(words) > 1 else f"Call({words[0]})"

    calls = [ast.unparse(node) for node in ast.walk(AWAITED[name]) if isinstance(node, ast.Call)]

    assert [expected] == [call for call in calls if call.startswith("Call(")]


@pytest.mark.parametrize("name", METHODS)
def test_who_waits_a_turn_waits_among_the_slow(name: str) -> None:
    """A try that is counted may wait for others under way; behind it no session check may wait."""
    counted = {"counted", "behind_password", "behind_token"}
    waits = any(isinstance(node, ast.Attribute) and node.attr in counted for node in ast.walk(PLAIN[name]))
    slow = {"register", "purge"}  # one hashes and asks a license board's register, the other takes minutes

    threads = "_hashing" if waits or name in slow else "_quick"

    named = {node.attr for node in ast.walk(AWAITED[name]) if isinstance(node, ast.Attribute)}
    assert {threads} == named & {"_hashing", "_quick"}


class Awaited:
    """`AsyncAccounts` for a story that is told one thing after another, each in a loop of its own."""

    def __init__(self, accounts: AsyncAccounts) -> None:
        self._accounts = accounts
        self.awaited: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        if name not in METHODS:
            return getattr(self._accounts.accounts, name)
        self.awaited.add(name)
        method = getattr(self._accounts, name)
        return lambda *args, **kwargs: asyncio.run(method(*args, **kwargs))


def gated(world: World, **bounds: Any) -> GatedHasher:
    """The world's hasher from now on."""
    hasher = GatedHasher(world.keys, **bounds)
    world.hasher = hasher
    rebuilt(world, hasher=hasher)
    return hasher


def test_the_whole_day_is_the_same() -> None:
    """Every method, awaited, brings about what it brings about; only the threads for it ever hash."""
    plain, world = World(), World()
    tell(plain)
    hasher = gated(world)
    awaited = Awaited(AsyncAccounts(world.accounts))
    world.accounts = cast("Accounts", awaited)
    tell(world)

    assert plain.accounts.recent_failures() == world.accounts.recent_failures()
    assert set(METHODS) == awaited.awaited
    assert events(plain) == events(world) != []
    assert () == violations(world.store)
    at_the_desk = {"MainThread"}
    assert {"permit-accounts-hashing"} == {name.partition("_")[0] for name in hasher.threads - at_the_desk}


def events(world: World) -> list[tuple[str, str | None]]:
    told = world.store.select(AuditEvent, Every(), limit=1000)
    return sorted((event.name, event.ip) for event in told)


# ------------------------------------------------------------------------------- never another's identity


class Witness(MemoryStore):
    """A real store that notes for whose request each session was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[tuple[str, str]] = []

    def commit(self, *changes: Change) -> None:
        """As the store."""
        super().commit(*changes)
        self.written += [
            (REQUEST.get(), change.record.account_id)
            for change in changes
            if isinstance(change, Add) and isinstance(change.record, Session)
        ]


async def request(accounts: AsyncAccounts, number: int) -> tuple[SignedIn, Account]:
    """A sign-in, and the page after it; between the two the others have their turn."""
    REQUEST.set(f"user{number}")
    visitor = at(f"198.51.{number % 4}.{number}")
    for _ in range(number % 7):
        await asyncio.sleep(0)
    made = signed_in(await accounts.sign_in(PUBLIC, f"user{number}", PASSWORD, visitor=visitor))
    for _ in range(number % 5):
        await asyncio.sleep(0)
    shown = await accounts.session(made.session_token)
    assert shown is not None
    assert f"user{number}" == REQUEST.get()
    return made, shown.account


@pytest.mark.attack("WEB-16")
def test_a_hundred_at_once_are_each_themselves() -> None:
    """In one loop, every third request given up midway: no answer, session, event or context is mixed."""
    store = Witness()
    world = World(store=store)
    ids = {
        f"user{n}": signed_in(world.accounts.register(PUBLIC, public_form(f"user{n}"))).account.id
        for n in range(100)
    }
    store.written.clear()
    gated(world, queue=100)

    async def story() -> list[tuple[SignedIn, Account] | BaseException]:
        async with AsyncAccounts(world.accounts, hashing_threads=100) as accounts:
            tasks = [asyncio.create_task(request(accounts, n)) for n in range(100)]
            for n in range(0, 100, 3):
                await asyncio.sleep(0)
                tasks[n].cancel()
            return await asyncio.gather(*tasks, return_exceptions=True)

    answers = asyncio.run(story())

    served = {n: answer for n, answer in enumerate(answers) if not isinstance(answer, BaseException)}
    assert {n for n in range(100) if n % 3} <= set(served)
    assert all(isinstance(answers[n], asyncio.CancelledError) for n in range(100) if n not in served)
    for n, (made, shown) in served.items():
        assert (f"user{n}", f"user{n}") == (made.account.username, shown.username)
    assert {(name, ids[name]) for name in ids} >= set(store.written)
    assert len(served) <= len(store.written) <= 100
    addresses = {ids[f"user{n}"]: f"198.51.{n % 4}.{n}" for n in range(100)}
    signed = [event for event in store.select(AuditEvent, Every(), limit=1000) if event.name == "signed-in"]
    assert len(store.written) == len(signed)
    assert all(event.ip == addresses[event.account_id or ""] for event in signed)
    assert "nobody's" == REQUEST.get()
    assert () == violations(store)


# ----------------------------------------------------------------------------------------- nobody starved


@pytest.mark.attack("WEB-16")
def test_a_storm_of_sign_ins_starves_no_session_check() -> None:
    """Every thread that hashes is blocked, one more is refused, and whoever is signed in goes on working."""
    world = World(city_policy(hash_concurrency=1, hash_queue=2))
    made = signed_in(world.accounts.register(PUBLIC, public_form("ann")))
    hasher = gated(world, concurrency=3)
    hasher.gate.shut()

    async def story() -> tuple[list[str], list[object]]:
        async with AsyncAccounts(world.accounts) as accounts:
            storm = [asyncio.create_task(accounts.sign_in(PUBLIC, f"nobody{n}", "wrong")) for n in range(3)]
            await hasher.gate.came(3)
            with pytest.raises(TryAgainLater):
                await accounts.sign_in(PUBLIC, "ann", PASSWORD)
            shown = await asyncio.gather(*(accounts.session(made.session_token) for _ in range(50)))
            assert isinstance(await accounts.sessions(made.session_token), tuple)
            assert [False] * 3 == [task.done() for task in storm]
            hasher.gate.open()
            return [it.account.username for it in shown if it is not None], await asyncio.gather(*storm)

    names, refused = asyncio.run(story())
    assert ["ann"] * 50 == names
    assert [Refused] * 3 == [type(outcome) for outcome in refused]


@pytest.mark.parametrize(
    ("threads", "bounds", "reason"),
    [
        (None, {}, "too many calls are under way"),
        (10, {}, "too many hashes are waiting"),
        (2, {"wait": timedelta(0)}, "no hash could be started in time"),
    ],
)
def test_the_policys_queue_is_not_hidden(threads: int | None, bounds: dict[str, Any], reason: str) -> None:
    """Of ten at once, one hashes and at most two wait, as the policy says; nobody waits without end."""
    policy = city_policy(hash_concurrency=1, hash_queue=2)
    world = World(policy)
    for n in range(10):
        world.accounts.register(PUBLIC, public_form(f"user{n}"))
    hasher = gated(world, concurrency=1, queue=2, **bounds)
    hasher.gate.shut()
    most = 1 if bounds else 3

    async def story() -> tuple[list[BaseException | None], list[object]]:
        async with AsyncAccounts(world.accounts, hashing_threads=threads) as accounts:
            waiting = {asyncio.create_task(accounts.sign_in(PUBLIC, f"user{n}", PASSWORD)) for n in range(10)}
            refused: list[BaseException | None] = []
            while len(waiting) > most:
                over, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                refused += [task.exception() for task in over]
            hasher.gate.open()
            return refused, await asyncio.gather(*waiting)

    refused, outcomes = asyncio.run(story())
    assert [SignedIn] * most == [type(outcome) for outcome in outcomes]
    assert {TryAgainLater} == {type(fault) for fault in refused}
    assert reason in {str(fault) for fault in refused}


def test_the_default_is_what_the_hasher_takes() -> None:
    """One call more than the library's own hasher has places for is one call more than there are threads."""
    world = World(city_policy())
    places = 0
    with contextlib.ExitStack() as held:
        # The cheap hasher has the same bounds as Argon2id's by default; a place is taken by whoever waits.
        queue = world.hasher._queue
        while queue._places.acquire(blocking=False):
            held.callback(queue._places.release)
            places += 1
    accounts = AsyncAccounts(world.accounts)
    assert places == accounts._hashing._threads == accounts._hashing._places._value


# ------------------------------------------------------------------------------------------- cancelling


def test_a_cancelled_call_leaves_a_whole_commit() -> None:
    """A sign-in that is given up while it writes is written whole: session, event and count."""
    store = GatedStore()
    world = World(store=store)
    world.accounts.register(PUBLIC, public_form("ann"))
    hasher = gated(world)
    hasher.gate.shut()

    async def story() -> None:
        async with AsyncAccounts(world.accounts) as accounts:
            signing_in = asyncio.create_task(accounts.sign_in(PUBLIC, "ann", PASSWORD))
            await hasher.gate.came()
            store.before_commit.shut()
            hasher.gate.open()
            await store.before_commit.came()
            signing_in.cancel()
            with pytest.raises(asyncio.CancelledError):
                await signing_in
            store.before_commit.open()

    asyncio.run(story())
    signed = [event for event in store.select(AuditEvent, Every(), limit=100) if event.name == "signed-in"]
    assert (2, 1) == (len(store.select(Session, Every(), limit=10)), len(signed))
    assert () == violations(store)


def test_a_call_cancelled_before_it_began_changes_nothing() -> None:
    """It waited behind a slow question; who asked has gone, and is still signed in."""
    store = GatedStore()
    world = World(store=store)
    made = signed_in(world.accounts.register(PUBLIC, public_form("ann")))
    store.before_question.shut()

    async def story() -> object:
        async with AsyncAccounts(world.accounts, quick_threads=1) as accounts:
            slow = asyncio.create_task(accounts.session(made.session_token))
            await store.before_question.came()
            signing_out = asyncio.create_task(accounts.sign_out(made.session_token))
            await asyncio.sleep(0)
            signing_out.cancel()
            with pytest.raises(asyncio.CancelledError):
                await signing_out
            store.before_question.open()
            await slow
            return await accounts.session(made.session_token)

    assert asyncio.run(story()) is not None


# ---------------------------------------------------------------------------------------------- secrets


class Spoken(str):
    """A text of which one can see whether anybody still has it."""


@pytest.mark.attack("LOG-08")
@pytest.mark.parametrize("given_up", [False, True])
def test_a_password_is_let_go_with_its_call(given_up: bool) -> None:
    """Nobody has it when the call is over, whether it was waited for to the end or given up midway."""
    world = World()
    world.accounts.register(PUBLIC, public_form("ann"))
    hasher = gated(world)
    hasher.gate.shut()

    async def story() -> tuple[bool, bool]:
        accounts = AsyncAccounts(world.accounts)
        spoken = Spoken("an unspeakable password")
        kept = weakref.ref(spoken)
        task = asyncio.create_task(accounts.sign_in(PUBLIC, "ann", spoken))
        del spoken
        await hasher.gate.came()
        if given_up:
            task.cancel()
        before = kept() is not None
        hasher.gate.open()
        await asyncio.gather(task, return_exceptions=True)
        await accounts.close()
        gc.collect()
        return before, kept() is not None

    assert (True, False) == asyncio.run(story())


#: A call of every method that takes a secret, with the same text for each of them.
SECRET: Final = "an unspeakable secret"
DOORS: Final[dict[str, Callable[[AsyncAccounts], Any]]] = {
    "register": lambda a: a.register(PUBLIC, public_form("bob", password=SECRET, answer=SECRET)),
    "confirm_email": lambda a: a.confirm_email(SECRET, session_token=SECRET, password=SECRET),
    "sign_in": lambda a: a.sign_in(PUBLIC, "ann", SECRET),
    "open_setup": lambda a: a.open_setup(SECRET),
    "finish_setup": lambda a: a.finish_setup(SECRET, public_form("bob", password=SECRET)),
    "open_reset": lambda a: a.open_reset(SECRET),
    "reset_password": lambda a: a.reset_password(SECRET, SECRET, SECRET),
    "session": lambda a: a.session(SECRET),
    "reauthenticate": lambda a: a.reauthenticate(SECRET, SECRET),
    "sign_out": lambda a: a.sign_out(SECRET),
    "sessions": lambda a: a.sessions(SECRET),
    "end_session": lambda a: a.end_session(SECRET, "id"),
    "end_other_sessions": lambda a: a.end_other_sessions(SECRET),
    "change_password": lambda a: a.change_password(SECRET, SECRET, SECRET),
    "change_security_question": lambda a: a.change_security_question(SECRET, SECRET, "first-dish", SECRET),
    "change_email": lambda a: a.change_email(SECRET, "ann2@mail.example.org"),
    "cancel_email_change": lambda a: a.cancel_email_change(SECRET),
    "add_license": lambda a: a.add_license(SECRET, "1012345"),
    "release_license": lambda a: a.release_license(SECRET, "us-ca-cslb:1012345"),
    "activity": lambda a: a.activity(SECRET),
    "close_account": lambda a: a.close_account(SECRET, SECRET),
    "export_account": lambda a: a.export_account(SECRET),
}


def test_every_door_that_takes_a_secret_is_tried() -> None:
    """The list above is read off the signatures."""
    secrets = {"token", "session_token", "password", "form"}
    takes_one = {
        name for name in METHODS if secrets & set(inspect.signature(getattr(Accounts, name)).parameters)
    }
    assert takes_one == set(DOORS)


@pytest.mark.attack("LOG-03", "LOG-08")
@pytest.mark.parametrize("full", [False, True], ids=["failing", "refused at the threads"])
@pytest.mark.parametrize("name", DOORS)
def test_a_traceback_with_locals_shows_no_secret(name: str, full: bool) -> None:
    """Crash reporters print local variables; the frames between the caller and `Accounts` hold none."""
    world = World()
    switched_off = Unavailable("switched off")

    def no_time() -> datetime:
        raise switched_off

    rebuilt(world, now=no_time)  # what every door asks, whatever it is given

    async def story() -> BaseException:
        accounts = AsyncAccounts(world.accounts)
        if full:
            await accounts.close()
        try:
            await DOORS[name](accounts)
        except (ConfigurationError, Unavailable, TryAgainLater) as fault:
            return fault
        raise AssertionError("nothing was raised")

    fault = asyncio.run(story())
    report = traceback.TracebackException.from_exception(fault, capture_locals=True)
    report.stack[:] = [frame for frame in report.stack if "permit_accounts" in frame.filename]
    text = "".join(report.format())

    assert f"in {name}" in text
    assert SECRET not in text
    if not full:
        assert switched_off is fault


# ------------------------------------------------------------------------------------ putting it together


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"hashing_threads": 0}, "hashing_threads=0"),
        ({"hashing_threads": 10_001}, "hashing_threads=10001"),
        ({"hashing_threads": True}, "hashing_threads=True"),
        ({"quick_threads": 0}, "quick_threads=0"),
        ({"quick_threads": "8"}, "quick_threads='8'"),
        ({"quick_threads": None}, "quick_threads=None"),
    ],
)
def test_a_wrong_number_of_threads_is_told(arguments: dict[str, Any], named: str) -> None:
    """When things are put together, by the name of the argument."""
    with pytest.raises(ConfigurationError) as told:
        AsyncAccounts(World().accounts, **arguments)
    assert named in str(told.value)


def test_what_is_no_accounts_is_told() -> None:
    """Such as the store, or the services."""
    with pytest.raises(ConfigurationError, match=r"what Accounts\.open gives, not a Services"):
        AsyncAccounts(World().services)  # type: ignore[arg-type]


def test_closed_accounts_say_so() -> None:
    """Nothing is answered after `async with`, and closing twice does no harm."""

    async def story() -> None:
        async with AsyncAccounts(World().accounts) as accounts:
            assert await accounts.session("nobody's") is None
        await accounts.close()
        for call in (accounts.session("nobody's"), accounts.sign_in(PUBLIC, "ann", PASSWORD)):
            with pytest.raises(ConfigurationError, match="closed"):
                await call

    asyncio.run(story())


def test_who_does_not_await_does_not_load_it() -> None:
    """The standard library's asyncio takes as long to load as half of the rest."""
    program = "import sys; from permit_accounts import Accounts; print('asyncio' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "False\n" == run.stdout
