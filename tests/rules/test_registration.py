"""Reading a whole registration or set-up form."""

from __future__ import annotations

from datetime import UTC, date, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.codes import Code, QuestionUse, Standing
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.records import Account
from permit_accounts.rules.account_types import CONTRACTOR, PUBLIC, AccountType, Chosen
from permit_accounts.rules.emails import Email
from permit_accounts.rules.policy import Policy
from permit_accounts.rules.registration import (
    Registration,
    read_registration,
    read_setup,
    workers_comp_fields_required,
)

POLICY = Policy(city="West Hollywood")
TODAY = date(2026, 11, 23)
PERSON = {
    "username": " Ann.Lee ",
    "first_name": "Ann",
    "last_name": "Lee",
    "address": "1 Maple St",
    "city": "West Hollywood",
    "state": "CA",
    "postal_code": "90069",
    "phone": "(323) 555-0142",
    "email": "Ann@Example.org",
    "password": "tiger umbrella lamp",
    "question": "school-trip",
    "answer": " YOSEMITE. ",
}
FIRM = {
    "username": "CSLB 1012345",
    "business_name": "Blue Heron Roofing",
    "contact_name": "Ann Lee",
    "address": "1 Maple St",
    "city": "West Hollywood",
    "state": "CA",
    "postal_code": "90069",
    "phone": "(323) 555-0142",
    "email": "ann@example.org",
    "license_classes": "B, C10",
    "license_expires_on": "1/31/2027",
    "business_type": "corporation",
    "has_employees": "no",
    "password": "tiger umbrella lamp",
    "question": "school-trip",
    "answer": "Yosemite",
}
COVERED = {
    "workers_comp_carrier": "Maple Mutual",
    "workers_comp_policy": "WC 12-345",
    "workers_comp_expires_on": "2027-06-30",
}


def person(policy: Policy = POLICY, **changes: object) -> Registration:
    return read_registration(PUBLIC, PERSON | changes, policy, TODAY)


def firm(today: date = TODAY, **changes: object) -> Registration:
    return read_registration(CONTRACTOR, FIRM | changes, POLICY, today)


def told(read: Registration) -> list[tuple[Code, str]]:
    return [(problem.code, problem.field) for problem in read.problems]


def test_a_person_is_read_whole() -> None:
    """Name, address, secrets as they are hashed, and the profile without them."""
    read = person()
    assert () == read.problems
    assert read.name is not None
    assert ("public:ann.lee", "Ann.Lee") == (read.name.id, read.name.display)
    assert Email("Ann@example.org", "ann@example.org") == read.email
    assert "tiger umbrella lamp" == read.password.reveal()
    assert read.answer is not None
    assert ("school-trip", "yosemite") == (read.question_id, read.answer.reveal())
    expected = {"first_name", "last_name", "address", "city", "state", "postal_code", "phone"}
    assert expected == set(read.profile)
    assert "tiger" not in repr(read)
    assert "yosemite" not in repr(read)


def test_a_contractor_is_read_whole() -> None:
    """The license number is the username; classes and dates are in their normal form."""
    read = firm(**COVERED)
    assert () == read.problems
    assert read.name is not None
    assert LicenseId("us-ca-cslb", "1012345") == read.name.license
    assert ("B, C-10", "2027-01-31") == (read.profile["license_classes"], read.profile["license_expires_on"])
    assert COVERED.items() <= read.profile.items()
    assert "email" not in read.profile


def test_the_password_is_composed_as_it_is_hashed() -> None:
    """Otherwise untouched."""
    assert " caf\u00e9 umbrella lamp " == person(password=" cafe\u0301 umbrella lamp ").password.reveal()


def test_every_problem_comes_at_once() -> None:
    """Fields first, then name and secrets."""
    read = person(username="é", first_name="", email="a,b", password="short", answer="x", role="admin")
    expected = [
        (Code.REQUIRED, "first_name"),
        (Code.EMAIL, "email"),
        (Code.UNKNOWN_FIELD, "role"),
        (Code.USERNAME_LENGTH, "username"),
        (Code.USERNAME, "username"),
        (Code.PASSWORD_SHORT, "password"),
        (Code.ANSWER_SHORT, "answer"),
    ]
    assert expected == told(read)
    assert read.email is None


