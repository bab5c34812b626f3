"""Set-up attacked: the temporary password kept, grants raced, outlived, skipped and mixed with others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.people import (
    LICENSE,
    NUMBER,
    account,
    at_once,
    confirmed,
    events,
    grant,
    invited,
    kinds,
    rewrite,
    sessions,
    templates,
    temporary,
)
from interleaving import Interleaved
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    EventName,
    Problem,
    Refused,
    SetupForm,
    SignedIn,
    Standing,
)
from permit_accounts.model.records import OneTimeToken, Session
from permit_accounts.ports import Every, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import (
    World,
    city_policy,
    setup_form,
    strict_policy,
)
from roster.town import HEADER, csv_file, imported
from story import ANSWER, AT_HOME, NEW_PASSWORD, PASSWORD, newest_link, signed_in

EXPIRED = Refused((Problem(Code.SETUP_EXPIRED, "", {"phone": "(323) 555-0199"}),))
OFFICE = "office@contractor.example.org"


def _finish(world: World, token: str, asks: tuple[str, ...], **fields: object) -> Any:
    return world.accounts.finish_setup(token, setup_form(asks, **fields), visitor=AT_HOME)


TYPED: list[Callable[[str], str]] = [
    lambda text: text,
    str.upper,
    lambda text: text.replace("-", ""),
    lambda text: text.replace("-", " "),
    lambda text: f" {text} ",
    lambda text: text.replace("-", "\u2010"),
    lambda text: "".join(chr(ord(c) + 0xFEE0) if c != "-" else c for c in text),
    lambda text: "-".join(text.replace("-", "")),
]


@pytest.mark.attack("TMP-02")
@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("city", ["guides", "strict"])
def test_the_temporary_password_never_becomes_the_lasting_one(typed: Callable[[str], str], city: str) -> None:
    """However it is typed, and where it was spent at its first use too (ASVS 5.0, 6.4.1)."""
    world = World(strict_policy() if city == "strict" else None)
    password = invited(world).password
    page = grant(world, password)

    refused = _finish(world, page.token, page.asks, password=typed(password))

    assert Refused((Problem(Code.PASSWORD_TEMPORARY, "password"),)) == refused
    assert isinstance(_finish(world, page.token, page.asks), SignedIn)


@pytest.mark.attack("TMP-02")
def test_nor_does_it_behind_a_mailed_link() -> None:
    """Whoever forgot it and asks for a link cannot set it either."""
    world = World()
    password = invited(world, email=OFFICE).password
    world.accounts.request_password_reset(NUMBER, CONTRACTOR)
    link = newest_link(world, OFFICE)
    asks = world.accounts.open_setup(link).asks  # type: ignore[union-attr]

    refused = _finish(world, link, asks, password=password.upper())
    assert Refused((Problem(Code.PASSWORD_TEMPORARY, "password"),)) == refused
    assert isinstance(_finish(world, link, asks), SignedIn)


@pytest.mark.attack("TMP-02")
def test_nor_does_one_that_was_issued_before() -> None:
    """Its hash is gone with the next one, so its shape tells."""
    world = World()
    earlier = invited(world).password
    page = grant(world, temporary(world).password)

    refused = _finish(world, page.token, page.asks, password=earlier)

    assert Refused((Problem(Code.PASSWORD_TEMPORARY, "password"),)) == refused


@pytest.mark.attack("TMP-02")
def test_nor_does_one_that_is_spent() -> None:
    """Where the first right use spends it, a link mailed afterwards does not bring it back either."""
    world = World(city_policy(temporary_spent_at_first_use=True))
    password = invited(world, email=OFFICE).password
    grant(world, password)
    world.accounts.request_password_reset(NUMBER, CONTRACTOR)
    link = newest_link(world, OFFICE)
    asks = world.accounts.open_setup(link).asks  # type: ignore[union-attr]

    refused = _finish(world, link, asks, password=password)

    assert Refused((Problem(Code.PASSWORD_TEMPORARY, "password"),)) == refused


@pytest.mark.attack("TMP-03")
@pytest.mark.parametrize(("seconds", "good"), [(-1, True), (0, False), (1, False)])
@pytest.mark.parametrize("spent", [False, True])
def test_a_grant_does_not_outlive_its_temporary_password(seconds: int, good: bool, spent: bool) -> None:
    """However fresh the grant is, also where the first use has spent the password; and the page is told."""
    world = World(city_policy(temporary_spent_at_first_use=spent))
    issued = invited(world)
    until = world.now() + timedelta(hours=72)
    world.tick(hours=71, minutes=59)
    page = grant(world, issued.password)
    assert until == page.expires_at
    world.tick(minutes=1, seconds=seconds)

    assert good is isinstance(world.accounts.open_setup(page.token), SetupForm)
    assert good is isinstance(_finish(world, page.token, page.asks), SignedIn)
    assert good is bool(sessions(world))


@pytest.mark.attack("TMP-03")
@pytest.mark.parametrize("spent", [False, True])
def test_no_refused_form_renews_a_grant_beyond_its_temporary_password(spent: bool) -> None:
    """Somebody who read the letter keeps the page open with bad forms: it ends with the password."""
    world = World(city_policy(temporary_spent_at_first_use=spent))
    issued = invited(world)
    until = world.now() + timedelta(hours=72)
    world.tick(hours=71, minutes=50)
    page = grant(world, issued.password)
    world.tick(minutes=9)

    assert (Code.PASSWORD_SHORT,) == _finish(world, page.token, page.asks, password="short").codes
    form = world.accounts.open_setup(page.token)
    assert isinstance(form, SetupForm)
    assert until == form.expires_at
    world.tick(minutes=1)
    assert EXPIRED == _finish(world, page.token, page.asks)


def test_the_password_of_a_set_up_without_a_new_one_is_as_old_as_its_entry() -> None:
    """A grant that asks for the question alone is no password: what is sensitive asks for it again."""
    world = World()
    confirmed(world)
    rewrite(world, question_id=None, answer_hash=None)
    entered = world.now()
    page = grant(world, PASSWORD, "ann", kind=PUBLIC)
    assert ("question", "answer") == page.asks
    world.tick(minutes=14)

    held = signed_in(_finish(world, page.token, page.asks))

    assert entered == held.session.password_entered_at
    world.tick(minutes=2)
    refused = world.accounts.change_email(held.session_token, "thief@mail.example.org")
    assert Refused((Problem(Code.PASSWORD_AGAIN),)) == refused


@pytest.mark.attack("TMP-03")
def test_a_grant_lives_for_a_quarter_of_an_hour_and_an_hour_at_most() -> None:
    """Each refused form renews it; when it is over, the same temporary password gives another."""
    world = World()
    password = invited(world).password
    page = grant(world, password)
    world.tick(minutes=15)
    assert EXPIRED == world.accounts.open_setup(page.token) == _finish(world, page.token, page.asks)

    page = grant(world, password)
    for _ in range(4):
        world.tick(minutes=14, seconds=59)
        assert (Code.PASSWORD_SHORT,) == _finish(world, page.token, page.asks, password="short").codes
    world.tick(seconds=4)
    assert EXPIRED == _finish(world, page.token, page.asks)
    assert isinstance(_finish(world, grant(world, password).token, page.asks), SignedIn)


@pytest.mark.attack("TMP-03")
@pytest.mark.parametrize("ending", ["finished", "issued again", "finished by mail", "disabled"])
def test_what_ends_a_temporary_password_ends_its_grants(ending: str) -> None:
    """It works once; only the newest works; a set-up by mail ends it too."""
    world = World()
    password = invited(world, email=OFFICE).password
    page = grant(world, password)
    if ending == "finished":
        other = grant(world, password)
        assert isinstance(_finish(world, other.token, other.asks), SignedIn)
    elif ending == "issued again":
        temporary(world)
    elif ending == "finished by mail":
        world.accounts.request_password_reset(NUMBER, CONTRACTOR)
        link = newest_link(world, OFFICE)
        assert isinstance(_finish(world, link, world.accounts.open_setup(link).asks), SignedIn)  # type: ignore[union-attr]
    else:
        world.desk().disable(NUMBER, reason="reported stolen")

    assert EXPIRED == _finish(world, page.token, page.asks)
    again = world.accounts.sign_in(CONTRACTOR, NUMBER, password)
    assert (Code.WRONG_CREDENTIALS,) == again.codes  # type: ignore[union-attr]


@pytest.mark.attack("TMP-03", "TMP-06")
def test_each_right_use_voids_the_grant_before_it() -> None:
    """Two browsers: the later one may finish, the earlier one signs in again."""
    world = World()
    password = invited(world).password
    first, second = grant(world, password), grant(world, password)

    assert EXPIRED == _finish(world, first.token, first.asks)
    assert isinstance(_finish(world, second.token, second.asks), SignedIn)


def test_a_strict_city_spends_it_at_the_first_right_use() -> None:
    """Then the grant is all there is, and after it the way leads back to staff."""
    world = World(strict_policy())
    issued = invited(world)
    assert (26, timedelta(hours=24)) == (len(issued.password.replace("-", "")), issued.until - world.now())
    page = grant(world, issued.password)

    again = world.accounts.sign_in(CONTRACTOR, NUMBER, issued.password)
    assert (Code.WRONG_CREDENTIALS,) == again.codes  # type: ignore[union-attr]
    assert () == violations(world.store)
    assert isinstance(_finish(world, page.token, page.asks), SignedIn)


@pytest.mark.attack("TMP-04")
@pytest.mark.parametrize("kept", ["memory", "sqlite"])
def test_of_many_who_finish_at_once_one_wins(tmp_path: Path, kept: str) -> None:
    """One session, one answer, one event; the others find the grant dead, and the winner's password stays."""
    store: Store = MemoryStore() if kept == "memory" else SQLiteStore(tmp_path / "city.db", create=True)
    world = World(store=store)
    page = grant(world, invited(world).password)
    passwords = [f"brass kettle number {n} whistles" for n in range(16)]

    outcomes = at_once(*[lambda p=p: _finish(world, page.token, page.asks, password=p) for p in passwords])

    won = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, SignedIn)]
    assert {"SignedIn", "setup-expired", "wait"} >= set(kinds(outcomes))
    assert 1 == len(won)
    assert 1 == len(sessions(world)) == len(events(world, EventName.SETUP_FINISHED))
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, passwords[won[0]]), SignedIn)
    assert 1 == templates(world).count("setup-finished")
    assert () == violations(world.store)


