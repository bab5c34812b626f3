"""From what came in to what the rules work with."""

from __future__ import annotations

import time

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.secret import Secret
from permit_accounts.rules.account_types import (
    ANSWER,
    CONTRACTOR,
    EMAIL,
    PASSWORD,
    PUBLIC,
    QUESTION,
    USERNAME,
    Field,
    Kind,
)
from permit_accounts.rules.forms import read_form

FIELDS = (USERNAME, *PUBLIC.fields, PASSWORD, QUESTION, ANSWER)
FILLED = {
    "username": " Ann ",
    "first_name": "Ann",
    "last_name": "Lee",
    "address": "1 Maple St, Apt 2",
    "city": "West Hollywood",
    "state": "CA",
    "postal_code": "90069",
    "phone": "(323) 555-0142",
    "email": "Ann@Example.org",
    "password": " tiger umbrella lamp ",
    "question": "school-trip",
    "answer": " Yosemite ",
}
WRONG_TYPES = [
    [],
    {},
    True,
    False,
    0,
    -1,
    1.5,
    float("inf"),
    float("nan"),
    ["a@x.org"],
    {"a": 1},
    b"bytes",
    10**400,
    object(),
    ("a",),
]


def test_a_right_form_has_texts_and_secrets() -> None:
    """Texts are tidied, the username is left to its own rule, and secrets are exactly as typed."""
    form = read_form(FIELDS, FILLED)
    assert () == form.problems
    assert " Ann " == form.texts["username"]
    assert "Ann@example.org" == form.texts["email"]
    assert "business_name" not in form.texts
    assert {"password", "answer"} == set(form.secrets)
    assert " tiger umbrella lamp " == form.secrets["password"].reveal()
    assert "tiger" not in repr(form)


