"""Forgot password: the mailed link, what it is good for, and everything that it must not be good for."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from interleaving import Interleaved
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    CheckYourEmail,
    Code,
    EmailConfirmed,
    EventName,
    PasswordReset,
    Refused,
    ResetForm,
    SetupForm,
    SetupRequired,
    SignedIn,
)
from permit_accounts.model.codes import Purpose, Reason
from permit_accounts.model.records import Account, AuditEvent, OneTimeToken, OutboxEmail, Session
from permit_accounts.ports import Add, Every, Is, Store
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    contractor_form,
    links_in,
    public_form,
    setup_form,
    strict_policy,
)
from permit_accounts.tools import tokens
from story import ANSWER, AT_HOME, NEW_PASSWORD, newest_link, signed_in


def world_with_ann(store: Store | None = None) -> World:
    """A city in which Ann has registered and confirmed her mailbox."""
    world = World(store=store)
    register_and_confirm(world, "ann")
    return world


def register_and_confirm(world: World, name: str, **fields: object) -> SignedIn:
    made = signed_in(world.accounts.register(PUBLIC, public_form(name, **fields)))
    address = str(fields.get("email", f"{name}@mail.example.org"))
    for message in world.mails_to(address):
        if "/confirm-email" in message.text:
            world.accounts.confirm_email(links_in(message)[0], session_token=made.session_token)
    return made


def reset_link(world: World, asked: str = "ann", address: str = "ann@mail.example.org") -> str:
    """The link of the mail that is sent when somebody asks for a new password."""
    before = len(world.mails_to(address))
    assert world.accounts.request_password_reset(asked) == CheckYourEmail()
    return links_in(world.mails_to(address)[before])[0]


def events(world: World, name: EventName) -> list[AuditEvent]:
    return [e for e in world.store.select(AuditEvent, Every(), limit=1000) if e.name is name]


def the_account(world: World, name: str = "ann") -> Account:
    signed = [a for a in world.store.select(Account, Every(), limit=100) if a.username == name]
    return signed[0]


# ------------------------------------------------------------------------------------------ what it is for


@pytest.mark.parametrize("asked", ["ann", "ANN", " ann ", "ann@mail.example.org", "Ann@Mail.example.org"])
def test_a_public_user_asks_by_username_or_address(asked: str) -> None:
    """The guides: Forgot Password mails a link; who forgot the name asks by the address."""
    world = world_with_ann()
    link = reset_link(world, asked)

    form = world.accounts.open_reset(link)
    done = world.accounts.reset_password(link, NEW_PASSWORD, ANSWER)

    assert isinstance(form, ResetForm)
    assert ("ann", "first-concert") == (form.username, form.question_id)
    assert isinstance(done, PasswordReset)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD), SignedIn)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), Refused)


@pytest.mark.parametrize("asked", ["1154002", "CSLB #1154002", "Lic. No. 01154002"])
def test_a_contractor_asks_by_license_number(asked: str) -> None:
    """The guides: a contractor resets by the license; the link goes to the address on file."""
    world = World()
    world.accounts.register(CONTRACTOR, contractor_form("1154002"))

    link = reset_link(world, asked, "office1154002@contractor.example.org")

    assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD), PasswordReset)


def test_one_mail_for_a_mailbox_of_several_accounts() -> None:
    """A mailbox shared by two accounts gets one mail with a link for each, naming username and type."""
    world = World()
    world.accounts.register(PUBLIC, public_form("ann", email="shared@mail.example.org"))
    world.accounts.register(CONTRACTOR, contractor_form("1154002", email="shared@mail.example.org"))
    world.deliver()

    world.accounts.request_password_reset("shared@mail.example.org")
    (mail,) = world.deliver()

    links = links_in(mail)
    shown = [world.accounts.open_reset(link) for link in links]
    assert {"ann", "1154002"} == {form.username for form in shown if isinstance(form, ResetForm)}
    assert isinstance(world.accounts.reset_password(links[0], NEW_PASSWORD), PasswordReset)
    assert isinstance(world.accounts.open_reset(links[1]), ResetForm)


@pytest.mark.attack("TOK-25")
def test_who_never_finished_set_up_gets_a_set_up_link_with_all_its_duties() -> None:
    """An expired temporary password is no way around set-up: the mail leads to set-up, never to a reset."""
    world = World()
    world.add_to_roster("1012345", email="office@contractor.example.org")
    world.desk().issue_temporary_password("1012345", reason="first sign-in", checked_how="called back")
    world.tick(hours=73)

    link = reset_link(world, "1012345", "office@contractor.example.org")

    form = world.accounts.open_setup(link)
    assert isinstance(form, SetupForm)
    assert {"password", "question", "answer"} <= set(form.asks)
    assert isinstance(world.accounts.open_reset(link), Refused)
    assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD), Refused)
    only_password = world.accounts.finish_setup(link, {"password": NEW_PASSWORD})
    assert isinstance(only_password, Refused)
    assert {"question", "answer"} <= {problem.field for problem in only_password.problems}
    finished = signed_in(world.accounts.finish_setup(link, setup_form(form.asks)))
    assert finished.account.email_confirmed_at == world.now()


def test_a_roster_number_without_account_gets_its_account_with_the_first_mail() -> None:
    """The import makes no account; the first set-up mail does, in one commit with its name and claim."""
    world = World()
    world.add_to_roster("1012345", email="office@contractor.example.org")

    link = reset_link(world, "1012345", "office@contractor.example.org")
    form = world.accounts.open_setup(link)
    done = world.accounts.finish_setup(link, setup_form(form.asks))

    assert "us-ca-cslb:1012345" == str(world.accounts.verified_licenses(signed_in(done).account)[0])
    assert () == violations(world.store)


def test_the_address_of_an_account_in_set_up_is_read_afresh() -> None:
    """Staff correct the license's contact; the next set-up mail goes there, and the account has it."""
    world = World()
    world.add_to_roster("1012345", email="old@contractor.example.org")
    reset_link(world, "1012345", "old@contractor.example.org")
    world.desk().correct_license("1012345", email="right@contractor.example.org", reason="moved")

    reset_link(world, "1012345", "right@contractor.example.org")

    assert "right@contractor.example.org" == the_account(world, "1012345").email