@pytest.mark.attack("TMP-04")
def test_who_is_overtaken_in_the_last_moment_opens_nothing() -> None:
    """The commit spends the grant and replaces the account as they were read, or does nothing at all."""
    store = Interleaved(MemoryStore())
    world = World(store=store)  # type: ignore[arg-type]
    page = grant(world, invited(world).password)
    won: list[object] = []
    store.before_commit_of(
        Session, lambda: won.append(_finish(world, page.token, page.asks, password=NEW_PASSWORD))
    )

    late = _finish(world, page.token, page.asks)

    assert isinstance(won[0], SignedIn)
    assert EXPIRED == late
    assert [won[0].session.id] == [session.id for session in sessions(world)]
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, NEW_PASSWORD), SignedIn)
    assert () == violations(world.store)


@pytest.mark.attack("TMP-06")
def test_no_step_is_skipped_or_mixed_with_anothers() -> None:
    """Without a grant, with a session, a reset link or another's: each names its own account or none."""
    world = World()
    made = confirmed(world)
    world.accounts.request_password_reset("ann")
    reset = newest_link(world, "ann@mail.example.org")
    one = grant(world, invited(world).password)
    other = grant(world, invited(world, "1012346").password, "1012346")

    for wrong in ("", one.token[:-1], made.session_token, made.device_token, reset, f"{one.token}x"):
        assert EXPIRED == world.accounts.open_setup(wrong)
        assert EXPIRED == _finish(world, wrong, one.asks)
    dead = world.accounts.reset_password(one.token, NEW_PASSWORD, ANSWER)
    assert (Code.LINK_INVALID,) == dead.codes  # type: ignore[union-attr]
    assert world.accounts.session(one.token) is None
    finished = signed_in(_finish(world, other.token, other.asks, email="other@contractor.example.org"))
    assert "1012346" == finished.account.username
    assert Standing.SETUP is account(world, LICENSE).standing
    assert EXPIRED == _finish(world, other.token, other.asks)


