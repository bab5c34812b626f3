"""What anybody can try who is not signed in: register, sign in, set up, follow a link from a mail."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from permit_accounts import (
    CheckYourEmail,
    Code,
    EmailChangeCancelled,
    EmailConfirmed,
    LinkState,
    PasswordReset,
    Refused,
    SetupRequired,
    Standing,
    Visitor,
)
from permit_accounts.model.codes import Purpose
from permit_accounts.testing.world import contractor_form, public_form, setup_form
from stories.model import MOST_CANCEL_LINKS, Claim, Link, Person, is_number, kind_of, renewed
from stories.scene import (
    ANSWERS,
    Scene,
    answers,
    names,
    passwords,
    picked,
    picks,
    yes_or_no,
)

WRONG = "nobody's password in this city"
FOR_SETUP = (Purpose.SETUP_GRANT, Purpose.SETUP_LINK)
#: What a first confirmation is proved with.
ways = st.sampled_from(["session", "password", "new", "nothing", "wrong"])


class AtTheDoors(Scene):
    """The doors that need no session."""

    # -------------------------------------------------------------------------------- accounts of one's own

    @rule(name=names, password=passwords, answer=answers)
    def register(self, name: str, password: str, answer: str) -> None:
        form = contractor_form if is_number(name) else public_form
        email = f"{name}@mail.example.org"
        filled = form(name, password=password, answer=answer, email=email)
        outcome = self.accounts.register(kind_of(name), filled)
        if is_number(name) and self.city.only_staff_may_give(name):
            return self.refused(outcome, Code.LICENSE_CALL_STAFF)
        if name in self.city.owners:
            return self.refused(outcome, Code.USERNAME_TAKEN)
        person = Person(outcome.account.id, kind_of(name), name, Standing.ACTIVE, answer=answer)  # type: ignore[union-attr]
        person.password = password
        person.has_email(email, confirmed=False)
        self.city.moved_in(person, name)
        if is_number(name):
            person.claims[name] = Claim(LinkState.CLAIMED)
        self.opened(person, outcome)
        self.born((person, Purpose.CONFIRM_EMAIL, email))
        assert self.accounts.verified_licenses(outcome.account) == ()  # type: ignore[union-attr]
        return None

    # --------------------------------------------------------------------------------------------- signing in

    @rule(name=names, password=passwords, remember=yes_or_no, at_home=yes_or_no)
    def sign_in(self, name: str, password: str, remember: bool, at_home: bool) -> None:
        """With any password, on a device that the account knows or on another."""
        self.tries(name, password, remember=remember, at_home=at_home)

    @rule(pick=picks, remember=yes_or_no, at_home=yes_or_no)
    def sign_in_rightly(self, pick: int, remember: bool, at_home: bool) -> None:
        """With the password that was set last."""
        able = sorted(name for name, one in self.city.owners.items() if one.password and name in one.names)
        name = picked(able, pick)
        if name is not None:
            password = self.city.owners[name].password
            assert password is not None
            self.tries(name, password, remember=remember, at_home=at_home)

    def tries(self, name: str, password: str, *, remember: bool = False, at_home: bool = False) -> None:
        person = self.city.named(name)
        device = person.trusted_device(self.now, self.policy) if person is not None and at_home else None
        right = person is not None and person.password == password and self.is_active(person)
        if not right:
            device = None  # a known device has a count of its own, which is not this story's
        outcome = self.accounts.sign_in(
            kind_of(name), name, password, remember=remember, visitor=Visitor(device_token=device)
        )
        if person is None or not right or (device is None and person.is_shut(self.policy)):
            self.refused(outcome, Code.WRONG_CREDENTIALS)
            return self.guessed_wrong(person)
        person.strangers_failures = 0
        if person.answer is None:
            # A mailbox that proved itself erased the question: it is asked for once more, and nothing else.
            assert isinstance(outcome, SetupRequired)
            assert outcome.asks == ("question", "answer")
            return self.born((person, Purpose.SETUP_GRANT, None))
        if device is not None:
            person.shut = False
        self.opened(person, outcome, remember=remember)
        return self.surplus_ended(person)

    def guessed_wrong(self, person: Person | None) -> None:
        """One failure more on unknown devices, and what it brings about."""
        if person is None:
            return
        person.strangers_failures += 1
        if self.is_active(person) and person.strangers_failures >= self.policy.hard_cap:
            person.shut = True

    def surplus_ended(self, person: Person) -> None:
        """Whoever signs in once too often loses the session that was seen longest ago."""
        *others, _ = person.open_windows(self.now, self.policy)
        others.sort(key=lambda window: window.seen)
        for window in others[: max(0, len(others) + 1 - self.policy.max_sessions)]:
            window.ended = True

    @precondition(lambda self: any(self.is_active(person) for person in self.city.people))
    @rule(pick=picks)
    def strangers_guess(self, pick: int) -> None:
        """As many wrong passwords in a row as shut the password to unknown devices."""
        person = picked([one for one in self.city.people if self.is_active(one)], pick)
        for _ in range(self.policy.hard_cap):
            self.tries(min(person.names), WRONG)
        assert person.shut

    @rule(pick=picks, older=picks)
    def sign_in_with_a_temporary_password(self, pick: int, older: int) -> None:
        """The one that was issued last, or one before it."""
        given = [(name, one) for name, one in sorted(self.city.owners.items()) if one.old_temporaries]
        found = picked(given, pick)
        if found is None:
            return None
        name, person = found
        temporary = picked(person.old_temporaries[::-1], older)
        outcome = self.accounts.sign_in(kind_of(name), name, temporary)
        if name not in person.names:
            self.refused(outcome, Code.WRONG_CREDENTIALS)
            return self.guessed_wrong(self.city.named(name))
        if person.standing is not Standing.SETUP or person.temporary != temporary:
            self.refused(outcome, Code.WRONG_CREDENTIALS)
            return self.guessed_wrong(person)
        assert person.temporary_until is not None
        if person.temporary_until <= self.now:
            return self.refused(outcome, Code.TEMPORARY_EXPIRED)
        assert isinstance(outcome, SetupRequired)
        assert "password" in outcome.asks
        person.strangers_failures = 0
        return self.born((person, Purpose.SETUP_GRANT, None))

    # ----------------------------------------------------------------------------------------------- set-up

    @precondition(lambda self: self.links_for(*FOR_SETUP))
    @rule(pick=picks, password=passwords, answer=answers)
    def finish_setup(self, pick: int, password: str, answer: str) -> None:
        """Behind a temporary password, or a link; never with a temporary password for the lasting one."""
        link: Link = picked(self.links_for(*FOR_SETUP), pick)
        person = link.person
        email = f"{self.city.people.index(person)}@setup.example.org"
        form = setup_form(link.asks, password=password, answer=answer, email=email)
        if not self.city.is_good(link, self.now):
            return self.refused(self.accounts.finish_setup(link.token, form), Code.SETUP_EXPIRED)
        if person.temporary is not None and "password" in link.asks:
            again = self.accounts.finish_setup(link.token, {**form, "password": person.temporary})
            self.refused(again, Code.PASSWORD_TEMPORARY)
            renewed(link, self.now, self.policy)
        outcome = self.accounts.finish_setup(link.token, form)
        link.spent = True
        proved = link.purpose is Purpose.SETUP_LINK and link.sent_to == person.email
        if "email" in link.asks:
            person.has_email(email, confirmed=False)
        elif proved:
            person.confirmed = True
        if "answer" in link.asks:
            person.answer = answer
        if link.purpose is Purpose.SETUP_LINK:
            person.devices_since = self.now
        if "password" in link.asks:
            person.has_password(password)
        for number, claim in person.claims.items():
            if claim.state is LinkState.PENDING and number in person.names:
                claim.state = LinkState.VERIFIED
        self.opened(person, outcome)
        unproved = person.email is not None and not person.confirmed
        return self.born(*([(person, Purpose.CONFIRM_EMAIL, person.email)] if unproved else []))

    # -------------------------------------------------------------------------------------- forgotten things

    @rule(pick=picks)
    def request_password_reset(self, pick: int) -> None:
        """A link to the address on file; for a license on the roster the account is made with it."""
        name = self.a_name(pick)
        outcome = self.accounts.request_password_reset(name, kind_of(name))
        assert isinstance(outcome, CheckYourEmail)
        owner = self.city.owners.get(name)
        person = self.city.named(name)
        if owner is None and is_number(name):
            permit = self.city.permits.get(name)
            if permit is not None and permit.on_roster and permit.email and not self.city.verified(name):
                person = self.newcomer(name, by_staff=False)
                self.born((person, Purpose.SETUP_LINK, person.email))
        elif person is not None and self.is_active(person) and person.email is not None:
            self.born((person, Purpose.RESET_PASSWORD, person.email))
        elif person is not None and person.standing is Standing.SETUP and self.city.on_file(person):
            self.city.set_down_on_file(person)
            self.born((person, Purpose.SETUP_LINK, person.email))

    def newcomer(self, number: str, *, by_staff: bool) -> Person:
        """The account in set-up that has just been made for a license."""
        person = self.made_for(number)
        self.city.moved_in(person, number)
        person.claims[number] = Claim(LinkState.PENDING, by_staff=by_staff)
        return person

    @precondition(lambda self: self.links_for(Purpose.RESET_PASSWORD))
    @rule(pick=picks, password=passwords, answer=st.sampled_from([*ANSWERS, ""]))
    def reset_password(self, pick: int, password: str, answer: str) -> None:
        """With the answer, once the mailbox is confirmed; nobody is signed in by it."""
        link: Link = picked(self.links_for(Purpose.RESET_PASSWORD), pick)
        person = link.person
        asked = person.answer is not None and person.confirmed
        right = answer == person.answer
        outcome = self.accounts.reset_password(link.token, password, answer)
        if not self.city.is_good(link, self.now):
            return self.refused(outcome, Code.LINK_INVALID)
        if (
            asked
            and person.answer_failures >= self.policy.answer_tries_per_day
            and isinstance(outcome, Refused)
        ):
            return self.refused(outcome, Code.ANSWER_TRIES, Code.ANSWER_WRONG)
        if asked and not right:
            person.answer_failures += 1
            return self.refused(outcome, Code.ANSWER_WRONG)
        assert isinstance(outcome, PasswordReset), outcome
        link.spent = True
        person.has_password(password)
        person.devices_since = self.now
        if not person.confirmed and link.sent_to == person.email:
            person.confirmed = True
            person.answer = None
        return None

    # -------------------------------------------------------------------------------------------- mailboxes

    @rule(pick=picks)
    def resend_confirmation(self, pick: int) -> None:
        """A fresh link, and the one before it is dead. To be reminded of one's usernames changes nothing."""
        name = self.a_name(pick)
        boxes = sorted(address for person in self.city.people for address in person.mailboxes)
        address = picked(boxes, pick) or "nobody@mail.example.org"
        assert isinstance(self.accounts.remind_usernames(address), CheckYourEmail)
        outcome = self.accounts.resend_confirmation(name, kind_of(name))
        assert isinstance(outcome, CheckYourEmail)
        person = self.city.named(name)
        if person is None or person.email is None or person.confirmed or person.password is None:
            return
        if self.is_active(person):
            self.born((person, Purpose.CONFIRM_EMAIL, person.email))

    @precondition(lambda self: self.links_for(Purpose.CONFIRM_EMAIL))
    @rule(pick=picks, how=ways, new=passwords)
    def confirm_email(self, pick: int, how: str, new: str) -> None:
        """A first confirmation takes proof of the person as well."""
        self.confirms(picked(self.links_for(Purpose.CONFIRM_EMAIL), pick), how, new)

    @precondition(lambda self: self.links_for(Purpose.CHANGE_EMAIL))
    @rule(pick=picks, how=ways, new=passwords)
    def confirm_another_email(self, pick: int, how: str, new: str) -> None:
        """A change of address ends every session but the one that comes with it."""
        self.confirms(picked(self.links_for(Purpose.CHANGE_EMAIL), pick), how, new)

    def confirms(self, link: Link, how: str, new: str) -> None:
        person = link.person
        windows = person.open_windows(self.now, self.policy)
        window = windows[0] if windows and how == "session" else None
        password = {"password": person.password, "wrong": WRONG}.get(how)
        outcome = self.accounts.confirm_email(
            link.token,
            session_token=window.token if window is not None else None,
            password=password,
            new_password=new if how == "new" else None,
        )
        if not self.city.is_good(link, self.now):
            return self.refused(outcome, Code.LINK_INVALID)
        if link.purpose is Purpose.CHANGE_EMAIL:
            before = person.email
            link.spent = True
            for surplus in person.cancel_links()[MOST_CANCEL_LINKS - 1 :]:
                surplus.spent = True
            person.all_ended()
            assert link.sent_to is not None
            person.has_email(link.sent_to, confirmed=True)
            assert isinstance(outcome, EmailConfirmed)
            assert (outcome.signed_in is not None) == (window is not None)
            if outcome.signed_in is not None:
                assert window is not None
                self.replaced(person, outcome.signed_in, window, entered=False)
            return self.born(*([(person, Purpose.CANCEL_EMAIL_CHANGE, before)] if before else []))
        if person.confirmed and how != "new":
            assert isinstance(outcome, EmailConfirmed)
            return None
        if person.confirmed or link.sent_to != person.email:
            return self.refused(outcome, Code.LINK_INVALID)
        if how != "new" and window is None and (password is None or how == "wrong"):
            return self.refused(outcome, Code.PASSWORD_AGAIN, Code.WRONG_CREDENTIALS)
        assert isinstance(outcome, EmailConfirmed), outcome
        assert outcome.signed_in is None
        person.confirmed = True
        if how == "new":
            link.spent = True
            person.has_password(new)
            person.answer = None
            person.devices_since = self.now
        return None

    @precondition(lambda self: self.links_for(Purpose.CANCEL_EMAIL_CHANGE))
    @rule(pick=picks)
    def cancel_email_change(self, pick: int) -> None:
        """From the mailbox of before: the address is back, and the password is void."""
        link: Link = picked(self.links_for(Purpose.CANCEL_EMAIL_CHANGE), pick)
        person = link.person
        outcome = self.accounts.cancel_email_change(link.token)
        if not self.city.is_good(link, self.now):
            return self.refused(outcome, Code.LINK_INVALID)
        assert isinstance(outcome, EmailChangeCancelled)
        assert link.sent_to is not None
        person.cancel_links_ended(after=link)
        link.spent = True
        person.all_ended()
        person.has_email(link.sent_to, confirmed=True)
        person.password = person.temporary = person.temporary_until = person.answer = None
        person.devices_since = self.now
        return self.born((person, Purpose.RESET_PASSWORD, link.sent_to))
