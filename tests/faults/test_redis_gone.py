"""A real Redis server under a city's counts that is killed, restarted, emptied, filled and made to hang."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import attrs
import pytest
import redis

from permit_accounts import PUBLIC, Accounts, Purged, Refused, ScratchOutage, SignedIn, Unavailable
from permit_accounts.model.codes import Permission
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Session
from permit_accounts.ports import UpTo
from permit_accounts.rules.waits import Verdict
from permit_accounts.staff import StaffDesk
from permit_accounts.stores.redis import RedisStore
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form
from permit_accounts.tools import throttle
from permit_accounts.tools.throttle.circuit_breaker import PAUSE
from servers.redis_server import OwnServer, own_server
from story import signed_in
from tools.counted_city import START
from tools.test_scratch import NOWHERE, WatchedCity

_PERSISTING = ("--appendonly", "yes", "--appendfsync", "always")


@contextmanager
def _city(server: OwnServer) -> Iterator[WatchedCity]:
    with closing(RedisStore(server.url)) as store:
        yield WatchedCity(scratch=store)


def _restart(server: OwnServer) -> None:
    server.kill()
    server.start()


@pytest.mark.attack("THR-12")
@pytest.mark.parametrize("options", [(), _PERSISTING])
def test_killing_redis_gives_no_more_than_twice_the_guesses(tmp_path: Path, options: tuple[str, ...]) -> None:
    """Down while somebody guesses, and up again while somebody guesses, five times in a row."""
    with own_server(tmp_path, *options) as server, _city(server) as city:
        checked = city.guesses()
        for _ in range(5):
            server.kill()
            checked += city.guesses()
            server.start()
            checked += city.guesses()
            city.tick(seconds=PAUSE)  # short of the first wait's thirty seconds
            checked += city.guesses()
        assert 20 == checked


@pytest.mark.attack("THR-12")
def test_a_restart_that_nobody_saw_is_noticed(tmp_path: Path) -> None:
    """Between two attempts; also by a program that was started since."""
    with own_server(tmp_path) as server, _city(server) as city:
        checked = city.guesses()
        for _ in range(5):
            _restart(server)
            checked += city.guesses()
            city.s = city.another_program()
            checked += city.guesses()
        assert 20 == checked


@pytest.mark.attack("THR-12")
def test_coming_back_with_an_old_snapshot_is_a_loss(tmp_path: Path) -> None:
    """The server has its mark again, and none of what was counted since."""
    with (
        own_server(tmp_path) as server,
        _city(server) as city,
        closing(redis.Redis.from_url(server.url)) as raw,
    ):
        city.attempt("public:somebody", Verdict.WRONG, NOWHERE)
        raw.save()
        checked = 0
        for _ in range(5):
            checked += city.guesses()
            _restart(server)
            assert raw.dbsize() > 0
        assert 20 >= checked + city.guesses()


@pytest.mark.attack("THR-12")
@pytest.mark.parametrize("how", ["FLUSHALL", "FLUSHDB"])
def test_flushing_redis_gives_no_more_than_twice_the_guesses(tmp_path: Path, how: str) -> None:
    """Without a restart."""
    with (
        own_server(tmp_path) as server,
        _city(server) as city,
        closing(redis.Redis.from_url(server.url)) as raw,
    ):
        checked = city.guesses()
        for _ in range(5):
            raw.execute_command(how)
            checked += city.guesses()
        assert 20 == checked


@pytest.mark.attack("THR-12")
def test_filling_redis_gives_no_more_than_twice_the_guesses(tmp_path: Path) -> None:
    """A server that takes no more counts still tells who waits; other names are counted elsewhere."""
    with (
        own_server(tmp_path) as server,
        _city(server) as city,
        closing(redis.Redis.from_url(server.url)) as raw,
    ):
        checked = city.guesses()
        for _ in range(3):
            raw.config_set("maxmemory", "1")
            checked += city.guesses()
            city.attempt("public:else", Verdict.WRONG, NOWHERE)
            raw.config_set("maxmemory", "0")
            city.tick(seconds=PAUSE)
            checked += city.guesses()
        assert 10 == checked
        assert (1, 1) == (city.names(city.scratch.inner), city.names(city.store))


@pytest.mark.attack("THR-12")
def test_a_redis_that_hangs_keeps_one_attempt_waiting(tmp_path: Path) -> None:
    """Not each of them for half a second; and their counts stand in the durable store."""
    with own_server(tmp_path) as server, _city(server) as city:
        city.attempt("public:before", Verdict.WRONG, NOWHERE)
        server.freeze()
        began = monotonic()
        for n in range(40):
            city.attempt(f"public:n{n}", Verdict.WRONG, NOWHERE)
        assert monotonic() - began < 40 * 0.5 / 4
        assert 40 == city.names(city.store)
        server.thaw()
        city.tick(seconds=PAUSE)
        city.attempt("public:after", Verdict.WRONG, NOWHERE)
        assert 2 == city.names(city.scratch.inner)


def _world(server: OwnServer, outage: ScratchOutage) -> tuple[World, Accounts, RedisStore]:
    world = World(city_policy(scratch_outage=outage))
    store = RedisStore(server.url)
    return world, _again(world, store), store


def _again(world: World, store: RedisStore) -> Accounts:
    """The accounts as a program sees them that is started now."""
    services = attrs.evolve(world.services, scratch=throttle.watched(world.services, store))
    return Accounts(services, email=world.mailbox)


def test_people_sign_in_while_redis_is_down(tmp_path: Path) -> None:
    """And register, reset and are explained to staff: nobody notices."""
    with own_server(tmp_path) as server:
        _, accounts, store = _world(server, ScratchOutage.COUNT_DURABLY)
        signed_in(accounts.register(PUBLIC, public_form("ann")))
        server.kill()
        assert isinstance(accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
        assert isinstance(accounts.sign_in(PUBLIC, "ann", "wrong words again"), Refused)
        signed_in(accounts.register(PUBLIC, public_form("bob")))
        accounts.request_password_reset("ann")
        desk = StaffDesk(accounts, actor=StaffMember(id="desk-1", may=frozenset(Permission)))
        assert () == desk.explain("ann")[0].obstacles  # type: ignore[index]
        store.close()


def test_people_are_refused_while_redis_is_down_where_the_city_says_so(tmp_path: Path) -> None:
    """With what the pages show as 503; and not on a device that the account knows, nor at the desk."""
    with own_server(tmp_path) as server:
        _, accounts, store = _world(server, ScratchOutage.REFUSE)
        made = signed_in(accounts.register(PUBLIC, public_form("ann")))
        server.kill()
        calls: list[Callable[[], object]] = [
            lambda: accounts.sign_in(PUBLIC, "ann", PASSWORD),
            lambda: accounts.sign_in(PUBLIC, "nobody", PASSWORD),
            lambda: accounts.request_password_reset("ann"),
            lambda: accounts.request_password_reset("nobody"),
        ]
        for call in calls:
            with pytest.raises(Unavailable):
                call()
        known = attrs.evolve(NOWHERE, device_token=made.device_token)
        assert isinstance(accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=known), SignedIn)
        assert accounts.session(made.session_token) is not None
        desk = StaffDesk(accounts, actor=StaffMember(id="desk-1", may=frozenset(Permission)))
        assert () == desk.explain("ann")[0].obstacles  # type: ignore[index]
        store.close()


def test_purging_waits_for_redis_with_redis_alone(tmp_path: Path) -> None:
    """What has expired elsewhere is forgotten before; and the rest once it is back."""
    with own_server(tmp_path) as server:
        world, accounts, store = _world(server, ScratchOutage.COUNT_DURABLY)
        accounts.sign_in(PUBLIC, "nobody", "wrong words again")
        signed_in(accounts.register(PUBLIC, public_form("ann")))
        world.tick(days=40)
        server.kill()
        with pytest.raises(Unavailable):
            accounts.purge()
        assert [] == [*world.store.select(Session, UpTo("expires_at", world.now()), limit=5)]
        server.start()
        accounts = _again(world, store)
        assert Purged() == accounts.purge()
        store.close()


def test_a_counted_name_is_found_by_another_program(tmp_path: Path) -> None:
    """Such as the command that explains to staff why somebody waits."""
    with own_server(tmp_path) as server, _city(server) as city:
        ann = city.account()
        city.wrong(ann, NOWHERE, times=10)
        city.s = city.another_program()
        waits_until = throttle.strangers(city.s, ann).waits_until
        assert waits_until is not None
        assert START < waits_until
        assert 0 == city.names(city.store)
