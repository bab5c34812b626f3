"""The table of formats: complete, consistent with itself, and its own canonical forms stand still."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permit_accounts.model.codes import Code, MatchLevel
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.outcomes import Problem
from permit_accounts.rules.licenses import FORMATS, Confidence, Format, parse_license

EXAMPLES = Path(__file__).with_name("license_examples.csv")


def examples(is_: str) -> list[tuple[str, str, str]]:
    with EXAMPLES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [(row["authority"], row["typed"], row["number"]) for row in rows if row["is"] == is_]


@pytest.mark.parametrize(("authority", "typed", "number"), examples("taken"))
def test_a_valid_example_has_its_canonical_number(authority: str, typed: str, number: str) -> None:
    """Every spelling in the table of examples is taken as the number stated beside it."""
    assert LicenseId(authority, number) == parse_license(typed, [authority])


@pytest.mark.parametrize(("authority", "typed", "_"), examples("refused"))
def test_an_invalid_example_of_a_well_known_format_is_refused(authority: str, typed: str, _: str) -> None:
    """Rows of high and medium confidence refuse what does not match."""
    assert isinstance(parse_license(typed, [authority]), Problem)


@pytest.mark.parametrize(("authority", "typed", "number"), examples("unrecognized"))
def test_a_little_known_format_never_refuses_a_number(authority: str, typed: str, number: str) -> None:
    """A row of low confidence accepts what it does not recognize, and says so."""
    read = parse_license(typed, [authority])
    assert LicenseId(authority, number) == read
    assert isinstance(read, LicenseId)
    assert MatchLevel.UNRECOGNIZED == read.match_level


def test_every_format_has_examples() -> None:
    """Each row is tried with numbers that it takes and with numbers that it does not."""
    assert set(FORMATS) == {authority for authority, _, _ in examples("taken")}
    assert set(FORMATS) == {authority for authority, _, _ in examples("refused") + examples("unrecognized")}


def test_the_table_has_the_rows_that_have_a_source() -> None:
    """37 formats circulate; the four that nobody can show a source for are left out."""
    assert 33 == len(FORMATS)
    unsourced = {"us-fl-dbpr-cilb-r", "us-fl-dbpr-eclb", "us-wv-dol", "us-pa-ag-hic"}
    assert set() == unsourced & set(FORMATS)


def test_a_row_counts_as_the_lowest_level_that_it_names() -> None:
    """A row that is sure of one form and unsure of another refuses as little as the unsure one."""
    lowest = {level: {row.id for row in FORMATS.values() if row.confidence is level} for level in Confidence}
    assert {
        "us-az-roc", "us-nv-nscb", "us-or-ccb", "us-wa-lni", "us-fl-dbpr-cilb", "us-la-lslbc",
        "us-nj-dca-hic", "us-ct-dcp-hic", "us-mn-dli",
    } == lowest[Confidence.HIGH]  # fmt: skip
    assert {
        "us-tx-tsbpe", "us-nc-nclbgc", "us-sc-llr-clb", "us-sc-llr-rbc", "us-ga-sos-rgc", "us-nm-cid",
        "us-ma-opsi-csl", "us-nj-dca-elec", "us-fl-highlands-hc", "us-ny-nyc-dcwp", "us-ri-crlb",
        "us-nh-oplc-elec",
    } == lowest[Confidence.LOW]  # fmt: skip


@pytest.mark.parametrize("row", FORMATS.values(), ids=FORMATS.keys())
def test_a_row_is_complete(row: Format) -> None:
    """Ids are stable slugs that begin with country and state; every row says what it is and how it knows."""
    assert re.fullmatch(r"us-[a-z]{2}(?:-[a-z0-9]+)+", row.id, re.ASCII)
    assert row.id[3:5] == row.state.lower()
    assert all((row.board, row.name, row.shape, row.source))
    assert row.pattern.flags & re.ASCII
    assert (row.example, False) == row.canonical(row.example)
    assert row.pattern.fullmatch(row.example)


@pytest.mark.attack("UNI-03", "LIC-09")
@given(st.sampled_from(list(FORMATS.values())).flatmap(
    lambda row: st.tuples(st.just(row), st.from_regex(row.pattern.compiled, fullmatch=True))
))  # fmt: skip
def test_what_matches_a_pattern_is_its_own_canonical_form(case: tuple[Format, str]) -> None:
    """No step changes a number that is canonical already."""
    row, number = case
    assert number == row.canonical(number)[0]


def test_an_authority_that_is_not_in_the_table_is_the_cities_mistake() -> None:
    """A misspelled authority fails loudly, and names the id."""
    with pytest.raises(ConfigurationError, match="us-ca-clsb"):
        parse_license("1012345", ["us-ca-clsb"])


def test_a_city_that_takes_no_boards_numbers_refuses_them_all() -> None:
    """No authority, no license; and no fault."""
    assert Problem(Code.LICENSE_AUTHORITY, params={"boards": ""}) == parse_license("1012345", [])