def test_an_empty_request_names_every_required_field() -> None:
    """And makes nothing up."""
    read = read_registration(CONTRACTOR, {}, POLICY, TODAY)
    wanted = [field.name for field in CONTRACTOR.fields if field.required]
    expected = [(Code.REQUIRED, name) for name in ("username", *wanted, "password", "question", "answer")]
    assert expected == told(read)
    assert (None, None, None, None) == (read.name, read.email, read.question_id, read.answer)
    assert not read.password


@pytest.mark.attack("API-01")
@pytest.mark.parametrize(
    "name",
    ["id", "standing", "is_staff", "email_verified", "password_hash", "epoch", "license", "account_type"],
)
def test_nothing_can_be_planted(name: str) -> None:
    """A registration has no place for what was not asked for."""
    read = person(**{name: "1"})
    assert [(Code.UNKNOWN_FIELD, name)] == told(read)
    assert name not in read.profile


def test_a_policy_without_a_question_refuses_one() -> None:
    """It is not collected, so it is not taken."""
    policy = attrs.evolve(POLICY, security_question=QuestionUse.OFF)
    assert [(Code.UNKNOWN_FIELD, "question"), (Code.UNKNOWN_FIELD, "answer")] == told(person(policy))
    without = {name: text for name, text in PERSON.items() if name not in ("question", "answer")}
    read = read_registration(PUBLIC, without, policy, TODAY)
    assert ((), None, None) == (read.problems, read.question_id, read.answer)


@pytest.mark.attack("SQ-10")
def test_an_unknown_question_is_refused() -> None:
    """Its answer is still looked at."""
    read = person(question="What is my dog called?", answer="-")
    assert [(Code.QUESTION, "question"), (Code.ANSWER_SHORT, "answer")] == told(read)
    assert read.question_id is None


@pytest.mark.attack("PWD-07", "PWD-09")
@pytest.mark.parametrize(
    "password",
    [
        "ann.lee.ann.lee!",
        "Ann@Example.org1",
        "Lee, Ann (3235550142)",
        "WestHollywood2026",
        "ann-ann-ann-ann-1",
    ],
)
def test_a_persons_own_words_are_no_password(password: str) -> None:
    """What the form itself says counts."""
    assert [(Code.PASSWORD_PERSONAL, "password")] == told(person(password=password))


@pytest.mark.attack("PWD-07", "PWD-09")
@pytest.mark.parametrize(
    "password", ["1012345101234510", "12345678-1012345", "BlueHeronRoofing", "example.org/ann/90069"]
)
def test_a_firms_own_words_are_no_password(password: str) -> None:
    """The license number above all."""
    assert [(Code.PASSWORD_PERSONAL, "password")] == told(firm(password=password))


@pytest.mark.attack("SQ-06")
@pytest.mark.parametrize(
    "answer", ["ann.lee", "Ann", "ann@example.org", "Lee", "3235550142", "west hollywood", "school", "1234"]
)
def test_an_answer_that_others_know_is_refused(answer: str) -> None:
    """What the form itself says counts, and the city."""
    assert [(Code.ANSWER_PUBLIC, "answer")] == told(person(answer=answer))


@pytest.mark.attack("SQ-06")
@pytest.mark.parametrize("answer", ["1012345", "Blue Heron Roofing", "cslb 1012345"])
def test_a_contractors_number_and_firm_are_no_answer(answer: str) -> None:
    """They stand in the board's register."""
    assert [(Code.ANSWER_PUBLIC, "answer")] == told(firm(answer=answer))


@pytest.mark.attack("SQ-06", "PWD-07")
def test_password_and_answer_must_differ() -> None:
    """The answer is asked on a page of its own and would give the password away."""
    assert [(Code.ANSWER_PUBLIC, "answer")] == told(person(answer="Tiger  UMBRELLA lamp!"))


def test_an_answer_without_a_password_is_judged_alone() -> None:
    """The password is missing; the answer is fine."""
    assert [(Code.REQUIRED, "password")] == told(person(password=""))


