"""What the story machine knows by itself: people, names, licenses, sessions and links, and what ends which.

It is the library once more in its fewest words, without store, hash, key or mail. After every step the store
must say the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from permit_accounts import LinkState, Policy, Standing
from permit_accounts.model.codes import Purpose

LIVE_CLAIMS = frozenset({LinkState.CLAIMED, LinkState.PENDING, LinkState.VERIFIED})
#: Links to take a change of address back; a ninth makes the newest of them give way.
MOST_CANCEL_LINKS = 8


def is_number(name: str) -> bool:
    """Whether a name is a license number; the other names are usernames of the public."""
    return name.isdigit()


def kind_of(name: str) -> str:
    """The account type at whose door this name is typed."""
    return "contractor" if is_number(name) else "public"


def name_id(name: str) -> str:
    """The id of the name's record."""
    return f"license:us-ca-cslb:{name}" if is_number(name) else f"public:{name}"


@dataclass
class Claim:
    """Where a claim on a license stands, and whether staff had a hand in it."""

    state: LinkState
    by_staff: bool = False

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_CLAIMS


@dataclass
class Permit:
    """What the city knows of a license: whether the roster has it, and the contact on file."""

    on_roster: bool = False
    email: str | None = None
    contact_by_staff: bool = False


@dataclass(eq=False)
class Window:
    """A session that somebody has, or had."""

    token: str
    id: str
    opened: datetime
    seen: datetime
    entered: datetime
    expires: datetime
    remembered: bool
    ended: bool = False

    def within_limits(self, now: datetime, policy: Policy) -> bool:
        if self.expires <= now:
            return False
        idle = now - self.seen >= policy.session_idle
        return self.remembered or not (idle or now - self.opened >= policy.session_absolute)

    def is_fresh(self, now: datetime, policy: Policy) -> bool:
        return now - self.entered <= policy.reauth_window

    def looked_through(self, now: datetime, policy: Policy) -> None:
        if now - self.seen >= policy.session_touch:
            self.seen = now


@dataclass(eq=False)
class Link:
    """A one-time token that somebody has, or had. `ended`: with the epoch it was of, or by a newer one."""

    token: str
    id: str
    purpose: Purpose
    person: Person
    sent_to: str | None
    born: datetime
    until: datetime
    asks: tuple[str, ...]
    window: Window | None = None
    spent: bool = False
    ended: bool = False


@dataclass(eq=False)
class Person:
    """One account: where it stands, and all that could open it."""

    id: str
    kind: str
    username: str
    standing: Standing
    email: str | None = None
    confirmed: bool = False
    password: str | None = None
    temporary: str | None = None
    temporary_until: datetime | None = None
    answer: str | None = None
    shut: bool = False
    names: set[str] = field(default_factory=set)
    claims: dict[str, Claim] = field(default_factory=dict)
    mailboxes: set[str] = field(default_factory=set)
    windows: list[Window] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    devices: list[tuple[str, datetime]] = field(default_factory=list)
    devices_since: datetime | None = None
    old_temporaries: list[str] = field(default_factory=list)
    strangers_failures: int = 0
    session_failures: int = 0
    answer_failures: int = 0

    # ------------------------------------------------------------------------------------ what it has open

    def open_windows(self, now: datetime, policy: Policy) -> list[Window]:
        if self.standing is not Standing.ACTIVE:
            return []
        return [one for one in self.windows if not one.ended and one.within_limits(now, policy)]

    def is_good(self, link: Link, now: datetime) -> bool:
        """Whether this link opens its page."""
        for_setup = link.purpose in (Purpose.SETUP_GRANT, Purpose.SETUP_LINK)
        stands = self.standing is Standing.ACTIVE or (self.standing is Standing.SETUP and for_setup)
        if link.spent or link.until <= now or not stands:
            return False
        if link.purpose is Purpose.SETUP_GRANT and self.temporary_until is not None:
            return not link.ended and self.temporary_until > now
        return link.purpose is Purpose.CANCEL_EMAIL_CHANGE or not link.ended

    def trusted_device(self, now: datetime, policy: Policy) -> str | None:
        for token, issued in reversed(self.devices):
            forgotten = self.devices_since is not None and issued < self.devices_since
            if not forgotten and now - issued <= policy.device_token_ttl:
                return token
        return None

    def is_shut(self, policy: Policy) -> bool:
        """Whether no chosen password is compared on a device that the account does not know."""
        return self.shut or self.strangers_failures >= policy.hard_cap

    def lets_in(self, now: datetime, policy: Policy) -> bool:
        """Whether its right password opens it, or its set-up, to a device that it does not know."""
        if self.standing is Standing.SETUP:
            return self.temporary_until is not None and self.temporary_until > now
        return self.standing is Standing.ACTIVE and self.password is not None and not self.is_shut(policy)

    # ------------------------------------------------------------------------------------- what ends what

    def all_ended(self) -> None:
        """A new epoch: no session and no link of before opens anything, but for those that cancel."""
        for window in self.windows:
            window.ended = True
        for link in self.links:
            link.ended = True
        self.strangers_failures = 0

    def cancel_links(self) -> list[Link]:
        return [one for one in self.links if one.purpose is Purpose.CANCEL_EMAIL_CHANGE and not one.spent]

    def cancel_links_ended(self, after: Link | None = None) -> None:
        for link in self.cancel_links():
            if after is None or self.links.index(link) > self.links.index(after):
                link.spent = True

    def has_password(self, password: str) -> None:
        """A password of the person's own."""
        self.standing = Standing.ACTIVE
        self.password, self.temporary, self.temporary_until = password, None, None
        self.shut = False
        self.all_ended()

    def has_temporary(self, password: str, until: datetime, now: datetime) -> None:
        """A password that staff gave, which opens set-up alone."""
        self.standing = Standing.SETUP
        self.password, self.temporary, self.temporary_until = None, password, until
        self.old_temporaries.append(password)
        self.shut = False
        self.devices_since = now
        self.cancel_links_ended()
        self.all_ended()

    def has_email(self, email: str, *, confirmed: bool) -> None:
        self.email, self.confirmed = email, confirmed
        self.mailboxes.add(email)

    def without_credentials(self, standing: Standing) -> None:
        self.standing = standing
        self.password = self.temporary = self.temporary_until = self.answer = None
        self.shut = False
        self.all_ended()

    def closed(self) -> None:
        """Given up: every name is let go, and every claim."""
        self.without_credentials(Standing.CLOSED)
        self.names.clear()
        for claim in self.claims.values():
            if claim.is_live:
                claim.state, claim.by_staff = LinkState.RELEASED, False


