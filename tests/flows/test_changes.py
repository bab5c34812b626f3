"""Password and question changed while signed in: what is asked, refused, kept and ended."""

from __future__ import annotations

import attrs
import pytest

from flows.people import (
    account,
    ann,
    claimant,
    confirmed,
    new_events,
)
from permit_accounts import (
    PUBLIC,
    Code,
    EventName,
    PasswordReset,
    Reason,
    Refused,
    SignedIn,
)
from permit_accounts.model.records import ASKED_BY
from permit_accounts.ports import Every
from permit_accounts.testing.world import PASSWORD, World, public_form, strict_policy
from story import ANSWER, NEW_PASSWORD, newest_link, signed_in

ANN = "ann@mail.example.org"


def change_password(world: World, held: SignedIn, new: str = NEW_PASSWORD, old: str = PASSWORD) -> object:
    return world.accounts.change_password(held.session_token, old, new)


def change_question(
    world: World, held: SignedIn, question: str = "first-dish", answer: str = "potato soup"
) -> object:
    return world.accounts.change_security_question(held.session_token, PASSWORD, question, answer)


# ------------------------------------------------------------------------------------------------- password


def test_the_new_password_is_the_only_one_that_is_good() -> None:
    """In one commit: the old one is wrong from then on, and this session goes on."""
    world = World()
    one = ann(world)

    done = signed_in(change_password(world, one))

    assert world.accounts.session(done.session_token) is not None
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", PASSWORD), Refused)
    assert isinstance(world.accounts.sign_in(PUBLIC, "ann", NEW_PASSWORD), SignedIn)


@pytest.mark.attack("LOG-06")
@pytest.mark.parametrize(
    ("old", "new", "code", "field", "cause"),
    [
        ("wrong", NEW_PASSWORD, Code.WRONG_CREDENTIALS, "current_password", Reason.WRONG_PASSWORD),
        ("x" * 2000, NEW_PASSWORD, Code.WRONG_CREDENTIALS, "current_password", Reason.WRONG_PASSWORD),
        (PASSWORD, "short", Code.PASSWORD_SHORT, "password", Reason.INVALID_FORM),
        (PASSWORD, "x" * 257, Code.PASSWORD_LONG, "password", Reason.INVALID_FORM),
        (PASSWORD, PASSWORD, Code.PASSWORD_UNCHANGED, "password", Reason.INVALID_FORM),
        (PASSWORD, ANN, Code.PASSWORD_PERSONAL, "password", Reason.INVALID_FORM),
        (PASSWORD, "permitpermit2026", Code.PASSWORD_PERSONAL, "password", Reason.INVALID_FORM),
    ],
)
def test_what_is_refused_changes_nothing(old: str, new: str, code: Code, field: str, cause: Reason) -> None:
    """The session goes on as it was; the refusal stands in the history with its cause and without a text."""
    world = World()
    one = ann(world)
    before = account(world)

    refused, (event,) = new_events(world, change_password, world, one, new, old)

    assert isinstance(refused, Refused)
    assert (code, field) in [(problem.code, problem.field) for problem in refused.problems]
    assert (EventName.PASSWORD_CHANGE_REFUSED, cause, {}) == (event.name, event.cause, event.params)
    assert before == account(world)
    assert world.accounts.session(one.session_token) is not None


def test_a_decomposed_copy_is_the_same_password() -> None:
    """What hashes alike is unchanged: composed forms are compared (NIST SP 800-63B-4, 3.1.1.2)."""
    world = World()
    composed = "caf\u00e9 au lait at noon"
    one = signed_in(world.accounts.register(PUBLIC, public_form("ann", password=composed)))

    refused = change_password(world, one, "cafe\u0301 au lait at noon", composed)

    assert isinstance(refused, Refused)
    assert (Code.PASSWORD_UNCHANGED,) == refused.codes


@pytest.mark.attack("SQ-06")
def test_the_answer_on_file_does_not_become_the_password() -> None:
    """Compared through its hash, however it is written; the question would ask for the password."""
    world = World()
    one = ann(world, answer="the old harbor in winter")

    refused = change_password(world, one, "The OLD harbor in  winter!")

    assert isinstance(refused, Refused)
    assert (Code.PASSWORD_PERSONAL,) == refused.codes
    assert isinstance(change_password(world, one), SignedIn)


@pytest.mark.attack("SQ-06")
def test_guesses_at_the_answer_in_new_passwords_are_tries() -> None:
    """Each that misses is one of the ten a day; the eleventh password is set whether or not it is the answer.

    Whoever has a session and the password of an account that never confirmed could else go on all day.
    """
    world = World()
    one = ann(world, answer="the old harbor in winter")
    current = PASSWORD
    for n in range(world.policy.answer_tries_per_day):
        guess = f"the old harbor, guess {n}"
        one = signed_in(world.accounts.change_password(one.session_token, current, guess))
        current = guess

    hit = world.accounts.change_password(one.session_token, current, "the old harbor in winter")
    tried = world.desk().check_answer("ann", "the old harbor in winter", reason="called")

    assert isinstance(hit, SignedIn)
    assert isinstance(tried, Refused)
    assert (Code.ANSWER_TRIES,) == tried.codes


@pytest.mark.attack("SQ-06")
def test_a_password_that_is_refused_is_no_try_at_the_answer() -> None:
    """Nothing was compared: who mistypes the present password keeps every try."""
    world = World()
    one = ann(world, answer="the old harbor in winter")
    for _ in range(world.policy.answer_tries_per_day + 1):
        world.accounts.change_password(one.session_token, PASSWORD, "short")

    refused = change_password(world, one, "the old harbor in winter")

    assert isinstance(refused, Refused)
    assert (Code.PASSWORD_PERSONAL,) == refused.codes


