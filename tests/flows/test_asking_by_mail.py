"""Asking for a link or a reminder: one answer for everybody, the same work, and mail for those it is for."""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs
import pytest

from flows.people import (
    NUMBER,
    Counting,
    account,
    ann,
    at,
    claimant,
    confirmed,
    events,
    guess,
    invited,
    kinds,
    letters,
    new_events,
    rewrite,
    templates,
    work,
)
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    CheckYourEmail,
    Code,
    EmailConfirmed,
    EventName,
    PasswordReset,
    Reason,
    Refused,
    ResetForm,
    SignedIn,
    TemporaryPasswordIssued,
)
from permit_accounts.model.records import Account
from permit_accounts.ports import Every, Replace
from permit_accounts.testing.world import PASSWORD, World, city_policy, contractor_form, public_form
from permit_accounts.tools import lookups
from story import ANSWER, AT_HOME, NEW_PASSWORD, newest_link, signed_in

Asked = tuple[str, str | None, list[str]]


def _unknown_address(world: World) -> Asked:
    return "nobody@mail.example.org", None, []


def _known_address(world: World) -> Asked:
    confirmed(world)
    return "ann@mail.example.org", None, ["reset-link"]


def _unconfirmed(world: World) -> Asked:
    ann(world)
    return "ann@mail.example.org", None, ["reset-link"]


def _known_name(world: World) -> Asked:
    confirmed(world)
    return "ann", "public", ["reset-link"]


def _unknown_name(world: World) -> Asked:
    return "nobody", "public", []


def _name_of_no_type(world: World) -> Asked:
    confirmed(world)
    return "ann", "architect", []


def _address_of_no_type(world: World) -> Asked:
    confirmed(world)
    return "ann@mail.example.org", "architect", ["reset-link"]


def _disabled(world: World) -> Asked:
    confirmed(world)
    world.desk().disable("ann", reason="reported stolen")
    return "ann", None, []


def _shut_to_strangers(world: World) -> Asked:
    confirmed(world)
    rewrite(world, untrusted_closed_at=world.now())
    return "ann", None, ["reset-link"]


def _waiting(world: World) -> Asked:
    confirmed(world)
    guess(world, "ann", 12)
    return "ann", None, ["reset-link"]


def _without_address(world: World) -> Asked:
    invited(world, email=None)
    return NUMBER, "contractor", []


def _unknown_license(world: World) -> Asked:
    return "1099999", "contractor", []


def _on_roster_only(world: World) -> Asked:
    world.add_to_roster(NUMBER)
    return NUMBER, "contractor", ["setup-link"]


def _in_setup(world: World) -> Asked:
    invited(world, email="office@contractor.example.org")
    return f"CSLB {NUMBER}", None, ["setup-link"]


def _closed(world: World) -> Asked:
    world.accounts.close_account(ann(world).session_token, PASSWORD)
    return "ann@mail.example.org", None, []


STATES = [
    _unknown_address,
    _known_address,
    _unconfirmed,
    _known_name,
    _unknown_name,
    _name_of_no_type,
    _address_of_no_type,
    _disabled,
    _shut_to_strangers,
    _waiting,
    _without_address,
    _unknown_license,
    _on_roster_only,
    _in_setup,
    _closed,
]


@pytest.mark.attack("ENUM-05", "ENUM-07")
@pytest.mark.parametrize("state", STATES)
def test_forgot_password_has_one_answer(state: Callable[[World], Asked]) -> None:
    """Whoever asks for whom: the same value, no hash, one commit for it; only the outbox differs."""
    counting = Counting()
    world = World(store=counting)  # type: ignore[arg-type]
    asked, kind, expected = state(world)
    world.deliver()
    before = len(counting.commits)

    spent = work(
        world,
        lambda: (
            CheckYourEmail() == world.accounts.request_password_reset(asked, kind, visitor=AT_HOME)
            or pytest.fail("not the one answer")
        ),
    )

    assert [] == spent
    assert 3 == len(counting.commits) - before  # the address asks, the mailbox is asked for, the flow
    assert expected == templates(world)
    told = EventName.SETUP_LINK_SENT if expected == ["setup-link"] else EventName.RESET_REQUESTED
    assert 1 == len(events(world, told))


def _closed_name(world: World) -> Asked:
    _closed(world)
    return "ann", None, []


def _mailbox_as_closed_name(world: World) -> Asked:
    address = "ann@mail.example.org"
    made = signed_in(world.accounts.register(PUBLIC, public_form(address, email=address)))
    world.accounts.close_account(made.session_token, PASSWORD)
    return address, None, []


def _on_roster_without_address(world: World) -> Asked:
    world.add_to_roster(NUMBER, email=None)
    return NUMBER, "contractor", []


