"""A first confirmation proves the mailbox, and hands no account to whoever typed somebody else's address."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from flows.people import account, ann, at, events, letters, new_events, rewrite
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    CheckYourEmail,
    Code,
    ConfirmYourEmail,
    EmailConfirmed,
    EventName,
    PasswordReset,
    Reason,
    Refused,
    SetupRequired,
    SignedIn,
)
from permit_accounts.model.records import ASKED_BY, AuditEvent
from permit_accounts.ports import Every
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    contractor_form,
    links_in,
    public_form,
    strict_policy,
)
from story import NEW_PASSWORD, newest_link, signed_in

ANN = "ann@mail.example.org"


def link_to(world: World, address: str = ANN) -> str:
    return newest_link(world, address, "/confirm-email")


def kept(world: World) -> list[object]:
    """Everything in the store but events."""
    kinds = [kind for kind in ASKED_BY if kind is not AuditEvent]
    return [record for kind in kinds for record in world.store.select(kind, Every(), limit=1000)]


# -------------------------------------------------------------------------------------------- who may confirm


def _session(world: World, held: SignedIn, link: str) -> object:
    return world.accounts.confirm_email(link, session_token=held.session_token)


def _password(world: World, held: SignedIn, link: str) -> object:
    return world.accounts.confirm_email(link, password=PASSWORD)


@pytest.mark.parametrize("proof", [_session, _password])
def test_who_registered_confirms_and_everything_goes_on(
    proof: Callable[[World, SignedIn, str], object],
) -> None:
    """A live session of the account, or its password: nothing that is open ends."""
    world = World()
    one = ann(world)

    done = proof(world, one, link_to(world))

    assert isinstance(done, EmailConfirmed)
    assert done.signed_in is None
    assert world.now() == account(world).email_confirmed_at
    assert world.accounts.session(one.session_token) is not None


@pytest.mark.attack("VER-09", "VER-10")
def test_the_same_link_again_says_that_it_is_confirmed() -> None:
    """Opened in vain, by the person or by a scanner: a friendly answer, and nothing moves."""
    world = World()
    one = ann(world)
    link = link_to(world)
    world.accounts.confirm_email(link, session_token=one.session_token)
    world.tick(minutes=10)
    before = kept(world)

    for _ in range(10):
        assert isinstance(world.accounts.confirm_email(link), EmailConfirmed)

    assert before == kept(world)


@pytest.mark.attack("VER-09")
def test_a_new_password_is_not_confirmed_away() -> None:
    """Once the address is confirmed the link sets no password, and does not say that it did."""
    world = World()
    one = ann(world)
    link = link_to(world)
    world.accounts.confirm_email(link, session_token=one.session_token)
    before = account(world)

    refused = world.accounts.confirm_email(link, new_password=NEW_PASSWORD)

    assert isinstance(refused, Refused)
    assert (Code.LINK_INVALID,) == refused.codes
    assert before == account(world)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), SignedIn)


@pytest.mark.attack("VER-09")
def test_the_link_alone_changes_nothing() -> None:
    """A scanner that follows it, once or ten times, has neither session nor password: the page asks."""
    world = World()
    ann(world)
    link = link_to(world)
    before = kept(world)

    for _ in range(10):
        refused = world.accounts.confirm_email(link)
        assert isinstance(refused, Refused)
        assert (Code.PASSWORD_AGAIN,) == refused.codes

    assert before == kept(world)
    assert isinstance(world.accounts.confirm_email(link, password=PASSWORD), EmailConfirmed)


@pytest.mark.attack("VER-10")
def test_a_link_does_not_confirm_the_address_that_came_after_it() -> None:
    """Replayed once the address is another one: dead."""
    world = World()
    one = ann(world)
    link = link_to(world)
    world.accounts.change_email(one.session_token, "new@mail.example.org")
    world.accounts.confirm_email(newest_link(world, "new@mail.example.org"))
    world.desk().change_email("ann", "third@mail.example.org", PUBLIC, reason="documents seen")

    refused = world.accounts.confirm_email(link, password=PASSWORD)

    assert isinstance(refused, Refused)
    assert (Code.LINK_INVALID,) == refused.codes
    assert account(world).email_confirmed_at is None


@pytest.mark.attack("VER-10")
def test_a_link_confirms_only_the_address_that_it_was_mailed_to() -> None:
    """Even where the address was written past the library and the epoch is the same."""
    world = World()
    one = ann(world)
    link = link_to(world)
    rewrite(world, email="other@mail.example.org", email_key="other@mail.example.org")

    refused = world.accounts.confirm_email(link, session_token=one.session_token)

    assert isinstance(refused, Refused)
    assert (Code.LINK_INVALID,) == refused.codes
    assert account(world).email_confirmed_at is None


def test_a_dead_link_is_noted() -> None:
    """After a day, or made up: one answer, one event."""
    world = World()
    ann(world)
    link = link_to(world)
    world.tick(days=1)

    for dead in (link, "made-up", ""):
        refused, (event,) = new_events(world, world.accounts.confirm_email, dead, password=PASSWORD)
        assert isinstance(refused, Refused)
        assert (Code.LINK_INVALID,) == refused.codes
        assert (EventName.CONFIRMATION_REFUSED, Reason.DEAD_TOKEN) == (event.name, event.cause)


def test_a_wrong_password_is_noted_and_counted() -> None:
    """Guesses behind a link wait like those at the door."""
    world = World()
    ann(world)
    link = link_to(world)

    refused, (event,) = new_events(world, world.accounts.confirm_email, link, password="wrong")
    assert isinstance(refused, Refused)
    assert [(Code.WRONG_CREDENTIALS, "password")] == [(p.code, p.field) for p in refused.problems]
    assert Reason.WRONG_PASSWORD is event.cause
    for n in range(9):
        world.accounts.confirm_email(link, password=f"wrong {n}")
    waiting = world.accounts.confirm_email(link, password=PASSWORD)
    assert isinstance(waiting, Refused)
    assert (Code.WAIT,) == waiting.codes


# --------------------------------------------------------------------------------------------- pre-registered


def hijacked(world: World) -> SignedIn:
    """Somebody registers with Ann's address and a password of their own, and stays signed in."""
    made = world.accounts.register(PUBLIC, public_form("thief", email=ANN))
    assert isinstance(made, SignedIn)
    return signed_in(world.accounts.sign_in(PUBLIC, "thief", PASSWORD, remember=True))


