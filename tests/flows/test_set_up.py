"""Set-up after a temporary password or behind a mailed link: what it takes, spends, opens and ends."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from flows.people import (
    LICENSE,
    NUMBER,
    account,
    ann,
    claimant,
    confirmed,
    grant,
    invited,
    new_events,
    templates,
    temporary,
)
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Code,
    EventName,
    LinkState,
    Problem,
    Reason,
    Refused,
    SetupForm,
    SignedIn,
    Standing,
)
from permit_accounts.model.records import Identifier
from permit_accounts.ports import Is, Replace
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    city_policy,
    public_form,
    setup_form,
)
from story import ANSWER, AT_HOME, NEW_PASSWORD, newest_link, signed_in

EXPIRED = Refused((Problem(Code.SETUP_EXPIRED, "", {"phone": "(323) 555-0199"}),))
OFFICE = "office@contractor.example.org"


def _finish(world: World, token: str, asks: tuple[str, ...], **fields: object) -> Any:
    return world.accounts.finish_setup(token, setup_form(asks, **fields), visitor=AT_HOME)


def test_a_contractor_finishes_set_up() -> None:
    """The guides: temporary password, new password and question, and the person is in."""
    world = World()
    password = invited(world).password
    page = grant(world, password)
    opened = world.accounts.open_setup(page.token)
    assert isinstance(opened, SetupForm)
    assert (page.asks, NUMBER, False) == (opened.asks, opened.username, opened.email_on_file)

    done, (event,) = new_events(world, _finish, world, page.token, page.asks)

    made = signed_in(done)
    kept = account(world, LICENSE)
    assert (Standing.ACTIVE, None, None) == (kept.standing, kept.temporary_hash, kept.temporary_until)
    assert (OFFICE, None, "first-concert") == (kept.email, kept.email_confirmed_at, kept.question_id)
    assert ("Sample Builders", "B") == (kept.profile["business_name"], kept.profile["license_classes"])
    assert ["us-ca-cslb:1012345"] == [str(one) for one in world.accounts.verified_licenses(made.account)]
    assert ["confirm-email", "setup-finished"] == templates(world)
    assert (EventName.SETUP_FINISHED, kept.id, AT_HOME.ip) == (event.name, event.account_id, event.ip)
    assert world.accounts.session(made.session_token) is not None
    assert not made.session.remembered
    assert isinstance(world.accounts.sign_in(CONTRACTOR, NUMBER, PASSWORD), SignedIn)
    world.accounts.confirm_email(newest_link(world, OFFICE), session_token=made.session_token)
    assert () == violations(world.store)


@pytest.mark.parametrize(("said", "kept"), [("ru", "ru"), ("", "es"), ("tlh", "es")])
def test_mails_come_in_the_language_of_the_form(said: str, kept: str) -> None:
    """Staff began the account without knowing the language; one that the city lacks changes nothing."""
    world = World()
    page = grant(world, invited(world).password)
    before = account(world, LICENSE)
    world.store.commit(Replace(before, attrs.evolve(before, language="es")))

    signed_in(world.accounts.finish_setup(page.token, setup_form(page.asks), language=said))

    assert kept == account(world, LICENSE).language
    world.deliver()
    assert {"ru": "Здравствуйте", "es": "Hola"}[kept] in world.mailbox.messages[-1].text


def test_set_up_by_mail_confirms_the_address() -> None:
    """A link that came by mail has proved the mailbox; nothing else is asked for that is known."""
    world = World()
    world.add_to_roster(NUMBER, email=OFFICE)
    world.accounts.request_password_reset(NUMBER, CONTRACTOR)
    link = newest_link(world, OFFICE)
    opened = world.accounts.open_setup(link)
    assert isinstance(opened, SetupForm)
    assert "email" not in opened.asks

    signed_in(_finish(world, link, opened.asks))

    assert world.now() == account(world, LICENSE).email_confirmed_at
    assert ["setup-finished"] == templates(world)
    assert EXPIRED == _finish(world, link, opened.asks)


def test_a_second_link_by_staff_keeps_when_the_address_was_confirmed() -> None:
    """For somebody who forgot the answer: new password and question, and the mailbox stays confirmed."""
    world = World()
    confirmed(world)
    since = account(world).email_confirmed_at
    world.tick(days=3)
    world.desk().send_link("ann", reason="forgot the answer")
    link = newest_link(world, "ann@mail.example.org")
    opened = world.accounts.open_setup(link)
    assert isinstance(opened, SetupForm)
    assert (("password", "question", "answer"), True) == (opened.asks, opened.email_on_file)

    signed_in(_finish(world, link, opened.asks, password=NEW_PASSWORD, question="first-dish", answer="soup"))

    assert (since, "first-dish") == (account(world).email_confirmed_at, account(world).question_id)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD), SignedIn)


@pytest.mark.parametrize("held", [False, True])
def test_where_addresses_are_unique_a_link_confirms_only_a_free_one(held: bool) -> None:
    """The proved address becomes a name of this account; one that is another's stays unconfirmed here."""
    world = World(city_policy(unique_email=True))
    world.add_to_roster(NUMBER, email=OFFICE)
    if held:
        other = signed_in(world.accounts.register(PUBLIC, public_form("ann", email=OFFICE)))
        world.accounts.confirm_email(newest_link(world, OFFICE), session_token=other.session_token)
    world.accounts.request_password_reset(NUMBER, CONTRACTOR)
    link = newest_link(world, OFFICE)
    opened = world.accounts.open_setup(link)
    assert isinstance(opened, SetupForm)

    made = signed_in(_finish(world, link, opened.asks))

    name = world.store.select(Identifier, Is("id", f"email:{OFFICE}"), limit=1)[0]
    assert held is (made.account.email_confirmed_at is None)
    assert held is (name.account_id != made.account.id)


