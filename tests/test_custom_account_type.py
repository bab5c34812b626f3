"""A city's own kind of account comes about by data alone: a design professional with the city's number."""

from __future__ import annotations

import attrs
import pytest

from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Accounts,
    AccountType,
    CheckYourEmail,
    CityNumber,
    Code,
    ConfigurationError,
    Field,
    Kind,
    LinkSent,
    PasswordReset,
    Refused,
    SetupForm,
    SetupRequired,
    SignedIn,
    TemporaryPasswordIssued,
    registration_problems,
)
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy, public_form, setup_form
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in

DESIGN_PROFESSIONAL = AccountType(
    id="design_professional",
    username=CityNumber("design_professional", "AEC[1-9][0-9]{0,6}"),
    fields=(
        Field(name="first_name", kind=Kind.NAME, required=True, autocomplete="given-name"),
        Field(name="last_name", kind=Kind.NAME, required=True, autocomplete="family-name"),
        Field(name="discipline", kind=Kind.CHOICE, required=True, choices=("architect", "engineer")),
        Field(name="phone", kind=Kind.PHONE, required=True, autocomplete="tel"),
        Field(name="email", kind=Kind.EMAIL, required=True, autocomplete="email"),
    ),
)
OFFICE = "studio@design.example.org"
FORM = {
    "username": "aec 123",
    "first_name": "Dee",
    "last_name": "Sample",
    "discipline": "architect",
    "phone": "(323) 555-0100",
    "email": OFFICE,
    "password": PASSWORD,
    "question": "first-concert",
    "answer": ANSWER,
}


@pytest.fixture
def world() -> World:
    return World(city_policy(account_types=(PUBLIC, CONTRACTOR, DESIGN_PROFESSIONAL)))


def registered(world: World) -> SignedIn:
    return signed_in(world.accounts.register(DESIGN_PROFESSIONAL, FORM))


def test_the_number_is_the_name_on_the_dashboard(world: World) -> None:
    """However it was typed, one spelling is kept and shown in the upper right corner."""
    made = registered(world)

    assert "AEC123" == made.account.username
    assert {"first_name": "Dee", "last_name": "Sample", "discipline": "architect"}.items() <= (
        made.account.profile.items()
    )
    shown = world.accounts.session(made.session_token)
    assert shown is not None
    assert "AEC123" == shown.account.username
    assert () == violations(world.store)


@pytest.mark.parametrize(
    "typed", ["AEC123", " aec-123 ", "Aec 123", "\uff21\uff25\uff23\uff11\uff12\uff13", "AEC\u2013123"]
)
def test_signing_in_takes_the_number_as_people_write_it(world: World, typed: str) -> None:
    """Case, spaces, hyphens and full-width letters do not matter."""
    made = registered(world)

    inside = signed_in(world.accounts.sign_in("design_professional", typed, PASSWORD))

    assert (made.account.id, "AEC123") == (inside.account.id, inside.account.username)


@pytest.mark.parametrize(
    "typed", ["AEC0123", "AEC12345678", "AEC", "123", "AEC123; --", "AEC\u0661\u0662", "x" * 9999]
)
def test_what_is_no_number_of_the_citys_is_refused_or_nobody(world: World, typed: str) -> None:
    """Told at registration, generic at the door."""
    refused = world.accounts.register(DESIGN_PROFESSIONAL, {**FORM, "username": typed})
    nobody = world.accounts.sign_in(DESIGN_PROFESSIONAL, typed, PASSWORD)

    assert isinstance(refused, Refused)
    assert {"username"} == {problem.field for problem in refused.problems}
    assert isinstance(nobody, Refused)
    assert (Code.WRONG_CREDENTIALS,) == nobody.codes


def test_forgot_password_goes_by_the_number(world: World) -> None:
    """The link goes to the address on file; the new password is good under the number."""
    made = registered(world)
    world.accounts.confirm_email(newest_link(world, OFFICE), session_token=made.session_token)
    world.accounts.request_password_reset("aec 123", DESIGN_PROFESSIONAL)
    mail = world.mails_to(OFFICE)[-1]

    done = world.accounts.reset_password(newest_link(world, OFFICE, "/reset"), NEW_PASSWORD, ANSWER)

    assert "AEC123" in mail.text
    assert isinstance(done, PasswordReset)
    assert isinstance(world.accounts.sign_in(DESIGN_PROFESSIONAL, "AEC123", NEW_PASSWORD), SignedIn)


def test_a_taken_number_is_refused_and_no_license(world: World) -> None:
    """The same number twice is the same name; it belongs to no board and gives no claim."""
    made = registered(world)

    refused = world.accounts.register(DESIGN_PROFESSIONAL, {**FORM, "username": "AEC-123"})

    assert isinstance(refused, Refused)
    assert (Code.USERNAME_TAKEN,) == refused.codes
    assert () == world.accounts.licenses(made.account)


def test_types_do_not_get_in_each_others_way(world: World) -> None:
    """A public user may be called AEC123 too; each signs in under their own type alone."""
    made = registered(world)
    public = signed_in(world.accounts.register(PUBLIC, public_form("AEC123", password=NEW_PASSWORD)))

    assert made.account.id != public.account.id
    assert isinstance(world.accounts.sign_in(PUBLIC, "AEC123", PASSWORD), Refused)
    assert isinstance(world.accounts.sign_in(DESIGN_PROFESSIONAL, "AEC123", NEW_PASSWORD), Refused)
    assert isinstance(world.accounts.sign_in(CONTRACTOR, "AEC123", PASSWORD), Refused)


