"""What people and staff do, in any order, beside a model of a few lines that says what must hold."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    CheckYourEmail,
    Code,
    Done,
    EmailConfirmed,
    PasswordReset,
    Refused,
    SetupRequired,
    SignedIn,
    TemporaryPasswordIssued,
)
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    contractor_form,
    links_in,
    public_form,
    setup_form,
)

PUBLIC_NAMES = ["ann", "bob", "cyd"]
NUMBERS = ["1012345", "1012346", "1012347"]
PASSWORDS = [PASSWORD, "twelve green bicycles hum", "an old harbor in winter"]
TEMPORARY = "temporary"


class Person:
    """What the model knows of one account: its password, and which of its keys still open something."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind = kind
        self.name = name
        self.password: str | None = None
        self.temporary: str | None = None
        self.disabled = False
        self.closed = False
        self.live_sessions: set[str] = set()
        self.dead_sessions: set[str] = set()
        self.spent_links: set[str] = set()

    def all_ended(self) -> None:
        self.dead_sessions |= self.live_sessions
        self.live_sessions = set()


class StoryMachine(RuleBasedStateMachine):
    """The machine: rules are what people do; invariants are asked after each."""

    links = Bundle("links")

    def make_store(self) -> object:
        return MemoryStore()

    @initialize()
    def open_city(self) -> None:
        self.world = World(store=self.make_store())  # type: ignore[arg-type]
        self.accounts = self.world.accounts
        self.desk = self.world.desk()
        self.people: dict[str, Person] = {}
        for number in NUMBERS[:2]:
            self.world.add_to_roster(number, email=f"office{number}@contractor.example.org")

    def person(self, name: str) -> Person | None:
        return self.people.get(name)

    def kind_of(self, name: str) -> str:
        return "contractor" if name.isdigit() else "public"

    # ------------------------------------------------------------------------------------------- people

    @rule(name=st.sampled_from(PUBLIC_NAMES), password=st.sampled_from(PASSWORDS))
    def register_public(self, name: str, password: str) -> None:
        outcome = self.accounts.register(PUBLIC, public_form(name, password=password))
        if name in self.people:
            assert isinstance(outcome, Refused)
            assert outcome.codes == (Code.USERNAME_TAKEN,)
            return
        assert isinstance(outcome, SignedIn)
        person = self.people[name] = Person("public", name)
        person.password = password
        person.live_sessions.add(outcome.session_token)

    @rule(number=st.sampled_from(NUMBERS), password=st.sampled_from(PASSWORDS))
    def register_contractor(self, number: str, password: str) -> None:
        outcome = self.accounts.register(CONTRACTOR, contractor_form(number, password=password))
        if number in NUMBERS[:2] or number in self.people:
            assert isinstance(outcome, Refused)
            assert outcome.codes == (Code.LICENSE_CALL_STAFF,)
            return
        assert isinstance(outcome, SignedIn)
        person = self.people[number] = Person("contractor", number)
        person.password = password
        person.live_sessions.add(outcome.session_token)
        assert self.accounts.verified_licenses(outcome.account) == ()

    @rule(name=st.sampled_from(PUBLIC_NAMES + NUMBERS), password=st.sampled_from(PASSWORDS))
    def sign_in(self, name: str, password: str) -> None:
        outcome = self.accounts.sign_in(self.kind_of(name), name, password)
        person = self.person(name)
        may = person is not None and not person.disabled and not person.closed
        if person is not None and may and person.password == password:
            if isinstance(outcome, Refused):
                assert outcome.codes == (Code.WAIT,)
                return
            if isinstance(outcome, SetupRequired):
                # A first reset proved the mailbox and erased the question: it is asked for once more.
                assert outcome.asks == ("question", "answer")
                outcome = self.accounts.finish_setup(outcome.token, setup_form(outcome.asks))
            assert isinstance(outcome, SignedIn)
            person.live_sessions.add(outcome.session_token)
        else:
            assert isinstance(outcome, Refused)
            assert outcome.codes[0] in (Code.WRONG_CREDENTIALS, Code.WAIT)

    @rule(number=st.sampled_from(NUMBERS), password=st.sampled_from(PASSWORDS))
    def finish_first_sign_in(self, number: str, password: str) -> None:
        person = self.person(number)
        if person is None or person.temporary is None:
            return
        outcome = self.accounts.sign_in(CONTRACTOR, number, person.temporary)
        if person.disabled or person.closed:
            assert isinstance(outcome, Refused)
            return
        if isinstance(outcome, Refused):
            assert outcome.codes == (Code.TEMPORARY_EXPIRED,)
            return
        assert isinstance(outcome, SetupRequired)
        again = self.accounts.finish_setup(
            outcome.token, setup_form(outcome.asks, password=person.temporary)
        )
        assert isinstance(again, Refused)
        assert Code.PASSWORD_TEMPORARY in again.codes
        finished = self.accounts.finish_setup(outcome.token, setup_form(outcome.asks, password=password))
        assert isinstance(finished, SignedIn)
        assert isinstance(self.accounts.finish_setup(outcome.token, {}), Refused)
        person.password, person.temporary = password, None
        person.live_sessions.add(finished.session_token)
        assert len(self.accounts.verified_licenses(finished.account)) == 1

    @rule(target=links, name=st.sampled_from(PUBLIC_NAMES + NUMBERS))
    def forget_password(self, name: str) -> object:
        before = len(self.world.mailbox.messages)
        assert isinstance(self.accounts.request_password_reset(name), CheckYourEmail)
        self.world.deliver()
        tokens = [
            (name, link)
            for message in self.world.mailbox.messages[before:]
            for link in links_in(message)
            if "reset-password" in message.text
        ]
        return multiple(*tokens)

    @rule(link=links, password=st.sampled_from(PASSWORDS))
    def reset_password(self, link: tuple[str, str], password: str) -> None:
        name, token = link
        person = self.people[name]
        outcome = self.accounts.reset_password(token, password, "The marching band")
        if isinstance(outcome, PasswordReset):
            assert token not in person.spent_links
            assert not person.disabled
            assert not person.closed
            person.spent_links.add(token)
            person.password, person.temporary = password, None
            person.all_ended()

    @rule(name=st.sampled_from(PUBLIC_NAMES + NUMBERS), password=st.sampled_from(PASSWORDS))
    def change_password(self, name: str, password: str) -> None:
        person = self.person(name)
        if person is None or not person.live_sessions or person.password is None:
            return
        session = sorted(person.live_sessions)[0]
        outcome = self.accounts.change_password(session, person.password, password)
        if isinstance(outcome, SignedIn):
            assert password != person.password
            person.all_ended()
            person.live_sessions = {outcome.session_token}
            person.password = password

    @rule(name=st.sampled_from(PUBLIC_NAMES + NUMBERS))
    def end_other_sessions(self, name: str) -> None:
        person = self.person(name)
        if person is None or not person.live_sessions:
            return
        outcome = self.accounts.end_other_sessions(sorted(person.live_sessions)[0])
        if isinstance(outcome, SignedIn):
            person.all_ended()
            person.live_sessions = {outcome.session_token}

    @rule(name=st.sampled_from(PUBLIC_NAMES + NUMBERS))
    def sign_out(self, name: str) -> None:
        person = self.person(name)
        if person is None or not person.live_sessions:
            return
        session = sorted(person.live_sessions)[-1]
        self.accounts.sign_out(session)
        person.live_sessions.discard(session)
        person.dead_sessions.add(session)

    @rule(name=st.sampled_from(PUBLIC_NAMES + NUMBERS))
    def confirm_email(self, name: str) -> None:
        person = self.person(name)
        if person is None or person.password is None:
            return
        for message in reversed(self.world.mailbox.messages):
            tokens = links_in(message)
            if "/confirm-email" in message.text and message.recipient.startswith((name, f"office{name}")):
                outcome = self.accounts.confirm_email(tokens[0], password=person.password)
                assert isinstance(outcome, EmailConfirmed | Refused)
                return

    @rule(name=st.sampled_from(PUBLIC_NAMES + NUMBERS))
    def close_account(self, name: str) -> None:
        person = self.person(name)
        if person is None or not person.live_sessions or person.password is None:
            return
        outcome = self.accounts.close_account(sorted(person.live_sessions)[0], person.password)
        if not isinstance(outcome, Refused):
            person.closed = True
            person.all_ended()

    # -------------------------------------------------------------------------------------------- staff

    @rule(number=st.sampled_from(NUMBERS))
    def issue_temporary_password(self, number: str) -> None:
        outcome = self.desk.issue_temporary_password(
            number, "contractor", reason="asked by telephone", checked_how="called back"
        )
        if isinstance(outcome, TemporaryPasswordIssued):
            person = self.people.setdefault(number, Person("contractor", number))
            assert not person.disabled
            assert not person.closed
            person.temporary, person.password = outcome.password, None
            person.all_ended()

    @rule(name=st.sampled_from(PUBLIC_NAMES + NUMBERS))
    def disable(self, name: str) -> None:
        outcome = self.desk.disable(name, self.kind_of(name), reason="asked by the owner")
        if isinstance(outcome, Done):
            person = self.people.setdefault(name, Person(self.kind_of(name), name))
            person.disabled = True
            person.all_ended()

    @rule(name=st.sampled_from(PUBLIC_NAMES + NUMBERS))
    def enable(self, name: str) -> None:
        if isinstance(self.desk.enable(name, self.kind_of(name), reason="asked by the owner"), Done):
            self.people[name].disabled = False

    @rule(number=st.sampled_from(NUMBERS))
    def approve(self, number: str) -> None:
        self.desk.approve(number, number, "contractor", reason="license seen")

    @rule(minutes=st.sampled_from([1, 20, 45, 60 * 25]))
    def time_passes(self, minutes: int) -> None:
        self.world.tick(minutes=minutes)
        for person in self.people.values():
            # Limits end sessions by themselves; what is still alive is read back, never revived.
            still = {token for token in person.live_sessions if self.accounts.session(token)}
            person.dead_sessions |= person.live_sessions - still
            person.live_sessions = still

    @rule()
    def purge(self) -> None:
        self.accounts.purge()

    # --------------------------------------------------------------------------------------- what must hold

    @invariant()
    def ended_sessions_stay_ended(self) -> None:
        for person in getattr(self, "people", {}).values():
            assert not any(self.accounts.session(token) for token in person.dead_sessions)

    @invariant()
    def live_sessions_name_their_own_account(self) -> None:
        for person in getattr(self, "people", {}).values():
            for token in person.live_sessions:
                signed_in = self.accounts.session(token)
                # A surplus session may have been let go; none may ever be somebody else's.
                assert signed_in is None or signed_in.account.username == person.name

    @invariant()
    def the_store_is_sound(self) -> None:
        if hasattr(self, "world"):
            assert violations(self.world.store) == ()


TestStories = StoryMachine.TestCase
TestStories.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)


@pytest.mark.long
class TestLongStories(StoryMachine.TestCase):  # type: ignore[name-defined, misc]
    settings = settings(max_examples=1000, stateful_step_count=60, deadline=None)
