"""One person has one name, however it is spelled and at whichever door; and no text is too long to refuse."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faults.telling import patient_policy
from flows.people import account, events, kinds, temporary
from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    Accounts,
    Code,
    EventName,
    Refused,
    RosterReport,
    SignedIn,
    StaffDesk,
    Visitor,
)
from permit_accounts.model.records import ASKED_BY, Account, AttemptCount, Identifier, License, OutboxEmail
from permit_accounts.ports import Every, Store
from permit_accounts.roster import import_roster
from permit_accounts.stores.memory import MemoryStore
from permit_accounts.stores.sqlite import SQLiteStore
from permit_accounts.testing.world import PASSWORD, World, contractor_form, public_form
from story import newest_link, signed_in

SPELLINGS: Final = (
    "annlee", "AnnLee", "ANNLEE", " annlee ", "annlee\u3000", "ａｎｎｌｅｅ", "Ａnn\uff2cee",
    "\tannlee\u00a0",
)  # fmt: skip
NUMBERS: Final = (
    "1012345", "CSLB 1012345", "cslb#1012345", "Lic. No. 1012345", "1 012 345", "１０１２３４５",
    " 1012345\u00a0",
)  # fmt: skip
#: A name that is registered, and one that some layer folds into it.
FOLDED: Final = (
    ("kimlee", "\u212aimlee"), ("samlee", "\u017famlee"), ("finlay", "\ufb01nlay"), ("strauss", "strauß"),
    ("bigbird", "ᴮᴵᴳᴮᴵᴿᴰ"), ("admins1", "ａｄｍｉｎｓ１"), ("office1", "ofﬁce1"),
    ("halfnow", "half\u00adnow"),
)  # fmt: skip


@pytest.fixture(params=["memory", "file"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    memory = request.param == "memory"
    store: Store = MemoryStore() if memory else SQLiteStore(tmp_path / "city.db", create=True)
    return World(patient_policy(), store=store)


def count(world: World, kind: type[Any]) -> int:
    return len(world.store.select(kind, Every(), limit=1000))


@pytest.mark.attack("UNI-04", "UNI-16", "UNI-03")
@pytest.mark.parametrize("typed", SPELLINGS)
def test_every_door_takes_every_spelling_of_a_name(world: World, typed: str) -> None:
    """Registered once; each spelling signs in, asks for a reset, is found, and is taken: one account."""
    accounts = world.accounts
    signed_in(accounts.register(PUBLIC, public_form("annlee")))
    mine = account(world, "public:annlee").id

    taken = accounts.register(PUBLIC, public_form("annlee") | {"username": typed})
    assert isinstance(taken, Refused)
    assert isinstance(accounts.sign_in(PUBLIC, typed, PASSWORD), SignedIn)
    accounts.request_password_reset(typed)
    assert [mine] == [event.account_id for event in events(world, EventName.RESET_REQUESTED)]
    assert newest_link(world, "annlee@mail.example.org", "/reset-password")
    (found,) = world.desk().find(typed)  # type: ignore[misc]
    assert found.account is not None
    assert mine == found.account.id
    assert (1, 1) == (count(world, Account), count(world, Identifier))


@pytest.mark.attack("UNI-04", "UNI-16")
@pytest.mark.parametrize("typed", NUMBERS)
def test_every_door_takes_every_spelling_of_a_number(world: World, typed: str) -> None:
    """Imported, issued, signed in with, asked for and registered again: one license, one account."""
    rows = f"license,business_name\n{typed},Sample Builders\n".encode()
    report = import_roster(world.services, BytesIO(rows))
    assert isinstance(report, RosterReport)
    issued = temporary(world, "1012345")

    outcome = world.accounts.sign_in(CONTRACTOR, typed, issued.password)
    assert "SetupRequired" == type(outcome).__name__
    again = world.accounts.register(CONTRACTOR, contractor_form("1012345") | {"username": typed})
    assert isinstance(again, Refused)
    assert (Code.LICENSE_CALL_STAFF,) == again.codes
    world.accounts.request_password_reset(typed, CONTRACTOR)
    (found,) = world.desk().find(typed)  # type: ignore[misc]
    assert found.account is not None
    assert (1, 1, 1) == (count(world, Account), count(world, Identifier), count(world, License))


@pytest.mark.attack("UNI-05", "UNI-03", "UNI-10")
@pytest.mark.parametrize(("name", "folded"), FOLDED)
def test_what_some_layer_folds_together_is_never_two_people(world: World, name: str, folded: str) -> None:
    """The second is refused or is the first; and a reset for one never changes anybody else."""
    for first, second in ((name, folded), (folded, name)):
        world.accounts.register(PUBLIC, public_form(name) | {"username": first})
        world.accounts.register(PUBLIC, public_form("other") | {"username": second})
        world.accounts.request_password_reset(second)

    assert 1 == count(world, Account)
    mails = {message.recipient for message in world.deliver()}
    assert mails <= {account(world, f"public:{name}").email}


@pytest.mark.attack("UNI-04", "THR-04")
def test_all_spellings_share_one_count(world: World) -> None:
    """A blank, a capital or a full-width letter buys no further guess."""
    signed_in(world.accounts.register(PUBLIC, public_form("annlee")))
    outcomes = [
        world.accounts.sign_in(PUBLIC, SPELLINGS[n % len(SPELLINGS)], f"guess number {n} of many")
        for n in range(30)
    ]

    assert world.policy.throttle_free == kinds(outcomes)["wrong-credentials"]


PIECES: Final = (
    "ann", "ANN", "@", "mail", ".", "example", ".org", "+", "ı", "ß", "İ", "\u212a", " ", ",", "bücher",
    "xn--", "ﬁ", "<", ">", ";", "\0", "\n", "ⓐ", "＠", "。",
)  # fmt: skip
ADDRESSES: Final = (
    "ANN@MAIL.EXAMPLE.ORG", "ann@mail.example.org.", "ann+x@mail.example.org",
    "ann@ＭＡＩＬ.example.org", "ann@mail.example.org,bob@mail.example.org", "Ann <ann@mail.example.org>",
    " ann@mail.example.org ",
)  # fmt: skip
LIKE_AN_ADDRESS: Final = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=9).map("".join),
    st.sampled_from(ADDRESSES),
    st.text(max_size=40),
)


class City:
    """One city for all examples: two people, and an outbox that is emptied after each."""

    def __init__(self) -> None:
        self.world = World(patient_policy())
        self.world.accounts.register(PUBLIC, public_form("ann"))
        self.world.accounts.register(PUBLIC, public_form("bob"))
        self.world.deliver()


@pytest.fixture(scope="module")
def city() -> City:
    return City()


@pytest.mark.attack("UNI-02")
@given(text=LIKE_AN_ADDRESS)
def test_mail_goes_to_a_stored_address_whatever_was_typed(city: City, text: str) -> None:
    """Byte for byte, for a reset, a confirmation and a reminder alike; never to what was typed."""
    accounts = city.world.accounts
    accounts.request_password_reset(text)
    accounts.resend_confirmation(text)
    accounts.remind_usernames(text)

    recipients = {message.recipient for message in city.world.deliver()}
    assert recipients <= {"ann@mail.example.org", "bob@mail.example.org"}
    assert 0 == count(city.world, OutboxEmail)


# ------------------------------------------------------------------------------------------- without end

UNITS: Final = {"letters": "x", "marks": "e\u0301", "halves": "½", "digits": "7", "sharp": "ß", "blanks": " "}
MANY: Final = 1_000_000
#: Seconds of the processor; the longest door with ordinary texts takes about 0.003.
MOST_CPU: Final = 0.05
SPECIAL: Final[dict[str, Callable[[str], Any]]] = {
    "account_type": lambda huge: PUBLIC,
    "form": lambda huge: dict.fromkeys([*public_form(), huge], huge),
    "visitor": lambda huge: Visitor(ip=huge, user_agent=huge, device_token=huge),
}
#: Parameters that no person's text reaches: the application's own values.
NOT_TEXT: Final = frozenset(
    {"self", "remember", "limit", "after", "by_post", "on_roster", "state", "account", "store"}
)


#: What takes a file, which has tests of its own.
FILES: Final = frozenset({"import_roster"})


def doors(target: object) -> list[Callable[..., object]]:
    """Every public method that takes a text from somebody."""
    named = [name for name, member in vars(type(target)).items() if inspect.isfunction(member)]
    methods = [getattr(target, name) for name in named if not name.startswith("_") and name not in FILES]
    return [method for method in methods if set(inspect.signature(method).parameters) - NOT_TEXT]


def knock(method: Callable[..., object], huge: str, **known: str) -> float:
    """Call with this text in every place but those known; how long the processor took."""
    names = set(inspect.signature(method).parameters) - NOT_TEXT
    texts = {name: known.get(name) or SPECIAL.get(name, str)(huge) for name in names}
    begun = time.process_time()
    method(**texts)
    return time.process_time() - begun


@pytest.mark.attack("UNI-14", "PWD-01", "ENUM-18")
@pytest.mark.parametrize("unit", UNITS.values(), ids=list(UNITS))
@pytest.mark.parametrize("owner", [Accounts, StaffDesk])
def test_a_text_without_end_costs_nothing_at_any_door(owner: type, unit: str) -> None:
    """Refused before it is normalized, matched, hashed, looked up or written down anywhere."""
    world = World(patient_policy())
    world.accounts.register(PUBLIC, public_form("ann"))
    hashes = len(world.hasher.calls)
    target: object = world.accounts if owner is Accounts else world.desk()
    huge = unit * (MANY // len(unit))

    slow = [
        method.__name__
        for method in doors(target)
        # Up to four times, for a machine that has other things to do.
        if all(knock(method, huge) > MOST_CPU for _ in range(4))
    ]

    assert [] == slow
    assert hashes == len(world.hasher.calls)
    assert _largest_record(world) < 5000


@pytest.mark.attack("UNI-14", "PWD-01")
@pytest.mark.parametrize("unit", UNITS.values(), ids=list(UNITS))
@pytest.mark.parametrize("owner", [Accounts, StaffDesk])
def test_nor_does_it_to_somebody_who_is_known(owner: type, unit: str) -> None:
    """The same with a live session, a live link and a name that somebody has: what is long is the rest."""
    huge = unit * (MANY // len(unit))
    wrong = []

    for number in range(len(doors(World().accounts if owner is Accounts else World().desk()))):
        world = World(patient_policy())
        method = doors(world.accounts if owner is Accounts else world.desk())[number]
        made = signed_in(world.accounts.register(PUBLIC, public_form("ann")))
        world.accounts.add_license(made.session_token, "CSLB 1154002")
        world.accounts.request_password_reset("ann")
        link = newest_link(world, "ann@mail.example.org", "/reset-password")
        hashes = len(world.hasher.calls)
        known = {"session_token": made.session_token, "token": link, "license_text": "1154002"}
        known |= {"text": "ann", "to": "ann"} if owner is StaffDesk else {}
        known |= {"license_id": "us-ca-cslb:1154002"}

        if knock(method, huge, **known) > MOST_CPU and knock(method, huge, **known) > MOST_CPU:
            wrong.append(f"{method.__name__} takes long")
        if len(world.hasher.calls) > hashes:
            wrong.append(f"{method.__name__} hashes it")
        if _largest_record(world) > 5000:
            wrong.append(f"{method.__name__} keeps it")

    assert [] == wrong


def _largest_record(world: World) -> int:
    return max(
        len(repr(record)) for kind in ASKED_BY for record in world.store.select(kind, Every(), limit=1000)
    )


@pytest.mark.attack("LOG-05")
def test_a_password_typed_as_the_name_is_nowhere_in_clear(world: World) -> None:
    """Not in an event, a count or an e-mail: names that nobody has are kept as an HMAC only."""
    typed = "hunter2-a-real-password"
    world.accounts.sign_in(PUBLIC, typed, "")
    world.accounts.sign_in(CONTRACTOR, typed, PASSWORD)
    world.accounts.request_password_reset(typed)
    world.accounts.remind_usernames(typed)
    world.accounts.resend_confirmation(typed)

    kept = [repr(record) for kind in ASKED_BY for record in world.store.select(kind, Every(), limit=1000)]
    assert count(world, AttemptCount) > 0
    assert [] == [text for text in kept if "hunter2" in text]