def test_its_own_fields_are_asked_for_and_no_others(world: World) -> None:
    """The one schema: what is missing, wrong or unknown, all at once, with or without a store."""
    form = {**FORM, "discipline": "plumber", "first_name": "", "license_classes": "B"}

    refused = world.accounts.register(DESIGN_PROFESSIONAL, form)
    problems = registration_problems(DESIGN_PROFESSIONAL, form, world.policy)

    assert isinstance(refused, Refused)
    expected = [
        (Code.REQUIRED, "first_name"),
        (Code.CHOICE, "discipline"),
        (Code.UNKNOWN_FIELD, "license_classes"),
    ]
    assert expected == [(problem.code, problem.field) for problem in refused.problems]
    assert refused.problems == tuple(problems)


def test_the_desk_finds_and_helps_by_the_number(world: World) -> None:
    """Staff look up, send a link and give a temporary password as for anybody."""
    registered(world)
    desk = world.desk()

    (hit,) = desk.find("aec 123", DESIGN_PROFESSIONAL)  # type: ignore[misc]
    assert hit.account is not None
    assert isinstance(desk.send_link("AEC123", "design_professional", reason="asked"), LinkSent)
    form = world.accounts.open_setup(newest_link(world, OFFICE, "/setup"))
    assert isinstance(form, SetupForm)
    issued = desk.issue_temporary_password(
        "AEC-123", DESIGN_PROFESSIONAL, reason="asked", checked_how="came to the counter"
    )
    assert isinstance(issued, TemporaryPasswordIssued)
    required = world.accounts.sign_in(DESIGN_PROFESSIONAL, "aec123", issued.password)
    assert isinstance(required, SetupRequired)
    assert isinstance(world.accounts.finish_setup(required.token, setup_form(required.asks)), SignedIn)
    assert () == violations(world.store)


def test_a_type_without_self_registration_is_not_on_offer() -> None:
    """Nobody registers for it themselves."""
    closed = AccountType(
        id="inspector",
        username=CityNumber("inspector", "I[0-9]{4}"),
        fields=(Field(name="email", kind=Kind.EMAIL, required=True),),
        self_registration=False,
    )
    world = World(city_policy(account_types=(PUBLIC, closed)))

    refused = world.accounts.register(closed, {"username": "I0001", "email": OFFICE, "password": PASSWORD})

    assert isinstance(refused, Refused)
    assert [(Code.CHOICE, "account_type")] == [(p.code, p.field) for p in refused.problems]


@pytest.mark.parametrize(
    "made",
    [
        lambda: CityNumber("design_professional", "AEC["),
        lambda: AccountType(
            id="twice", username=CityNumber("twice", "T[0-9]+"), fields=(Field(name="password"),)
        ),
        lambda: city_policy(account_types=(DESIGN_PROFESSIONAL, DESIGN_PROFESSIONAL)),
    ],
)
def test_a_type_that_cannot_be_is_refused_when_it_is_made(made: object) -> None:
    """A broken pattern, a field that comes by itself, one type twice: said at the start."""
    with pytest.raises(ConfigurationError):
        made()  # type: ignore[operator]


def test_a_link_into_an_account_of_such_a_type_is_over(world: World) -> None:
    """Nobody knows any more what its set-up asks for; what was typed is refused and no fault."""
    registered(world)
    desk, reason = world.desk(), "asked at the counter"
    desk.issue_temporary_password("AEC123", DESIGN_PROFESSIONAL, reason=reason, checked_how="seen")
    desk.send_link("AEC123", DESIGN_PROFESSIONAL, reason=reason)
    world.deliver()
    token = newest_link(world, OFFICE, "/setup")
    fewer = attrs.evolve(world.services, policy=city_policy(account_types=(PUBLIC, CONTRACTOR)))
    accounts = Accounts(fewer, email=world.mailbox)

    opened, finished = accounts.open_setup(token), accounts.finish_setup(token, {"password": "x"})

    assert isinstance(opened, Refused)
    assert isinstance(finished, Refused)
    assert (Code.SETUP_EXPIRED,) == opened.codes == finished.codes
    assert isinstance(world.accounts.open_setup(token), SetupForm)


@pytest.mark.parametrize("in_set_up", [True, False])
def test_forgot_password_passes_over_a_type_that_the_city_gave_up(world: World, in_set_up: bool) -> None:
    """Whoever has another account in the same mailbox is sent a link to that; nothing fails."""
    registered(world)
    world.accounts.register(PUBLIC, public_form("dee", email=OFFICE))
    if in_set_up:
        world.desk().issue_temporary_password(
            "AEC123", DESIGN_PROFESSIONAL, reason="asked", checked_how="seen"
        )
    world.deliver()
    fewer = attrs.evolve(world.services, policy=city_policy(account_types=(PUBLIC, CONTRACTOR)))
    accounts = Accounts(fewer, email=world.mailbox)

    asked = accounts.request_password_reset(OFFICE)
    accounts.outbox.deliver()

    assert isinstance(asked, CheckYourEmail)
    told = world.mailbox.messages[-1].text
    assert ("dee" in told, "AEC123" in told) == (True, False)
