"""Two acts on one account, told into one another: it comes to what it comes to one after the other."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Final, TypeAlias

import attrs
import pytest

from faults.telling import kind_of, patient_policy, shape
from flows.people import account, hashing_harder
from interleaving import Interleaved
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Accounts,
    SetupForm,
    SetupRequired,
    StaffDesk,
    TemporaryPasswordIssued,
)
from permit_accounts.model.codes import Standing
from permit_accounts.model.records import Account, AuditEvent, OneTimeToken, Session
from permit_accounts.model.secret import Secret
from permit_accounts.ports import Every
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.testing.invariants import violations
from permit_accounts.testing.world import PASSWORD, World, contractor_form, public_form, setup_form
from permit_accounts.tools import tokens
from permit_accounts.tools.keyring import Keyring
from roster.town import HEADER, csv_file, imported
from story import ANSWER, newest_link, signed_in

PASSWORDS: Final = (PASSWORD, "forty brass kettles whistle", "slow rain on tin roofs")
NEW_ANSWER: Final = "potato soup"
KEYS: Final = Keyring.new()
HELD: Final = "us-ca-cslb:1154002"
CHECKED: Final = {"reason": "first sign-in", "checked_how": "called back the number on file"}


@attrs.frozen
class Person:
    """Somebody with a bit of everything begun, so that any act can come next."""

    world: World
    here: str = ""
    elsewhere: str = ""
    reset: str = ""
    change: str = ""
    temporary: str = ""
    grant: str = ""
    link: str = ""

    @property
    def accounts(self) -> Accounts:
        return self.world.accounts

    @property
    def desk(self) -> StaffDesk:
        return self.world.desk()


def ann() -> tuple[Person, Interleaved]:
    """A public user: two devices, a claim, a reset link and a change of address begun, a hash to be renewed."""  # noqa: E501
    store = Interleaved(MemoryStore())
    world = World(patient_policy(), store=store, keys=KEYS)  # type: ignore[arg-type]
    accounts = world.accounts
    here = signed_in(accounts.register(PUBLIC, public_form("ann")))
    accounts.confirm_email(newest_link(world, "ann@mail.example.org"), session_token=here.session_token)
    accounts.add_license(here.session_token, "CSLB 1154002")
    accounts.register(PUBLIC, public_form("bob"))
    accounts.register(CONTRACTOR, contractor_form("1154009"))
    elsewhere = signed_in(accounts.sign_in(PUBLIC, "ann", PASSWORD))
    accounts.request_password_reset("ann")
    accounts.change_email(here.session_token, "ann2@mail.example.org")
    person = Person(
        world=hashing_harder(world),
        here=here.session_token,
        elsewhere=elsewhere.session_token,
        reset=newest_link(world, "ann@mail.example.org", "/reset-password"),
        change=newest_link(world, "ann2@mail.example.org"),
    )
    return person, store


def newcomer() -> tuple[Person, Interleaved]:
    """A contractor in set-up with a temporary password, a grant and a mailed link; and a license without."""
    store = Interleaved(MemoryStore())
    world = World(patient_policy(), store=store, keys=KEYS)  # type: ignore[arg-type]
    for number in ("1012345", "1012346"):
        world.add_to_roster(number, email=f"{number}@contractor.example.org")
    issued = world.desk().issue_temporary_password("1012345", **CHECKED)
    assert isinstance(issued, TemporaryPasswordIssued)
    grant = world.accounts.sign_in(CONTRACTOR, "1012345", issued.password)
    assert isinstance(grant, SetupRequired)
    world.accounts.request_password_reset("1012345", CONTRACTOR)
    link = newest_link(world, "1012345@contractor.example.org")
    return Person(world=world, temporary=issued.password, grant=grant.token, link=link), store


Act: TypeAlias = Callable[[Person], object]

OF_ANN: Final[dict[str, Act]] = {
    "sign in": lambda a: a.accounts.sign_in(PUBLIC, "ann", PASSWORD),
    "enter the password again": lambda a: a.accounts.reauthenticate(a.elsewhere, PASSWORD),
    "change the password": lambda a: a.accounts.change_password(a.here, PASSWORD, PASSWORDS[1]),
    "reset the password": lambda a: a.accounts.reset_password(a.reset, PASSWORDS[2], ANSWER),
    "change the question": lambda a: a.accounts.change_security_question(
        a.here, PASSWORD, "first-dish", NEW_ANSWER
    ),
    "change the address": lambda a: a.accounts.confirm_email(a.change, session_token=a.here),
    "ask for another address": lambda a: a.accounts.change_email(a.here, "ann3@mail.example.org"),
    "end the other sessions": lambda a: a.accounts.end_other_sessions(a.here),
    "sign out": lambda a: a.accounts.sign_out(a.elsewhere),
    "add a license": lambda a: a.accounts.add_license(a.here, "CSLB 1154003"),
    "release a license": lambda a: a.accounts.release_license(a.here, HELD),
    "close the account": lambda a: a.accounts.close_account(a.elsewhere, PASSWORD),
    "be disabled": lambda a: a.desk.disable("ann", reason="reported stolen"),
    "get another address": lambda a: a.desk.change_email("ann", "ann4@mail.example.org", reason="seen"),
    "get a set-up link": lambda a: a.desk.send_link("ann", reason="asked by telephone"),
    "be approved": lambda a: a.desk.approve("1154002", "ann", reason="seen"),
    "be rejected": lambda a: a.desk.reject("1154002", "ann", reason="not theirs"),
    "be linked": lambda a: a.desk.approve("1154008", "ann", reason="seen"),
    "see another approved": lambda a: a.desk.approve("1154002", "bob", reason="seen"),
    "see another registered": lambda a: a.accounts.register(CONTRACTOR, contractor_form("1154003")),
    "lose a license": lambda a: a.desk.transfer("1154002", "bob", reason="sold"),
    "be given a license": lambda a: a.desk.transfer("1154009", "ann", reason="bought"),
}
OF_NEWCOMER: Final[dict[str, Act]] = {
    "sign in": lambda a: a.accounts.sign_in(CONTRACTOR, "1012345", a.temporary),
    "finish set-up": lambda a: a.accounts.finish_setup(a.grant, _answers(a, a.grant, PASSWORDS[1])),
    "finish by mail": lambda a: a.accounts.finish_setup(a.link, _answers(a, a.link, PASSWORDS[2])),
    "ask for a link": lambda a: a.accounts.request_password_reset("1012345", CONTRACTOR),
    "ask for a first link": lambda a: a.accounts.request_password_reset("1012346", CONTRACTOR),
    "get a new password": lambda a: a.desk.issue_temporary_password("1012345", **CHECKED),
    "get a first password": lambda a: a.desk.issue_temporary_password("1012346", **CHECKED),
    "get a link": lambda a: a.desk.send_link("1012345", reason="asked by telephone"),
    "get a first link": lambda a: a.desk.send_link("1012346", reason="asked by telephone"),
    "get another address": lambda a: a.desk.change_email("1012345", "x@mail.example.org", reason="seen"),
    "be disabled": lambda a: a.desk.disable("1012345", reason="reported stolen"),
    "be approved": lambda a: a.desk.approve("1012345", "1012345", reason="seen"),
    "be rejected": lambda a: a.desk.reject("1012345", "1012345", reason="not theirs"),
    "lose the license": lambda a: a.desk.transfer("1012345", reason="sold"),
    "be given another": lambda a: a.desk.transfer("1012346", "1012345", reason="bought"),
    "be corrected": lambda a: a.desk.correct_license("1012345", business_name="Right", reason="misspelled"),
    "leave the roster": lambda a: a.desk.correct_license("1012345", on_roster=False, reason="gone"),
}


#: What comes to neither order, and why that does no harm.
HARMLESS: Final = {
    ("ask for a link", "finish by mail"): "the link that goes out is dead already, and the outbox drops it",
}


def _answers(person: Person, token: str, password: str) -> dict[str, object]:
    form = person.accounts.open_setup(token)
    return setup_form(form.asks, password=password) if isinstance(form, SetupForm) else {}


def state(person: Person) -> tuple[object, ...]:
    """What is kept, with those tokens alone that are good; and of each account what opens it."""
    world = person.world
    accounts = world.store.select(Account, Every(), limit=100)
    kept = Counter({line: count for line, count in shape(world.store).items() if line[0] != "OneTimeToken"})
    good = Counter(
        (token.purpose, token.sent_to)
        for token in world.store.select(OneTimeToken, Every(), limit=100)
        if _is_good(world, token)
    )
    return kept, good, Counter(_opened_by(world, account) for account in accounts)


def without_events(left: tuple[object, ...]) -> tuple[object, ...]:
    """What is kept beside the history."""
    kept, *rest = left
    assert isinstance(kept, Counter)
    return (Counter({line: count for line, count in kept.items() if line[0] != "AuditEvent"}), *rest)


def _is_good(world: World, token: OneTimeToken) -> bool:
    sealed = Secret(tokens.sealed(world.services, token))
    return tokens.present(world.services, token.purpose, sealed, now=world.now()) is not None


def _opened_by(world: World, account: Account) -> tuple[object, ...]:
    def right(encoded: str | None, *texts: str) -> tuple[str, ...]:
        return tuple(t for t in texts if encoded is not None and world.hasher.verify(encoded, Secret(t)))

    alive = [
        session
        for session in world.store.select(Session, Every(), limit=100)
        if session.account_id == account.id and session.epoch == account.epoch
    ]
    return (
        account.username,
        right(account.password_hash, *PASSWORDS),
        right(account.answer_hash, *map(str.casefold, (ANSWER, NEW_ANSWER))),
        len(alive) if account.standing is Standing.ACTIVE else 0,
    )


@functools.cache
def one_after_the_other(
    begin: Callable[[], tuple[Person, Interleaved]], first: Act, second: Act
) -> tuple[tuple[str, str], tuple[object, ...]]:
    """What the two come to, and what they leave."""
    person, _ = begin()
    return (kind_of(first(person)), kind_of(second(person))), state(person)


def told_into(begin: Callable[[], tuple[Person, Interleaved]], outer: Act, inner: Act) -> None:
    """The second overtakes the first right before it commits; and it must come to one order or the other."""
    person, store = begin()
    overtaking: list[str] = []
    store.before_commit_of(AuditEvent, lambda: overtaking.append(kind_of(inner(person))))

    overtaken = kind_of(outer(person))

    assert store.happened
    assert () == violations(person.world.store)
    if overtaken == "Refused staff-moved":  # it was somebody else by then: nothing was done to them
        alone, _ = begin()
        inner(alone)
        assert without_events(state(alone)) == without_events(state(person))
        return
    (first, second), left = one_after_the_other(begin, inner, outer)
    (third, fourth), otherwise = one_after_the_other(begin, outer, inner)
    assert ((overtaking[0], overtaken), state(person)) in [
        ((first, second), left),
        ((fourth, third), otherwise),
    ]


@pytest.mark.attack("STO-07")
@pytest.mark.parametrize(("outer", "inner"), [*itertools.permutations(OF_ANN, 2)])
def test_no_act_on_an_account_undoes_another(outer: str, inner: str) -> None:
    """Read, overtaken, written: the outcomes and the records of one order or the other."""
    told_into(ann, OF_ANN[outer], OF_ANN[inner])


@pytest.mark.attack("STO-07")
@pytest.mark.parametrize(
    ("outer", "inner"), [pair for pair in itertools.permutations(OF_NEWCOMER, 2) if pair not in HARMLESS]
)
def test_no_act_in_set_up_undoes_another(outer: str, inner: str) -> None:
    """The same for somebody whom staff and the mailed link let in at once."""
    told_into(newcomer, OF_NEWCOMER[outer], OF_NEWCOMER[inner])


@pytest.mark.attack("STO-07")
def test_a_link_asked_for_while_set_up_is_finished_leads_nowhere() -> None:
    """It was issued to an account that is no longer in set-up: dead, and never mailed."""
    person, store = newcomer()
    store.before_commit_of(AuditEvent, lambda: OF_NEWCOMER["finish by mail"](person))

    person.accounts.request_password_reset("1012345", CONTRACTOR)

    letters = [message.text for message in person.world.deliver()]
    assert store.happened
    assert not [text for text in letters if "?token=" in text and "/setup" in text]
    assert () == violations(person.world.store)


@pytest.mark.attack("STO-07", "TMP-04")
@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("act", ["finish set-up", "be disabled", "get another address"])
def test_asking_for_a_link_undoes_nothing_that_happens_between_its_questions(act: str, number: int) -> None:
    """It writes down the roster's new address: in set-up alone, and never over what was set right by then."""
    person, store = newcomer()
    told = "told@contractor.example.org"
    imported(person.world, csv_file(HEADER, f"1012345,Sample Builders,{told}"))
    left: list[Account] = []

    def meanwhile() -> None:
        OF_NEWCOMER[act](person)
        left.append(account(person.world, "license:us-ca-cslb:1012345"))

    store.before_question(number, Account, meanwhile)
    person.accounts.request_password_reset("1012345", CONTRACTOR)

    assert store.happened
    assert left == [account(person.world, "license:us-ca-cslb:1012345")]
    links = [mail.recipient for mail in person.world.deliver() if "/setup?token=" in mail.text]
    assert told not in links
    assert () == violations(person.world.store)


@pytest.mark.attack("STO-07", "TOK-02")
@pytest.mark.parametrize("act", list(OF_ANN))
def test_nothing_is_done_twice_by_telling_it_twice(act: str) -> None:
    """The same act of the same person, told into itself: two tabs, a double click."""
    told_into(ann, OF_ANN[act], OF_ANN[act])
