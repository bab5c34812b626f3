"""An import and the accounts of those whose licenses it tells of: nobody is changed, staff are told."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import attrs
import pytest

from permit_accounts.model.codes import Code, EventName, LinkState, Standing
from permit_accounts.model.errors import Conflict
from permit_accounts.model.files import FileFault
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import CheckYourEmail, PasswordReset, Refused, SignedIn
from permit_accounts.model.records import Account, AuditEvent, Identifier, License, LicenseLink, Session
from permit_accounts.model.roster import RosterProgress, RosterReport, RowReason
from permit_accounts.ports import Add, Change, Every, Is, Replace
from permit_accounts.roster import import_roster
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.world import PASSWORD, World, contractor_form, links_in
from permit_accounts.tools import claims, lookups
from permit_accounts.tools.roster_writer import RosterWriter, Told
from roster.town import (
    HEADER,
    all_of,
    csv_file,
    imported,
    many,
    names,
    reasons,
    settled_contractor,
    small_commits,
)

KEPT = (Account, Identifier, LicenseLink, Session)


@pytest.fixture
def world() -> World:
    return World()


def differences(world: World) -> list[AuditEvent]:
    return [event for event in all_of(world.store, AuditEvent) if event.name is EventName.CONTACT_DIFFERS]


@pytest.fixture
def settled(world: World) -> SignedIn:
    """A contractor of the roster, signed in after the set-up."""
    imported(world, csv_file(HEADER, "1012345,Sample Builders,office@contractor.example.org"))
    return settled_contractor(world)


@pytest.mark.attack("LIC-13")
def test_account_past_its_setup_is_not_changed(world: World, settled: SignedIn) -> None:
    """Another company and address on the license: session, reset link, mail and claim stay as they are."""
    world.deliver()
    world.accounts.request_password_reset("1012345", "contractor")
    (mail,) = world.deliver()
    before = [all_of(world.store, kind) for kind in KEPT]

    imported(world, csv_file(HEADER, "1012345,New Owners,new@owners.example.org"))

    assert before == [all_of(world.store, kind) for kind in KEPT]
    assert {"us-ca-cslb:1012345": "New Owners"} == names(world)
    assert world.accounts.session(settled.session_token) is not None
    reset = world.accounts.reset_password(links_in(mail)[0], "four brass kettles hum", "the marching band")
    assert isinstance(reset, PasswordReset)


@pytest.mark.attack("LIC-13", "CSV-10")
def test_another_address_is_reported_to_staff(world: World, settled: SignedIn) -> None:
    """On its row, and by one event for the desk in the commit of the license; not again for the same file."""
    file = csv_file(HEADER, "7,Other,", "1012345,Sample Builders,new@owners.example.org")
    report = imported(world, file)
    assert (1, 1) == (report.contact_differs, report.changed)
    assert [(3, "email", RowReason.CONTACT_DIFFERS)] == reasons(report)
    (event,) = differences(world)
    assert ("us-ca-cslb:1012345", settled.account.id) == (event.license_id, event.account_id)
    assert [event] == list(lookups.events_for_desk(world.services, world.now(), limit=5))[:1]

    file.seek(0)
    again = imported(world, file)
    assert (1, 2) == (again.contact_differs, again.unchanged)
    assert [event] == differences(world)


def test_other_changes_tell_nobody_again(world: World, settled: SignedIn) -> None:
    """The address differs as it did; only the name is new."""
    imported(world, csv_file(HEADER, "1012345,Sample Builders,new@owners.example.org"))
    imported(world, csv_file(HEADER, "1012345,Sample Builders Inc,new@owners.example.org"))
    assert 1 == len(differences(world))


@pytest.mark.parametrize("email", ["office@contractor.example.org", "OFFICE@Contractor.example.org", ""])
def test_same_address_or_none_is_no_difference(world: World, settled: SignedIn, email: str) -> None:
    """Case does not count, and a roster without an address says nothing about it."""
    assert 0 == imported(world, csv_file(HEADER, f"1012345,New Name,{email}")).contact_differs


def test_license_that_was_not_known_may_be_held(world: World, settled: SignedIn) -> None:
    """Staff verified it before the city ever imported it."""
    seven = LicenseId("us-ca-cslb", "7")
    held = claims.new_link(settled.account.id, seven, LinkState.VERIFIED, since=world.now())
    world.store.commit(Add(held))
    report = imported(world, csv_file(HEADER, "7,Seven,seven@mail.example.org"))
    assert (1, 1, 1) == (report.added, report.contact_differs, len(differences(world)))


@pytest.mark.parametrize("standing", [Standing.SETUP, Standing.CLOSED])
def test_account_that_is_not_in_use_differs_from_nobody(
    world: World, settled: SignedIn, standing: Standing
) -> None:
    """In set-up the license's contact is its address; a closed one has no say."""
    account = all_of(world.store, Account)[0]
    world.store.commit(Replace(account, attrs.evolve(account, standing=standing)))
    assert 0 == imported(world, csv_file(HEADER, "1012345,Sample Builders,new@x.example.org")).contact_differs


def test_every_holder_is_looked_at(world: World, settled: SignedIn) -> None:
    """A license may have several; also more than fit into one commit, and a claim whose account is gone."""
    world.store.max_changes = 25
    for n in range(40):
        account = attrs.evolve(settled.account, id=f"account-{n}")
        state = LinkState.VERIFIED if n else LinkState.CLAIMED
        held = LicenseId("us-ca-cslb", "1012345")
        link = claims.new_link(account.id, held, state, since=world.now())
        world.store.commit(*([Add(account)] if n != 39 else []), Add(link))
    report = imported(
        world, csv_file(HEADER, *[f"{n},Builders," for n in range(1, 30)], "1012345,New,new@x.example.org")
    )
    assert (39, 29, 1) == (report.contact_differs, report.added, report.changed)
    assert 24 == len(differences(world))