@pytest.mark.parametrize("by_mail", [True, False])
def test_without_address_or_by_policy_nothing_is_sent_and_no_account_made(by_mail: bool) -> None:
    """Nobody to write to, or set-up by mail turned off: the same answer, no mail, no account."""
    world = World(strict_policy(setup_by_mail=False) if not by_mail else None)
    world.add_to_roster("1012345", email=None if by_mail else "office@contractor.example.org")

    assert CheckYourEmail() == world.accounts.request_password_reset("1012345")
    assert [] == world.deliver()
    assert () == world.store.select(Account, Every(), limit=1)


def test_no_answer_is_asked_before_the_mailbox_was_ever_confirmed() -> None:
    """Who registered may not own the mailbox: the reset confirms it and erases question and answer."""
    world = World()
    world.accounts.register(PUBLIC, public_form("ann"))

    link = reset_link(world)
    form = world.accounts.open_reset(link)
    done = world.accounts.reset_password(link, NEW_PASSWORD)

    assert isinstance(form, ResetForm)
    assert form.question_id is None
    assert isinstance(done, PasswordReset)
    assert (None, None) == (done.account.question_id, done.account.answer_hash)
    again = world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD)
    assert isinstance(again, SetupRequired)
    assert ("question", "answer") == again.asks


# -------------------------------------------------------------------------------------------- one-time links


@pytest.mark.attack("TOK-02", "STO-08")
def test_the_second_of_two_resets_told_into_one_another_finds_a_dead_link() -> None:
    """Both have read the live link; the one that commits first spends it, the other is told again."""
    store = Interleaved(MemoryStore())
    world = world_with_ann(store)
    link = reset_link(world)
    first: list[object] = []
    store.before_commit_of(
        Account, lambda: first.append(world.accounts.reset_password(link, NEW_PASSWORD, ANSWER))
    )

    second = world.accounts.reset_password(link, "another one of these", ANSWER)

    assert store.happened
    assert isinstance(first[0], PasswordReset)
    assert (Code.LINK_INVALID,) == second.codes
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD), SignedIn)


