"""Users of an earlier portal: each gets an account that the old password opens; no other is touched."""

from __future__ import annotations

from pathlib import Path
from traceback import TracebackException
from typing import Any

import argon2
import attrs
import pytest

from existing_users.portal import (
    DECLARED,
    HEADER,
    account,
    csv_file,
    imported,
    json_file,
    many,
    old_hash,
    old_password,
    reasons,
    row,
)
from permit_accounts.accounts import Accounts
from permit_accounts.existing_users import import_users
from permit_accounts.model.codes import (
    ActorKind,
    Code,
    EventName,
    LinkState,
    Permission,
    Standing,
)
from permit_accounts.model.errors import Conflict, Unavailable
from permit_accounts.model.files import ImportStage
from permit_accounts.model.outcomes import Refused, SetupRequired, SignedIn
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, AuditEvent, Identifier, LicenseLink, OutboxEmail
from permit_accounts.model.users import UserReason, UsersProgress, UsersReport
from permit_accounts.ports import Add, Change, Remove, Replace
from permit_accounts.rules.account_types import CONTRACTOR, PUBLIC, AccountType, CityNumber
from permit_accounts.rules.policy import Argon2Cost
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.races import race_threads
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form
from permit_accounts.tools import lookups
from permit_accounts.tools.encoded_hash import from_text
from permit_accounts.tools.hashing import Argon2Hasher
from permit_accounts.tools.keyring import Keyring
from roster.town import all_of, everything
from tools.old_portal import DECLARED as ALL_DECLARED
from tools.old_portal import FORMS, GOLDEN
from tools.old_portal import PASSWORD as GOLDEN_PASSWORD

STAFF = StaffMember(id="desk-1", may=frozenset(Permission))
QUESTION = {"question": "first-concert", "answer": "the marching band"}


@pytest.fixture
def world() -> World:
    return World(city_policy(imported_hashes=DECLARED))


def signed_in(world: World, name: str, password: str, *, kind: AccountType = PUBLIC) -> SignedIn:
    """Through the question that the policy asks of everybody."""
    first = world.accounts.sign_in(kind, name, password)
    assert isinstance(first, SetupRequired), first
    assert ("question", "answer") == first.asks
    done = world.accounts.finish_setup(first.token, QUESTION)
    assert isinstance(done, SignedIn)
    return done


def test_a_row_becomes_an_account(world: World) -> None:
    """Active, with the address unconfirmed, the profile read, and the old hash under ours."""
    header = f"{HEADER},first_name,phone,language"
    report = imported(
        world, csv_file(f"{row('Ann', email='Ann@Mail.example.org')},Ann,323-555-0100,es", header=header)
    )

    ann = account(world, "public:ann")
    assert (1, 1, 0) == (report.rows, report.added, report.refused)
    assert ("Ann", "public", Standing.ACTIVE, "es") == (
        ann.username,
        ann.account_type,
        ann.standing,
        ann.language,
    )
    assert ("Ann@mail.example.org", None) == (ann.email, ann.email_confirmed_at)
    assert {"first_name": "Ann", "phone": "323-555-0100"} == ann.profile
    stored = from_text(ann.password_hash or "")
    assert stored is not None
    assert stored.inner is not None


def test_the_old_password_opens_it_and_no_other(world: World) -> None:
    """The security question is asked for at the first sign-in, as of anybody who lacks it."""
    imported(world, csv_file(row("ann"), row("bea")))

    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", old_password("bea")), Refused)
    first = world.accounts.sign_in(PUBLIC, "ann", old_password("ann"))
    assert isinstance(first, SetupRequired)
    # Already then nothing of the old scheme is left.
    assert not world.hasher.needs_rehash(account(world, "public:ann").password_hash or "")
    signed_in(world, "ann", old_password("ann"))
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", old_password("ann")), SignedIn)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_hash_comes_in(form: str) -> None:
    """By CSV, whatever characters it has."""
    world = World(city_policy(imported_hashes=ALL_DECLARED))
    report = imported(world, csv_file(f'ann,"{GOLDEN[form]}",ann@mail.example.org'))

    assert 1 == report.added
    signed_in(world, "ann", GOLDEN_PASSWORD)


