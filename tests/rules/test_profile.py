"""What a person says about themself, by kind of field."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem
from permit_accounts.rules.account_types import SECRET_KINDS, Field, Kind
from permit_accounts.rules.profile import RULES

INVISIBLE = "\u200b\u202e\u2066\u00ad\ufe0f\u0000\u0008\U000e0041\u3164\n\r\u2028"


def read(kind: Kind, text: str, **settings: object) -> str | Code | Problem:
    return RULES[kind](text, Field(name="field", kind=kind, **settings))  # type: ignore[arg-type]


def test_every_kind_but_secrets_has_a_rule() -> None:
    """A field of a city's own cannot fall through."""
    assert set(Kind) - SECRET_KINDS == set(RULES)


@pytest.mark.attack("UNI-09", "UNI-19")
@pytest.mark.parametrize("character", INVISIBLE, ids=lambda each: f"U+{ord(each):04X}")
@pytest.mark.parametrize("kind", [Kind.NAME, Kind.TEXT, Kind.PHONE, Kind.POSTAL_CODE, Kind.DATE, Kind.EMAIL])
def test_what_cannot_be_seen_is_refused_everywhere(kind: Kind, character: str) -> None:
    """Also in names that staff see and that are written to CSV."""
    assert isinstance(read(kind, f"ad{character}min"), Code)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ann   Lee ", "Ann Lee"),
        ("Jose\u0301", "José"),
        ("Smith & Sons, Inc. (Roofing #2)", "Smith & Sons, Inc. (Roofing #2)"),
        ("J.R. Poe", "J.R. Poe"),
        ("J.R.Poe", "J.R.Poe"),
        ("A.B.C. Plumbing", "A.B.C. Plumbing"),
        ("Mary Ann O’Neil-Sánchez", "Mary Ann O’Neil-Sánchez"),
        ("St. Clair Jr.", "St. Clair Jr."),
        ("No.1 Electric 24/7", "No.1 Electric 24/7"),
        ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
        ("Ёлкин и сыновья", "Ёлкин и сыновья"),
    ],
)
def test_names_are_kept_composed_and_tidied(typed: str, kept: str) -> None:
    """As people and firms write them."""
    assert kept == read(Kind.NAME, typed)


@pytest.mark.attack("MAIL-08")
@pytest.mark.parametrize(
    "typed",
    [
        "Ann. Visit evil.example to claim",
        "https://evil.example",
        "HTTP evil",
        "www.evil",
        "ann@evil.example",
        "evil。example",
        "ｅｖｉｌ．ｅｘａｍｐｌｅ",
        "evil.рф",
        "203.0.113.9",
        "a-b.example now",
        "x.com",
        "Visit X.com",
        "A.evil.example",
    ],
)
def test_a_name_that_would_become_a_link_is_refused(typed: str) -> None:
    """Mail programs make links of such texts; nobody is called so."""
    assert read(Kind.NAME, typed) is Code.LOOKS_LIKE_LINK


@pytest.mark.attack("MAIL-08")
@pytest.mark.parametrize(
    "typed",
    ["<a href=x>Click</a>", "{{7*7}}", "{0.__class__}", "[x](y)", "a\\b", "a|b", "`id`", "Ann\u202eeel"],
)
def test_markup_and_templates_are_refused(typed: str) -> None:
    """In names and in other lines of text."""
    assert read(Kind.NAME, typed) is Code.CHARACTERS
    assert read(Kind.TEXT, typed) is Code.CHARACTERS


@pytest.mark.parametrize("kind", [Kind.NAME, Kind.TEXT, Kind.PHONE, Kind.CLASSES])
def test_a_text_over_the_fields_length_is_refused(kind: Kind) -> None:
    """Measured after it was tidied."""
    assert read(kind, " 12345678 ", max_length=7) is Code.TOO_LONG
    assert read(kind, " 1234567 ", max_length=7) is not Code.TOO_LONG