@pytest.mark.attack("TOK-02", "STO-08")
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_sixteen_at_once_with_one_link(kind: str, tmp_path: Path) -> None:
    """One wins, fifteen find a dead link; the winner's password is the one that is good."""
    store: Store = MemoryStore() if kind == "memory" else SQLiteStore(tmp_path / "a.db", create=True)
    world = world_with_ann(store)
    link = reset_link(world)
    passwords = [f"{NEW_PASSWORD} number {n}" for n in range(16)]
    barrier = threading.Barrier(16)
    outcomes: dict[str, object] = {}

    def attack(password: str) -> None:
        barrier.wait()
        outcomes[password] = world.accounts.reset_password(link, password, ANSWER)

    threads = [threading.Thread(target=attack, args=(password,)) for password in passwords]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (winner,) = [p for p, outcome in outcomes.items() if isinstance(outcome, PasswordReset)]
    refused = [outcome for p, outcome in outcomes.items() if p != winner]
    assert {Code.LINK_INVALID, Code.WAIT} >= {code for r in refused for code in r.codes}
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", winner), SignedIn)
    assert 1 == len(events(world, EventName.PASSWORD_RESET))
    assert 1 == len([m for m in world.deliver() if "password was reset" in m.subject])


@pytest.mark.attack("TOK-04", "API-01")
def test_the_account_comes_from_the_link_alone() -> None:
    """A link for one account changes no other, whatever else is said beside it."""
    world = world_with_ann()
    world.tick(seconds=1)
    register_and_confirm(world, "bob")
    link = reset_link(world)

    with pytest.raises(TypeError):
        world.accounts.reset_password(link, NEW_PASSWORD, ANSWER, username="bob")
    world.accounts.reset_password(link, NEW_PASSWORD, ANSWER)

    assert isinstance(world.accounts.sign_in(PUBLIC, "bob", NEW_PASSWORD), Refused)
    assert isinstance(world.accounts.sign_in(PUBLIC, "bob", PASSWORD), SignedIn)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD), SignedIn)


@pytest.mark.attack("TOK-05", "SQ-01")
def test_without_the_mail_nothing_leads_to_a_new_password() -> None:
    """Username and right answer alone, a session, a record's bare id or another purpose's token: refused."""
    world = world_with_ann()
    session = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    world.accounts.request_password_reset("ann")
    tokens = world.store.select(OneTimeToken, Is("account_id", session.account.id), limit=5)
    (record,) = [token for token in tokens if token.purpose is Purpose.RESET_PASSWORD]
    keyring = world.keys

    for guess in (
        "",
        "ann",
        record.id,
        session.session_token,
        session.device_token,
        keyring.seal(record.id, Purpose.CONFIRM_EMAIL),
        keyring.seal(session.session.id, Purpose.RESET_PASSWORD),
    ):
        outcome = world.accounts.reset_password(guess, NEW_PASSWORD, ANSWER)
        assert isinstance(outcome, Refused)
        assert {Code.LINK_INVALID, Code.WAIT} >= set(outcome.codes)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


@pytest.mark.attack("TOK-07")
def test_a_link_dies_after_an_hour() -> None:
    """The expiry stands in the record: 60 minutes less a second works, 60 minutes do not."""
    for minutes, works in ((59.98, True), (60, False), (60 * 24 * 365 * 3, False)):
        world = world_with_ann()
        link = reset_link(world)
        world.tick(minutes=minutes)
        outcome = world.accounts.reset_password(link, NEW_PASSWORD, ANSWER)
        assert works == isinstance(outcome, PasswordReset)