@pytest.mark.attack("UNI-10")
def test_somebody_elses_address_is_no_username() -> None:
    """Nobody registers under an address that the form does not give."""
    assert [] == told(person(username="ANN@example.org"))
    assert [(Code.USERNAME_NOT_YOUR_EMAIL, "username")] == told(person(username="mayor@example.org"))
    problems = told(person(username="ann@example.org", email="a,b"))
    assert [(Code.EMAIL, "email"), (Code.USERNAME_NOT_YOUR_EMAIL, "username")] == problems


def test_a_type_without_an_address_takes_one_as_username() -> None:
    """There is nothing to compare it with; only staff recover such accounts."""
    walk_in = AccountType(id="walk_in", username=Chosen("walk_in"), fields=())
    given_ = {key: PERSON[key] for key in ("password", "question", "answer")} | {"username": "a@x.org"}
    read = read_registration(walk_in, given_, POLICY, TODAY)
    assert ((), None, {}) == (read.problems, read.email, read.profile)


@pytest.mark.parametrize("username", ["hello", "A1\n23", "x" * 300])
def test_what_is_no_license_number_is_told_in_its_field(username: str) -> None:
    """And no name comes of it."""
    read = firm(username=username)
    assert ["username"] == [problem.field for problem in read.problems]
    assert read.name is None


def test_an_expired_license_does_not_keep_anybody_out() -> None:
    """Where a license stands gates what an account may do, not whether there is one."""
    assert () == firm(license_expires_on="2020-01-31").problems
    assert [(Code.DATE, "license_expires_on")] == told(firm(license_expires_on="soon"))


@pytest.mark.parametrize(("name", "said"), [("license_classes", "ZZ"), ("state", "Kalifornia")])
def test_what_a_person_declares_is_kept_as_declared(name: str, said: str) -> None:
    """Its form is read, not its truth: new classes come without us, and staff look at the license itself."""
    read = firm(**{name: said})
    assert () == read.problems
    assert said == read.profile[name]


def test_employees_ask_for_workers_compensation() -> None:
    """Each missing field is named."""
    expected = [(Code.WORKERS_COMP, name) for name in COVERED]
    assert expected == told(firm(has_employees="yes"))
    assert [] == told(firm(has_employees="yes", **COVERED))
    assert expected[1:2] == told(firm(has_employees="yes", **COVERED | {"workers_comp_policy": " "}))


def test_some_classes_ask_for_workers_compensation_without_employees() -> None:
    """Roofing is C-39 (B&P 7125)."""
    assert [(Code.WORKERS_COMP, name) for name in COVERED] == told(firm(license_classes="C39"))


@pytest.mark.parametrize(("today", "missing"), [(date(2027, 12, 31), 0), (date(2028, 1, 1), 3)])
def test_the_rule_depends_on_the_day(today: date, missing: int) -> None:
    """From 2028 everybody but joint ventures without employees needs it."""
    assert missing == len(firm(today).problems)


def test_workers_compensation_that_has_run_out_is_refused_where_it_is_needed() -> None:
    """The last day still counts."""
    until = COVERED | {"workers_comp_expires_on": "2026-11-22"}
    assert [(Code.WORKERS_COMP_EXPIRED, "workers_comp_expires_on")] == told(
        firm(has_employees="yes", **until)
    )
    assert [] == told(firm(has_employees="yes", **until | {"workers_comp_expires_on": "11/23/2026"}))
    assert [] == told(firm(**until))


def test_a_malformed_expiry_is_told_once() -> None:
    """Not as missing as well."""
    changes = COVERED | {"has_employees": "yes", "workers_comp_expires_on": "soon"}
    assert [(Code.DATE, "workers_comp_expires_on")] == told(firm(**changes))


def test_pages_can_ask_which_fields_are_required() -> None:
    """Before a form is sent, and for types that have no such fields."""
    assert not workers_comp_fields_required(CONTRACTOR, {}, TODAY)
    assert workers_comp_fields_required(CONTRACTOR, {"has_employees": "yes"}, TODAY)
    assert workers_comp_fields_required(CONTRACTOR, {"license_classes": "c8"}, TODAY)
    assert not workers_comp_fields_required(PUBLIC, {"has_employees": "yes"}, TODAY)
    joint = {"business_type": "joint-venture", "has_employees": "no"}
    assert not workers_comp_fields_required(CONTRACTOR, joint, date(2028, 1, 1))