def _facts_without_roster(world: World) -> Asked:
    record = world.add_to_roster(NUMBER)
    world.store.commit(Replace(record, attrs.evolve(record, on_roster_since=None)))
    return NUMBER, "contractor", []


RESET, SETUP = EventName.RESET_REQUESTED, EventName.SETUP_LINK_SENT


@pytest.mark.attack("LOG-06")
@pytest.mark.parametrize(
    ("state", "name", "cause", "whose"),
    [
        (_unknown_address, RESET, Reason.NO_ADDRESS, None),
        (_known_address, RESET, None, None),
        (_closed, RESET, Reason.NO_ADDRESS, None),
        (_known_name, RESET, None, "ann"),
        (_unknown_name, RESET, Reason.UNKNOWN_NAME, None),
        (_disabled, RESET, Reason.DISABLED, "ann"),
        (_closed_name, RESET, Reason.CLOSED, "ann"),
        (_mailbox_as_closed_name, RESET, Reason.CLOSED, "ann@mail.example.org"),
        (_without_address, RESET, Reason.NO_ADDRESS, NUMBER),
        (_unknown_license, RESET, Reason.UNKNOWN_NAME, None),
        (_facts_without_roster, RESET, Reason.UNKNOWN_NAME, None),
        (_on_roster_without_address, RESET, Reason.ON_ROSTER, None),
        (_on_roster_only, SETUP, None, NUMBER),
        (_in_setup, SETUP, None, NUMBER),
    ],
)
def test_the_log_tells_what_came_of_asking(
    state: Callable[[World], Asked], name: EventName, cause: Reason | None, whose: str | None
) -> None:
    """Whose name it was and why no mail was sent; whoever is asked for by mailbox is not named."""
    world = World()
    asked, kind, _ = state(world)

    _, (event,) = new_events(world, world.accounts.request_password_reset, asked, kind, visitor=AT_HOME)

    assert (name, cause) == (event.name, event.cause)
    found = lookups.account(world.services, event.account_id) if event.account_id else None
    assert whose == (found.username if found is not None else None)


@pytest.mark.attack("LOG-06")
def test_a_mail_that_was_not_needed_is_not_called_sent() -> None:
    """The mailbox is confirmed, or the city mails no set-up links: asked for, and nothing sent."""
    world = World(city_policy(setup_by_mail=False))
    confirmed(world)
    invited(world, email="office@contractor.example.org")

    _, (confirmation,) = new_events(world, world.accounts.resend_confirmation, "ann")
    _, (setup,) = new_events(world, world.accounts.request_password_reset, NUMBER)

    assert [Reason.NOTHING_TO_SEND] * 2 == [confirmation.cause, setup.cause]
    assert (EventName.CONFIRMATION_REQUESTED, RESET) == (confirmation.name, setup.name)
    owners = [account(world).id, account(world, f"license:us-ca-cslb:{NUMBER}").id]
    assert owners == [confirmation.account_id, setup.account_id]


@pytest.mark.attack("LOG-06")
def test_asking_over_the_limit_fills_nobodys_history() -> None:
    """Anybody can ask as often as they like: beyond the limit it is in no account's history."""
    world = World()
    ann(world)
    asked = [new_events(world, world.accounts.request_password_reset, "ann")[1][0] for _ in range(5)]
    closed = World()
    closed.accounts.close_account(ann(closed).session_token, PASSWORD)
    of_closed = [new_events(closed, closed.accounts.request_password_reset, "ann")[1][0] for _ in range(5)]

    owned = [event.account_id is not None for event in asked]
    assert [True] * 3 + [False] * 2 == owned == [event.account_id is not None for event in of_closed]
    assert [Reason.CLOSED] * 3 + [Reason.OVER_LIMIT] * 2 == [event.cause for event in of_closed]


@pytest.mark.attack("ENUM-05", "ENUM-07")
@pytest.mark.parametrize("address", ["ann@mail.example.org", "nobody@mail.example.org", "no address"])
def test_a_reminder_of_usernames_has_one_answer(address: str) -> None:
    """The names go to the mailbox, never to the page."""
    world = World()
    confirmed(world)
    world.deliver()

    assert CheckYourEmail() == world.accounts.remind_usernames(address, visitor=AT_HOME)

    known = address == "ann@mail.example.org"
    assert (["username-reminder"] if known else []) == templates(world)


@pytest.mark.attack("ENUM-11")
@pytest.mark.parametrize("name", ["ann", "nobody"])
def test_over_the_limit_the_answer_stays_the_same(name: str) -> None:
    """Three an hour for a mailbox or a name of nobody; the fourth is answered alike and sends nothing."""
    world = World()
    confirmed(world)
    world.deliver()
    for n in range(5):
        source = at(f"203.0.113.{n}")
        assert CheckYourEmail() == world.accounts.request_password_reset(name, PUBLIC, visitor=source)
        assert CheckYourEmail() == world.accounts.resend_confirmation(name, PUBLIC, visitor=source)

    assert (3 if name == "ann" else 0) == len(letters(world))
    for asked in (EventName.RESET_REQUESTED, EventName.CONFIRMATION_REQUESTED):
        assert 2 == [event.cause for event in events(world, asked)].count(Reason.OVER_LIMIT)