@pytest.mark.attack("SQ-06")
@pytest.mark.parametrize("guess", ["rex the hound", "tom the tabby"])
def test_no_password_that_is_refused_anyway_tells_the_answer(guess: str) -> None:
    """Whoever has a session and the password could else try answers in silence, where none is counted."""
    world = World()
    one = ann(world, answer="rex the hound")

    refused = change_password(world, one, guess)

    assert isinstance(refused, Refused)
    assert (Code.PASSWORD_SHORT,) == refused.codes


# ------------------------------------------------------------------------------------------------- question


def test_the_new_question_is_asked_at_the_next_reset() -> None:
    """The new answer is right and the old one is wrong; nothing else is asked of the person."""
    world = World()
    one = confirmed(world)
    signed_in(change_question(world, one))

    world.accounts.request_password_reset("ann")
    link = newest_link(world, ANN, "/reset-password")

    assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD, ANSWER), Refused)
    assert isinstance(world.accounts.reset_password(link, NEW_PASSWORD, "Potato SOUP"), PasswordReset)


@pytest.mark.attack("SQ-06", "LOG-06")
@pytest.mark.parametrize(
    ("question", "answer", "code"),
    [
        ("first-dish", PASSWORD, Code.ANSWER_PUBLIC),
        ("first-dish", "ann", Code.ANSWER_PUBLIC),
        ("first-dish", ANN, Code.ANSWER_PUBLIC),
        ("first-dish", "Sample", Code.ANSWER_PUBLIC),
        ("first-dish", "learned to cook", Code.ANSWER_PUBLIC),
        ("first-dish", "x", Code.ANSWER_SHORT),
        ("first-dish", "", Code.REQUIRED),
        ("my-own", "potato soup", Code.QUESTION),
        ("", "potato soup", Code.REQUIRED),
    ],
)
def test_an_answer_that_others_know_is_refused(question: str, answer: str, code: Code) -> None:
    """Own name, address, password, the question's words: nothing is changed, and the refusal is on record."""
    world = World()
    one = ann(world)
    before = account(world)

    refused, (event,) = new_events(world, change_question, world, one, question, answer)

    assert isinstance(refused, Refused)
    assert code in refused.codes
    assert (EventName.QUESTION_CHANGE_REFUSED, Reason.INVALID_FORM) == (event.name, event.cause)
    assert before == account(world)


@pytest.mark.attack("SQ-06")
@pytest.mark.parametrize("answer", ["1154002", "Sample Builders", "sample  BUILDERS.", "office1154002"])
def test_a_contractors_answer_is_nothing_from_the_license_board(answer: str) -> None:
    """Number, firm and mailbox stand on public pages."""
    world = World()
    one = claimant(world)

    refused = change_question(world, one, answer=answer)

    assert isinstance(refused, Refused)
    assert (Code.ANSWER_PUBLIC,) == refused.codes


def test_a_city_without_a_question_takes_none() -> None:
    """`Policy.strict` has no security question anywhere: there are no such fields, as in its other forms."""
    world = World(strict_policy())
    world.accounts.register(PUBLIC, public_form("ann", question=None, answer=None))
    world.accounts.confirm_email(newest_link(world, ANN), password=PASSWORD)
    one = signed_in(world.accounts.sign_in(PUBLIC, "ann", PASSWORD))

    refused = change_question(world, one)

    assert isinstance(refused, Refused)
    assert {"question", "answer"} == {problem.field for problem in refused.problems}
    assert {Code.UNKNOWN_FIELD} == set(refused.codes)


@pytest.mark.attack("LOG-06")
def test_a_wrong_password_changes_no_question() -> None:
    """ASVS 5.0, 7.5.1; the attempt is on record."""
    world = World()
    one = ann(world)
    change = world.accounts.change_security_question

    refused, (event,) = new_events(world, change, one.session_token, "wrong", "first-dish", "potato soup")

    assert isinstance(refused, Refused)
    assert [(Code.WRONG_CREDENTIALS, "current_password")] == [(p.code, p.field) for p in refused.problems]
    assert (EventName.QUESTION_CHANGE_REFUSED, Reason.WRONG_PASSWORD) == (event.name, event.cause)


@pytest.mark.attack("SQ-07")
def test_an_answer_is_kept_like_a_password() -> None:
    """Only a slow hash with a salt of its own: in no record, export, history or repr, and never two alike."""
    world = World()
    one = ann(world)
    world.accounts.register(PUBLIC, public_form("bob"))
    one = signed_in(change_question(world, one, answer="potato soup"))
    signed_in(
        world.accounts.change_security_question(
            signed_in(world.accounts.sign_in(PUBLIC, "bob", PASSWORD)).session_token,
            PASSWORD,
            "first-dish",
            "potato soup",
        )
    )
    desk = world.desk()
    desk.check_answer("ann", "potato soup", PUBLIC, reason="telephone call")

    first, second = account(world), account(world, "public:bob")
    assert first.answer_hash is not None
    assert first.answer_hash.startswith("$argon2id$")
    assert first.answer_hash != second.answer_hash
    rows = [row for kind in ASKED_BY for row in world.store.select(kind, Every(), limit=1000)]
    shown = [
        world.accounts.export_account(one.session_token),
        world.accounts.activity(one.session_token),
        desk.find("ann"),
        desk.history("ann"),
    ]
    told = "".join(mail.text for mail in world.deliver())
    everything = repr([attrs.asdict(row) for row in rows]) + repr(shown) + repr(first) + told
    assert "potato soup" not in everything.casefold()
    outside = repr(shown) + repr(first) + told
    assert first.answer_hash not in outside
    assert "argon2" not in outside
