"""Links and limits: a live link opens whatever happened at its visitor's address; dead ones wait alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from flows.people import (
    NUMBER,
    WRONG,
    ann,
    at,
    confirmed,
    events,
    grant,
    guess,
    invited,
    kinds,
    reset_link,
)
from permit_accounts import PUBLIC, EventName, Limit, SetupForm, Visitor
from permit_accounts.testing.world import World, city_policy, setup_form
from story import ANSWER, NEW_PASSWORD, newest_link

HERE: Final = at("192.0.2.50")


def _reset(world: World) -> Callable[[], object]:
    confirmed(world)
    link = reset_link(world)
    return lambda: world.accounts.reset_password(link, NEW_PASSWORD, ANSWER, visitor=HERE)


def _set_up(world: World) -> Callable[[], object]:
    page = grant(world, invited(world).password)
    return lambda: world.accounts.finish_setup(page.token, setup_form(page.asks), visitor=HERE)


def _set_up_by_mail(world: World) -> Callable[[], object]:
    world.add_to_roster(NUMBER, email="office@contractor.example.org")
    world.accounts.request_password_reset(NUMBER)
    link = newest_link(world, "office@contractor.example.org")
    page = world.accounts.open_setup(link)
    assert isinstance(page, SetupForm)
    return lambda: world.accounts.finish_setup(link, setup_form(page.asks), visitor=HERE)


def _confirmation(world: World) -> Callable[[], object]:
    session = ann(world).session_token
    link = newest_link(world, "ann@mail.example.org")
    return lambda: world.accounts.confirm_email(link, session_token=session, visitor=HERE)


@pytest.mark.attack("THR-08")
@pytest.mark.parametrize("door", [_reset, _set_up, _set_up_by_mail, _confirmation])
def test_failures_at_an_address_close_no_live_link(door: Callable[[World], Callable[[], object]]) -> None:
    """A library, or the counter's own terminal: what others did there keeps nobody from their mailbox."""
    world = World()
    enter = door(world)
    for n in range(20):
        guess(world, f"other{n // 2}", 1, visitor=HERE)
    assert {"wait": 1} == kinds(guess(world, "one-more", 1, visitor=HERE))

    assert {"PasswordReset", "SignedIn", "EmailConfirmed"} & set(kinds([enter()]))


@pytest.mark.attack("THR-07")
@pytest.mark.parametrize("ip", ["", "unknown", "/run/app.sock"])
def test_dead_links_without_an_address_make_nobody_wait(ip: str) -> None:
    """They have no count in common: the eleventh person is told that the link is dead, like the first."""
    world = World()
    visitor = Visitor(ip=ip)

    said = [world.accounts.reset_password("dead", NEW_PASSWORD, visitor=visitor) for _ in range(40)]

    assert {"link-invalid": 40} == kinds(said)


@pytest.mark.attack("THR-13")
def test_dead_links_of_one_network_are_one_count() -> None:
    """A household is given a whole /64: its addresses are neither many people nor many names."""
    world = World()
    for n in range(9):
        world.accounts.finish_setup("dead", {}, visitor=at(f"2001:db8:0:2::{n:x}"))
    there = at("2001:db8:0:2::ffff")
    assert {"wrong-credentials": 2} == kinds(
        [*guess(world, "a", 1, visitor=there), *guess(world, "b", 1, visitor=there)]
    )
    said = [world.accounts.finish_setup("dead", {}, visitor=at(f"2001:db8::{n:x}")) for n in range(12)]

    assert {"setup-expired": 10, "wait": 2} == kinds(said)
    elsewhere = at("2001:db8:0:1::1")
    assert {"setup-expired": 1} == kinds([world.accounts.finish_setup("dead", {}, visitor=elsewhere)])


def test_dead_links_without_an_address_are_heard_in_the_alarm() -> None:
    """Nobody is stopped by it, but the city is told."""
    world = World(city_policy(failure_rate_alarm=Limit(count=5, within=timedelta(minutes=10))))
    for _ in range(5):
        world.accounts.finish_setup("dead", {})

    assert 1 == len(events(world, EventName.FAILURE_RATE_ALARM))


def test_wrong_answers_behind_a_live_link_leave_its_address_open() -> None:
    """They are counted where they belong, behind that account's links."""
    world = World()
    confirmed(world)
    link = reset_link(world)
    for _ in range(9):
        world.accounts.reset_password(link, NEW_PASSWORD, "wrong answer", visitor=HERE)
    for n in range(9):
        guess(world, f"other{n}", 1, visitor=HERE)

    assert {"wrong-credentials": 1} == kinds([world.accounts.sign_in(PUBLIC, "nobody", WRONG, visitor=HERE)])