@pytest.mark.attack("ENUM-13")
def test_a_confirmation_is_sent_again_to_the_unconfirmed_alone() -> None:
    """Unknown, confirmed or not: one answer; nobody who has confirmed gets mail because somebody asked."""
    world = World()
    confirmed(world)
    world.accounts.register(PUBLIC, public_form("bob"))
    world.deliver()

    for name in ("nobody", "ann", "nobody@mail.example.org", "ann@mail.example.org"):
        assert CheckYourEmail() == world.accounts.resend_confirmation(name)
        assert [] == letters(world)
    for name in ("bob", "bob@mail.example.org"):
        assert CheckYourEmail() == world.accounts.resend_confirmation(name)
    assert ["bob@mail.example.org"] * 2 == [letter.recipient for letter in letters(world)]
    assert 6 == len(events(world, EventName.CONFIRMATION_REQUESTED))


@pytest.mark.attack("ENUM-15")
def test_walking_through_license_numbers_tells_nothing() -> None:
    """No roster, on the roster, in set-up, active: one answer at sign-in and forgot-password for each."""
    world = World()
    world.add_to_roster("1000002", email="two@contractor.example.org")
    invited(world, "1000003", email=None)
    claimant(world, "1000004")
    numbers = [str(1_000_000 + n) for n in range(8)]

    entered = [guess(world, number, 1, kind=CONTRACTOR)[0] for number in numbers]
    asked = [world.accounts.request_password_reset(number, CONTRACTOR) for number in numbers]

    assert 1 == len({repr(answer) for answer in entered})
    assert {"CheckYourEmail": 8} == kinds(asked)


@pytest.mark.attack("ENUM-15")
def test_walking_through_license_numbers_is_slowed_at_its_source() -> None:
    """Ten names that fail make the address wait; twenty requests are mailed for, thirty forms read."""
    world = World()
    walker = at("203.0.113.9")
    for n in range(40):
        world.add_to_roster(str(1_000_000 + n), email=f"c{n}@contractor.example.org")
    numbers = [str(1_000_000 + n) for n in range(40)]

    entered = [guess(world, number, 1, kind=CONTRACTOR, visitor=walker)[0] for number in numbers]
    asked = [world.accounts.request_password_reset(number, CONTRACTOR, visitor=walker) for number in numbers]
    forms = [contractor_form(number) for number in numbers]
    tried = [world.accounts.register(CONTRACTOR, form, visitor=walker) for form in forms]

    assert {"wrong-credentials": 10, "wait": 30} == kinds(entered)
    assert {"CheckYourEmail": 40} == kinds(asked)
    assert 20 == templates(world).count("setup-link")
    assert {"license-call-staff": 30, "limit": 10} == kinds(tried)


@pytest.mark.attack("ENUM-15", "ENUM-08")
def test_call_staff_is_said_alike_for_every_number_that_is_not_free() -> None:
    """On the roster, in set-up, active, retired, disabled: whoever registers it hears the same."""
    world = World()
    world.add_to_roster("1000001")
    invited(world, "1000002", email=None)
    claimant(world, "1000003")
    made = claimant(world, "1000004")
    world.accounts.close_account(made.session_token, PASSWORD)
    claimant(world, "1000005")
    world.desk().disable("1000005", reason="reported stolen")

    answers = [
        world.accounts.register(CONTRACTOR, contractor_form(f"100000{n}", email="walker@mail.example.org"))
        for n in range(1, 6)
    ]

    assert 1 == len({repr(answer) for answer in answers})
    assert {"license-call-staff": 5} == kinds(answers)
    assert 5 == len(world.store.select(Account, Every(), limit=100)) + 1  # the first has none


@pytest.mark.parametrize("odd", [5, None, ["ann"]])
def test_what_is_no_text_is_refused(odd: object) -> None:
    """Each door that takes a name or an address says so."""
    doors = World().accounts

    for door, field in (
        (doors.request_password_reset, "identifier"),
        (doors.resend_confirmation, "identifier"),
        (doors.remind_usernames, "email"),
    ):
        outcome = door(odd)  # type: ignore[operator]
        assert isinstance(outcome, Refused)
        assert [(Code.NOT_TEXT, field)] == [(problem.code, problem.field) for problem in outcome.problems]


