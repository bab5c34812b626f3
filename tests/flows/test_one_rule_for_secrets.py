"""One rule for passwords and one for answers: what one door refuses, no other lets through."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from flows.people import LICENSE, account, ann, grant, invited, rewrite, temporary
from permit_accounts import CONTRACTOR, PUBLIC, Code, QuestionUse, Refused
from permit_accounts.model.secret import Secret
from permit_accounts.testing.world import (
    PASSWORD,
    World,
    city_policy,
    contractor_form,
    public_form,
    setup_form,
)
from story import newest_link, signed_in

CITY = {"city": "West Hollywood"}
ANN = {"email": "j.q.harrow@mail.example.org", "business_name": "Blue Heron Roofing", "city": "Pasadena"}


Door = Callable[[World, str], object]


def _register(world: World, password: str) -> object:
    return world.accounts.register(PUBLIC, public_form("ann", **ANN, password=password))


def _finish_setup(world: World, password: str) -> object:
    ann(world, **ANN)
    page = grant(world, temporary(world, "ann").password, "ann", kind=PUBLIC)
    return world.accounts.finish_setup(page.token, setup_form(page.asks, password=password))


def _change(world: World, password: str) -> object:
    return world.accounts.change_password(ann(world, **ANN).session_token, PASSWORD, password)


def _reset(world: World, password: str) -> object:
    ann(world, **ANN)
    world.accounts.request_password_reset("ann")
    link = newest_link(world, ANN["email"], "/reset-password")
    return world.accounts.reset_password(link, password)


def _confirm(world: World, password: str) -> object:
    ann(world, **ANN)
    link = newest_link(world, ANN["email"], "/confirm-email")
    return world.accounts.confirm_email(link, new_password=password)


DOORS: Mapping[str, Door] = {
    "register": _register,
    "finish set-up": _finish_setup,
    "change": _change,
    "reset": _reset,
    "confirm": _confirm,
}


@pytest.mark.attack("PWD-09")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "password",
    [
        "ann-ann-ann-ann-ann",
        "jqharrow-jqharrow",
        "j.q.harrow@mail.example.org",
        "blueheronroofing2026",
        "Pasadena Pasadena 91101",
        "West Hollywood 2026!",
        "cslb-cslb-cslb-cslb",
        "permits-permits-2026",
    ],
)
def test_a_password_of_known_words_is_refused_at_every_door(door: str, password: str) -> None:
    """Name, address, profile, city, boards and the city's own words, for whoever sets a password anywhere."""
    outcome = DOORS[door](World(city_policy(**CITY)), password)

    assert isinstance(outcome, Refused), outcome
    assert (Code.PASSWORD_PERSONAL,) == outcome.codes


@pytest.mark.attack("PWD-09")
def test_how_a_number_was_typed_makes_no_difference() -> None:
    """The same password is refused to whoever registers with the bare number and to whoever changes it."""
    bad = "CSLB 1154002 CSLB 1154002"
    for typed in ("1154002", "CSLB 1154002", "Lic. 1154002"):
        world = World()
        form = contractor_form(typed, email=ANN["email"])
        refused = world.accounts.register(CONTRACTOR, {**form, "password": bad})
        made = signed_in(world.accounts.register(CONTRACTOR, form))
        changed = world.accounts.change_password(made.session_token, PASSWORD, bad)
        assert isinstance(refused, Refused)
        assert isinstance(changed, Refused)
        assert (Code.PASSWORD_PERSONAL,) == refused.codes == changed.codes


@pytest.mark.attack("SQ-06")
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("West Hollywood", Code.ANSWER_PUBLIC),
        ("pasadena", Code.ANSWER_PUBLIC),
        ("Blue Heron Roofing", Code.ANSWER_PUBLIC),
        ("j.q.harrow", Code.ANSWER_PUBLIC),
        (PASSWORD, Code.ANSWER_PUBLIC),
        ("1234", Code.ANSWER_PUBLIC),
        (" . ", Code.ANSWER_SHORT),
        ("", Code.REQUIRED),
        ("x" * 300, Code.TOO_LONG),
    ],
)
def test_an_answer_is_refused_at_every_door_or_at_none(answer: str, code: Code) -> None:
    """Registration, set-up and change read the same form by the same rule; the city is public everywhere."""
    world = World(city_policy(**CITY))
    form = public_form("ann", **ANN, answer=answer)
    registered = world.accounts.register(PUBLIC, form)
    made = ann(world, **ANN)
    changed = world.accounts.change_security_question(made.session_token, PASSWORD, "first-dish", answer)
    page = grant(world, temporary(world, "ann").password, "ann", kind=PUBLIC)
    set_up = world.accounts.finish_setup(page.token, setup_form(page.asks, answer=answer))

    for outcome in (registered, changed, set_up):
        assert isinstance(outcome, Refused)
        assert [(code, "answer")] == [(problem.code, problem.field) for problem in outcome.problems]


@pytest.mark.attack("SQ-06")
def test_an_answer_that_stays_on_file_does_not_become_the_password_in_set_up() -> None:
    """Where the city has stopped asking, an answer of before is still somebody's secret, told to staff."""
    answer = "an answer long enough to be one"
    world = World(city_policy(security_question=QuestionUse.OFF))
    page = grant(world, invited(world).password)
    rewrite(world, LICENSE, question_id="first-dish", answer_hash=world.hasher.hash(Secret(answer)))

    refused = world.accounts.finish_setup(page.token, setup_form(page.asks, password=answer))

    assert isinstance(refused, Refused)
    assert (Code.PASSWORD_PERSONAL,) == refused.codes
    assert account(world, LICENSE).password_hash is None


@pytest.mark.attack("SQ-06")
@pytest.mark.parametrize("guess", ["rex the hound", "tom the tabby"])
def test_no_form_of_set_up_that_is_refused_anyway_tells_the_answer(guess: str) -> None:
    """Whoever read the temporary password could else try answers of before, where none is counted."""
    world = World(city_policy(security_question=QuestionUse.OFF))
    page = grant(world, invited(world).password)
    answer_hash = world.hasher.hash(Secret("rex the hound"))
    rewrite(world, LICENSE, question_id="first-dish", answer_hash=answer_hash)

    refused = world.accounts.finish_setup(page.token, setup_form(page.asks, password=guess))

    assert isinstance(refused, Refused)
    assert (Code.PASSWORD_SHORT,) == refused.codes


@pytest.mark.attack("SQ-06")
def test_an_answer_that_goes_may_be_the_password() -> None:
    """A mailbox's owner who sets a password erases the question that somebody else chose with it."""
    world = World()
    ann(world, answer="an answer long enough to be one")
    link = newest_link(world, "ann@mail.example.org", "/confirm-email")

    world.accounts.confirm_email(link, new_password="an answer long enough to be one")

    assert account(world).answer_hash is None
    assert account(world).email_confirmed_at is not None