@pytest.mark.attack("TOK-08", "TOK-09")
def test_a_link_dies_with_a_changed_password_or_address() -> None:
    """What changes a credential ends every link that was out (ASVS 5.0, 6.4.1)."""
    world = world_with_ann()
    session = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    by_password = reset_link(world)
    session = signed_in(world.accounts.change_password(session.session_token, PASSWORD, NEW_PASSWORD))
    by_address = reset_link(world)
    world.accounts.change_email(session.session_token, "new@mail.example.org")
    world.accounts.confirm_email(newest_link(world, "new@mail.example.org"))

    for dead in (by_password, by_address):
        opened = world.accounts.open_reset(dead)
        assert isinstance(opened, Refused)
        assert (Code.LINK_INVALID,) == opened.codes
        outcome = world.accounts.reset_password(dead, "another one of these", ANSWER)
        assert isinstance(outcome, Refused)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD), SignedIn)


@pytest.mark.attack("TOK-10", "TOK-11")
def test_no_number_of_registrations_leaves_two_live_links() -> None:
    """Each registration with a mailbox mails a link for older accounts of it; the newest is the only good
    one, and few are kept of what is dead."""
    world = World()
    world.accounts.register(PUBLIC, public_form("ann"))
    one = the_account(world)
    earlier = [
        tokens.issue(world.services, one, Purpose.RESET_PASSWORD, now=world.now(), ttl=timedelta(hours=1))
        for _ in range(130)
    ]
    world.store.commit(*(Add(token) for token in earlier))

    for n in range(3):
        world.tick(seconds=1)
        world.accounts.register(PUBLIC, public_form(f"other{n}", email="ann@mail.example.org"))
        world.tick(seconds=1)
        last = reset_link(world)

    mailed = {link for mail in world.mails_to("ann@mail.example.org") for link in links_in(mail)}
    forms = {link: world.accounts.open_reset(link) for link in mailed}
    assert [last] == [
        link for link, form in forms.items() if isinstance(form, ResetForm) and form.username == "ann"
    ]
    kept = world.store.select(OneTimeToken, Is("account_id", one.id), limit=1000)
    assert 130 == len([token for token in kept if token.purpose is Purpose.RESET_PASSWORD])


@pytest.mark.attack("TOK-10")
def test_only_the_newest_link_lives() -> None:
    """A second request voids the first link at once, also where both were asked for at the same moment."""
    world = world_with_ann()
    first = reset_link(world)
    second = reset_link(world)

    assert isinstance(world.accounts.reset_password(first, NEW_PASSWORD, ANSWER), Refused)
    assert isinstance(world.accounts.reset_password(second, NEW_PASSWORD, ANSWER), PasswordReset)


@pytest.mark.attack("TOK-11")
def test_a_flood_of_requests_neither_floods_the_mailbox_nor_kills_the_link() -> None:
    """Three mails an hour and ten a day; over the limit nothing is sent and the newest link stays good."""
    world = world_with_ann()
    world.deliver()
    mails = []
    for _ in range(50):
        assert CheckYourEmail() == world.accounts.request_password_reset("ann", visitor=AT_HOME)
        mails += world.deliver()
        world.tick(seconds=1)

    assert 3 == len(mails)
    assert isinstance(
        world.accounts.reset_password(links_in(mails[-1])[0], NEW_PASSWORD, ANSWER), PasswordReset
    )


def test_at_most_ten_mails_a_day() -> None:
    """However it was asked for, the mailbox has one count."""
    world = world_with_ann()
    world.deliver()
    sent = 0
    for hour in range(23):
        for asked in ("ann", "ann@mail.example.org", "ANN"):
            world.accounts.request_password_reset(asked)
            sent += len(world.deliver())
        world.tick(minutes=61 if hour < 22 else 0)
    assert 10 == sent


@pytest.mark.attack("TOK-12")
def test_another_spelling_of_a_spent_link_is_as_dead() -> None:
    """What is looked up is the id inside, never the text: no spelling of a spent link works."""
    world = world_with_ann()
    link = reset_link(world)
    world.accounts.reset_password(link, NEW_PASSWORD, ANSWER)

    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        for spelling in (link[:-1] + last, link + "=", link.replace("-", "+"), link.replace("_", "/")):
            assert isinstance(world.accounts.open_reset(spelling), Refused)