@pytest.mark.attack("ENUM-11", "THR-08")
def test_guessing_at_the_sign_in_does_not_close_the_mailbox() -> None:
    """While a name waits its owner's link is mailed and opened all the same."""
    world = World()
    confirmed(world)
    guess(world, "ann", 30)
    world.deliver()

    world.accounts.request_password_reset("ann", visitor=AT_HOME)
    opened = world.accounts.open_reset(newest_link(world, "ann@mail.example.org"))

    assert not isinstance(opened, Refused)
    again = world.accounts.sign_in(PUBLIC, "ann", PASSWORD, visitor=at("192.0.2.3", opened.device_token))
    assert isinstance(again, SignedIn)


def test_staff_can_still_issue_for_whoever_was_walked_over() -> None:
    """A set-up mail that a stranger asked for made the account; the desk's first password still goes out."""
    world = World()
    world.add_to_roster(NUMBER)
    world.accounts.request_password_reset(NUMBER, CONTRACTOR, visitor=at("203.0.113.9"))

    issued = world.desk().issue_temporary_password(NUMBER, reason="first sign-in", checked_how="called back")

    assert isinstance(issued, TemporaryPasswordIssued)


@pytest.mark.parametrize("spelled", ["ann@mail.example.org", "ANN@mail.example.org"])
@pytest.mark.parametrize("squatters", [1, 12])
def test_whoever_registers_first_takes_no_mail_from_the_owner(squatters: int, spelled: str) -> None:
    """The accounts that confirmed the mailbox come first, whatever was registered with it before."""
    world = World()
    for n in range(squatters):
        world.accounts.register(PUBLIC, public_form(f"squatter{n}", email=spelled))
        world.tick(minutes=21)
    confirmed(world)
    world.deliver()
    world.tick(minutes=61)

    world.accounts.request_password_reset("ann@mail.example.org")
    world.accounts.remind_usernames("ann@mail.example.org")

    reset, reminder = world.mails_to("ann@mail.example.org")[-2:]
    assert "ann (" in reset.text
    assert "ann (" in reminder.text


def _sharing(world: World, *addresses: str) -> None:
    """Public accounts, each registered with its address a while after the one before."""
    for n, address in enumerate(addresses):
        world.accounts.register(PUBLIC, public_form(f"sharer{n}", email=address))
        world.tick(minutes=21)
    world.deliver()
    world.tick(minutes=61)


@pytest.mark.parametrize("asked", ["request_password_reset", "remind_usernames", "resend_confirmation"])
def test_one_mailbox_gets_one_mail_however_it_is_spelled(asked: str) -> None:
    """Somebody who registers Ann@, aNn@ and ANN@ makes no three mails of one request."""
    world = World()
    _sharing(world, "ann@mail.example.org", "Ann@mail.example.org", "ANN@mail.example.org")

    getattr(world.accounts, asked)("aNn@mail.example.org")

    assert ["ann@mail.example.org"] == [letter.recipient for letter in letters(world)]


def test_a_mail_that_cannot_list_every_account_says_what_to_do() -> None:
    """Ten are listed; whoever misses theirs asks by name, or calls where the name is what they forgot."""
    world = World()
    _sharing(world, *["ann@mail.example.org"] * 12)

    world.accounts.request_password_reset("ann@mail.example.org")
    world.accounts.remind_usernames("ann@mail.example.org")
    reset, reminder = sorted(world.deliver(), key=lambda mail: mail.subject)

    assert [10, 10] == [mail.text.count("sharer") for mail in (reset, reminder)]
    assert "If an account of yours is not listed, ask for it by its username or license number." in reset.text
    assert f"if one of yours is missing, call {world.policy.support_phone}." in reminder.text


def test_a_confirmation_sent_again_reaches_every_account_that_waits_for_it() -> None:
    """Who registered first with a mailbox would else never get another link by asking with the address."""
    world = World()
    _sharing(world, *["ann@mail.example.org"] * 3)
    world.accounts.resend_confirmation("ann@mail.example.org")
    (mail,) = world.deliver()
    newest, *others = re.findall(r"token=(\S+)", mail.text)

    done = world.accounts.confirm_email(newest, password=PASSWORD)
    assert isinstance(done, EmailConfirmed)
    assert "sharer2" == done.account.username
    for n, link in enumerate(others):
        answer = ANSWER if isinstance(world.accounts.open_reset(link), ResetForm) else ""
        assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD, answer), PasswordReset)
        assert account(world, f"public:sharer{n}").email_confirmed_at is not None
    assert 2 == len(others)


def test_a_confirmation_sent_again_is_bounded() -> None:
    """The newest and five more in one mail and one commit, whatever was registered with that mailbox."""
    world = World()
    _sharing(world, *["ann@mail.example.org"] * 9)
    for _ in range(2):
        world.accounts.resend_confirmation("ann@mail.example.org")

    mails = world.deliver()

    assert 6 == len(re.findall(r"token=(\S+)", mails[-1].text))