@pytest.mark.attack("LOG-03", "CSV-14")
@pytest.mark.parametrize("make", [csv_file, json_file])
def test_a_fault_shows_no_hash(make: Any) -> None:
    """Crash reporters print the variables of every frame, and the last row is in some of them."""
    world = World(city_policy(imported_hashes=DECLARED), store=Contended(-1))
    told = {"username": "ann", "password_hash": old_hash("x"), "email": "ann@mail.example.org"}
    source = make(told) if make is json_file else make(",".join(told.values()))

    with pytest.raises(Unavailable) as fault:
        import_users(world.services, source)

    # The first frame is this test's own.
    inside = fault.value.with_traceback(fault.tb.tb_next)
    report = "".join(TracebackException.from_exception(inside, capture_locals=True).format())
    assert "_import" in report
    assert old_hash("x").rpartition("$")[2] not in report
    assert "$argon2id$" not in report


@pytest.mark.attack("CSV-13", "CSV-14")
def test_no_mail_is_sent_and_nothing_secret_is_told(world: World) -> None:
    """Neither to those who came nor to anybody; reports and events hold no hash and no name."""
    told: list[object] = []
    report = imported(
        world,
        csv_file(row("ann"), row("x"), row("bea", email="no address")),
        tell=told.append,
        progress=told.append,
    )

    assert [] == world.deliver()
    assert () == all_of(world.store, OutboxEmail)
    said = repr((report, told, all_of(world.store, AuditEvent)))
    for secret in (old_hash(old_password("ann")).rpartition("$")[2], "ann@mail", "public:ann", "no address"):
        assert secret not in said


def test_the_history_says_imported(world: World) -> None:
    """One event for each account, by whoever imported it, and one for the whole."""
    imported(world, csv_file(row("ann")), actor=STAFF, reason="the new portal")
    world.tick(minutes=1)
    imported(world, csv_file(row("bea")))

    events = all_of(world.store, AuditEvent)
    ann, bea = (event for event in events if event.name is EventName.ACCOUNT_IMPORTED)
    whole, _ = (event for event in events if event.name is EventName.USERS_IMPORTED)
    assert (EventName.ACCOUNT_IMPORTED, ActorKind.STAFF, "desk-1", "the new portal") == (
        ann.name,
        ann.actor,
        ann.actor_id,
        ann.reason,
    )
    assert (account(world, "public:ann").id, account(world, "public:bea").id) == (
        ann.account_id,
        bea.account_id,
    )
    assert (EventName.USERS_IMPORTED, "1", None) == (whole.name, whole.params["added"], whole.account_id)
    assert ActorKind.SYSTEM is bea.actor


# ------------------------------------------------------------------------------------ told again, and others


@pytest.mark.attack("CSV-08", "CSV-10")
def test_told_again_it_changes_nothing(world: World) -> None:
    """Also after somebody has signed in, set another password and moved to another address."""
    file = csv_file(row("ann"), row("bea"))
    imported(world, file)
    world.tick(minutes=1)
    session = signed_in(world, "ann", old_password("ann"))
    world.accounts.change_password(session.session_token, old_password("ann"), PASSWORD)
    before = everything(world.store)

    file.seek(0)
    again = imported(world, file)

    assert (0, 2, 0) == (again.added, again.unchanged, again.refused)
    assert {**before, AuditEvent: ()} == {**everything(world.store), AuditEvent: ()}
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


@pytest.mark.attack("CSV-10")
def test_nobodys_account_is_changed(world: World) -> None:
    """A name that is somebody's stays theirs, whether they registered or came from another file."""
    world.accounts.register(PUBLIC, public_form("ann"))
    imported(world, csv_file(row("bea")))
    world.tick(minutes=1)
    before = all_of(world.store, Account)

    report = imported(world, csv_file(row("ann"), row("bea", email="other@mail.example.org"), row("cleo")))

    assert [(2, "username", UserReason.NAME_TAKEN), (3, "username", UserReason.NAME_TAKEN)] == reasons(report)
    after = all_of(world.store, Account)
    assert (3, []) == (len(after), [one for one in before if one not in after])
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", old_password("ann")), Refused)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