@pytest.mark.attack("LIC-15")
@pytest.mark.parametrize(
    "later",
    [
        ("license,status,license_expires_on", "1012345,Suspended,2020-01-01"),
        ("license,status", "1012345,Revoked"),
        ("license,email", "7,seven@mail.example.org"),
        ("license",),
    ],
)
def test_facts_of_a_license_close_no_door(world: World, settled: SignedIn, later: tuple[str, ...]) -> None:
    """Expired, suspended, missing from today's file: sign-in, reset and change of e-mail go on."""
    imported(world, csv_file(*later))
    session: Any = world.accounts.sign_in("contractor", "1012345", PASSWORD)
    assert isinstance(session, SignedIn)
    assert isinstance(world.accounts.change_email(session.session_token, "x@y.example.org"), CheckYourEmail)
    assert isinstance(world.accounts.request_password_reset("1012345"), CheckYourEmail)
    assert 2 <= len(world.deliver())


@pytest.mark.attack("CSV-10")
def test_import_while_contractors_register() -> None:
    """Somebody registers in the middle of it; both are kept, and the import finds the license written."""
    world = World(store=small_commits())
    met: list[str] = []

    def register(progress: RosterProgress) -> None:
        if progress.report.added == 75:
            met.append("1000299")
            world.accounts.register("contractor", contractor_form("1000299"))

    report = imported(world, many(300), progress=register)
    assert (["1000299"], 300) == (met, report.added + report.changed)
    assert 1 == len(all_of(world.store, Account))
    assert 300 == len([r for r in all_of(world.store, License) if r.on_roster_since is not None])


@pytest.mark.attack("CSV-10")
@pytest.mark.parametrize("durable", [False, True])
def test_two_imports_at_once_come_to_the_same(durable: bool, tmp_path: Path) -> None:
    """Two of the staff import at the same time: every license is there once, as if one had."""
    store = SQLiteStore(tmp_path / "city.db", create=True, synchronous="NORMAL") if durable else MemoryStore()
    store.max_changes = 40
    world = World(store=store)
    imported(World(store=store), many(100))
    reports: list[RosterReport] = []
    threads = [threading.Thread(target=lambda: reports.append(imported(world, many(1500)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 4 == len(reports)
    assert 1400 == sum(report.added for report in reports)
    assert {1} == {record.version for record in all_of(store, License)}
    assert [(), (), (), ()] == [report.problems for report in reports]


class Stubborn(MemoryStore):
    """Somebody else is always first with one license."""

    max_changes = 25

    def commit(self, *changes: Change) -> None:
        if any(isinstance(c, Add) and c.record.id == "us-ca-cslb:1000005" for c in changes):
            raise Conflict("always first")
        super().commit(*changes)


@pytest.mark.attack("CSV-10")
def test_license_that_cannot_be_written_is_reported() -> None:
    """It holds nobody up: all others go in."""
    report = imported(World(store=Stubborn()), many(60))
    assert (59, 1) == (report.added, report.refused)
    (problem,) = report.problems
    assert (RowReason.NOT_WRITTEN, "us-ca-cslb:1000005") == (problem.reason, problem.license)


def test_writer_asks_for_nobody_where_nobody_holds_anything(world: World) -> None:
    """And the record it writes is the one that was told."""
    record = License(id="us-ca-cslb:1", on_roster_since=world.now())
    writer = RosterWriter(world.services, dry_run=False)
    assert 1 == writer.write([Told(2, record)]).added
    assert (record,) == tuple(world.store.select(License, Is("id", record.id), limit=2))


def test_refused_file_changes_nobody(world: World, settled: SignedIn) -> None:
    """Not even the log."""
    before = all_of(world.store, AuditEvent)
    import_roster(world.services, csv_file(HEADER, '1012345,"New,'))
    assert before == all_of(world.store, AuditEvent)


@pytest.mark.attack("CSV-11")
def test_staff_import_with_permission_and_reason_only(tmp_path: Path) -> None:
    """At the desk an import takes the permission and a reason; who and why stand in its event."""
    world = World()
    file = tmp_path / "roster.csv"
    file.write_text("license,business_name\n1012345,Sample Builders\n")

    without = world.desk(may=frozenset()).import_roster(file, reason="the yearly file")
    unsaid = world.desk().import_roster(file, reason="")
    done = world.desk().import_roster(file, reason="the yearly file")

    assert isinstance(without, Refused)
    assert (Code.STAFF_NOT_ALLOWED,) == without.codes
    assert (Code.STAFF_REASON,) == unsaid.codes
    assert 1 == done.added
    events = world.store.select(AuditEvent, Every(), limit=50)
    (told,) = [event for event in events if event.name is EventName.ROSTER_IMPORTED]
    assert ("desk-1", "the yearly file") == (told.actor_id, told.reason)


def test_staff_may_say_the_encoding() -> None:
    """As whoever imports without a desk may."""
    file = csv_file(HEADER, "1012345,Müller,", encoding="windows-1252")
    refusal = World().desk().import_roster(file, reason="the yearly file", encoding="utf-8")
    assert FileFault.ENCODING == refusal.fault
