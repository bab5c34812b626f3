"""What the city's staff do, and what happens by itself: time, the outbox, the purge, the roster."""

from __future__ import annotations

import io

from hypothesis import strategies as st
from hypothesis.stateful import rule

from permit_accounts import (
    AnswerChecked,
    Claims,
    Code,
    Done,
    Found,
    History,
    LinkDecided,
    LinkSent,
    LinkState,
    Refused,
    Standing,
    TemporaryPasswordIssued,
)
from permit_accounts.model.codes import NameState, Purpose
from permit_accounts.model.roster import RosterReport
from permit_accounts.testing.world import links_in
from permit_accounts.tools import lookups
from stories.model import Claim, Permit, Person, is_number, kind_of, name_id
from stories.scene import ANSWERS, NEW_NAMES, Scene, numbers, picked, picks, yes_or_no

WHY = "asked for in person"
TURNED_OFF = (Standing.DISABLED, Standing.CLOSED)

#: None, or which of the names that staff can give.
new_names = st.sampled_from([None, None, 0, 1])


class AtTheDesk(Scene):
    """The staff desk, with every permission."""

    def meant(self, name: str) -> Person | Code:
        """Whom staff mean by a name, or what they are told instead."""
        owner = self.city.owners.get(name)
        if owner is None:
            return Code.STAFF_NOT_FOUND
        if name not in owner.names and owner.standing is not Standing.CLOSED:
            return Code.STAFF_RETIRED
        return owner

    def new_name(self, person: Person | None, which: int | None) -> str | None:
        return None if which is None or person is None else NEW_NAMES[person.kind][which]

    def made_for(self, number: str) -> Person:
        """The account in set-up that has just been made for a license, with the address on file."""
        record = lookups.identifier(self.world.services, name_id(number))
        assert record is not None
        assert record.state is NameState.ACTIVE
        person = Person(record.account_id, "contractor", number, Standing.SETUP)
        email = self.city.permits.setdefault(number, Permit()).email
        if email is not None:
            person.has_email(email, confirmed=False)
        return person

    # ---------------------------------------------------------------------------------- getting somebody in

    @rule(pick=picks)
    def give_a_temporary_password(self, pick: int) -> None:
        """Read out over the telephone, to whoever a name means."""
        self.issue_temporary_password(self.a_name(pick))

    def issue_temporary_password(self, name: str) -> None:
        """For the account of a name, or for a number that has none; never for an unverified claim."""
        outcome = self.desk.issue_temporary_password(
            name,
            kind_of(name),
            reason=WHY,
            checked_how="documents seen",
            second_reason="mail bounces",
            business_name="Sample Builders",
        )
        owner = self.city.owners.get(name)
        if owner is None:
            if not is_number(name):
                return self.refused(outcome, Code.STAFF_NOT_FOUND)
            if self.city.verified(name):
                return self.refused(outcome, Code.STAFF_HELD)
            assert isinstance(outcome, TemporaryPasswordIssued), outcome
            owner = self.newcomer(name, by_staff=True)
        elif name not in owner.names:
            return self.refused(outcome, Code.STAFF_RETIRED)
        elif owner.standing in TURNED_OFF:
            return self.refused(outcome, Code.STAFF_STANDING)
        elif self.is_active(owner) and name in owner.claims and not self.holds(owner, name):
            return self.refused(outcome, Code.STAFF_CLAIMED)
        self.city.set_down_on_file(owner)
        assert isinstance(outcome, TemporaryPasswordIssued), outcome
        self.city.secrets.update({outcome.password, outcome.password.replace("-", "")})
        return owner.has_temporary(outcome.password, outcome.until, self.now)

    def holds(self, person: Person, number: str) -> bool:
        return person in self.city.verified(number)

    @rule(pick=picks)
    def send_link(self, pick: int) -> None:
        """A set-up link to the address on file."""
        name = self.a_name(pick)
        outcome = self.desk.send_link(name, kind_of(name), reason=WHY)
        owner = self.city.owners.get(name)
        if owner is None:
            permit = self.city.permits.get(name)
            if permit is None or not permit.on_roster:
                return self.refused(outcome, Code.STAFF_NOT_FOUND)
            if permit.email is None:
                return self.refused(outcome, Code.STAFF_NO_EMAIL)
            owner = self.newcomer(name, by_staff=True)
        elif name not in owner.names:
            return self.refused(outcome, Code.STAFF_RETIRED)
        elif owner.standing in TURNED_OFF:
            return self.refused(outcome, Code.STAFF_STANDING)
        elif self.city.on_file(owner) is None:
            return self.refused(outcome, Code.STAFF_NO_EMAIL)
        self.city.set_down_on_file(owner)
        assert isinstance(outcome, LinkSent), outcome
        return self.born((owner, Purpose.SETUP_LINK, owner.email))

    @rule(pick=picks, answer=st.sampled_from(ANSWERS))
    def check_answer(self, pick: int, answer: str) -> None:
        """Match or no match; nothing changes but the count of wrong answers."""
        name = self.a_name(pick)
        outcome = self.desk.check_answer(name, answer, kind_of(name), reason=WHY)
        person = self.meant(name)
        if isinstance(person, Code):
            return self.refused(outcome, person)
        if person.answer is None:
            return self.refused(outcome, Code.STAFF_NO_QUESTION)
        if isinstance(outcome, Refused):
            assert person.answer_failures >= self.policy.answer_tries_per_day
            return self.refused(outcome, Code.ANSWER_TRIES)
        assert isinstance(outcome, AnswerChecked)
        assert outcome.matches == (answer == person.answer)
        person.answer_failures += not outcome.matches
        return None

    # -------------------------------------------------------------------------------------------- standing

    @rule(pick=picks)
    def open(self, pick: int) -> None:
        """Unknown devices may try the password again; nothing that is open ends."""
        name = self.a_name(pick, Standing.ACTIVE)
        outcome = self.desk.open(name, kind_of(name), reason=WHY)
        person = self.allowed(name, outcome, Standing.ACTIVE, Standing.SETUP)
        if person is not None:
            person.shut = False
            person.strangers_failures = 0

    @rule(pick=picks)
    def disable(self, pick: int) -> None:
        """Every session and every link is dead for good."""
        name = self.a_name(pick, Standing.ACTIVE, Standing.SETUP)
        outcome = self.desk.disable(name, kind_of(name), reason=WHY)
        person = self.allowed(name, outcome, Standing.ACTIVE, Standing.SETUP)
        if person is not None:
            person.standing = Standing.DISABLED
            person.cancel_links_ended()
            person.all_ended()

    @rule(pick=picks)
    def enable(self, pick: int) -> None:
        """The password is good again, and no session of before."""
        name = self.a_name(pick, Standing.DISABLED)
        outcome = self.desk.enable(name, kind_of(name), reason=WHY)
        person = self.allowed(name, outcome, Standing.DISABLED)
        if person is not None:
            person.standing = Standing.ACTIVE if person.password is not None else Standing.SETUP
            person.shut = False
            person.strangers_failures = 0

    def allowed(self, name: str, outcome: object, *standings: Standing) -> Person | None:
        """Whom the change was made to, where it could be made."""
        person = self.meant(name)
        if isinstance(person, Code):
            self.refused(outcome, person)
            return None
        if person.standing not in standings:
            self.refused(outcome, Code.STAFF_STANDING)
            return None
        assert isinstance(outcome, Done), outcome
        assert outcome.account.id == person.id
        return person

    @rule(pick=picks, which=new_names)
    def reopen(self, pick: int, which: int | None) -> None:
        """Back in set-up, with the names that are still its own; what staff took away stays away."""
        name = self.a_name(pick, Standing.CLOSED)
        person = self.meant(name)
        new_name = self.new_name(person if isinstance(person, Person) else None, which)
        outcome = self.desk.reopen(name, kind_of(name), new_name=new_name, reason=WHY)
        if isinstance(person, Code):
            return self.refused(outcome, person)
        if person.standing is not Standing.CLOSED:
            return self.refused(outcome, Code.STAFF_STANDING)
        if new_name is not None and not self.city.can_have(person, new_name):
            return self.refused(outcome, Code.USERNAME_TAKEN)
        back = [one for one in self.still_own(person) if one != new_name]
        if not back and new_name is None:
            return self.refused(outcome, Code.STAFF_NAME_NEEDED)
        assert isinstance(outcome, Done), outcome
        person.without_credentials(Standing.SETUP)
        person.cancel_links_ended()
        for one in back:
            self.city.belongs(one, person)
            if is_number(one):
                person.claims[one] = Claim(LinkState.CLAIMED)
        if new_name is not None:
            self.city.given(person, new_name)
            person.username = new_name
        elif person.username not in back:
            person.username = back[0]
        return None

    def still_own(self, person: Person) -> list[str]:
        """The retired names that come back: nobody else's now, and of a license only what was let go."""
        own = sorted((name for name, owner in self.city.owners.items() if owner is person), key=name_id)
        let_go = Claim(LinkState.RELEASED)
        return [name for name in own if not is_number(name) or person.claims.get(name) == let_go]

    @rule(pick=picks, which=st.integers(0, 1))
    def change_email_at_the_desk(self, pick: int, which: int) -> None:
        """It has to confirm; nobody who had the mailbox before can take it back."""
        name = self.a_name(pick)
        person = self.meant(name)
        serial = self.city.people.index(person) if isinstance(person, Person) else "nobody"
        email = f"{which}.of.{serial}@desk.example.org"
        outcome = self.desk.change_email(name, email, kind_of(name), reason=WHY)
        if isinstance(person, Code):
            return self.refused(outcome, person)
        if person.standing is Standing.CLOSED:
            return self.refused(outcome, Code.STAFF_STANDING)
        assert isinstance(outcome, Done)
        person.has_email(email, confirmed=False)
        person.cancel_links_ended()
        person.all_ended()
        if person.standing is not Standing.SETUP:
            return self.born((person, Purpose.CONFIRM_EMAIL, email))
        for number, claim in person.claims.items():
            permit = self.city.permits.get(number)
            if claim.is_live and permit is not None:
                permit.email, permit.contact_by_staff = email, True
        return None

    # --------------------------------------------------------------------------------------------- licenses

    @rule(number=numbers, pick=picks)
    def approve(self, number: str, pick: int) -> None:
        """The claim is verified and brings the name, unless somebody has it."""
        name = self.a_name(pick)
        outcome = self.desk.approve(number, name, kind_of(name), reason=WHY)
        person = self.meant(name)
        if isinstance(person, Code):
            return self.refused(outcome, person)
        if person.standing in TURNED_OFF:
            return self.refused(outcome, Code.STAFF_STANDING)
        owner = self.city.owners.get(number)
        if owner is not None and owner is not person:
            if self.city.named(number) is None or not self.holds(owner, number):
                return self.refused(outcome, Code.STAFF_HELD)
        else:
            self.city.belongs(number, person)
        assert isinstance(outcome, LinkDecided), outcome
        return self.granted(person, number)

    def granted(self, person: Person, number: str) -> None:
        """Verified, or waiting for the set-up that is still to come."""
        in_setup = person.standing is Standing.SETUP
        state = LinkState.PENDING if in_setup else LinkState.VERIFIED
        person.claims[number] = Claim(state, by_staff=True)

    @rule(pick=picks, rejected=yes_or_no, which=new_names)
    def end_claim(self, pick: int, rejected: bool, which: int | None) -> None:
        """A claim is rejected or released, by any name of whoever makes it; its own name goes with it."""
        made = [(one, number) for one in self.city.people for number in sorted(one.claims) if one.names]
        found = picked(made, pick)
        if found is None:
            return None
        person, number = found
        name = min(person.names)
        end = self.desk.reject if rejected else self.desk.release
        new_name = self.new_name(person, which)
        outcome = end(number, name, kind_of(name), new_name=new_name, reason=WHY)
        claim = person.claims[number]
        if not claim.is_live:
            return self.refused(outcome, Code.STAFF_LINK_STATE)
        if new_name is not None and not self.city.can_have(person, new_name):
            return self.refused(outcome, Code.USERNAME_TAKEN)
        assert isinstance(outcome, LinkDecided), outcome
        ended = LinkState.REJECTED if rejected else LinkState.RELEASED
        claim.state, claim.by_staff = ended, True
        if number in person.names:
            self.city.loses(person, number, new_name)
        return None

    @rule(number=numbers, pick=st.one_of(st.none(), picks), which=new_names)
    def transfer(self, number: str, pick: int | None, which: int | None) -> None:
        """Name and license go together to another account; what the former holder had open ends."""
        to = self.a_name(pick) if pick is not None else None
        holder = self.city.owners.get(number)
        new_name = self.new_name(holder, which)
        outcome = self.desk.transfer(
            number, to, kind_of(to) if to else None, new_name_for_holder=new_name, reason=WHY
        )
        if holder is None:
            return self.refused(outcome, Code.STAFF_NOT_FOUND)
        if new_name is not None and not self.city.can_have(holder, new_name):
            return self.refused(outcome, Code.USERNAME_TAKEN)
        receiver = self.meant(to) if to is not None else None
        if isinstance(receiver, Code):
            return self.refused(outcome, receiver)
        if receiver is not None and (receiver is holder or receiver.standing in TURNED_OFF):
            return self.refused(outcome, Code.STAFF_STANDING)
        assert isinstance(outcome, Done), outcome
        if receiver is None:
            receiver = self.made_for(number)
            self.city.people.append(receiver)
        assert outcome.account.id == receiver.id
        had_the_name = number in holder.names
        self.city.belongs(number, receiver)
        self.granted(receiver, number)
        claim = holder.claims.get(number)
        if claim is not None and claim.is_live:
            claim.state, claim.by_staff = LinkState.RELEASED, True
        if had_the_name:
            self.city.loses(holder, number, new_name)
        return None

    @rule(
        number=numbers,
        email=st.sampled_from([None, "0@facts.example.org", "1@facts.example.org"]),
        off=yes_or_no,
    )
    def correct_license(self, number: str, email: str | None, off: bool) -> None:
        """Facts of a license; accounts in set-up take over its address, and no other does."""
        outcome = self.desk.correct_license(number, email=email, on_roster=False if off else None, reason=WHY)
        permit = self.city.permits.get(number)
        if email is None and not off:
            return self.refused(outcome, Code.REQUIRED)
        if permit is None:
            return self.refused(outcome, Code.STAFF_NOT_FOUND)
        assert isinstance(outcome, Found), outcome
        if off:
            permit.on_roster = False
        if email is not None:
            permit.email, permit.contact_by_staff = email, True
        for person in self.city.people:
            claim = person.claims.get(number)
            waits = claim is not None and claim.is_live and person.standing is Standing.SETUP
            if waits and not person.confirmed and permit.email not in (None, person.email):
                assert permit.email is not None
                person.has_email(permit.email, confirmed=False)
                person.all_ended()
        return None

    @rule(rows=st.dictionaries(numbers, st.integers(0, 1), min_size=1))
    def import_a_roster(self, rows: dict[str, int]) -> None:
        """New licenses and changed contacts; no account, name, claim or session is touched."""
        self.import_roster(rows)

    def import_roster(self, rows: dict[str, int]) -> None:
        emails = {number: f"office{number}.{which}@roster.example.org" for number, which in rows.items()}
        lines = [f"{number},Sample Builders,{email}" for number, email in emails.items()]
        file = io.BytesIO("\n".join(["license,business_name,email", *lines, ""]).encode())
        outcome = self.desk.import_roster(file, reason=WHY)
        assert isinstance(outcome, RosterReport), outcome
        added = [number for number in rows if number not in self.city.permits]
        assert (len(rows), len(added), 0) == (outcome.rows, outcome.added, outcome.refused)
        for number, email in emails.items():
            permit = self.city.permits.setdefault(number, Permit())
            permit.on_roster = True
            if not permit.contact_by_staff:
                permit.email = email

    # ---------------------------------------------------------------------------------------------- reading

    @rule(pick=picks, state=st.sampled_from(LinkState))
    def look_up(self, pick: int, state: LinkState) -> None:
        """Staff are shown what there is, without hashes, and nothing changes."""
        name = self.a_name(pick)
        self.explained(name)
        self.claims_listed(state)
        owner = self.city.owners.get(name)
        if owner is None:
            return
        history = self.desk.history(name, kind_of(name), limit=1000)
        assert isinstance(history, History), history
        assert {owner.id} == {event.account_id for event in history.events}
        found = self.desk.find(name, kind_of(name))
        assert not isinstance(found, Refused), found
        (account,) = (one.account for one in found)
        assert account is not None
        assert owner.id == account.id
        assert (None, None, None) == (account.password_hash, account.temporary_hash, account.answer_hash)

    def explained(self, name: str) -> None:
        """Nothing stands in the way exactly where the right password would open."""
        outcome = self.desk.explain(name, kind_of(name))
        owner = self.city.owners.get(name)
        if owner is None and name not in self.city.permits:
            return self.refused(outcome, Code.STAFF_NOT_FOUND)
        assert not isinstance(outcome, Refused)
        (told,) = outcome
        opens = owner is not None and name in owner.names and owner.lets_in(self.now, self.policy)
        assert opens == (told.obstacles == ()), told.obstacles
        return None

    def claims_listed(self, state: LinkState) -> None:
        """Those in this state, all of them."""
        listed = self.desk.claims(state, limit=1000)
        assert isinstance(listed, Claims)
        expected = {
            (f"us-ca-cslb:{number}", person.id)
            for person in self.city.people
            for number, claim in person.claims.items()
            if claim.state is state
        }
        assert expected == {(link.license_id, link.account_id) for link in listed.links}

    # --------------------------------------------------------------------------------- what happens by itself

    @rule(minutes=st.sampled_from([1, 6, 16]))
    def a_while_passes(self, minutes: int) -> None:
        """Passwords were entered too long ago, set-up grants expire."""
        self.world.tick(minutes=minutes)

    @rule(minutes=st.sampled_from([31, 61, 60 * 25, 60 * 24 * 31]))
    def time_passes(self, minutes: int) -> None:
        """Sessions go idle or come to their end, links and temporary passwords expire; then comes a purge,
        which forgets what has expired, and nothing else changes."""
        self.world.tick(minutes=minutes)
        self.accounts.purge()
        self.city.forgets(self.now)

    @rule()
    def deliver(self) -> None:
        """What leaves goes to a stored address, with links of that mailbox that are good at that moment."""
        made = {link.token: link for link in self.city.links()}
        for message in self.world.deliver():
            for token in links_in(message):
                link = made[token]
                assert link.sent_to == message.recipient
                assert self.city.is_good(link, self.now)
