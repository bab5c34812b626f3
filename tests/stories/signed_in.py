"""What somebody does who is signed in: with a session that is alive, and with those that are not any more."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from permit_accounts import (
    AccountClosed,
    AccountExport,
    CheckYourEmail,
    Code,
    History,
    LicenseAdded,
    LicenseReleased,
    LinkState,
    Refused,
    SessionsEnded,
    SignedOut,
)
from permit_accounts.model.codes import Purpose
from stories.at_the_doors import WRONG
from stories.model import Claim, Person, Window, first_of, name_id
from stories.scene import Scene, answers, numbers, passwords, picked, picks, yes_or_no

somebody_is_in = precondition(lambda self: self.everybody_open())


class SignedInThere(Scene):
    """The doors that need a session."""

    def somebody(self, pick: int) -> tuple[Person, Window]:
        found: tuple[Person, Window] = picked(self.everybody_open(), pick)
        return found

    def is_fresh(self, window: Window) -> bool:
        return window.is_fresh(self.now, self.policy)

    # ----------------------------------------------------------------------------------- the password again

    def compared(self, person: Person, *, right: bool) -> bool:
        """Whether the password that is asked again is taken for right, and what is counted for it.

        Once strangers have shut the password, the account's sessions are one device that it knows.
        """
        if person.is_shut(self.policy) and person.session_failures < self.policy.hard_cap:
            person.session_failures = 0 if right else person.session_failures + 1
        elif person.is_shut(self.policy) or not right:
            person.strangers_failures += 1
            return False
        if right:
            person.strangers_failures = 0
        return right

    def asked_again(self, person: Person, *, wrong: bool) -> str:
        return WRONG if wrong or person.password is None else person.password

    @somebody_is_in
    @rule(pick=picks, new=passwords, wrong=yes_or_no)
    def change_password(self, pick: int, new: str, wrong: bool) -> None:
        """The new one opens, the old one does not, and every session but this one has ended."""
        person, window = self.somebody(pick)
        current = self.asked_again(person, wrong=wrong)
        outcome = self.accounts.change_password(window.token, current, new)
        same = new == person.password
        if same and current != WRONG and not isinstance(outcome, Refused):
            raise AssertionError("the same password was taken for a new one")
        if same and current != WRONG and isinstance(outcome, Refused):
            if outcome.codes == (Code.PASSWORD_UNCHANGED,):
                return None  # nobody's failure, and no success that clears any
            assert not self.compared(person, right=True)
            return self.refused(outcome, Code.WRONG_CREDENTIALS)
        if not self.compared(person, right=current != WRONG):
            return self.refused(outcome, Code.WRONG_CREDENTIALS)
        person.answer_failures += person.answer is not None
        person.has_password(new)
        self.replaced(person, outcome, window, entered=True)
        return None

    @somebody_is_in
    @rule(
        pick=picks, question=st.sampled_from(["first-dish", "first-concert"]), answer=answers, wrong=yes_or_no
    )
    def change_security_question(self, pick: int, question: str, answer: str, wrong: bool) -> None:
        """A change of credentials like that of a password."""
        person, window = self.somebody(pick)
        current = self.asked_again(person, wrong=wrong)
        outcome = self.accounts.change_security_question(window.token, current, question, answer)
        if not self.compared(person, right=current != WRONG):
            return self.refused(outcome, Code.WRONG_CREDENTIALS)
        person.answer = answer
        person.all_ended()
        self.replaced(person, outcome, window, entered=True)
        return None

    @somebody_is_in
    @rule(pick=picks, wrong=yes_or_no)
    def reauthenticate(self, pick: int, wrong: bool) -> None:
        """The session gets another token, and nobody else's ends."""
        person, window = self.somebody(pick)
        current = self.asked_again(person, wrong=wrong)
        outcome = self.accounts.reauthenticate(window.token, current)
        if not self.compared(person, right=current != WRONG):
            return self.refused(outcome, Code.WRONG_CREDENTIALS)
        fresh = self.replaced(person, outcome, window, entered=True)
        for link in person.links:
            if link.window is window:
                link.window = fresh
        return None

    @somebody_is_in
    @rule(pick=picks, wrong=yes_or_no)
    def close_account(self, pick: int, wrong: bool) -> None:
        """Every credential is erased, every name let go."""
        person, window = self.somebody(pick)
        current = self.asked_again(person, wrong=wrong)
        outcome = self.accounts.close_account(window.token, current)
        if not self.compared(person, right=current != WRONG):
            return self.refused(outcome, Code.WRONG_CREDENTIALS)
        assert isinstance(outcome, AccountClosed)
        return person.closed()

    # --------------------------------------------------------------------------------------------- sessions

    @somebody_is_in
    @rule(pick=picks)
    def visit(self, pick: int) -> None:
        """Somebody is at work, which keeps the session from going idle."""
        person, window = self.somebody(pick)
        signed_in = self.accounts.session(window.token)
        assert signed_in is not None
        assert signed_in.account.id == person.id
        window.looked_through(self.now, self.policy)

    @rule(pick=picks)
    def knock_with_an_ended_session(self, pick: int) -> None:
        """It opens no door at all, and nothing changes."""
        still = {id(window) for _, window in self.everybody_open()}
        all_windows = [window for person in self.city.people for window in person.windows]
        dead = picked([window for window in all_windows if id(window) not in still], pick)
        if dead is None:
            return
        assert self.accounts.session(dead.token) is None
        for outcome in (
            self.accounts.change_password(dead.token, WRONG, WRONG),
            self.accounts.change_email(dead.token, "thief@mail.example.org"),
            self.accounts.end_other_sessions(dead.token),
            self.accounts.export_account(dead.token),
            self.accounts.close_account(dead.token, WRONG),
        ):
            self.refused(outcome, Code.SESSION)

    @somebody_is_in
    @rule(pick=picks)
    def sign_out(self, pick: int) -> None:
        """Once is enough; twice is the same."""
        _, window = self.somebody(pick)
        for _ in range(2):
            assert isinstance(self.accounts.sign_out(window.token), SignedOut)
        window.ended = True

    @somebody_is_in
    @rule(pick=picks, other=picks)
    def end_session(self, pick: int, other: int) -> None:
        """One of one's own, with the change of address that it asked for; never somebody else's."""
        person, window = self.somebody(pick)
        ended_person, ended = self.somebody(other)
        outcome = self.accounts.end_session(window.token, ended.id)
        assert isinstance(outcome, SessionsEnded)
        assert outcome.count == (1 if ended_person is person else 0)
        if ended_person is person:
            ended.ended = True
            for link in person.links:
                link.spent = link.spent or link.window is ended

    @somebody_is_in
    @rule(pick=picks)
    def end_other_sessions(self, pick: int) -> None:
        """All but this one, for somebody who entered the password a short while ago."""
        person, window = self.somebody(pick)
        outcome = self.accounts.end_other_sessions(window.token)
        if not self.is_fresh(window):
            return self.refused(outcome, Code.PASSWORD_AGAIN)
        person.all_ended()
        self.replaced(person, outcome, window, entered=False)
        return None

    # ---------------------------------------------------------------------------------------------- address

    @somebody_is_in
    @rule(pick=picks, which=st.integers(0, 2))
    def change_email(self, pick: int, which: int) -> None:
        """Nothing changes until the new address has confirmed."""
        person, window = self.somebody(pick)
        email = f"{which}.of.{self.city.people.index(person)}@new.example.org"
        outcome = self.accounts.change_email(window.token, email)
        if not self.is_fresh(window):
            return self.refused(outcome, Code.PASSWORD_AGAIN)
        if email == person.email:
            return self.refused(outcome, Code.EMAIL_UNCHANGED)
        assert isinstance(outcome, CheckYourEmail)
        person.mailboxes.add(email)
        return self.born((person, Purpose.CHANGE_EMAIL, email))

    # --------------------------------------------------------------------------------------------- licenses

    @somebody_is_in
    @rule(pick=picks, number=numbers)
    def add_license(self, pick: int, number: str) -> None:
        """A claim without a name; it waits for staff where somebody else may hold the license."""
        person, window = self.somebody(pick)
        outcome = self.accounts.add_license(window.token, f"CSLB {number}")
        known = person.claims.get(number)
        if known is not None and known.is_live:
            return self.refused(outcome, Code.LICENSE_YOURS)
        waits = self.city.only_staff_may_give(number)
        person.claims[number] = Claim(LinkState.PENDING if waits else LinkState.CLAIMED)
        assert isinstance(outcome, LicenseAdded)
        return None

    @somebody_is_in
    @rule(pick=picks, number=numbers)
    def release_license(self, pick: int, number: str) -> None:
        """Its name goes with it, unless there is no other."""
        person, window = self.somebody(pick)
        outcome = self.accounts.release_license(window.token, f"us-ca-cslb:{number}")
        if not self.is_fresh(window):
            return self.refused(outcome, Code.PASSWORD_AGAIN)
        claim = person.claims.get(number)
        if claim is None or not claim.is_live:
            return self.refused(outcome, Code.LICENSE_NOT_YOURS)
        if person.names == {number}:
            return self.refused(outcome, Code.LICENSE_LAST_NAME)
        assert isinstance(outcome, LicenseReleased)
        claim.state, claim.by_staff = LinkState.RELEASED, False
        if number in person.names:
            person.names.discard(number)
            if person.username == number:
                person.username = first_of(person.names)
        return None

    # ----------------------------------------------------------------------------------------- what is kept

    @somebody_is_in
    @rule(pick=picks)
    def read_what_is_kept(self, pick: int) -> None:
        """One's own licenses, activity and export; another's are in none of them."""
        person, window = self.somebody(pick)
        activity = self.accounts.activity(window.token, limit=1000)
        assert isinstance(activity, History)
        assert {person.id} == {event.account_id for event in activity.events}
        assert {""} == {event.reason for event in activity.events}
        signed_in = self.accounts.session(window.token)
        assert signed_in is not None
        window.looked_through(self.now, self.policy)
        verified = {license_id.number for license_id in self.accounts.verified_licenses(signed_in.account)}
        assert verified == {number for number in person.claims if person in self.city.verified(number)}

        export = self.accounts.export_account(window.token)
        if not self.is_fresh(window):
            return self.refused(export, Code.PASSWORD_AGAIN)
        assert isinstance(export, AccountExport)
        assert set(export.names) == {name_id(name) for name, one in self.city.owners.items() if one is person}
        states = {(f"us-ca-cslb:{number}", claim.state) for number, claim in person.claims.items()}
        assert states == {(one["license"], one["state"]) for one in export.licenses}
        return None
