"""Which column of a roster holds what."""

from __future__ import annotations

import pytest

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.files import FileFault
from permit_accounts.rules.roster_columns import HeaderFault, Layout, RosterColumns, layout_of

PLAIN = RosterColumns()


def laid_out(line: str, columns: RosterColumns = PLAIN) -> Layout:
    layout = layout_of(line, columns)
    assert isinstance(layout, Layout), layout
    return layout


def faulty(line: str, columns: RosterColumns = PLAIN, *needed: str) -> HeaderFault:
    layout = layout_of(line, columns, needed=needed)
    assert isinstance(layout, HeaderFault), layout
    return layout


@pytest.mark.parametrize("header", ["License", "LICENSE", " license ", "li-cense", "License:"])
def test_names_are_matched_by_letters_and_digits(header: str) -> None:
    """Case, spaces and punctuation do not make another column."""
    assert {"license": 0} == laid_out(header).places


def test_own_names_are_mapped() -> None:
    """A city calls its columns as it likes."""
    columns = RosterColumns(license="LIC NO", contact_name="Qualifier", email="E-Mail")
    layout = laid_out("Lic_No,Qualifier,email,Fax", columns)
    assert {"license": 0, "contact_name": 1, "email": 2} == dict(layout.places)
    assert "Lic_No" == layout.column("license")
    assert ("Fax",) == layout.ignored


@pytest.mark.attack("CSV-05")
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_told_from_the_header(delimiter: str) -> None:
    """Comma, semicolon or tab: the one by which the header makes most sense."""
    layout = laid_out(delimiter.join(["license", '"email"', "business name"]) + "\r\n")
    assert delimiter == layout.delimiter
    assert {"license": 0, "email": 1, "business_name": 2} == dict(layout.places)


def test_name_with_another_delimiter_inside_does_not_mislead() -> None:
    """What counts is how many facts a delimiter finds, not how often it stands there."""
    layout = laid_out("license;email;name, first, last, middle, suffix")
    assert ";" == layout.delimiter


def test_single_column_is_enough() -> None:
    """A list of numbers is a roster."""
    assert Layout(delimiter=",", header=("license",), places={"license": 0}) == laid_out("license\n")


def test_missing_column_is_named_with_those_found() -> None:
    """Whoever mapped wrongly sees what the file has."""
    fault = faulty("Lic,E-Mail", RosterColumns(email="mail"))
    assert FileFault.COLUMN_MISSING == fault.fault
    assert {"missing": "'license', 'mail'", "found": "'Lic', 'E-Mail'", "others": "0"} == fault.params


def test_needed_column_is_asked_for() -> None:
    """An import that leaves rows out by a column cannot do without it."""
    assert "'last_permit_on'" == faulty("license", PLAIN, "last_permit_on").params["missing"]


def test_column_named_twice_is_refused() -> None:
    """Nobody can say which of two is meant."""
    fault = faulty("license,License,email")
    assert FileFault.COLUMN_TWICE == fault.fault
    assert {"twice": "'license'"} == fault.params


def test_unmapped_column_may_stand_there_twice() -> None:
    """What is not read may be called anything."""
    assert ("Note", "Note") == laid_out("license,Note,Note,").ignored


def test_header_with_broken_quotes_is_refused() -> None:
    """Its columns cannot be told."""
    assert FileFault.QUOTE == faulty('"license,email').fault


def test_report_of_garbage_is_bounded() -> None:
    """A header of any size or content becomes one short line."""
    params = faulty(",".join(["x\x00\u202e" * 1000] * 5000)).params
    assert len(params["found"]) < 5000
    assert params["found"].isprintable()
    assert "4960" == params["others"]


@pytest.mark.attack("CSV-14")
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_looks_like_no_name_is_counted_and_not_shown(delimiter: str) -> None:
    """A file without a header begins with somebody's hash and address."""
    cells = [
        *("ann@mail.example.org", "pbkdf2_sha256$10$salt$digest", "$2b$05$" + "u" * 53, "(323) 555-0100"),
        *("d41d8cd98f00b204e9800998ecf8427e", "8300 Any Street", "u" * 41, ""),
    ]
    fault = faulty(delimiter.join([*cells, "LIC NO"]))

    of_one_cell = {"missing": "'license'", "found": "—", "others": "1"}
    of_all = {"missing": "'license'", "found": "'LIC NO'", "others": "7"}
    assert (of_one_cell if delimiter == "|" else of_all) == fault.params


def test_names_of_columns_may_have_marks_and_digits() -> None:
    """In any alphabet, with four digits at the most."""
    names = ("E-Mail", "lic_no.", "Año 2014", "Лицензия", "Workers comp expires on")
    params = faulty(",".join(names)).params
    assert (", ".join(map(repr, names)), "0") == (params["found"], params["others"])


@pytest.mark.parametrize("name", ["", " - ", 3])
def test_empty_mapping_is_a_mistake(name: object) -> None:
    """A column's name has letters or digits."""
    with pytest.raises(ConfigurationError, match="email"):
        RosterColumns(email=name)  # type: ignore[arg-type]