def test_a_name_without_an_account_or_history_is_taken(world: World) -> None:
    """A name kept free of anybody, and one whose history was forgotten."""
    imported(world, csv_file(row("ann")))
    reserved = Identifier(id="public:bea", account_id="gone", created_at=world.now())
    world.store.commit(Add(reserved), *map(Remove, all_of(world.store, AuditEvent)))

    report = imported(world, csv_file(row("ann"), row("bea")))

    assert [UserReason.NAME_TAKEN] * 2 == [problem.reason for problem in report.problems]


@pytest.mark.attack("CSV-09")
def test_names_that_stand_there_twice(world: World) -> None:
    """Rows that say the same count once; where they differ nobody can say who it is, and none is taken."""
    twice, other = row("ann"), row("bea")
    second = row("BEA", email="second@mail.example.org")
    rows = (twice, other, twice, second, "bea", row("zoe", email=""))

    report = imported(world, csv_file(*rows))

    assert (2, 1, 3) == (report.added, report.duplicates, report.refused)
    assert [
        (3, "username", UserReason.DUPLICATE),
        (5, "username", UserReason.DUPLICATE),
        (6, "", UserReason.SHORT_ROW),
    ] == reasons(report)


@pytest.mark.attack("CSV-09")
def test_two_hashes_of_one_name_contradict(world: World) -> None:
    """They are two people, or nobody knows which password is right."""
    rows = (row("ann"), f"ann,{old_hash('another')},ann@mail.example.org")

    assert 2 == imported(world, csv_file(*rows)).refused


def test_shared_mailboxes_are_told(world: World) -> None:
    """Within the file and with those who are there; sharing is allowed."""
    world.accounts.register(PUBLIC, public_form("zoe"))
    rows = (
        row("ann", email="firm@mail.example.org"),
        row("bea", email="Firm@mail.example.org"),
        row("cleo", email="zoe@mail.example.org"),
        row("dora"),
    )

    report = imported(world, csv_file(*rows))

    assert (4, 3) == (report.added, report.shared_mailboxes)
    assert [(line, "email", UserReason.SHARED_MAILBOX) for line in (2, 3, 4)] == reasons(report)


@pytest.mark.parametrize(("said", "confirmed"), [("yes", True), ("no", False), ("", False)])
def test_an_address_is_confirmed_where_the_file_says_so(world: World, said: str, confirmed: bool) -> None:
    """An empty cell is no."""
    imported(world, csv_file(f"{row('ann')},{said}", header=f"{HEADER},email_confirmed"))

    assert confirmed == (account(world, "public:ann").email_confirmed_at is not None)


def test_where_addresses_are_unique_the_first_has_it() -> None:
    """The second account comes in unconfirmed, and both are told of."""
    world = World(city_policy(imported_hashes=DECLARED, unique_email=True))
    rows = (f"{row(name, email='firm@mail.example.org')},yes" for name in ("ann", "bea"))

    report = imported(world, csv_file(*rows, header=f"{HEADER},email_confirmed"))

    assert (2, 2) == (report.added, report.shared_mailboxes)
    confirmed = [account(world, f"public:{name}").email_confirmed_at is not None for name in ("ann", "bea")]
    assert [False, True] == sorted(confirmed)
    assert lookups.identifier(world.services, "email:firm@mail.example.org") is not None


def test_who_was_shut_out_stays_so(world: World) -> None:
    """An account that was not active is disabled, keeps its name, and staff may enable it."""
    header = f"{HEADER},active"
    report = imported(world, csv_file(f"{row('ann')},f", f"{row('bea')},1", f"{row('cleo')},", header=header))

    assert [(4, "active", UserReason.YES_OR_NO)] == reasons(report)
    assert (Standing.DISABLED, Standing.ACTIVE) == (
        account(world, "public:ann").standing,
        account(world, "public:bea").standing,
    )
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", old_password("ann")), Refused)
    world.desk().enable("ann", reason="called")
    signed_in(world, "ann", old_password("ann"))


