"""Guide 2a, Forgot Password: a returning contractor resets the password using the license number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from permit_accounts.cli.shown import text
from permit_accounts.cli.tour.city import TourCity
from permit_accounts.cli.tour.people import RETURNING
from permit_accounts.cli.tour.telling import (
    Readings,
    Step,
    came_to,
    expect,
    mailed,
    problem_readings,
    received,
    refused_for,
    returned,
    there,
)
from permit_accounts.model.codes import Code, EventName
from permit_accounts.model.outcomes import CheckYourEmail, PasswordReset, ResetForm, SignedIn
from permit_accounts.rules.account_types import CONTRACTOR
from permit_accounts.tools.claims import name_of

_WHO: Final = RETURNING
_NUMBER: Final = "1012345"
_NAME: Final = name_of(f"us-ca-cslb:{_NUMBER}")


class ReturningForgets:
    """The contractor who has finished set-up, some time later."""

    title = "Guide 2a: returning contractors, forgotten password"

    def __init__(self, city: TourCity) -> None:
        self._city = city
        self._accounts = city.accounts
        self._link = ""

    def steps(self) -> Sequence[Step]:
        """From the license number to a new password."""
        return (
            Step(
                "Forgot Password by license",
                "The page takes the license number; an e-mail goes to the address on file.",
                self.forgets,
            ),
            Step(
                "Set a new password",
                "Behind the link, with the answer to the question; a wrong one is refused.",
                self.resets,
            ),
        )

    def forgets(self) -> Readings:
        """Asked by license number, answered at the address on file."""
        outcome = self._accounts.request_password_reset(f"lic # {_NUMBER}", CONTRACTOR, visitor=_WHO.visitor)
        came_to(CheckYourEmail, outcome)
        letter = self._city.letter(_WHO.email, "reset-link")
        self._link = self._city.link_in(letter, self._city.policy.links.reset)
        yield mailed(letter)
        expect(self._city.policy.support_phone in letter.text, "the e-mail names no telephone")
        yield received(f"for questions it names {self._city.policy.support_phone}")

    def resets(self) -> Readings:
        """A wrong answer is refused; then the old password is dead, and the new one signs in."""
        old = self._city.account(_NAME)
        page = came_to(ResetForm, self._accounts.open_reset(self._link))
        question = there(page.question_id, "security question on the page")
        expect(question == _WHO.form["question"], f"the page asks {question}")
        yield returned(f"{page.username} is asked: {text(f'question.{question}')}")
        wrong = self._accounts.reset_password(
            self._link, _WHO.next_password, "the saw mill", visitor=_WHO.visitor
        )
        yield from problem_readings(refused_for(wrong, Code.ANSWER_WRONG))
        outcome = self._accounts.reset_password(
            self._link, _WHO.next_password, _WHO.answer, visitor=_WHO.visitor
        )
        came_to(PasswordReset, outcome)
        account = self._city.account(_NAME)
        expect(account.epoch == old.epoch + 1, "what was open before has not ended")
        yield mailed(self._city.letter(_WHO.email, "password-reset"))
        stale = self._accounts.sign_in(CONTRACTOR, _NUMBER, _WHO.password, visitor=_WHO.visitor)
        yield from problem_readings(refused_for(stale, Code.WRONG_CREDENTIALS))
        fresh = self._accounts.sign_in(CONTRACTOR, _NUMBER, _WHO.next_password, visitor=_WHO.visitor)
        there(self._city.session(came_to(SignedIn, fresh).session_token), "session in the file")
        self._city.event(EventName.PASSWORD_RESET, account)
        yield returned(
            f"with the new password, upper right corner: {came_to(SignedIn, fresh).account.username}"
        )
