"""Records as people and programs read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from permit_accounts.cli.shown import document, event_lines, license_lines, problem_lines, text
from permit_accounts.model.codes import (
    ActorKind,
    Code,
    EventName,
    FactSource,
    LicenseStatus,
    Purpose,
    Reason,
)
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.records import AuditEvent, License, OneTimeToken, StatusFacts

_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_document_leaves_out_what_a_repr_leaves_out() -> None:
    """The id of a token opens its door once it is sealed."""
    token = OneTimeToken(
        id="canary",
        purpose=Purpose.SETUP_LINK,
        account_id="a",
        epoch=1,
        created_at=_AT,
        expires_at=_AT,
        session_id="canary",
    )
    told = document(token)
    assert "canary" not in str(told)
    assert ("setup-link", "2026-03-02T09:00:00+00:00", []) == (
        told["purpose"],
        told["expires_at"],
        told["asks"],
    )


def test_a_license_is_told_with_its_status() -> None:
    """The board's own word, and until when."""
    status = StatusFacts(
        status=LicenseStatus.ACTIVE,
        text="CLEAR",
        classes=("B", "C-10"),
        expires_on=date(2027, 6, 30),
        source=FactSource.ROSTER,
        as_of=_AT,
    )
    lines = license_lines(License(id="us-ca-cslb:1012345", status=status, division="Building"))
    assert [
        "license              us-ca-cslb:1012345",
        "on the roster since  not on the roster",
        "status               CLEAR, expires 2027-06-30",
        "classes              B, C-10",
        "division             Building",
    ] == lines


def test_an_event_is_told_with_who_and_why() -> None:
    """One line, and below it what else is known."""
    event = AuditEvent(
        id="1",
        at=_AT,
        name=EventName.SIGN_IN_REFUSED,
        actor=ActorKind.SELF,
        cause=Reason.WRONG_PASSWORD,
        ip="192.0.2.1",
    )
    first, second = event_lines(event)
    assert first.endswith("Sign-in not accepted (wrong-password), by self")
    assert "    from  192.0.2.1" == second


def test_a_problem_is_told_in_the_catalogs_words() -> None:
    """With the field's own label; what the words do not say stands below."""
    assert ["Password: Use at least 15 characters. A sentence of several words is easy to remember."] == (
        problem_lines(Problem(Code.PASSWORD_SHORT, "password", {"min": "15"}))
    )
    held = problem_lines(Problem(Code.STAFF_HELD, params={"username": "ann", "email": ""}))
    assert ["  username: ann"] == held[1:]


def test_a_key_without_words_is_shown_as_it_is() -> None:
    """A field of a city's own has no words here."""
    assert ("field.hoa_letter", "hoa_letter") == (
        text("field.hoa_letter"),
        text("field.x", otherwise="hoa_letter"),
    )