@pytest.mark.parametrize("none", ["", "!", "!Xq7unusable"])
def test_who_had_no_password_sets_one_by_mail(world: World, none: str) -> None:
    """Nobody can sign in until then; without an address nobody ever could, and the row is refused."""
    report = imported(world, csv_file(f"ann,{none},ann@mail.example.org", f"bea,{none},"))

    assert [
        (2, "password_hash", UserReason.NO_PASSWORD),
        (3, "password_hash", UserReason.NO_WAY_IN),
    ] == sorted(reasons(report))
    assert 1 == report.without_password
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", none), Refused)
    world.accounts.request_password_reset("ann", PUBLIC)
    assert 1 == len(world.mails_to("ann@mail.example.org"))


def test_an_address_is_not_needed(world: World) -> None:
    """The old password still opens the account."""
    assert 1 == imported(world, csv_file(row("ann", email=""))).added
    assert account(world, "public:ann").email is None


# -------------------------------------------------------------------------------------------- contractors


@pytest.mark.parametrize("on_roster", [False, True])
@pytest.mark.parametrize("said", ["yes", "no"])
def test_a_license_is_verified_only_by_both(on_roster: bool, said: str) -> None:
    """On the city's roster, and verified by the old portal: else the claim waits for staff."""
    world = World(city_policy(imported_hashes=DECLARED))
    if on_roster:
        world.add_to_roster("1012345")
    file = csv_file(
        f"CSLB 1012345,{old_hash('old lantern')},sam@contractor.example.org,{said}",
        header=f"{HEADER},license_verified",
    )

    imported(world, file, account_type="contractor", actor=STAFF)

    (link,) = all_of(world.store, LicenseLink)
    verified = on_roster and said == "yes"
    assert (LinkState.VERIFIED if verified else LinkState.CLAIMED, "desk-1" if verified else None) == (
        link.state,
        link.decided_by,
    )
    done = signed_in(world, "1012345", "old lantern", kind=CONTRACTOR)
    # Finishing the question verifies nothing.
    assert verified == bool(world.accounts.verified_licenses(done.account))


def test_a_verified_holder_is_never_displaced(world: World) -> None:
    """Nor is a name taken that opens another account."""
    world.add_to_roster("1012345")
    issued: Any = world.desk().issue_temporary_password(
        "1012345", reason="first sign-in", checked_how="called back"
    )
    assert issued.password
    (link,) = all_of(world.store, LicenseLink)
    other = "us-ca-cslb:1023456"
    world.store.commit(
        Replace(link, link.now_in(LinkState.VERIFIED, since=world.now(), decided_by="desk-1")),
        Add(
            attrs.evolve(
                link,
                id=LicenseLink.id_for(other, link.account_id),
                license_id=other,
                state=LinkState.VERIFIED,
            )
        ),
    )
    rows = (
        f"{number},{old_hash('x')},sam@contractor.example.org" for number in ("1012345", "1023456", "1034567")
    )

    report = imported(world, csv_file(*rows), account_type=CONTRACTOR)

    assert [(line, "username", UserReason.NAME_TAKEN) for line in (2, 3)] == [
        told for told in reasons(report) if told[2] is UserReason.NAME_TAKEN
    ]


def test_kinds_stand_in_a_column(world: World) -> None:
    """Each row by the rules of its own kind; a license that is none is told as at a registration."""
    header = f"{HEADER},account_type"
    rows = (
        f"{row('ann')},public",
        f"1012345,{old_hash('x')},,contractor",
        f"l0l2345,{old_hash('x')},,contractor",
    )
    report = imported(world, csv_file(*rows, f"{row('bea')},staff", f"{row('cleo')},", header=header))

    assert [
        (4, "username", Code.LICENSE_LOOKALIKE),
        (5, "account_type", UserReason.UNKNOWN_TYPE),
    ] == reasons(report)
    assert ("contractor", "public") == (
        account(world, "license:us-ca-cslb:1012345").account_type,
        account(world, "public:cleo").account_type,
    )


def test_a_kind_of_the_citys_own() -> None:
    """Names, fields and all; a kind that asks for no address has none on file."""
    kind = AccountType(id="surveyor", username=CityNumber("surveyor", "S[0-9]{3}"), fields=())
    world = World(city_policy(imported_hashes=DECLARED, account_types=(PUBLIC, kind)))

    imported(world, csv_file(f"s 123,{old_hash('x')},a@mail.example.org"), account_type=kind)

    assert "S123" == account(world, "surveyor:S123").username