class City:
    """Everybody, every name that was ever given, and every license that is known."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self.owners: dict[str, Person] = {}  # whose a name is, or last was
        self.permits: dict[str, Permit] = {}
        self.secrets: set[str] = set()

    def links(self) -> Iterator[Link]:
        return (link for person in self.people for link in person.links)

    def named(self, name: str) -> Person | None:
        """Whom this name signs in."""
        owner = self.owners.get(name)
        return owner if owner is not None and name in owner.names else None

    def moved_in(self, person: Person, name: str) -> None:
        self.people.append(person)
        self.belongs(name, person)

    def belongs(self, name: str, person: Person) -> None:
        """A name opens this account from now on, and no other."""
        if name in self.owners:
            self.owners[name].names.discard(name)
        self.owners[name] = person
        person.names.add(name)

    def verified(self, number: str) -> list[Person]:
        """Who is verified to hold a license."""
        return [
            person
            for person in self.people
            if number in person.claims and person.claims[number].state is LinkState.VERIFIED
        ]

    def only_staff_may_give(self, number: str) -> bool:
        permit = self.permits.get(number)
        listed = permit is not None and permit.on_roster
        return number in self.owners or listed or bool(self.verified(number))

    def on_file(self, person: Person) -> str | None:
        """The address of an account: in set-up, until it has confirmed one, its license's own."""
        email = person.email
        if person.standing is Standing.SETUP and not person.confirmed:
            for number in sorted(person.claims):
                permit = self.permits.get(number)
                if person.claims[number].is_live and permit is not None:
                    email = permit.email or email
        return email

    def is_good(self, link: Link, now: datetime) -> bool:
        """Whether a link opens its page; one to a set-up, only while it went to the address on file."""
        went_astray = link.purpose is Purpose.SETUP_LINK and link.sent_to != self.on_file(link.person)
        return link.person.is_good(link, now) and not went_astray

    def set_down_on_file(self, person: Person) -> None:
        email = self.on_file(person)
        if email is not None and email != person.email:
            person.has_email(email, confirmed=False)

    def can_have(self, person: Person, name: str) -> bool:
        """Whether staff can give this account this name: nobody's, or one that it gave up itself."""
        owner = self.owners.get(name)
        return owner is None or (owner is person and name not in person.names)

    def given(self, person: Person, name: str) -> None:
        """A name from staff; a license number brings a claim that is still to be decided."""
        self.belongs(name, person)
        known = person.claims.get(name)
        decided = known is not None and not (known.state is LinkState.PENDING and not known.by_staff)
        if is_number(name) and not (known is not None and known.is_live and decided):
            person.claims[name] = Claim(LinkState.CLAIMED)

    def loses(self, person: Person, number: str, new_name: str | None) -> None:
        """The account without its license's name: by another, by one that it has left, or closed."""
        person.names.discard(number)
        if new_name is not None:
            person.username = new_name
            person.all_ended()
            self.given(person, new_name)
        elif not person.names:
            person.closed()
        else:
            person.all_ended()
            if person.username == number:
                person.username = first_of(person.names)

    def forgets(self, now: datetime) -> None:
        """What a purge takes away."""
        for link in self.links():
            link.spent = link.spent or link.until <= now


def first_of(names: Iterable[str]) -> str:
    """The name that is shown where none was chosen."""
    return min(names, key=name_id)


def renewed(link: Link, now: datetime, policy: Policy) -> None:
    """A set-up grant after a form that was refused."""
    if link.purpose is Purpose.SETUP_GRANT:
        link.until = min(now + policy.setup_grant, link.born + policy.setup_grant_in_all)
