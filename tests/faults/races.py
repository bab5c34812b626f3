"""What several processes do in the same moment, of which one may win; and what it is on a quiet day.

Each race is prepared in one process. Then as many others as there are contestants, each with a store of its
own on the same records, do the same thing at once. In memory the same contestants do it one after the other:
that is what they must come to.
"""

from __future__ import annotations

import io
import multiprocessing
from collections import Counter
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Final, TypeAlias

import attrs

from faults.telling import kind_of, patient_policy
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    RosterReport,
    SetupForm,
    SetupRequired,
    TemporaryPasswordIssued,
)
from permit_accounts.ports import Store
from permit_accounts.roster import import_roster
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.world import PASSWORD, World, contractor_form, public_form, setup_form
from permit_accounts.tools.keyring import Keyring
from roster.town import many
from story import ANSWER, newest_link, signed_in

MANY: Final = 4
PATIENCE: Final = 60
KEYS: Final = Keyring.new()
ROWS: Final = 300
CHECKED: Final = {"reason": "first sign-in", "checked_how": "called back the number on file"}

#: Given the world, what was prepared and which contestant it is, how it fared.
Act: TypeAlias = Callable[[World, str, int], str]


@attrs.frozen
class Race:
    """What is prepared once, and what each contestant then does with it."""

    prepare: Callable[[World], str]
    act: Act


def password(n: int) -> str:
    """A password of each contestant's own."""
    return f"{n:02} quiet lanterns of their own"


def ann(world: World) -> str:
    """Somebody with a confirmed mailbox; her session."""
    made = signed_in(world.accounts.register(PUBLIC, public_form("ann")))
    link = newest_link(world, "ann@mail.example.org")
    world.accounts.confirm_email(link, session_token=made.session_token)
    return signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD)).session_token


def a_reset_link(world: World) -> str:
    """Hers, in the mail."""
    ann(world)
    world.accounts.request_password_reset("ann")
    return newest_link(world, "ann@mail.example.org", "/reset-password")


def a_change_of_address(world: World) -> str:
    """The link in the new mailbox."""
    world.accounts.change_email(ann(world), "ann2@mail.example.org")
    return newest_link(world, "ann2@mail.example.org")


def a_grant(world: World) -> str:
    """What a temporary password is good for."""
    world.add_to_roster("1012345", email="office@contractor.example.org")
    issued = world.desk().issue_temporary_password("1012345", **CHECKED)
    assert isinstance(issued, TemporaryPasswordIssued)
    required = world.accounts.sign_in(CONTRACTOR, "1012345", issued.password)
    assert isinstance(required, SetupRequired)
    return required.token


def claimants(world: World) -> str:
    """As many people as there are contestants, each with a claim on one license."""
    for n in range(MANY):
        session = signed_in(world.accounts.register(PUBLIC, public_form(f"ann{n}"))).session_token
        world.accounts.add_license(session, "CSLB 1154002")
    return ""


def nothing(world: World) -> str:
    """Nothing has to be there."""
    return ""


def finish_setup(world: World, token: str, n: int) -> str:
    """With the same grant, each with a password of its own."""
    form = world.accounts.open_setup(token)
    asks = form.asks if isinstance(form, SetupForm) else ()
    return kind_of(world.accounts.finish_setup(token, setup_form(asks, password=password(n))))


def import_the_roster(world: World, _: str, n: int) -> str:
    """The same file. Which of them adds a license is left to chance: that each is added once is not."""
    report = import_roster(world.services, io.BytesIO(many(ROWS).getvalue()))
    assert isinstance(report, RosterReport)
    return f"{report.rows - report.added - report.unchanged} rows went astray"


RACES: Final[Mapping[str, Race]] = {
    "register one name": Race(
        nothing,
        lambda world, _, n: kind_of(
            world.accounts.register(PUBLIC, public_form("ann", password=password(n)))
        ),
    ),
    "register one license": Race(
        nothing, lambda world, _, n: kind_of(world.accounts.register(CONTRACTOR, contractor_form("1154003")))
    ),
    "reset one password": Race(
        a_reset_link,
        lambda world, link, n: kind_of(world.accounts.reset_password(link, password(n), ANSWER)),
    ),
    "finish one set-up": Race(a_grant, finish_setup),
    "change one address": Race(
        a_change_of_address, lambda world, link, n: kind_of(world.accounts.confirm_email(link))
    ),
    "change one password": Race(
        ann, lambda world, session, n: kind_of(world.accounts.change_password(session, PASSWORD, password(n)))
    ),
    "approve one of several claims": Race(
        claimants, lambda world, _, n: kind_of(world.desk().approve("1154002", f"ann{n}", reason="seen"))
    ),
    "import one roster": Race(nothing, import_the_roster),
}


def one_after_the_other(race: Race) -> Counter[str]:
    """How the contestants fare on a quiet day."""
    world = a_world(MemoryStore())
    prepared = race.prepare(world)
    return Counter(race.act(world, prepared, n) for n in range(MANY))


def at_once(race: Race, prepared: str, reopen: Callable[[], Store]) -> Counter[str]:
    """How they fare in the same moment, each in a process of its own, with a store of its own."""
    context = multiprocessing.get_context("fork")
    start = context.Barrier(MANY)
    ends = [context.Pipe(duplex=False) for _ in range(MANY)]
    processes = [
        context.Process(target=_contend, args=(race, prepared, n, reopen, start, sender), daemon=True)
        for n, (_, sender) in enumerate(ends)
    ]
    for process in processes:
        process.start()
    fared = Counter(receiver.recv() if receiver.poll(PATIENCE) else "nothing" for receiver, _ in ends)
    for process in processes:
        process.join(PATIENCE)
    return fared


def a_world(store: Store) -> World:
    """A city on these records, with keys that all processes share."""
    return World(patient_policy(), store=store, keys=KEYS)


def _contend(
    race: Race, prepared: str, n: int, reopen: Callable[[], Store], start: Barrier, sender: Connection
) -> None:
    world = a_world(reopen())
    start.wait(PATIENCE)
    try:
        sender.send(race.act(world, prepared, n))
    except Exception as error:
        sender.send(repr(error))