ACCOUNT = Account(
    id="a",
    account_type="contractor",
    standing=Standing.SETUP,
    username="1012345",
    email="ann@maple.example",
    email_key="ann@maple.example",
    profile={"business_name": "Blue Heron Roofing", "license_classes": "B", "has_employees": "no"},
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)
ASKS = ("contact_name", "email", "password", "question", "answer")
SETUP = {
    "contact_name": "Ann Lee",
    "email": "ann@example.org",
    "password": "tiger umbrella lamp",
    "question": "school-trip",
    "answer": "Yosemite",
}


def setup(asks: tuple[str, ...] = ASKS, account: Account = ACCOUNT, **changes: object) -> Registration:
    return read_setup(CONTRACTOR, asks, SETUP | changes, POLICY, account, TODAY)


def test_set_up_takes_the_fields_that_were_asked_for() -> None:
    """No name, since the account has one."""
    read = setup()
    assert () == read.problems
    assert read.name is None
    assert Email("ann@example.org", "ann@example.org") == read.email
    assert {"contact_name": "Ann Lee"} == read.profile
    assert "tiger umbrella lamp" == read.password.reveal()


@pytest.mark.attack("API-01")
@pytest.mark.parametrize("name", ["username", "business_name", "epoch"])
def test_set_up_takes_nothing_else(name: str) -> None:
    """A field of the type that was not asked for is as unknown as any other."""
    assert [(Code.UNKNOWN_FIELD, name)] == told(setup(**{name: "x"}))


def test_set_up_of_the_question_alone_asks_for_no_password() -> None:
    """An active account that lacks one keeps its password."""
    given_ = {"question": "school-trip", "answer": "Yosemite"}
    read = read_setup(CONTRACTOR, ("question", "answer"), given_, POLICY, ACCOUNT, TODAY)
    assert () == read.problems
    assert not read.password
    assert read.answer is not None


def test_a_field_that_the_type_no_longer_has_is_not_asked_for() -> None:
    """The city may have changed its form since the grant was made."""
    assert [] == told(setup((*ASKS, "fax")))


@pytest.mark.attack("PWD-07", "PWD-09")
@pytest.mark.parametrize(
    "password", ["1012345-1012345!", "Blue Heron Roofing", "ann@maple.example", "Lee Ann Lee Ann 1"]
)
def test_what_is_on_file_is_no_password(password: str) -> None:
    """The account's own facts and the form's."""
    assert [(Code.PASSWORD_PERSONAL, "password")] == told(setup(password=password))


@pytest.mark.attack("SQ-06")
@pytest.mark.parametrize(
    "answer", ["1012345", "blue heron roofing", "ann", "ann@maple.example", "ann@example.org"]
)
def test_what_is_on_file_is_no_answer(answer: str) -> None:
    """Old address and new."""
    assert [(Code.ANSWER_PUBLIC, "answer")] == told(setup(answer=answer))


def test_an_account_without_an_address_is_read_too() -> None:
    """It gets one here."""
    assert [] == told(setup(account=attrs.evolve(ACCOUNT, email=None, email_key=None)))


def test_set_up_asks_for_workers_compensation_only_where_it_asked_for_the_fields() -> None:
    """What the account says decides whether it is needed."""
    employer = attrs.evolve(ACCOUNT, profile={**ACCOUNT.profile, "has_employees": "yes"})
    assert [] == told(setup(account=employer))
    asks = (*ASKS, "workers_comp_policy", "workers_comp_expires_on")
    expected = [(Code.WORKERS_COMP, "workers_comp_policy"), (Code.WORKERS_COMP, "workers_comp_expires_on")]
    assert expected == told(setup(asks, employer))
    assert [] == told(setup(asks))


VALUES = st.none() | st.text(max_size=30) | st.integers() | st.lists(st.text(), max_size=2)


@pytest.mark.attack("API-04")
@given(changes=st.dictionaries(st.sampled_from([*FIRM, *COVERED, "x"]), VALUES, max_size=5))
def test_every_request_has_an_answer(changes: dict[str, object]) -> None:
    """Nothing raises; without problems there is a name, an address and a password to work with."""
    read = firm(**changes)
    if not read.problems:
        assert read.name is not None
        assert read.email is not None
        assert read.password
        assert read.answer