@pytest.mark.attack("VER-04")
def test_the_mailboxes_owner_gives_the_thief_no_verified_account() -> None:
    """(a) Opening the link alone is not enough; a new password takes the account over and everything ends."""
    world = World()
    thief = hijacked(world)
    link = link_to(world)

    alone = world.accounts.confirm_email(link)
    assert isinstance(alone, Refused)
    assert account(world, "public:thief").email_confirmed_at is None
    weak, (event,) = new_events(world, world.accounts.confirm_email, link, new_password="short")
    assert isinstance(weak, Refused)
    assert (Code.PASSWORD_SHORT,) == weak.codes
    assert (EventName.CONFIRMATION_REFUSED, Reason.INVALID_FORM) == (event.name, event.cause)
    world.deliver()
    world.tick(seconds=1)
    taken = world.accounts.confirm_email(link, new_password=NEW_PASSWORD)

    assert isinstance(taken, EmailConfirmed)
    now = account(world, "public:thief")
    assert (world.now(), None, None) == (now.email_confirmed_at, now.question_id, now.answer_hash)
    assert world.accounts.session(thief.session_token) is None
    assert isinstance(world.accounts.sign_in(PUBLIC, "thief", PASSWORD), Refused)
    assert ["password-reset"] == [mail.template for mail in letters(world)]
    assert isinstance(world.accounts.confirm_email(link, new_password="another one of these"), Refused)
    for n in range(12):
        world.accounts.sign_in(PUBLIC, "thief", f"not this one {n}")
    known = at("198.51.100.7", thief.device_token)
    assert (Code.WAIT,) == world.accounts.sign_in(PUBLIC, "thief", NEW_PASSWORD, visitor=known).codes  # type: ignore[union-attr]