@pytest.mark.attack("TOK-14", "TOK-15", "TOK-16", "API-04")
@pytest.mark.parametrize(
    "token",
    [
        "", " ", "null", "None", "undefined", None, 0, 0.0, False, True, [], {}, ["a"], {"$ne": None},
        float("inf"), b"bytes", "." * 1_000_000, "a.b.c", "\x00", "\ud800", "é" * 50, "../../etc/passwd",
        "1" * 1_000_000,
    ],
    ids=lambda token: repr(token)[:20],
)  # fmt: skip
def test_no_token_opens_nothing(token: object) -> None:
    """Empty, foreign and oversized tokens die before any look-up, with the answer of a dead link."""
    world = world_with_ann()
    accounts = world.accounts
    bad: str = token

    opened = accounts.open_reset(bad)
    assert isinstance(opened, Refused)
    assert (Code.LINK_INVALID,) == opened.codes
    assert (Code.LINK_INVALID,) == accounts.reset_password(bad, NEW_PASSWORD, ANSWER).codes
    assert (Code.LINK_INVALID,) == accounts.confirm_email(bad).codes
    assert (Code.LINK_INVALID,) == accounts.cancel_email_change(bad).codes
    assert (Code.SETUP_EXPIRED,) == accounts.open_setup(bad).codes
    assert (Code.SETUP_EXPIRED,) == accounts.finish_setup(bad, {}).codes
    assert accounts.session(bad) is None


@pytest.mark.attack("TOK-17")
def test_a_link_with_any_byte_changed_is_dead() -> None:
    """Flipped, cut, doubled, or with another account's id under its signature."""
    world = world_with_ann()
    register_and_confirm(world, "bob")
    anns, bobs = reset_link(world), reset_link(world, "bob", "bob@mail.example.org")
    (id_a, signature_a), (id_b, _) = anns.split("."), bobs.split(".")

    flipped = [anns[:n] + ("A" if anns[n] != "A" else "B") + anns[n + 1 :] for n in range(len(id_a))]
    for forged in (*flipped, id_a, id_a + ".", anns[:-1], anns + anns, f"{id_b}.{signature_a}"):
        assert isinstance(world.accounts.open_reset(forged), Refused)
    assert isinstance(world.accounts.open_reset(anns), ResetForm)


@pytest.mark.attack("THR-14", "SESS-13")
def test_a_link_of_a_disabled_or_closed_account_is_dead_for_good() -> None:
    """Disabling and closing end links and sessions; enabling and reopening do not revive them."""
    world = world_with_ann()
    session = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True))
    link = reset_link(world)
    world.desk().disable("ann", "public", reason="reported stolen")
    assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD, ANSWER), Refused)
    world.accounts.request_password_reset("ann")
    world.desk().enable("ann", "public", reason="cleared up")

    assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD, ANSWER), Refused)
    assert world.accounts.session(session.session_token) is None
    assert not [m for m in world.deliver() if "/reset-password" in m.text]


@pytest.mark.attack("TOK-27")
def test_a_refused_password_does_not_burn_the_link() -> None:
    """A person mends the form and goes on with the same link."""
    world = world_with_ann()
    link = reset_link(world)

    first = world.accounts.reset_password(link, "short", ANSWER)
    second = world.accounts.reset_password(link, NEW_PASSWORD, ANSWER)

    assert (Code.PASSWORD_SHORT,) == first.codes
    assert isinstance(second, PasswordReset)