# ------------------------------------------------------------------------------------------ rows and values


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("ab,HASH,a@mail.example.org", [("username", Code.USERNAME_LENGTH)]),
        (",HASH,a@mail.example.org", [("username", Code.REQUIRED)]),
        ("admin,HASH,a@mail.example.org", [("username", Code.USERNAME_RESERVED)]),
        (
            "CSLB 1012345,HASH,a@mail.example.org",
            [
                ("username", Code.USERNAME),
            ],
        ),
        ("1012345,HASH,a@mail.example.org", [("username", Code.USERNAME_ALL_DIGITS)]),
        ("bea@mail.example.org,HASH,a@mail.example.org", [("username", Code.USERNAME_NOT_YOUR_EMAIL)]),
        ("bea@mail.example.org,HASH,", [("username", Code.USERNAME_NOT_YOUR_EMAIL)]),
        ("ann,HASH,nowhere", [("email", Code.EMAIL)]),
        ("ann,a plain password,a@mail.example.org", [("password_hash", UserReason.HASH_UNKNOWN)]),
        ("ann,$2b$31$" + "u" * 53 + ",a@mail.example.org", [("password_hash", UserReason.HASH_TOO_COSTLY)]),
        (
            "x,y,z",
            [
                ("email", Code.EMAIL),
                ("password_hash", UserReason.HASH_UNKNOWN),
                ("username", Code.USERNAME_LENGTH),
            ],
        ),
        ("ann,HASH", [("", UserReason.SHORT_ROW)]),
        ("ann,HASH,a@mail.example.org,,more", [("", UserReason.LONG_ROW)]),
        ('ann,"HASH"x,a@mail.example.org', [("", UserReason.UNREADABLE)]),
    ],
)
@pytest.mark.attack("HASH-02", "CSV-05", "CSV-12")
def test_a_row_that_cannot_be_taken_says_why(
    world: World, cells: str, expected: list[tuple[str, object]]
) -> None:
    """All of it at once, and the next row is taken."""
    report = imported(world, csv_file(cells.replace("HASH", old_hash("x")), row("zoe")))

    assert [(2, *told) for told in expected] == reasons(report)
    assert (1, 1) == (report.added, report.refused)


def test_an_address_may_be_the_name(world: World) -> None:
    """Where it is one's own."""
    assert (
        1
        == imported(
            world,
            csv_file(
                row("x", email="").replace("x,", "bea@mail.example.org,", 1)[:-1] + ",Bea@mail.example.org"
            ),
        ).added
    )


def test_a_value_that_does_not_fit_is_left_out(world: World) -> None:
    """Nobody loses an account because of a telephone number; a language without words is English."""
    header = f"{HEADER},phone,first_name,language"
    report = imported(world, csv_file(f"{row('ann')},none,Ann,tlh", f"{row('bea')},,,ES-mx", header=header))

    assert [(2, "phone", UserReason.VALUE_LEFT_OUT)] == reasons(report)
    assert {"first_name": "Ann"} == account(world, "public:ann").profile
    assert ("en", "es") == (account(world, "public:ann").language, account(world, "public:bea").language)


def test_what_nobody_declared_is_refused_and_told(world: World) -> None:
    """With the line that declares all of the file; declared, the same file is taken."""
    file = csv_file(
        row("ann"),
        f"bea,{old_hash(old_password('bea'), rounds=11)},bea@mail.example.org",
        f"cleo,{GOLDEN['scrypt']},",
        f"dora,{GOLDEN['scrypt of less']},",
        f'emma,"{GOLDEN["argon2i"]}",',
        f'fay,"{GOLDEN["argon2id, shorter"]}",',
        f"gia,{GOLDEN['bcrypt 2b']},",
    )
    report = imported(world, file)

    assert [("password_hash", UserReason.HASH_UNDECLARED, line) for line in range(3, 9)] == [
        (problem.column, problem.reason, problem.line) for problem in report.problems
    ]
    assert (
        "pbkdf2_sha256:rounds=11",
        "scrypt:n=2048,r=8,p=2",
        "bcrypt:cost=6",
        "argon2:m=64,t=2,p=1",
    ) == report.declare
    assert 1 == report.costs["pbkdf2_sha256:rounds=10"]

    file.seek(0)
    declared = World(city_policy(imported_hashes=report.declare))
    assert 7 == imported(declared, file).added


