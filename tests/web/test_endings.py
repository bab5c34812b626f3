"""Every outcome that an act can have is answered: a word, a status, what it tells, and what comes next."""

from __future__ import annotations

import inspect
import types
import typing

import pytest

import permit_accounts
from permit_accounts import Accounts, Code, History, LicenseStanding, Outcome, Problem, Purged, Refused
from permit_accounts.testing.world import city_policy, strict_policy
from permit_accounts.web import endings, schemas
from permit_accounts.web.act_table import acts_of
from permit_accounts.web.acts import Act

#: What is only read, and so answered by a view of its own; and what the city does by itself.
NO_ACTS = {History, LicenseStanding, Purged}
ACTS = acts_of(city_policy())


def method_of(act: Act) -> str:
    return "register" if act.name.startswith("register-") else act.name.replace("-", "_")


def returned(method: str) -> set[type[Outcome]]:
    """The outcomes in the union that a method of `Accounts` is annotated with."""
    annotation = typing.get_type_hints(getattr(Accounts, method))["return"]
    found = typing.get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    return {one for one in found if isinstance(one, type) and issubclass(one, Outcome)}


def methods() -> list[str]:
    return [name for name, _ in inspect.getmembers(Accounts, inspect.isfunction) if not name.startswith("_")]


@pytest.mark.parametrize("act", ACTS.values(), ids=lambda act: act.name)
def test_an_act_names_the_outcomes_of_its_method(act: Act) -> None:
    """What the document says of an act is what the method is annotated with, neither more nor less."""
    assert returned(method_of(act)) - {Refused} == set(act.answers)


def test_every_outcome_has_an_ending() -> None:
    """Every public outcome that a method of `Accounts` answers with, and no other."""
    answered = set().union(*(returned(method) for method in methods())) - NO_ACTS - {Refused}
    assert answered == set(endings.ENDINGS)
    assert answered == set(schemas.MEMBERS)
    assert {kind.__name__ for kind in answered} <= set(permit_accounts.__all__)


def test_every_method_that_does_something_is_an_act() -> None:
    """A method with outcomes of its own can be called by a program."""
    doing = {method for method in methods() if returned(method) - NO_ACTS - {Refused}}
    assert doing == {method_of(act) for act in ACTS.values()}


def test_words_are_told_apart() -> None:
    """One word for one outcome, and none for what was not done."""
    words = [ending.word for ending in endings.ENDINGS.values()]
    assert len(words) == len({*words, endings.REFUSED, endings.FAILED}) - 2


@pytest.mark.parametrize("policy", [city_policy(), strict_policy()], ids=["city", "strict"])
def test_what_comes_next_is_an_act(policy: permit_accounts.Policy) -> None:
    """Whichever outcome, refusal or act says it."""
    acts = acts_of(policy)
    said = {ending.next_act for ending in endings.ENDINGS.values()} | {act.leads_to for act in acts.values()}
    said |= {endings.refusal(Refused((Problem(code),)))[1] for code in Code}
    assert said - {None} <= set(acts)


@pytest.mark.parametrize(
    ("problems", "expected"),
    [
        ([Problem(Code.REQUIRED, "username")], (422, None)),
        ([Problem(Code.SESSION)], (401, "sign-in")),
        ([Problem(Code.PASSWORD_AGAIN)], (403, "reauthenticate")),
        ([Problem(Code.PASSWORD_AGAIN, "password")], (403, "confirm-email")),
        ([Problem(Code.LINK_INVALID)], (410, "request-password-reset")),
        ([Problem(Code.SETUP_EXPIRED)], (410, "sign-in")),
        ([Problem(Code.REQUIRED, "answer"), Problem(Code.WAIT, params={"seconds": "30"})], (429, None)),
    ],
)
def test_the_status_of_a_refusal(problems: list[Problem], expected: tuple[int, str | None]) -> None:
    """By the first problem that has a say in it; what is wrong with a field is 422."""
    assert expected == endings.refusal(Refused(tuple(problems)))


def test_how_long_to_wait() -> None:
    """Only where the answer is to wait."""
    assert 30 == endings.retry_after(Refused((Problem(Code.WAIT, params={"seconds": "30"}),)))
    assert None is endings.retry_after(Refused((Problem(Code.SESSION),)))
