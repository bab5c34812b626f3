"""Guide 2a, gone stale: a temporary password that nobody uses for 72 hours opens nothing any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from permit_accounts.cli.shown import moment, text
from permit_accounts.cli.tour.city import TourCity
from permit_accounts.cli.tour.people import NOT_IN_TIME
from permit_accounts.cli.tour.telling import (
    Readings,
    Step,
    came_to,
    expect,
    mailed,
    problem_readings,
    recorded,
    refused_for,
    returned,
)
from permit_accounts.model.codes import Code, EventName, Reason, Standing
from permit_accounts.model.outcomes import TemporaryPasswordIssued
from permit_accounts.rules.account_types import CONTRACTOR
from permit_accounts.tools.claims import name_of

_WHO: Final = NOT_IN_TIME
_NUMBER: Final = "665544"
_NAME: Final = name_of(f"us-ca-cslb:{_NUMBER}")


class NotInTime:
    """A call to staff, and three days in which nothing is done."""

    title = "Guide 2a: returning contractors, not in time"

    def __init__(self, city: TourCity) -> None:
        self._city = city
        self._temporary = ""

    def steps(self) -> Sequence[Step]:
        """Given, and left too long."""
        return (
            Step(
                "A notice to the person on file",
                "Whoever is in the records with an e-mail address is told of a temporary password.",
                self.is_told,
            ),
            Step(
                "Three days later",
                "After 72 hours a temporary password opens nothing; the person calls staff again.",
                self.comes_too_late,
            ),
        )

    def is_told(self) -> Readings:
        """The notice does not have the password in it."""
        outcome = self._city.desk.issue_temporary_password(
            _NUMBER, CONTRACTOR, reason="called to finish", checked_how="came to the counter with the card"
        )
        issued = came_to(TemporaryPasswordIssued, outcome)
        self._temporary = issued.password
        yield returned(f"a temporary password, good until {moment(issued.until)}")
        notice = self._city.letter(_WHO.email, "temporary-issued")
        expect(issued.password not in notice.text, "the notice has the temporary password in it")
        yield mailed(notice)

    def comes_too_late(self) -> Readings:
        """The right password, when 72 hours have gone by."""
        self._city.clock.let_pass(timedelta(hours=72))
        outcome = self._city.accounts.sign_in(CONTRACTOR, _NUMBER, self._temporary, visitor=_WHO.visitor)
        problems = refused_for(outcome, Code.TEMPORARY_EXPIRED)
        expect(self._city.policy.support_phone in problems[0].params.values(), "no telephone is named")
        yield from problem_readings(problems)
        account = self._city.account(_NAME)
        expect(account.standing is Standing.SETUP, f"the account is {account.standing}")
        event = self._city.event(EventName.SIGN_IN_REFUSED, account)
        expect(event.cause is Reason.TEMPORARY_EXPIRED, f"what is on record is {event.cause}")
        yield recorded(
            f"the account is still in {account.standing}; {text(f'event.{event.name}')}: {event.cause}"
        )
