"""The one door: whom it lets in, for how long, and what takes a session's place."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from flows.people import account, ann
from permit_accounts import Code, Problem, Refused, Standing, Visitor
from permit_accounts.testing.world import World, city_policy, strict_policy
from permit_accounts.tools import admission


@pytest.mark.attack("CFG-06")
@pytest.mark.parametrize("standing", Standing)
def test_only_an_active_account_is_let_in(standing: Standing) -> None:
    """Whatever flow asks: in set-up, disabled and closed accounts get the answer to a wrong password."""
    world = World()
    ann(world)
    person = attrs.evolve(account(world), standing=standing)

    expected = None if standing is Standing.ACTIVE else Refused((Problem(Code.WRONG_CREDENTIALS),))
    assert expected == admission.refusal(world.services, person)


@pytest.mark.attack("CFG-06")
def test_a_strict_city_lets_nobody_in_unconfirmed() -> None:
    """But for those who have no address that could be confirmed."""
    strict = attrs.evolve(World().services, policy=strict_policy())
    world = World()
    ann(world)
    person = account(world)

    assert Refused((Problem(Code.CONFIRM_FIRST),)) == admission.refusal(strict, person)
    assert None is admission.refusal(strict, person.with_confirmed_email(world.now()))
    assert None is admission.refusal(strict, attrs.evolve(person, email=None, email_key=None))


@pytest.mark.parametrize(
    ("offered", "asked", "long"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_a_session_is_long_where_it_is_asked_for_and_offered(offered: bool, asked: bool, long: bool) -> None:
    """30 days from the password entry, else a day; under a new id and the account's epoch."""
    world = World(city_policy(remember_me=offered))
    ann(world)
    visitor = Visitor(user_agent="Mozilla/5.0\r\nX-Forged: yes")

    made = [
        admission.admit(world.services, account(world), now=world.now(), visitor=visitor, remember=asked)
        for _ in range(2)
    ]

    assert (long, account(world).epoch) == (made[0].remembered, made[0].epoch)
    assert timedelta(days=30 if long else 1) == made[0].expires_at - world.now()
    assert "Mozilla/5.0X-Forged: yes" == made[0].device_label
    assert made[0].id != made[1].id


@pytest.mark.parametrize("entered", [True, False])
def test_a_session_that_is_replaced_lives_no_longer(entered: bool) -> None:
    """New id, today's epoch, the old absolute limit; fresh only where the password was entered."""
    world = World()
    old = ann(world).session
    world.tick(hours=5)
    person = account(world).with_new_epoch()

    new, (removed, added) = admission.replaced(
        world.services, person, old, now=world.now(), password_entered=entered
    )

    assert (old, new) == (removed.record, added.record)
    assert (old.expires_at, person.epoch, 1) == (new.expires_at, new.epoch, new.version)
    assert (world.now() if entered else old.password_entered_at) == new.password_entered_at
    assert old.id != new.id
