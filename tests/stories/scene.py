"""The city in which the stories happen, and what must hold in it after each step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from permit_accounts import Code, Refused, SignedIn, Standing
from permit_accounts.model.codes import NameState, Purpose
from permit_accounts.model.records import (
    ASKED_BY,
    Account,
    Identifier,
    LicenseLink,
    OneTimeToken,
    OutboxEmail,
    Record,
)
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Every, Store
from permit_accounts.rules.policy import Limit
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, city_policy
from permit_accounts.tools import tokens
from stories.model import City, Link, Person, Window, name_id

R = TypeVar("R", bound=Record)

PUBLIC_NAMES = ["ann", "bob"]
NUMBERS = ["1012345", "1012346", "1012347"]
NAMES = PUBLIC_NAMES + NUMBERS
#: What staff give somebody who loses a name; nobody registers with these.
NEW_NAMES = {"public": ["dee", "eve"], "contractor": ["1012355", "1012356"]}
PASSWORDS = [PASSWORD, "twelve green bicycles hum", "an old harbor in winter"]
ANSWERS = ["the marching band", "onion tart"]

names = st.sampled_from(NAMES)
numbers = st.sampled_from(NUMBERS)
passwords = st.sampled_from(PASSWORDS)
answers = st.sampled_from(ANSWERS)
#: Which of those that are there: of names, of windows, of links.
picks = st.integers(0, 23)
yes_or_no = st.booleans()

_MANY = Limit(count=1_000_000, within=timedelta(hours=1))
_DOORS = {
    Purpose.RESET_PASSWORD: "open_reset",
    Purpose.SETUP_GRANT: "open_setup",
    Purpose.SETUP_LINK: "open_setup",
}


def picked(things: list[Any], pick: int) -> Any:
    """One of these, or None where there is none."""
    return things[pick % len(things)] if things else None


class Scene(RuleBasedStateMachine):
    """A city of its own for each story.

    It is small and its policy is brief, so that a story of a few dozen steps meets the same people again and
    sees what only time brings about. Limits of mails are off: they would say nothing here.
    """

    def __init__(self) -> None:
        super().__init__()
        policy = city_policy(
            throttle_free=100,
            hard_cap=4,
            notify_failures=2,
            max_sessions=3,
            temporary_ttl=timedelta(minutes=20),
            staff_changes=_MANY,
            temporary_issues=_MANY,
            reset_mails_hour=_MANY,
            reset_mails_day=_MANY,
            confirmation_mails=_MANY,
            username_reminders=_MANY,
            registrations_source=_MANY,
            registration_forms_source=_MANY,
        )
        self.world = World(policy, store=self.make_store())
        self.policy = policy
        self.accounts = self.world.accounts
        self.desk = self.world.desk()
        self.city = City()
        self.city.secrets.update(PASSWORDS, ANSWERS)

    def make_store(self) -> Store:
        """Where this city's records are kept."""
        return MemoryStore()

    @property
    def now(self) -> datetime:
        """The time in this city."""
        return self.world.now()

    # ------------------------------------------------------------------------------------------ who is there

    def a_name(self, pick: int, *standings: Standing) -> str:
        """A name that is somebody's, or was; or one that nobody has yet.

        Every other time one of an account that stands like this, where there is one: what follows needs it.
        """
        free = [name for name in NAMES if name not in self.city.owners]
        anybody = [*sorted(self.city.owners), *free[:1]]
        fitting = [name for name, one in sorted(self.city.owners.items()) if one.standing in standings]
        name: str = picked(fitting if fitting and pick % 2 else anybody, pick // 2)
        return name

    def everybody_open(self) -> list[tuple[Person, Window]]:
        """Whoever is signed in, and where."""
        return [
            (person, window)
            for person in self.city.people
            for window in person.open_windows(self.now, self.policy)
        ]

    def links_for(self, *purposes: Purpose) -> list[Link]:
        """Every link of a kind that was ever made: the good ones first, and dead ones are tried too."""
        made = [link for link in self.city.links() if link.purpose in purposes]
        return sorted(made, key=lambda link: not self.city.is_good(link, self.now))

    # ------------------------------------------------------------------------------------ what came of it

    def refused(self, outcome: object, *codes: Code) -> None:
        """It was refused, and for one of these reasons."""
        assert isinstance(outcome, Refused), outcome
        assert outcome.codes[0] in codes, outcome.codes

    def opened(self, person: Person, outcome: object, *, remember: bool = False) -> Window:
        """A new session, for somebody who has just entered a password."""
        policy = self.policy
        long = policy.remembered_absolute if remember else policy.session_absolute
        now = self.now
        return self._window(person, outcome, opened=now, entered=now, expires=now + long, remembered=remember)

    def replaced(self, person: Person, outcome: object, before: Window, *, entered: bool) -> Window:
        """A session in place of another: it keeps its limits, and the moment that a password was entered
        unless one was just now."""
        before.ended = True
        return self._window(
            person,
            outcome,
            opened=before.opened,
            entered=self.now if entered else before.entered,
            expires=before.expires,
            remembered=before.remembered,
        )

    def _window(
        self,
        person: Person,
        outcome: object,
        *,
        opened: datetime,
        entered: datetime,
        expires: datetime,
        remembered: bool,
    ) -> Window:
        assert isinstance(outcome, SignedIn), outcome
        assert person.id == outcome.account.id
        window = Window(
            outcome.session_token, outcome.session.id, opened, self.now, entered, expires, remembered
        )
        person.windows.append(window)
        self.city.secrets.add(window.token)
        if outcome.device_token is not None:
            person.devices.append((outcome.device_token, self.now))
            self.city.secrets.add(outcome.device_token)
        self.world.tick(seconds=1)
        return window

    def born(self, *expected: tuple[Person, Purpose, str | None]) -> None:
        """The links that the last act made, which must be just these; each ends those before it."""
        known = {link.id for link in self.city.links()}
        fresh = [record for record in self.all_of(OneTimeToken) if record.id not in known]
        told = Counter((record.account_id, record.purpose, record.sent_to) for record in fresh)
        assert Counter((person.id, purpose, sent_to) for person, purpose, sent_to in expected) == told
        people = {person.id: person for person, _, _ in expected}
        for record in fresh:
            person = people[record.account_id]
            for older in person.links:
                if older.purpose is record.purpose is not Purpose.CANCEL_EMAIL_CHANGE:
                    older.ended = True
            link = Link(
                token=tokens.sealed(self.world.services, record),
                id=record.id,
                purpose=record.purpose,
                person=person,
                sent_to=record.sent_to,
                born=self.now,
                until=record.expires_at,
                asks=record.asks,
                window=next((one for one in person.windows if one.id == record.session_id), None),
            )
            person.links.append(link)
            self.city.secrets.add(link.token)
        self.world.tick(seconds=1)

    def all_of(self, kind: type[R]) -> tuple[R, ...]:
        """Every record of a kind."""
        return tuple(self.world.store.select(kind, Every(), limit=100_000))

    # --------------------------------------------------------------------------------------- what must hold

    @invariant()
    def the_store_is_sound(self) -> None:
        """No half of anything, nothing of nobody's."""
        assert () == violations(self.world.store)

    @invariant()
    def everybody_is_as_expected(self) -> None:
        """Standing, address, credentials: nothing has changed that nobody has changed."""
        stored = {account.id: account for account in self.all_of(Account)}
        assert {person.id for person in self.city.people} == set(stored)
        for person in self.city.people:
            account = stored[person.id]
            expected = (
                person.standing,
                person.username,
                person.email,
                person.confirmed,
                person.password is not None,
                person.temporary is not None,
                person.answer is not None,
                person.shut,
            )
            assert expected == (
                account.standing,
                account.username,
                account.email,
                account.email_confirmed_at is not None,
                account.password_hash is not None,
                account.temporary_hash is not None,
                account.answer_hash is not None,
                account.untrusted_closed_at is not None,
            )

    @invariant()
    def names_and_claims_are_as_expected(self) -> None:
        """A name has one owner; a holder is displaced by nobody but staff."""
        owners = {name_id(name): (owner.id, name in owner.names) for name, owner in self.city.owners.items()}
        assert owners == {
            name.id: (name.account_id, name.state is NameState.ACTIVE) for name in self.all_of(Identifier)
        }
        claims = {
            (f"us-ca-cslb:{number}", person.id): (claim.state, claim.by_staff)
            for person in self.city.people
            for number, claim in person.claims.items()
        }
        assert claims == {
            (link.license_id, link.account_id): (link.state, link.decided_by is not None)
            for link in self.all_of(LicenseLink)
        }

    @invariant()
    def sessions_open_what_they_should(self) -> None:
        """Each session opens its own account or nothing. Asked without a visit, which would prolong it."""
        for person in self.city.people:
            still = person.open_windows(self.now, self.policy)
            expected = {window.id for window in still}
            for window in person.windows:
                listed = self.accounts.sessions(window.token)
                if window in still:
                    assert not isinstance(listed, Refused)
                    assert expected == {session.id for session in listed}
                else:
                    self.refused(listed, Code.SESSION)

    @invariant()
    def links_open_what_they_should(self) -> None:
        """Each link opens its page or nothing; none comes into being unseen."""
        assert {record.id for record in self.all_of(OneTimeToken)} <= {link.id for link in self.city.links()}
        for link in self.city.links():
            assert self.city.is_good(link, self.now) == self.opens(link), (link.purpose, link.asks)

    def opens(self, link: Link) -> bool:
        """Whether a link opens its page, asked without opening it where nothing else can be asked."""
        door: Callable[[str], object] | None = getattr(self.accounts, _DOORS.get(link.purpose, ""), None)
        if door is not None:
            return not isinstance(door(link.token), Refused)
        s = self.world.services
        return tokens.present(s, link.purpose, Secret(link.token), now=self.now) is not None

    @invariant()
    def mail_goes_to_stored_addresses(self) -> None:
        """Mail about an account goes to addresses that are, were, or by its person's word will be its own."""
        mailboxes = {person.id: person.mailboxes for person in self.city.people}
        for email in self.all_of(OutboxEmail):
            assert email.recipient in mailboxes[email.account_id or ""], email.template

    def teardown(self) -> None:
        """No secret of the whole story stands in any row."""
        rows = "\n".join(repr(attrs.asdict(row)) for kind in ASKED_BY for row in self.all_of(kind))
        assert [] == [secret for secret in self.city.secrets if secret in rows]

    def is_active(self, person: Person) -> bool:
        return person.standing is Standing.ACTIVE