def test_argon2_as_good_as_ours_is_kept() -> None:
    """It needs no declaration, and costs no sign-in more than before."""
    keys = Keyring.new()
    world = World(city_policy(), keys=keys)
    cost = Argon2Cost(time_cost=2, memory_cost=19456, parallelism=1)
    services = attrs.evolve(world.services, hasher=Argon2Hasher(cost, keys, concurrency=1))
    theirs = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash("old lantern")

    report = import_users(services, csv_file(f'ann,"argon2{theirs}",', f'bea,"{theirs}",'))

    assert isinstance(report, UsersReport)
    assert (2, {}, ()) == (report.added, report.costs, report.declare)
    assert {theirs} == {one.password_hash for one in all_of(world.store, Account)}


def test_an_argon2_hash_that_is_kept_is_of_the_composed_text() -> None:
    """As one that was made here. Who typed decomposed letters in the old portal sets a new password."""
    keys = Keyring.new()
    world = World(city_policy(), keys=keys)
    cost = Argon2Cost(time_cost=2, memory_cost=19456, parallelism=1)
    services = attrs.evolve(world.services, hasher=Argon2Hasher(cost, keys, concurrency=1))
    theirs = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    composed, decomposed = "lantern n\u00e9 drift", "lantern ne\u0301 drift"
    rows = (f'{name},"{theirs.hash(text)}",' for name, text in (("ann", composed), ("bea", decomposed)))
    import_users(services, csv_file(*rows))
    accounts = Accounts(services, email=world.mailbox)

    for typed in (composed, decomposed):
        assert isinstance(accounts.sign_in(PUBLIC, "ann", typed), SetupRequired)
        assert isinstance(accounts.sign_in(PUBLIC, "bea", typed), Refused)


def test_json_says_the_same(world: World) -> None:
    """As an array or line by line; yes and no are JSON's own, null is an empty cell, a number is no text."""
    ann: dict[str, object] = {
        "LOGIN": "ann",
        "password_hash": old_hash("x"),
        "email": "ann@mail.example.org",
        "email_confirmed": True,
        "phone": None,
        "age": 7,
    }
    rows: tuple[Any, ...] = (
        ann,
        ann | {"LOGIN": 12},
        ["no object"],
        ann | {"LOGIN": "bea", "email_confirmed": False},
    )
    for lines in (False, True):
        world = World(city_policy(imported_hashes=DECLARED))
        report = imported(world, json_file(*rows, lines=lines), columns={"username": "Login"})
        assert [(2, "LOGIN", Code.NOT_TEXT), (3, "", UserReason.UNREADABLE)] == [
            told for told in reasons(report) if told[2] is not UserReason.SHARED_MAILBOX
        ]
        assert (2, ("age",)) == (report.added, report.ignored)
        assert account(world, "public:ann").email_confirmed_at is not None
        assert account(world, "public:bea").email_confirmed_at is None


@pytest.mark.attack("CSV-12", "PWD-06")
@pytest.mark.parametrize("name", ["username", "password_hash", "email", "account_type", "first_name"])
def test_yes_and_no_are_flags_and_no_texts(world: World, name: str) -> None:
    """Else `true` would be somebody who is called yes."""
    bea = {"username": "bea", "password_hash": old_hash("x"), "email": "bea@mail.example.org"}

    report = imported(world, json_file(bea | {name: True}, bea | {name: False}, bea | {"active": True}))

    assert [(line, name, Code.NOT_TEXT) for line in (1, 2)] == [
        told for told in reasons(report) if told[2] is Code.NOT_TEXT
    ]
    assert (1, 2) == (report.added, report.refused)


