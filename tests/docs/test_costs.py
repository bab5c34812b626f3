"""The table of what each act costs, on the page about performance, is what a counting store counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import attrs

from docs.documents import ROOT
from flows.people import Counting, ann, at, confirmed, grant, invited, temporary
from permit_accounts import CONTRACTOR, PUBLIC, Refused
from permit_accounts.testing.world import PASSWORD, World, contractor_form, public_form, setup_form
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in

PAGE: Final = ROOT / "docs" / "reference" / "performance.md"
HERE: Final = at("198.51.100.7")
MAILBOX: Final = "ann@mail.example.org"
NUMBER: Final = "1012345"
WHY: Final = "asked by telephone"
_ROW: Final = re.compile(r"^\| ([^|]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.M)

Act = Callable[[], object]


@attrs.frozen
class Cost:
    """Questions to the store, records written, commits, and slow hashes."""

    reads: int
    writes: int
    commits: int
    hashes: int


def right(world: World) -> Act:
    ann(world)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=HERE)


def right_on_a_known_device(world: World) -> Act:
    known = attrs.evolve(HERE, device_token=ann(world).device_token)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=known)


def eleventh_device(world: World) -> Act:
    ann(world)
    for _ in range(world.policy.max_sessions - 1):
        world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=HERE)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=HERE)


def wrong(world: World) -> Act:
    ann(world)
    return lambda: world.accounts.sign_in(PUBLIC, "ann", "not the password", visitor=HERE)


def nobody(world: World) -> Act:
    return lambda: world.accounts.sign_in(PUBLIC, "nobody-has-this", PASSWORD, visitor=HERE)


def with_a_temporary_password(world: World) -> Act:
    password = invited(world, email="office@mail.example.org").password
    return lambda: world.accounts.sign_in(CONTRACTOR, NUMBER, password, visitor=HERE)


def set_up(world: World) -> Act:
    page = grant(world, invited(world, email="office@mail.example.org").password, visitor=HERE)
    return lambda: world.accounts.finish_setup(page.token, setup_form(page.asks), visitor=HERE)


def check(world: World) -> Act:
    token = ann(world).session_token
    return lambda: world.accounts.session(token)


def check_later(world: World) -> Act:
    token = ann(world).session_token
    world.tick(minutes=6)
    return lambda: world.accounts.session(token)


def forged_check(world: World) -> Act:
    token = ann(world).session_token
    return lambda: world.accounts.session(token[:-2] + "AA")


def sign_out(world: World) -> Act:
    token = ann(world).session_token
    return lambda: world.accounts.sign_out(token, visitor=HERE)


def end_others(world: World) -> Act:
    ann(world)
    token = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD)).session_token
    return lambda: world.accounts.end_other_sessions(token, visitor=HERE)


def register_public(world: World) -> Act:
    return lambda: world.accounts.register(PUBLIC, public_form("ann"), visitor=HERE)


def register_contractor(world: World) -> Act:
    return lambda: world.accounts.register(CONTRACTOR, contractor_form("1154002"), visitor=HERE)


def confirm(world: World) -> Act:
    token = ann(world).session_token
    link = newest_link(world, MAILBOX)
    return lambda: world.accounts.confirm_email(link, session_token=token, visitor=HERE)


def ask_for_a_reset(world: World) -> Act:
    confirmed(world)
    return lambda: world.accounts.request_password_reset("ann", PUBLIC, visitor=HERE)


def ask_for_nobodys_reset(world: World) -> Act:
    return lambda: world.accounts.request_password_reset("nobody-has-this", PUBLIC, visitor=HERE)


def _reset_link(world: World) -> str:
    confirmed(world)
    world.accounts.request_password_reset("ann", PUBLIC, visitor=HERE)
    return newest_link(world, MAILBOX)


def open_reset(world: World) -> Act:
    link = _reset_link(world)
    return lambda: world.accounts.open_reset(link)


def reset(world: World) -> Act:
    link = _reset_link(world)
    return lambda: world.accounts.reset_password(link, NEW_PASSWORD, ANSWER, visitor=HERE)


def deliver_a_reset(world: World) -> Act:
    confirmed(world)
    world.deliver()
    world.accounts.request_password_reset("ann", PUBLIC, visitor=HERE)
    return world.accounts.outbox.deliver


def change_password(world: World) -> Act:
    token = ann(world).session_token
    return lambda: world.accounts.change_password(token, PASSWORD, NEW_PASSWORD, visitor=HERE)


def ask_for_another_address(world: World) -> Act:
    token = confirmed(world).session_token
    return lambda: world.accounts.change_email(token, "ann2@mail.example.org", visitor=HERE)


def add_license(world: World) -> Act:
    token = ann(world).session_token
    return lambda: world.accounts.add_license(token, "CSLB 1099999", visitor=HERE)


def find(world: World) -> Act:
    invited(world)
    return lambda: world.desk().find(NUMBER)


def first_temporary_password(world: World) -> Act:
    world.add_to_roster(NUMBER)
    return lambda: temporary(world)


def disable(world: World) -> Act:
    ann(world)
    return lambda: world.desk().disable("ann", PUBLIC, reason=WHY)


ACTS: Final[Mapping[str, Callable[[World], Act]]] = {
    "sign-in on an unknown device": right,
    "sign-in on a known device": right_on_a_known_device,
    "sign-in that ends the oldest of too many sessions": eleventh_device,
    "sign-in with a wrong password": wrong,
    "sign-in with a name that nobody has": nobody,
    "sign-in with a temporary password": with_a_temporary_password,
    "set-up finished": set_up,
    "session check": check,
    "session check, the first after five minutes": check_later,
    "session check of a forged token": forged_check,
    "sign-out": sign_out,
    "all other sessions ended": end_others,
    "registration of a public user": register_public,
    "registration of a contractor": register_contractor,
    "mailbox confirmed": confirm,
    "reset asked for by username": ask_for_a_reset,
    "reset asked for a name that nobody has": ask_for_nobodys_reset,
    "reset link opened": open_reset,
    "password reset": reset,
    "password changed": change_password,
    "other e-mail address asked for": ask_for_another_address,
    "license added": add_license,
    "one e-mail delivered": deliver_a_reset,
    "desk: find by license number": find,
    "desk: first temporary password": first_temporary_password,
    "desk: account disabled": disable,
}
REFUSED: Final = {"sign-in with a wrong password", "sign-in with a name that nobody has"}


def measured(name: str) -> Cost:
    """What one act costs in a small city in memory; preparing it is not counted."""
    store = Counting()
    world = World(store=store)
    act = ACTS[name](world)
    world.tick(seconds=1)
    store.asked.clear()
    store.commits.clear()
    hashed = len(world.hasher.calls)
    outcome = act()
    assert (name in REFUSED) is isinstance(outcome, Refused), outcome
    return Cost(
        reads=len(store.asked),
        writes=sum(len(changes) for changes in store.commits),
        commits=len(store.commits),
        hashes=len(world.hasher.calls) - hashed,
    )


def test_the_table_is_what_is_counted() -> None:
    """Every act in the page's order, with the numbers of today."""
    text = PAGE.read_text(encoding="utf-8")
    told = {row[0]: Cost(*map(int, row[1:])) for row in _ROW.findall(text)}
    assert {name: measured(name) for name in ACTS} == told
    assert list(ACTS) == list(told)