@pytest.mark.attack("VER-04")
def test_a_mailed_reset_takes_the_account_from_the_thief() -> None:
    """(b) Password, sessions, pending change and question of before are gone; the thief's is never asked."""
    world = World()
    thief = hijacked(world)
    world.accounts.change_email(thief.session_token, "thief@mail.example.org")
    pending = newest_link(world, "thief@mail.example.org", "/confirm-email")
    world.accounts.request_password_reset(ANN)
    link = newest_link(world, ANN, "/reset-password")

    done = world.accounts.reset_password(link, NEW_PASSWORD)

    assert isinstance(done, PasswordReset)
    assert (None, None) == (done.account.question_id, done.account.answer_hash)
    assert world.now() == done.account.email_confirmed_at
    assert world.accounts.session(thief.session_token) is None
    assert isinstance(world.accounts.sign_in(PUBLIC, "thief", PASSWORD), Refused)
    assert isinstance(world.accounts.confirm_email(pending), Refused)
    asked = world.accounts.sign_in(PUBLIC, "thief", NEW_PASSWORD)
    assert isinstance(asked, SetupRequired)
    assert ("question", "answer") == asked.asks


@pytest.mark.attack("VER-04")
def test_registering_again_offers_the_owner_what_the_thief_made() -> None:
    """(c) The owner's own registration is a second account; its mail also has a link that takes the first."""
    world = World()
    thief = hijacked(world)
    world.deliver()

    mine = ann(world)
    (mail,) = world.deliver()
    confirm, take = links_in(mail)

    assert isinstance(world.accounts.reset_password(take, NEW_PASSWORD), PasswordReset)
    assert world.accounts.session(thief.session_token) is None
    assert isinstance(world.accounts.sign_in(PUBLIC, "thief", PASSWORD), Refused)
    assert isinstance(world.accounts.confirm_email(confirm, session_token=mine.session_token), EmailConfirmed)
    assert () == violations(world.store)


@pytest.mark.attack("UNI-02")
def test_another_spelling_is_mailed_no_link_of_anns_account() -> None:
    """ANN@ may be another mailbox than ann@: it gets the link of what was registered with it, and no more."""
    world = World()
    ann(world)
    world.deliver()
    world.accounts.register(PUBLIC, public_form("mallory", email="ANN@mail.example.org"))

    (mail,) = world.deliver()

    assert "ANN@mail.example.org" == mail.recipient
    assert 1 == len(links_in(mail))


@pytest.mark.attack("VER-04")
def test_where_mailboxes_come_first_the_thief_gets_nothing_at_all() -> None:
    """`Policy.strict`: no session and no sign-in before the mailbox is confirmed."""
    world = World(strict_policy())
    form = public_form("thief", email=ANN, question=None, answer=None)
    assert ConfirmYourEmail() == world.accounts.register(PUBLIC, form)

    refused = world.accounts.sign_in(PUBLIC, "thief", PASSWORD)

    assert isinstance(refused, Refused)
    assert (Code.CONFIRM_FIRST,) == refused.codes


# -------------------------------------------------------------------------------------- over what there is


@pytest.mark.attack("VER-05")
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("password", [NEW_PASSWORD, PASSWORD])
@pytest.mark.parametrize("what", ["username", "license", "email"])
def test_registering_over_an_account_changes_nothing_of_it(what: str, password: str, strict: bool) -> None:
    """With another password or the very right one: nobody is let in to it, and no field of it moves."""
    world = World(strict_policy() if strict else None)
    question = {"question": None, "answer": None} if strict else {}
    world.accounts.register(PUBLIC, public_form("ann", **question))
    world.accounts.register(CONTRACTOR, contractor_form("1154002", **question))
    before = [record for record in kept(world) if type(record).__name__ in ("Account", "Identifier")]
    again = {"password": password, **question}

    if what == "license":
        outcome = world.accounts.register(CONTRACTOR, contractor_form("1154002", **again))
    elif what == "username":
        outcome = world.accounts.register(PUBLIC, public_form("Ann", email="b@mail.example.org", **again))
    else:
        outcome = world.accounts.register(PUBLIC, public_form("bob", email=ANN, **again))

    after = [record for record in kept(world) if type(record).__name__ in ("Account", "Identifier")]
    assert [record for record in after if record in before] == before
    if what == "email":
        assert isinstance(outcome, ConfirmYourEmail if strict else SignedIn)
        assert strict or outcome.account.username == "bob"  # type: ignore[union-attr]
    else:
        assert isinstance(outcome, Refused)
        assert before == after