def test_a_grant_opens_nothing_but_set_up() -> None:
    """No session comes of a temporary password before set-up is finished, whatever was ticked."""
    world = World()
    password = invited(world).password

    world.accounts.sign_in(CONTRACTOR, NUMBER, password, remember=True)

    assert [] == sessions(world)
    token = world.store.select(OneTimeToken, Every(), limit=5)[0]
    assert token.expires_at == world.now() + timedelta(minutes=15)


@pytest.mark.attack("LIC-10", "LIC-13")
def test_who_reads_the_mailbox_that_a_roster_left_does_not_finish_set_up() -> None:
    """A former employee's address was on the roster and got the link; the next file has the right address."""
    world = World()
    imported(world, csv_file(HEADER, f"{NUMBER},Sample Builders,former@contractor.example.org"))
    world.accounts.request_password_reset(NUMBER, CONTRACTOR)
    stale = newest_link(world, "former@contractor.example.org")
    opened = world.accounts.open_setup(stale)
    assert isinstance(opened, SetupForm)

    imported(world, csv_file(HEADER, f"{NUMBER},Sample Builders,{OFFICE}"))

    assert EXPIRED == world.accounts.open_setup(stale)
    assert EXPIRED == _finish(world, stale, opened.asks)
    assert [] == sessions(world)
    world.accounts.request_password_reset(NUMBER, CONTRACTOR)
    right = newest_link(world, OFFICE)
    assert OFFICE == signed_in(_finish(world, right, opened.asks)).account.email


@pytest.mark.attack("MAIL-13")
def test_a_link_to_an_address_that_was_corrected_does_not_leave_any_more() -> None:
    """It still waited in the outbox when the import corrected the address: it would be dead on arrival."""
    world = World()
    imported(world, csv_file(HEADER, f"{NUMBER},Sample Builders,former@contractor.example.org"))
    world.accounts.request_password_reset(NUMBER, CONTRACTOR)

    imported(world, csv_file(HEADER, f"{NUMBER},Sample Builders,{OFFICE}"))

    assert [] == world.deliver()


def test_an_import_that_changes_no_address_leaves_the_link_good() -> None:
    """Whoever was invited is not kept out by the next day's file, nor by one that has no addresses."""
    world = World()
    imported(world, csv_file(HEADER, f"{NUMBER},Sample Builders,{OFFICE}"))
    world.accounts.request_password_reset(NUMBER, CONTRACTOR)
    link = newest_link(world, OFFICE)

    imported(world, csv_file(HEADER, f"{NUMBER},Sample Builders & Sons,{OFFICE}"))
    imported(world, csv_file("license,business_name", f"{NUMBER},Sample Builders"))

    assert isinstance(world.accounts.open_setup(link), SetupForm)
