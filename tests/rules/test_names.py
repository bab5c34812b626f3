"""From typed text to the id of a name."""

from __future__ import annotations

import itertools
import time
import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.codes import Code
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import Problem
from permit_accounts.rules.account_types import CONTRACTOR, PUBLIC, AccountType, CityNumber, LicenseNumber
from permit_accounts.rules.licenses import FORMATS, parse_license
from permit_accounts.rules.names import Name, license_shown, parse_name

DESIGNER = AccountType(
    id="design_professional", username=CityNumber("design_professional", r"AEC[1-9][0-9]{0,6}"), fields=()
)
SEVERAL = AccountType(id="builder", username=LicenseNumber(("us-ca-cslb", "us-or-ccb")), fields=())
TYPES = (PUBLIC, CONTRACTOR, DESIGNER, SEVERAL)


@pytest.mark.attack("UNI-04", "UNI-16")
@pytest.mark.parametrize("typed", ["Ann", " ann ", "ANN\n", "ａｎｎ"])
def test_a_chosen_name_is_its_key(typed: str) -> None:
    """One id for every spelling."""
    name = parse_name(PUBLIC, typed)
    assert isinstance(name, Name)
    assert "public:ann" == name.id


def test_a_chosen_name_is_shown_as_typed() -> None:
    """Trimmed; a text that nobody could register is shown as its key."""
    assert Name(id="public:ann.lee", display="Ann.Lee") == parse_name(PUBLIC, " Ann.Lee ")
    assert Name(id="public:ann lee", display="ann lee") == parse_name(PUBLIC, "Ann\u00a0Lee")


@pytest.mark.attack("UNI-04", "UNI-19")
@pytest.mark.parametrize("typed", ["1012345", "CSLB 1012345", "cslb#1012345\n", "Lic. 1012345"])
def test_a_license_number_is_named_with_its_board(typed: str) -> None:
    """Whatever the account type; the canonical number is what is shown."""
    name = parse_name(CONTRACTOR, typed)
    assert isinstance(name, Name)
    assert ("license:us-ca-cslb:1012345", "1012345") == (name.id, name.display)
    assert LicenseId("us-ca-cslb", "1012345") == name.license


@pytest.mark.parametrize("typed", ["A1\n23", "hello", "12345678901"])
def test_what_is_no_license_number_is_a_problem_of_the_username(typed: str) -> None:
    """The field is named, for the page to point to."""
    problem = parse_name(CONTRACTOR, typed)
    assert isinstance(problem, Problem)
    assert "username" == problem.field


@pytest.mark.parametrize("typed", ["AEC123", "aec 123", "AEC-123 ", "ＡＥＣ１２３", "aec\u2011123"])
def test_a_citys_own_number_is_upper_cased_and_closed_up(typed: str) -> None:
    """Spaces and hyphens are dropped before the whole must match."""
    expected = Name(id="design_professional:AEC123", display="AEC123")
    assert expected == parse_name(DESIGNER, typed)


@pytest.mark.attack("UNI-19")
@pytest.mark.parametrize(
    "typed", ["AEC0", "AEC12345678", "AEC1\n23", "xAEC123", "АЕС123", "AEC" + "1" * 100, "aeß1"]
)
def test_what_is_not_the_citys_pattern_is_refused(typed: str) -> None:
    """The whole of it, in plain letters."""
    assert Problem(Code.NUMBER_PATTERN, "username") == parse_name(DESIGNER, typed)


@pytest.mark.parametrize("account_type", TYPES, ids=lambda each: each.id)
@pytest.mark.parametrize("typed", ["", " ", "\n\u3000"])
def test_nothing_is_no_name(account_type: AccountType, typed: str) -> None:
    """An empty field is said to be required."""
    assert Problem(Code.REQUIRED, "username") == parse_name(account_type, typed)


@pytest.mark.parametrize("account_type", TYPES, ids=lambda each: each.id)
@given(text=st.text(max_size=300))
def test_every_text_has_an_answer(account_type: AccountType, text: str) -> None:
    """At sign-in anything comes in; a name's own display leads to it again."""
    name = parse_name(account_type, text)
    if isinstance(name, Problem):
        assert "username" == name.field
        return
    name.id.encode("utf-8")
    assert len(name.id) < 400
    again = parse_name(account_type, str(name.license) if name.license else name.display)
    assert isinstance(again, Name)
    assert name.id == again.id


@pytest.mark.attack("UNI-14")
@pytest.mark.parametrize("account_type", TYPES, ids=lambda each: each.id)
@pytest.mark.parametrize("unit", ["1", "\u0301", "½", " ", "A-"])
def test_a_megabyte_is_answered_at_once(account_type: AccountType, unit: str) -> None:
    """Before it is normalized or matched."""
    text = "x" + unit * 1_000_000
    started = time.process_time()
    parse_name(account_type, text)
    assert time.process_time() - started < 0.05


def test_a_plain_name_costs_microseconds() -> None:
    """It is read at every sign-in and for every row of a roster: well under 50 µs, on a busy machine too."""
    best = min(
        timeit.repeat(
            lambda: (parse_name(PUBLIC, "Ann"), parse_name(CONTRACTOR, "1012345")), number=200, repeat=5
        )
    )
    assert best / 200 < 100e-6


@pytest.mark.parametrize(
    ("authorities", "license_id", "shown"),
    [
        (("us-ca-cslb",), "us-ca-cslb:1012345", "1012345"),
        (("us-ca-cslb", "us-nv-nscb"), "us-ca-cslb:1012345", "CSLB 1012345"),
        (("us-ca-cslb", "us-nv-nscb"), "us-nv-nscb:0012345", "NSCB 0012345"),
        (("us-ca-cslb", "us-hi-pvl-clb"), "us-hi-pvl-clb:CT-36775", "CT-36775"),
        (("us-ca-cslb", "us-fl-highlands-hc"), "us-fl-highlands-hc:HC1234", "us-fl-highlands-hc:HC1234"),
    ],
)
def test_a_license_is_shown_as_it_can_be_typed_again(
    authorities: tuple[str, ...], license_id: str, shown: str
) -> None:
    """Of several boards bare digits name nobody, and the person goes by what the pages and e-mails show."""
    kind = AccountType(id="contractor", username=LicenseNumber(authorities), fields=())
    assert shown == license_shown(LicenseId.parse(license_id), authorities)
    name = parse_name(kind, shown)
    assert isinstance(name, Name)
    assert (license_id, shown) == (str(name.license), name.display)


def test_so_is_one_of_any_board_beside_any_other() -> None:
    """By the example of each board's own."""
    for board, other in itertools.permutations(FORMATS, 2):
        license_id = parse_license(FORMATS[board].example, (board,))
        assert isinstance(license_id, LicenseId)
        shown = license_shown(license_id, (board, other))
        assert license_id == parse_license(shown, (board, other))
