"""The list of one's own sessions: shown, ended one by one or all at once, and many tabs that are one."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import attrs
import pytest

from flows.people import ann, at, confirmed, new_events
from permit_accounts import (
    PUBLIC,
    CheckYourEmail,
    Code,
    EventName,
    Refused,
    SessionsEnded,
    SignedIn,
)
from permit_accounts.model.records import Session
from permit_accounts.ports import Is, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.world import PASSWORD, World
from story import newest_link, signed_in


def sign_in(world: World, name: str = "ann", password: str = PASSWORD, **given: Any) -> SignedIn:
    return signed_in(world.accounts.sign_in(PUBLIC, name, password, **given))


def alive(world: World, *held: SignedIn) -> list[bool]:
    return [world.accounts.session(one.session_token) is not None for one in held]


def test_one_of_ones_own_sessions_is_ended_from_the_list() -> None:
    """The list shows devices, the newest first, and only what is still alive."""
    world = World()
    one = ann(world)
    world.tick(minutes=29)
    two = sign_in(world, visitor=at("198.51.100.7"))
    world.tick(minutes=2)

    listed = world.accounts.sessions(two.session_token)
    assert isinstance(listed, tuple)
    assert [two.session.id] == [session.id for session in listed]  # the first went idle
    three = sign_in(world)
    assert SessionsEnded(count=1) == world.accounts.end_session(two.session_token, three.session.id)

    assert [False, True, False] == alive(world, one, two, three)


def test_all_others_end_and_this_one_goes_on() -> None:
    """After a fresh password entry; every link that was out ends too."""
    world = World()
    one, two = confirmed(world), sign_in(world)
    world.accounts.request_password_reset("ann")
    link = newest_link(world, "ann@mail.example.org", "/reset-password")

    kept = signed_in(world.accounts.end_other_sessions(one.session_token))

    assert [False, False, True] == alive(world, one, two, kept)
    assert isinstance(world.accounts.open_reset(link), Refused)
    assert one.session.expires_at == kept.session.expires_at


def test_a_wrong_password_makes_nothing_fresh() -> None:
    """The session stays what it was, the attempt is on record, and guesses are counted as at the door."""
    world = World()
    one = ann(world)

    refused, (event,) = new_events(world, world.accounts.reauthenticate, one.session_token, "wrong")
    too_long = world.accounts.reauthenticate(one.session_token, "x" * 2000)
    for n in range(8):
        world.accounts.reauthenticate(one.session_token, f"wrong {n}")
    eleventh = world.accounts.reauthenticate(one.session_token, PASSWORD)

    assert isinstance(refused, Refused)
    assert isinstance(too_long, Refused)
    assert (Code.WRONG_CREDENTIALS,) == refused.codes == too_long.codes
    assert EventName.REAUTHENTICATION_REFUSED is event.name
    assert isinstance(eleventh, Refused)
    assert (Code.WAIT,) == eleventh.codes
    assert [True] == alive(world, one)


@pytest.mark.attack("SESS-07")
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_six_tabs_at_once_are_one_session(kind: str, tmp_path: Path) -> None:
    """All are signed in, the record is touched once, no limit moves, and nobody meets a conflict."""
    store: Store = MemoryStore() if kind == "memory" else SQLiteStore(tmp_path / "a.db", create=True)
    world = World(store=store)
    ann(world)
    one = sign_in(world, remember=True)
    world.tick(minutes=6)
    barrier = threading.Barrier(6)
    seen: list[object] = []

    def tab() -> None:
        barrier.wait()
        seen.append(world.accounts.session(one.session_token))

    tabs = [threading.Thread(target=tab) for _ in range(6)]
    for thread in tabs:
        thread.start()
    for thread in tabs:
        thread.join()

    assert 6 == len([signed for signed in seen if signed is not None])
    (kept,) = world.store.select(Session, Is("id", one.session.id), limit=2)
    assert attrs.evolve(one.session, seen_at=world.now(), version=2) == kept
    assert isinstance(world.accounts.change_email(one.session_token, "b@mail.example.org"), CheckYourEmail)