@pytest.mark.attack("MAIL-06", "VER-09")
def test_scanners_may_open_a_link_as_often_as_they_like() -> None:
    """Mail systems open links before people do: looking writes nothing and spends nothing."""
    world = world_with_ann()
    link = reset_link(world)
    world.add_to_roster("1012345", email="office@contractor.example.org")
    setup = reset_link(world, "1012345", "office@contractor.example.org")
    before = [world.store.select(kind, Every(), limit=100) for kind in (OneTimeToken, AuditEvent, Account)]

    for _ in range(10):
        assert isinstance(world.accounts.open_reset(link), ResetForm)
        assert isinstance(world.accounts.open_setup(setup), SetupForm)

    after = [world.store.select(kind, Every(), limit=100) for kind in (OneTimeToken, AuditEvent, Account)]
    assert before == after
    assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD, ANSWER), PasswordReset)


def test_a_reset_link_never_serves_an_account_in_set_up() -> None:
    """Staff issued a temporary password meanwhile: only set-up, with all its duties, leads on from there."""
    world = World()
    world.accounts.register(CONTRACTOR, contractor_form("1154002"))
    world.desk().approve("1154002", "1154002", reason="license seen")
    confirm = newest_link(world, "office1154002@contractor.example.org")
    world.accounts.confirm_email(confirm, password=PASSWORD)
    session = signed_in(world.accounts.sign_in(CONTRACTOR, "1154002", PASSWORD))
    world.accounts.change_email(session.session_token, "new@contractor.example.org")
    world.accounts.confirm_email(newest_link(world, "new@contractor.example.org"))
    cancel = newest_link(world, "office1154002@contractor.example.org", "/cancel-email-change")
    world.desk().issue_temporary_password(
        "1154002", reason="lost the mailbox", checked_how="documents seen", second_reason="mailbox lost"
    )

    outcome = world.accounts.cancel_email_change(cancel)

    assert (Code.LINK_INVALID,) == outcome.codes
    assert "setup" == the_account(world, "1154002").standing


def belongings(world: World, account_id: str) -> list[object]:
    """An account and what is open for it."""
    kinds = (Session, OneTimeToken)
    mine = [one for kind in kinds for one in world.store.select(kind, Is("account_id", account_id), limit=99)]
    return [*world.store.select(Account, Is("id", account_id), limit=1), *mine]


@pytest.mark.attack("TOK-28")
def test_a_link_opened_in_somebody_elses_browser_touches_only_its_own_account() -> None:
    """Bob's browser opens each of Ann's links: his session proves nothing of her, and stays his alone."""
    world = World()
    bob = register_and_confirm(world, "bob", password="seven copper lanterns glow")
    ann = signed_in(world.accounts.register(PUBLIC, public_form("ann")))
    before = belongings(world, bob.account.id)
    his = {"session_token": bob.session_token}
    link = newest_link(world, "ann@mail.example.org", "/confirm-email")

    with_his_session = world.accounts.confirm_email(link, **his)
    with_his_password = world.accounts.confirm_email(link, password="seven copper lanterns glow", **his)
    assert isinstance(with_his_session, Refused)
    assert isinstance(with_his_password, Refused)
    assert (Code.PASSWORD_AGAIN,) == with_his_session.codes
    assert (Code.WRONG_CREDENTIALS,) == with_his_password.codes
    assert the_account(world, "ann").email_confirmed_at is None

    confirmed = world.accounts.confirm_email(link, password=PASSWORD, **his)
    world.accounts.change_email(ann.session_token, "new@mail.example.org")
    changed = world.accounts.confirm_email(newest_link(world, "new@mail.example.org"), **his)
    for outcome in (confirmed, changed):
        assert isinstance(outcome, EmailConfirmed)
        assert ("ann", None) == (outcome.account.username, outcome.signed_in)
    reset = world.accounts.reset_password(
        reset_link(world, "ann", "new@mail.example.org"), NEW_PASSWORD, ANSWER
    )
    assert isinstance(reset, PasswordReset)
    assert "ann" == reset.account.username

    assert before == belongings(world, bob.account.id)
    assert "bob" == world.accounts.session(bob.session_token).account.username