# ------------------------------------------------------------------------------------------------ sent again


@pytest.mark.attack("ENUM-13")
def test_asking_for_the_link_again_tells_nothing_and_mails_the_unconfirmed_alone() -> None:
    """One answer for everybody; a stranger makes no confirmed person get mail."""
    world = World()
    one = ann(world)
    world.accounts.confirm_email(link_to(world), session_token=one.session_token)
    world.accounts.register(PUBLIC, public_form("bob"))
    world.accounts.register(CONTRACTOR, contractor_form("1154002"))
    world.add_to_roster("1012345")
    world.desk().issue_temporary_password("1012345", reason="first sign-in", checked_how="called back")
    first = link_to(world, "bob@mail.example.org")
    world.deliver()

    asked = ["nobody", ANN, "ann", "1012345", "office@contractor.example.org", "", "x" * 10_000]
    for text in asked:
        assert CheckYourEmail() == world.accounts.resend_confirmation(text)
    assert [] == world.deliver()
    assert CheckYourEmail() == world.accounts.resend_confirmation("bob")
    assert CheckYourEmail() == world.accounts.resend_confirmation("1154002", CONTRACTOR)
    assert {"bob@mail.example.org", "office1154002@contractor.example.org"} == {
        mail.recipient for mail in world.deliver()
    }
    assert isinstance(world.accounts.confirm_email(first, password=PASSWORD), Refused)
    fresh = link_to(world, "bob@mail.example.org")
    assert isinstance(world.accounts.confirm_email(fresh, password=PASSWORD), EmailConfirmed)
    assert "nobody" not in repr([attrs.asdict(e) for e in events(world, EventName.CONFIRMATION_REQUESTED)])


@pytest.mark.attack("ENUM-13")
@pytest.mark.parametrize("taken", ["bob", "1012345"])
def test_nobody_uses_up_the_mails_of_an_address_before_its_owner_comes(taken: str) -> None:
    """Where mailboxes come first: what is refused for a taken name, or asked for nobody, is no mail."""
    world = World(strict_policy())
    form = {key: value for key, value in public_form("bob").items() if key not in {"question", "answer"}}
    world.accounts.register(PUBLIC, form)
    world.add_to_roster("1012345")
    world.deliver()
    kind = CONTRACTOR if taken == "1012345" else PUBLIC
    typed = contractor_form(taken, email=ANN) if kind is CONTRACTOR else {**form, "email": ANN}
    typed = {key: value for key, value in typed.items() if key not in {"question", "answer"}}
    for _ in range(world.policy.confirmation_mails.count):
        assert isinstance(world.accounts.register(kind, typed, visitor=at("203.0.113.5")), Refused)
        world.accounts.resend_confirmation(ANN, visitor=at("203.0.113.5"))

    outcome = world.accounts.register(PUBLIC, {**form, "username": "ann", "email": ANN})
    sent = [mail.recipient for mail in world.deliver()]
    world.accounts.resend_confirmation(ANN)

    assert isinstance(outcome, ConfirmYourEmail)
    assert [ANN] == sent == [mail.recipient for mail in world.deliver()]


@pytest.mark.attack("ENUM-13")
def test_three_an_hour_is_enough() -> None:
    """Then the answer is the same and nothing is sent. Registrations count apart: strangers make those."""
    world = World()
    ann(world)
    world.deliver()

    answers = [world.accounts.resend_confirmation("ann") for _ in range(5)]

    assert [CheckYourEmail()] * 5 == answers
    assert 3 == len([mail for mail in letters(world) if mail.template == "confirm-email"])
    odd = world.accounts.resend_confirmation(["ann"])  # type: ignore[arg-type]
    assert (Code.NOT_TEXT,) == odd.codes  # type: ignore[union-attr]
