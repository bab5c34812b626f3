"""Why can this person not sign in? Each obstacle is found, and what staff can do is said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from cli.terminal import Terminal
from permit_accounts.accounts import Accounts
from permit_accounts.cli.obstacles import sentences
from permit_accounts.cli.options import ACTOR_VARIABLE, TYPES
from permit_accounts.model.codes import EventName, Obstacle, Remark
from permit_accounts.model.outcomes import Explained, SetupRequired, SignedIn, TemporaryPasswordIssued
from permit_accounts.model.people import Visitor
from permit_accounts.model.records import Account
from permit_accounts.ports import Replace
from permit_accounts.rules.policy import Policy
from permit_accounts.testing.world import PASSWORD, contractor_form, public_form
from permit_accounts.tools import lookups

_WHY = "called at the counter"


@pytest.fixture
def city(terminal: Terminal) -> Terminal:
    """A city with a roster and a public user."""
    rows = ("1012345,Sample Builders,,", "1023456,Heron,office@heron.example.org,")
    assert 0 == terminal.run("roster", "import", str(terminal.roster(*rows)), "--create").code
    assert isinstance(terminal.portal().register("public", public_form("ann")), SignedIn)
    return terminal


def _ids(city: Terminal, name: str, *more: str) -> list[str]:
    (explanation,) = city.run("explain", name, *more, "--json").document["explanations"]
    return [obstacle["id"] for obstacle in explanation["obstacles"]]


def _issue(city: Terminal, number: str, *, days_ago: float = 0) -> str:
    issued = city.desk(city.portal(days_ago=days_ago)).issue_temporary_password(
        number, reason=_WHY, checked_how=_WHY
    )
    assert isinstance(issued, TemporaryPasswordIssued)
    return issued.password


def _change(accounts: Accounts, change: Callable[[Account], Account], name: str = "public:ann") -> None:
    account = lookups.account_named(accounts.services, name)
    assert account is not None
    accounts.services.store.commit(Replace(account, change(account)))


def test_nothing_in_the_way_is_said(city: Terminal) -> None:
    """Most calls are about a forgotten password or the wrong type in the drop-down."""
    assert ["nothing"] == _ids(city, "ann")
    out = city.run("explain", "ann").out
    assert "Forgot Password" in out
    assert "x " not in out


@pytest.mark.parametrize(
    ("number", "words"), [("1012345", "No e-mail"), ("lic 1023456", "office@heron.example.org")]
)
def test_on_the_roster_without_an_account(number: str, words: str, city: Terminal) -> None:
    """The commonest reason of all: nobody has finished the registration."""
    assert ["on-roster"] == _ids(city, number)
    out = city.run("explain", number).out
    assert "temporary-password" in out
    assert words in out


def test_a_running_temporary_password(city: Terminal) -> None:
    """It is good; how it is typed may be wrong."""
    _issue(city, "1012345")
    assert ["temporary-password"] == _ids(city, "1012345")


def test_an_expired_temporary_password(city: Terminal) -> None:
    """Issue a new one."""
    _issue(city, "1023456", days_ago=10)
    assert ["temporary-expired"] == _ids(city, "1023456")
    assert "activation-link" in city.run("explain", "1023456").out


def test_set_up_without_a_temporary_password(city: Terminal) -> None:
    """After a mailed link that was never opened."""
    city.portal().request_password_reset("1023456")
    assert ["no-temporary-password"] == _ids(city, "1023456")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Account.disabled, ["disabled"]),
        (Account.closed, ["closed"]),
        (Account.without_password, ["no-password"]),
        (lambda account: account.with_question(None, None), ["nothing", "question-missing"]),
        (lambda account: attrs.evolve(account, email=None, email_key=None), ["nothing", "no-email"]),
        (lambda account: account.closed_for_untrusted(account.created_at), ["closed-for-untrusted"]),
        (lambda account: account.with_rehash("$argon2id$broken"), ["malformed-hash"]),
    ],
    ids=[
        "disabled",
        "closed",
        "no-password",
        "question-missing",
        "no-email",
        "closed-for-untrusted",
        "malformed-hash",
    ],
)
def test_what_stands_in_the_account(
    change: Callable[[Account], Account], expected: list[str], city: Terminal
) -> None:
    """Each state of an account, with what staff can do about it."""
    _change(city.portal(), change)
    assert expected == _ids(city, "ann")


def test_an_account_that_came_without_a_password(city: Terminal) -> None:
    """Of a person who came from an earlier portal staff are not told that an address was changed."""
    file = city.folder / "users.csv"
    file.write_text("username,email,password_hash\nbea,bea@mail.example.org,\n")
    assert 0 == city.run("users", "import", str(file), "--reason", "the new portal").code
    assert "no-password" == _ids(city, "bea")[0]
    told = city.run("explain", "bea", "--json").document["explanations"][0]["obstacles"][0]
    assert "There is no password: the account was imported without one, or " in str(told)


def test_a_retired_name(city: Terminal) -> None:
    """A name that was given up opens nothing."""
    portal = city.portal()
    signed_in = portal.sign_in("public", "ann", PASSWORD)
    assert isinstance(signed_in, SignedIn)
    portal.close_account(signed_in.session_token, PASSWORD)
    assert ["name-retired", "closed"] == _ids(city, "ann")


def test_a_name_that_waits(city: Terminal) -> None:
    """After wrong passwords of strangers it waits by itself; a temporary password need not."""
    portal = city.portal()
    for number in range(11):
        portal.sign_in("public", "ann", "a wrong sentence of words", visitor=Visitor(ip=f"192.0.2.{number}"))
    assert ["waiting"] == _ids(city, "ann")
    tries = city.run("explain", "ann", "--json").document["explanations"][0]["tries"]
    assert {EventName.SIGN_IN_REFUSED} == {event["name"] for event in tries}
    assert "Sign-in not accepted (wrong-password)" in city.run("explain", "ann").out


@pytest.mark.parametrize("word", [*Obstacle, *Remark])
def test_there_are_words_for_everything(word: Obstacle | Remark) -> None:
    """Each obstacle and each remark has a sentence, and nothing is left open in it."""
    seen = {"obstacles": (word,)} if isinstance(word, Obstacle) else {"obstacles": (), "remarks": (word,)}
    (sentence,) = sentences(Explained(name="ann {email}", account_type="public", **seen))
    assert (word, isinstance(word, Obstacle)) == (sentence.id, sentence.stops)
    assert sentence.what.endswith(".")
    assert "{" not in sentence.what.replace("ann {email}", "") + sentence.staff_can


def test_an_unconfirmed_mailbox_where_the_city_asks_for_it(city: Terminal) -> None:
    """Only a city that confirms first is stopped by it."""
    city.configure("sign_in_after_registration = false\n")
    assert ["unconfirmed"] == _ids(city, "ann")


def test_an_address_is_no_username(city: Terminal) -> None:
    """Whoever types the e-mail address is told the username; all accounts of the mailbox are shown."""
    city.portal().register("public", public_form("anna", email="ann@mail.example.org"))
    document = city.run("explain", "ann@mail.example.org", "--json").document
    told = [(each["name"], each["obstacles"][0]["id"]) for each in document["explanations"]]
    assert [("ann", "signs-in-by-username"), ("anna", "signs-in-by-username")] == told


def test_another_type_is_named(city: Terminal) -> None:
    """The wrong entry in the drop-down is a common reason."""
    ended = city.run("explain", "ann", "--type", "contractor")
    assert (1, True) == (ended.code, "ann, Public user" in ended.out)


def test_a_name_that_nobody_has(city: Terminal) -> None:
    """Exit code 1, with what is wrong about the spelling where a type is named."""
    ended = city.run("explain", "nobody")
    assert (1, True) == (ended.code, "Nobody has the name 'nobody'," in ended.out)
    assert "only the account types public and contractor are known" in ended.out
    assert "Nobody has the name ''," in city.run("explain", "").out
    document = city.run("explain", "l012345", "--type", "contractor", "--json").document
    assert ["license-lookalike"] == [problem["code"] for problem in document["problems"]]


def test_a_letter_typed_for_a_digit_is_pointed_at(city: Terminal) -> None:
    """Also where no type is named; a mistyped number would else look like a contractor nobody knows."""
    ended = city.run("explain", "1O12345")
    assert (1, True) == (ended.code, "The license number contains O, which looks like 0." in ended.out)


def test_who_looks_must_be_said(city: Terminal) -> None:
    """By option or variable; the message names both."""
    city.without(ACTOR_VARIABLE)
    ended = city.run("explain", "1012345")
    assert (2, True) == (ended.code, "say who acts: --actor ID or PERMIT_ACCOUNTS_ACTOR" in ended.err)
    assert 0 == city.run("explain", "1012345", "--actor", "ben").code


@pytest.mark.parametrize("command", [("explain",), ("staff", "find")])
def test_an_unknown_type_is_said(command: tuple[str, ...], city: Terminal) -> None:
    """With the types there are, for a misspelled one would pass for a name that nobody has."""
    ended = city.run(*command, "ann", "--type", "contracter")
    assert (2, True) == (ended.code, "'contractor'" in ended.err)


def test_the_types_are_those_of_a_policy_in_a_file() -> None:
    """Which cannot name others."""
    assert TYPES == tuple(account_type.id for account_type in Policy().account_types)


def test_a_search_in_vain_says_which_types_it_knows(city: Terminal) -> None:
    """A portal may have others, whose names this command cannot read."""
    ended = city.run("staff", "find", "AEC123")
    assert (1, True) == (ended.code, "only the account types public and contractor" in ended.err)


def test_a_license_that_left_the_roster(city: Terminal) -> None:
    """Its holder may register as a new contractor."""
    city.desk(city.portal()).correct_license("1012345", reason=_WHY, on_roster=False)
    assert ["no-account"] == _ids(city, "1012345")


def test_a_second_license_opens_the_same_account(city: Terminal) -> None:
    """Once staff verified it, its number is a name of that account."""
    portal = city.portal()
    assert isinstance(portal.register("contractor", contractor_form("1067890")), SignedIn)
    city.desk(portal).approve("1012345", "1067890", reason=_WHY)
    assert ["nothing"] == _ids(city, "1012345")


def test_it_stands_in_the_history(city: Terminal) -> None:
    """A look at an account is a look at an account."""
    city.run("explain", "ann", "--actor", "cleo")
    assert "Looked up by staff, by staff cleo" in city.run("staff", "history", "ann").out


@pytest.mark.attack("UNI-04")
@pytest.mark.parametrize(
    "typed", ["1012345", "01012345", "CSLB #1012345", "Lic. 1012345", "１０１２３４５", " 1012345 "]
)
def test_every_spelling_is_one_name(typed: str, city: Terminal) -> None:
    """Import, issue, search, explanation and sign-in read a number by one rule."""
    password = _issue(city, typed)
    assert isinstance(city.portal().sign_in("contractor", typed, password), SetupRequired)
    assert ["temporary-password"] == _ids(city, typed)
    found: Any = city.run("staff", "find", typed, "--json").document["found"]
    assert ["1012345"] == [hit["account"]["username"] for hit in found]