@pytest.mark.attack("SESS-01", "SESS-03", "TMP-10")
def test_a_reset_ends_everything_and_opens_nothing() -> None:
    """All sessions, remembered ones too, all links and trusted devices; the browser is known anew."""
    world = world_with_ann()
    visit = AT_HOME
    one = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD, remember=True, visitor=visit))
    two = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))
    link = reset_link(world)
    world.tick(seconds=1)

    done = world.accounts.reset_password(link, NEW_PASSWORD, ANSWER)

    assert isinstance(done, PasswordReset)
    assert not hasattr(done, "session_token")
    assert world.accounts.session(one.session_token) is None
    assert world.accounts.session(two.session_token) is None
    assert done.account.devices_trusted_since == world.now()
    assert any("password was reset" in m.subject for m in world.deliver())


@pytest.mark.attack("LIC-10", "UNI-02")
def test_the_link_goes_to_the_stored_address_only() -> None:
    """The address typed is compared and then forgotten: the recipient is the stored one, byte for byte."""
    world = World()
    register_and_confirm(world, "ann", email="Ann.Sample@mail.example.org")
    world.deliver()

    for asked in ("ANN.SAMPLE@MAIL.EXAMPLE.ORG", "ann.sample@mail.example.org"):
        world.accounts.request_password_reset(asked)
        assert ["Ann.Sample@mail.example.org"] == [m.recipient for m in world.deliver()]
    for asked in ("ann.sample@mail.example.org,evil@mail.example.org", "Ann <ann.sample@mail.example.org>"):
        world.accounts.request_password_reset(asked)
        assert [] == world.deliver()


# ------------------------------------------------------------------------------------- the security question


@pytest.mark.attack("SQ-02", "SQ-03")
def test_the_answer_is_compared_as_people_mean_it_and_never_empty() -> None:
    """Case, spaces and the last dot do not count; nothing passes for an answer."""
    world = world_with_ann()
    link = reset_link(world)

    for wrong in ("", " ", "\u200b", "\u3164", "-", ".", "the brass band"):
        outcome = world.accounts.reset_password(link, NEW_PASSWORD, wrong)
        assert isinstance(outcome, Refused)
        assert (Code.ANSWER_WRONG,) == outcome.codes
        world.tick(minutes=1)
    for not_text in (None, [], 0):
        outcome = world.accounts.reset_password(link, NEW_PASSWORD, not_text)
        assert (Code.NOT_TEXT,) == outcome.codes
    right = world.accounts.reset_password(link, NEW_PASSWORD, "  THE   Marching BAND. ")
    assert isinstance(right, PasswordReset)


@pytest.mark.attack("SQ-09")
@pytest.mark.parametrize("dead", ["made up", "of another seal", "spent", "expired"])
def test_a_dead_link_tells_nothing_of_the_answer(dead: str) -> None:
    """The link is looked at first: no answer is hashed behind a dead one, and right and wrong look alike."""
    world = world_with_ann()
    link = reset_link(world)
    if dead == "made up":
        link = "no.link"
    elif dead == "of another seal":
        link = link[:-5] + ("AAAAA" if link[-5:] != "AAAAA" else "BBBBB")
    elif dead == "spent":
        assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD, ANSWER), PasswordReset)
    else:
        world.tick(hours=25)
    before = list(world.hasher.calls)

    right, wrong = (
        world.accounts.reset_password(link, "other words for a door", answer)
        for answer in (ANSWER, "the brass band")
    )

    assert isinstance(right, Refused)
    assert (Code.LINK_INVALID,) == right.codes
    assert right == wrong
    assert before == world.hasher.calls


@pytest.mark.attack("SQ-09")
@pytest.mark.parametrize(("answer", "hashed"), [(ANSWER, ["verify", "hash"]), ("the brass band", ["verify"])])
def test_behind_a_good_link_the_answer_is_hashed_once(answer: str, hashed: list[str]) -> None:
    """And the new password only once the answer was right."""
    world = world_with_ann()
    link = reset_link(world)
    before = len(world.hasher.calls)

    world.accounts.reset_password(link, NEW_PASSWORD, answer)

    assert hashed == [what for what, _, _ in world.hasher.calls[before:]]