@pytest.mark.attack("CSV-05", "CSV-12")
def test_half_a_surrogate_pair_refuses_its_row_and_no_other(world: World) -> None:
    """JSON may say it anywhere, and UTF-8 has no octets for it: also in a salt, or of a name said twice."""
    salted = old_hash("x").replace("$salt$", "$\ud800$")
    nobody = {"username": "ann", "password_hash": "!\udfff", "email": "ann@mail.example.org"}
    bea = {"username": "bea", "password_hash": salted, "email": "bea@mail.example.org"}
    cyd = {"username": "cyd", "password_hash": old_hash("x"), "email": "cyd@mail.example.org"}

    report = imported(world, json_file(nobody, bea, cyd, nobody, lines=True))

    assert (2, 1, 1) == (report.added, report.duplicates, report.refused)
    assert (2, "password_hash", UserReason.HASH_UNKNOWN) in reasons(report)


# ----------------------------------------------------------------------------------------- dry run, progress


def test_a_dry_run_says_what_would_come_of_it(world: World) -> None:
    """Down to the counts, and writes and hashes nothing."""
    world.accounts.register(PUBLIC, public_form("bea"))
    before, hashed = everything(world.store), len(world.hasher.calls)
    file = csv_file(row("ann"), row("bea"), row("x"))

    trial = imported(world, file, dry_run=True)

    assert before == everything(world.store)
    assert hashed == len(world.hasher.calls)
    file.seek(0)
    assert imported(world, file) == attrs.evolve(trial, dry_run=False)


def test_progress_is_told(world: World) -> None:
    """Before anything is written, after each batch, and at the end; a long file also while it is checked."""
    heard: list[UsersProgress] = []
    imported(world, many(1200), progress=heard.append)

    assert ImportStage.CHECKING is heard[0].stage
    first = next(one for one in heard if one.stage is ImportStage.IMPORTING)
    assert (0, 1200, 0) == (first.rows_done, first.rows_total, first.report.added)
    assert (1200, 1200) == (heard[-1].rows_done, heard[-1].report.added)
    assert sorted(one.report.added for one in heard) == [one.report.added for one in heard]


def test_of_many_problems_the_first_are_kept(world: World) -> None:
    """Whoever listens hears all, and progress goes on where no row is taken."""
    told: list[object] = []
    heard: list[UsersProgress] = []
    report = imported(world, csv_file(*["x,y,z"] * 1100), tell=told.append, progress=heard.append)

    assert (1000, 3300) == (len(report.problems), len(told))
    assert 1000 in [one.rows_done for one in heard if one.stage is ImportStage.IMPORTING]


# -------------------------------------------------------------------------------------------------- races


@pytest.mark.attack("CSV-10")
def test_two_imports_at_once_come_to_one(tmp_path: Path) -> None:
    """Whoever is quicker makes an account; the other finds it."""
    SQLiteStore(tmp_path / "city.db", create=True).close()
    world = World(city_policy(imported_hashes=DECLARED), store=SQLiteStore(tmp_path / "city.db"))

    reports = race_threads(*[lambda: import_users(world.services, many(120))] * 2)

    assert [120, 120] == [report.added + report.unchanged for report in reports]
    assert 120 == sum(report.added for report in reports) == len(all_of(world.store, Account))


class Contended(MemoryStore):
    """Somebody else is quicker, so many times; where that is less than none, the store is gone."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def commit(self, *changes: Change) -> None:
        if self.times < 0:
            raise Unavailable("the disk is gone")
        if self.times:
            self.times -= 1
            raise Conflict("somebody was quicker")
        super().commit(*changes)


def test_a_batch_that_meets_somebody_is_told_again() -> None:
    """And no hash is computed twice for it."""
    world = World(city_policy(imported_hashes=DECLARED), store=Contended(3))

    assert 4 == imported(world, many(4)).added
    assert ["take-over"] * 4 == [what for what, _, _ in world.hasher.calls]


def test_a_row_that_never_gets_through_is_told() -> None:
    """The others do: a batch that keeps failing is halved."""
    world = World(city_policy(imported_hashes=DECLARED), store=Contended(5 * 3))

    report = imported(world, many(4))

    assert (3, [(2, "", UserReason.NOT_WRITTEN)]) == (report.added, reasons(report))