def test_an_address_over_the_fields_length_is_refused() -> None:
    """The address as it is written to."""
    assert "a@x.org" == read(Kind.EMAIL, " a@X.org ", max_length=7)
    assert read(Kind.EMAIL, "aa@x.org", max_length=7) is Code.TOO_LONG
    assert read(Kind.EMAIL, "a@x.org,b@y.org") is Code.EMAIL


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("(323) 555-0142", "(323) 555-0142"),
        (" 323\u2011555\u20110142 ", "323-555-0142"),
        ("+1 323 555 0142 ext. 12", "+1 323 555 0142 ext. 12"),
        ("323.555.0142x7", "323.555.0142x7"),
        ("5550142", "5550142"),
        ("３２３５５５０１４２", "3235550142"),
        ("+49 30 1234567", "+49 30 1234567"),
    ],
)
def test_telephone_numbers_are_kept_as_written(typed: str, kept: str) -> None:
    """Only hyphens, spaces and full-width digits are made plain."""
    assert kept == read(Kind.PHONE, typed)


@pytest.mark.parametrize(
    "typed",
    ["555", "1" * 16, "call me", "323-555-0142;9", "٣٢٣٥٥٥٠١٤٢", "323 555 0142 x1234567", "++1323555", "-"],
)
def test_what_is_no_telephone_number_is_refused(typed: str) -> None:
    """7 to 15 digits (ITU-T E.164), in ASCII."""
    assert read(Kind.PHONE, typed) is Code.PHONE


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("90069", "90069"),
        (" 90069-1234 ", "90069-1234"),
        ("900691234", "90069-1234"),
        ("90069\u20131234", "90069-1234"),
    ],
)
def test_zip_codes_have_five_or_nine_digits(typed: str, kept: str) -> None:
    """With the hyphen where there are nine."""
    assert kept == read(Kind.POSTAL_CODE, typed)


@pytest.mark.parametrize("typed", ["9006", "90069-", "K1A 0B1", "٩٠٠٦٩", "90069\n1234"])
def test_what_is_no_zip_code_is_refused(typed: str) -> None:
    """Plain digits only."""
    assert read(Kind.POSTAL_CODE, typed) is Code.POSTAL_CODE


@pytest.mark.parametrize("typed", ["2027-01-31", "01/31/2027", "1/31/2027", " 2027-01-31\n"])
def test_a_day_is_kept_in_the_international_form(typed: str) -> None:
    """Whichever of the two forms was typed."""
    assert "2027-01-31" == read(Kind.DATE, typed)


@pytest.mark.parametrize(
    "typed",
    [
        "2027-02-29",
        "31/1/2027",
        "2027-1-31",
        "27-01-31",
        "1899-12-31",
        "2200-01-01",
        "٢٠٢٧-٠١-٣١",
        "tomorrow",
    ],
)
def test_what_is_no_day_is_refused(typed: str) -> None:
    """Days that do not exist, other orders, and years that nobody means."""
    assert read(Kind.DATE, typed) is Code.DATE


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_both_forms_of_a_day_are_one(day: date) -> None:
    """Month before day where there are slashes."""
    assert day.isoformat() == read(Kind.DATE, day.isoformat())
    assert day.isoformat() == read(Kind.DATE, f"{day.month}/{day.day}/{day.year}")


def test_a_choice_is_one_of_the_fields_words() -> None:
    """Exactly."""
    assert "yes" == read(Kind.CHOICE, " yes ", choices=("yes", "no"))
    assert read(Kind.CHOICE, "YES", choices=("yes", "no")) is Code.CHOICE


@pytest.mark.attack("SQ-10")
@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        '=HYPERLINK("x")',
        "x" * 10_000,
        "What\u202e?",
        "%s{0}",
        "first\r\nteacher",
        "FIRST-TEACHER",
        "What is my dog called?",
    ],
)
def test_a_question_is_one_of_the_catalog(typed: str) -> None:
    """By id; nobody writes questions of their own."""
    assert "first-teacher" == read(Kind.QUESTION, "first-teacher")
    assert read(Kind.QUESTION, typed) is Code.QUESTION


def test_classes_are_kept_in_their_normal_form() -> None:
    """Each once."""
    assert "B, C-10, D-28" == read(Kind.CLASSES, "b; C10, c-10, C-61/D28")
    assert isinstance(read(Kind.CLASSES, "plumbing and stuff"), Problem)


@pytest.mark.parametrize("kind", RULES)
@given(text=st.text(max_size=60))
def test_every_text_has_an_answer(kind: Kind, text: str) -> None:
    """And what is kept reads back as itself."""
    settings = {"choices": ("yes", "no")} if kind is Kind.CHOICE else {}
    kept = read(kind, text, **settings)
    if not isinstance(kept, Code | Problem):
        assert kept == read(kind, kept, **settings)
        assert kept.isprintable()
