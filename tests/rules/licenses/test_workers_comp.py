"""Who must carry workers' compensation insurance depends on the day."""

from __future__ import annotations

from datetime import date

import pytest

from permit_accounts.model.codes import LicenseStatus
from permit_accounts.rules.licenses import WORKERS_COMP_RULES, workers_comp_required

LAST_DAY_BEFORE = date(2022, 12, 31)
FIVE_CLASSES = date(2023, 1, 1)
TODAY = date(2026, 9, 1)
LAST_DAY_OF_FIVE = date(2027, 12, 31)
EVERYONE = date(2028, 1, 1)


def asked(
    classes: str | tuple[str, ...],
    business_type: str = "corporation",
    *,
    employees: bool = False,
    status: LicenseStatus = LicenseStatus.ACTIVE,
    on: date = TODAY,
) -> bool:
    return workers_comp_required(classes, business_type, has_employees=employees, status=status, on_date=on)


@pytest.mark.parametrize("on", [LAST_DAY_BEFORE, FIVE_CLASSES, TODAY, EVERYONE])
def test_whoever_has_employees_needs_it(on: date) -> None:
    """On every day."""
    assert asked(("B",), employees=True, on=on)


@pytest.mark.parametrize("spelled", ["C-8", "C08", "c 20", "C22", "C-39", "C-61/D-49", "D49", "D-49", "C-49"])
def test_five_classes_need_it_without_employees(spelled: str) -> None:
    """Since 1 January 2023, whoever holds one of them; C-49 has taken the place of D-49."""
    assert not asked(("B", spelled), on=LAST_DAY_BEFORE)
    assert asked(("B", spelled), on=FIVE_CLASSES)
    assert asked(("B", spelled), on=LAST_DAY_OF_FIVE)


@pytest.mark.parametrize("classes", [(), "", ("",), ("B",), ("C-10", "D-28"), "B, C-10", ("C-88",)])
def test_other_classes_need_none_without_employees_until_2028(
    classes: str | tuple[str, ...],
) -> None:
    """SB 1455 moved the rule for everybody from 2026 to 1 January 2028."""
    assert not asked(classes, on=date(2026, 1, 1))
    assert not asked(classes, on=LAST_DAY_OF_FIVE)
    assert asked(classes, on=EVERYONE)


@pytest.mark.parametrize("classes", ["C-39", "C-10, C-39", ("C-10, C-39",), ("B", "c39; D-28"), "C-61/D-49"])
def test_classes_are_read_as_the_form_has_them(classes: str | tuple[str, ...]) -> None:
    """One text or several, each with one class or more."""
    assert asked(classes)


@pytest.mark.parametrize("classes", ["C-39 Roofing", ("C-39 Roofing",), ("General Building",), ("B", "С-39")])
def test_a_class_that_cannot_be_read_asks_for_a_certificate(classes: str | tuple[str, ...]) -> None:
    """It may be one of the five."""
    assert asked(classes)
    assert not asked(classes, on=LAST_DAY_BEFORE)


@pytest.mark.parametrize("business_type", ["joint-venture", "JointVenture", "Joint Venture"])
def test_a_joint_venture_without_employees_is_let_off_from_2028(business_type: str) -> None:
    """And nobody else is; before that day it is asked by its classes as others are."""
    assert not asked(("C-39",), business_type, on=EVERYONE)
    assert asked(("C-39",), business_type, on=LAST_DAY_OF_FIVE)
    assert asked(("B",), business_type, employees=True, on=EVERYONE)


@pytest.mark.parametrize("on", [TODAY, EVERYONE])
def test_an_inactive_license_needs_none(on: date) -> None:
    """It may not be worked under."""
    assert not asked(("C-39",), employees=True, status=LicenseStatus.INACTIVE, on=on)


@pytest.mark.parametrize("status", [LicenseStatus.UNKNOWN, LicenseStatus.SUSPENDED, LicenseStatus.EXPIRED])
def test_any_other_standing_is_treated_as_active(status: LicenseStatus) -> None:
    """A lapse of the insurance is what many suspensions are for."""
    assert asked(("C-39",), status=status)


def test_the_table_is_in_order_and_names_its_laws() -> None:
    """Each line begins later than the one before and says which law it is."""
    days = [rule.since for rule in WORKERS_COMP_RULES]
    assert sorted(set(days)) == days
    assert all("B&P 7125" in rule.statute for rule in WORKERS_COMP_RULES)