def test_wrong_answers_are_counted_per_account_across_links() -> None:
    """The eleventh of a day is not checked, with a fresh link neither; sign-in stays open."""
    world = world_with_ann()
    link = reset_link(world)
    codes = []
    for n in range(11):
        outcome = world.accounts.reset_password(link, NEW_PASSWORD, "wrong" if n < 10 else ANSWER)
        codes += outcome.codes
        world.tick(minutes=2)
    world.tick(minutes=61)
    fresh = reset_link(world)

    assert 10 == codes.count(Code.ANSWER_WRONG)
    assert Code.ANSWER_TRIES in (*codes, *world.accounts.reset_password(fresh, NEW_PASSWORD, ANSWER).codes)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)
    world.tick(hours=24)
    later = reset_link(world)
    assert isinstance(world.accounts.reset_password(later, NEW_PASSWORD, ANSWER), PasswordReset)


def test_the_new_password_must_not_be_the_answer() -> None:
    """Compared with the answer just given, as answers are compared (OWASP-SQ-6)."""
    world = World()
    register_and_confirm(world, "ann", answer="an answer long enough to be one")
    link = reset_link(world)

    outcome = world.accounts.reset_password(
        link, "An answer long enough to be one", "an answer long enough to be one"
    )

    assert (Code.PASSWORD_PERSONAL,) == outcome.codes


@pytest.mark.attack("SQ-01", "SQ-09")
@pytest.mark.parametrize("tries", ["left", "used up"])
def test_a_new_password_guesses_no_answer(tries: str) -> None:
    """Whatever is tried as the new password, the stored answer is compared with the answer alone."""
    secret = "an answer long enough to be one"
    world = World()
    register_and_confirm(world, "ann", answer=secret)
    if tries == "used up":
        early = reset_link(world)
        for n in range(10):
            world.accounts.reset_password(early, NEW_PASSWORD, f"no {n}")
        world.tick(hours=1, minutes=1)
    link = reset_link(world)
    before = len(world.hasher.calls)

    told = [world.accounts.reset_password(link, guess, "no").codes for guess in (secret, NEW_PASSWORD)]

    wrong = Code.ANSWER_WRONG if tries == "left" else Code.ANSWER_TRIES
    assert [(wrong,)] * 2 == told
    assert (2 if tries == "left" else 0) == len(world.hasher.calls) - before


# ----------------------------------------------------------------------------------------- usernames by mail


def test_usernames_are_mailed_to_the_mailbox_and_nowhere_else() -> None:
    """One mail lists the names of a mailbox's accounts; an unknown mailbox gets the same answer."""
    world = world_with_ann()
    world.accounts.register(PUBLIC, public_form("ann-2", email="ann@mail.example.org"))
    world.deliver()

    known = world.accounts.remind_usernames("ANN@mail.example.org", visitor=AT_HOME)
    unknown = world.accounts.remind_usernames("nobody@mail.example.org", visitor=AT_HOME)
    odd = world.accounts.remind_usernames("no address at all", visitor=AT_HOME)
    (mail,) = world.deliver()

    assert known == unknown == odd == CheckYourEmail()
    assert "ann (" in mail.text
    assert "ann-2 (" in mail.text
    assert (Code.NOT_TEXT,) == world.accounts.remind_usernames(None).codes


def test_three_reminders_an_hour() -> None:
    """Over the limit the answer is the same; the mail is just not sent (OWASP-FP-3)."""
    world = world_with_ann()
    world.deliver()

    answers = [world.accounts.remind_usernames("ann@mail.example.org") for _ in range(5)]

    assert [CheckYourEmail()] * 5 == answers
    assert 3 == len(world.deliver())


def test_what_was_asked_by_is_kept_as_an_hmac_only() -> None:
    """People type passwords into the wrong field: no event holds what was typed."""
    world = World()

    world.accounts.request_password_reset("my secret password 42")

    (event,) = events(world, EventName.RESET_REQUESTED)
    assert Reason.UNKNOWN_NAME is event.cause
    assert "my secret" not in repr(event)
    assert () == world.store.select(OutboxEmail, Every(), limit=1)