def test_set_up_verifies_no_other_claim() -> None:
    """Only the license whose name opens the account; another that somebody holds waits for staff."""
    world = World()
    claimant(world, "1154002")
    made = ann(world)
    added = world.accounts.add_license(made.session_token, "CSLB 1154002")
    assert LinkState.PENDING is added.link.state  # type: ignore[union-attr]
    page = grant(world, temporary(world, "ann").password, "ann", kind=PUBLIC)

    done = signed_in(_finish(world, page.token, page.asks))

    assert () == world.accounts.verified_licenses(done.account)
    assert LinkState.PENDING is world.accounts.licenses(done.account)[0].link.state


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"password": "short"}, Code.PASSWORD_SHORT, "password"),
        ({"password": None}, Code.REQUIRED, "password"),
        ({"password": 123456789012345678}, Code.NOT_TEXT, "password"),
        ({"password": "1012345-1012345-1012345"}, Code.PASSWORD_PERSONAL, "password"),
        ({"answer": ANSWER, "password": ANSWER}, Code.ANSWER_PUBLIC, "answer"),
        ({"question": "first-hamster"}, Code.QUESTION, "question"),
        ({"email": "no address"}, Code.EMAIL, "email"),
    ],
)
def test_a_form_that_is_wrong_spends_nothing(fields: dict[str, object], code: Code, field: str) -> None:
    """All problems are told, the grant lives on, and so does the temporary password."""
    world = World()
    password = invited(world).password
    page = grant(world, password)

    outcome, (event,) = new_events(world, _finish, world, page.token, page.asks, **fields)

    assert isinstance(outcome, Refused)
    assert (code, field) in [(problem.code, problem.field) for problem in outcome.problems]
    assert (EventName.SETUP_REFUSED, Reason.INVALID_FORM) == (event.name, event.cause)
    assert isinstance(_finish(world, page.token, page.asks), SignedIn)


@pytest.mark.attack("TMP-06")
def test_only_what_was_asked_for_is_taken() -> None:
    """Neither a username nor a role nor a field of another page; each is named."""
    world = World()
    page = grant(world, invited(world).password)
    form = {**setup_form(page.asks), "username": "ann", "standing": "active", "may": "everything"}

    refused = world.accounts.finish_setup(page.token, form)

    assert isinstance(refused, Refused)
    assert {Code.UNKNOWN_FIELD} == set(refused.codes)
    assert {"username", "standing", "may"} == {problem.field for problem in refused.problems}