@pytest.mark.attack("API-04", "PWD-06")
@pytest.mark.parametrize("value", WRONG_TYPES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("field", [each.name for each in FIELDS])
def test_what_is_no_text_is_refused_by_name(field: str, value: object) -> None:
    """Nothing is turned into a text, and no list into its first element."""
    form = read_form(FIELDS, FILLED | {field: value})
    assert (Problem(Code.NOT_TEXT, field),) == form.problems
    assert field not in form.texts
    assert field not in form.secrets


@pytest.mark.attack("API-04", "PWD-06")
@pytest.mark.parametrize("value", [None, "", "missing"])
def test_a_required_field_that_is_not_filled_in_is_named(value: str | None) -> None:
    """Missing, null and empty alike; a field that is not required is left out."""
    for field in FIELDS:
        given_ = dict(FILLED) | {field.name: value}
        if value == "missing":
            del given_[field.name]
        expected = (Problem(Code.REQUIRED, field.name),) if field.required else ()
        assert expected == read_form(FIELDS, given_).problems


@pytest.mark.parametrize("blank", [" ", "\u3000\n", "\t"])
def test_white_space_alone_is_no_entry(blank: str) -> None:
    """But in a secret it is one: its own rules decide."""
    assert (Problem(Code.REQUIRED, "city"),) == read_form(FIELDS, FILLED | {"city": blank}).problems
    assert blank == read_form(FIELDS, FILLED | {"password": blank}).secrets["password"].reveal()


def test_null_as_a_word_is_a_text() -> None:
    """Somebody may be called so."""
    assert "null" == read_form(FIELDS, FILLED | {"last_name": "null"}).texts["last_name"]


def test_a_secret_may_come_wrapped() -> None:
    """The web floor masks it as early as it can."""
    form = read_form(FIELDS, FILLED | {"password": Secret("x")})
    assert "x" == form.secrets["password"].reveal()
    assert (Problem(Code.REQUIRED, "password"),) == read_form(
        FIELDS, FILLED | {"password": Secret("")}
    ).problems


@pytest.mark.attack("API-01")
@pytest.mark.parametrize(
    "name",
    [
        "id",
        "role",
        "is_staff",
        "is_admin",
        "kind",
        "verified",
        "email_verified",
        "standing",
        "password_hash",
        "created_at",
        "epoch",
        "account.standing",
        "profile[role]",
        "firstName",
        "__class__",
        "constructor",
        "Password",
    ],
)
def test_an_unknown_field_is_refused(name: str) -> None:
    """Never dropped and never kept: a planted field and a misspelled one are both noticed."""
    form = read_form(FIELDS, FILLED | {name: "1"})
    (problem,) = form.problems
    assert Code.UNKNOWN_FIELD is problem.code
    assert name.replace("[", "?").replace("]", "?") == problem.field
    assert name not in form.texts


@pytest.mark.attack("API-01", "UNI-14")
def test_the_names_of_unknown_fields_are_safe_to_show() -> None:
    """Short, plain, and not too many of them."""
    given_: dict[object, object] = {f"{n}\r\n<b>" + "x" * 1000: n for n in range(1000)} | {7: 7}
    form = read_form((), given_)  # type: ignore[arg-type]
    assert 20 == len(form.problems)
    assert {40} == {len(problem.field) for problem in form.problems}
    assert all(set(problem.field) <= set("0123456789bx?") for problem in form.problems)
    assert (Problem(Code.UNKNOWN_FIELD, "?"),) == read_form((), {7: 7}).problems  # type: ignore[dict-item]


@pytest.mark.attack("UNI-14")
@pytest.mark.parametrize("unit", ["a", "\u0301", "½", "\ufdfa", "A."])
def test_a_megabyte_in_every_field_is_refused_at_once(unit: str) -> None:
    """Measured before anything is normalized or matched; secrets are measured by their own rules."""
    fields = [field for field in (*FIELDS, *CONTRACTOR.fields) if field.name not in ("password", "answer")]
    started = time.process_time()
    for field in fields:
        (problem,) = read_form((field,), {field.name: unit * 1_000_000}).problems
        assert (Code.TOO_LONG, {"max": str(field.max_length)}) == (problem.code, problem.params)
    assert time.process_time() - started < 0.05 * len(fields)


def test_every_problem_comes_at_once_in_the_forms_order() -> None:
    """So that nobody mends a form field by field."""
    given_ = FILLED | {
        "first_name": "<b>",
        "phone": "call me",
        "email": "a,b",
        "question": "?",
        "extra": "x",
        "city": "",
    }
    expected = [
        (Code.CHARACTERS, "first_name"),
        (Code.REQUIRED, "city"),
        (Code.PHONE, "phone"),
        (Code.EMAIL, "email"),
        (Code.QUESTION, "question"),
        (Code.UNKNOWN_FIELD, "extra"),
    ]
    assert expected == [(problem.code, problem.field) for problem in read_form(FIELDS, given_).problems]


def test_a_rules_own_problem_is_given_the_fields_name() -> None:
    """Classes are read by the license rules, which know no form."""
    field = Field(name="license_classes", kind=Kind.CLASSES, required=True)
    (problem,) = read_form((field,), {"license_classes": "plumbing and stuff"}).problems
    assert "license_classes" == problem.field


def test_an_address_longer_than_its_field_is_told_its_length() -> None:
    """A city may have shortened the field."""
    short = attrs.evolve(EMAIL, max_length=10)
    expected = Problem(Code.TOO_LONG, "email", {"max": "10"})
    assert (expected,) == read_form((short,), {"email": "someone@example.org"}).problems


@given(
    st.dictionaries(
        st.sampled_from([f.name for f in FIELDS] + ["x"]),
        st.none() | st.text(max_size=30) | st.integers() | st.binary(),
    )
)
def test_every_request_has_an_answer(given_: dict[str, object]) -> None:
    """Each field is either right, wrong, or not filled in."""
    form = read_form(FIELDS, given_)
    wrong = {problem.field for problem in form.problems}
    assert wrong.isdisjoint(form.texts.keys() | form.secrets.keys())
    assert {
        field.name for field in FIELDS if field.required
    } <= wrong | form.texts.keys() | form.secrets.keys()
    assert all(isinstance(text, str) for text in form.texts.values())
