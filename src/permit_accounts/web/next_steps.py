"""How a program goes on from an answer: which act comes next, what that needs, and what a form asks for.

A program that shows forms of its own needs no knowledge of the portal for it: it asks a person for `fields`,
and sends them with what else `needs` names to the act that `next` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from permit_accounts import Code, Field, Kind, Outcome, Refused, ResetForm, SetupForm, SetupRequired
from permit_accounts.web import endings, fields
from permit_accounts.web.acts import TOKEN, Act
from permit_accounts.web.asking import Asking
from permit_accounts.web.field_views import FieldView, field_views

Json = dict[str, object]
#: What is asked of those who declare workers' compensation insurance, where the law makes them have it.
WORKERS_COMPENSATION = frozenset({"workers_comp_carrier", "workers_comp_policy", "workers_comp_expires_on"})


def next_step(acts: Mapping[str, Act], act: Act, outcome: Outcome) -> Json:
    """The members `next` and `needs` of an answer; `next` is null where nothing more is to be done.

    Args:
        acts: Every act, by name.
        act: The one that was just done.
        outcome: What came of it.
    """
    if isinstance(outcome, Refused):
        return after_refusal(acts, outcome)
    return _step(acts, endings.ENDINGS[type(outcome)].next_act or act.leads_to, _asked(outcome))


def after_refusal(acts: Mapping[str, Act], outcome: Refused) -> Json:
    """The same for a refusal, whatever it was that was refused."""
    by_link = any(problem.code is Code.PASSWORD_AGAIN and problem.field for problem in outcome.problems)
    return _step(acts, endings.refusal(outcome)[1], ("password",) if by_link else ())


def asked_fields(asking: Asking, outcome: Outcome) -> Json:
    """The member `fields`, where the outcome is a form that a person fills in."""
    if not isinstance(outcome, SetupRequired | SetupForm | ResetForm):
        return {}
    if isinstance(outcome, ResetForm):
        return {"fields": _of_reset(asking, outcome.question_id)}
    kind = asking.setting.policy.account_type(outcome.account_type)
    return {"fields": field_list(asking, fields.of_setup(kind, outcome.asks))}


def field_list(asking: Asking, asked: Iterable[Field]) -> list[Json]:
    """Fields as a program shows them, with their words in the language of the request."""
    asked = tuple(asked)
    views = field_views(asked, values={}, problems={}, asking=asking)
    return [_field(field, view) for field, view in zip(asked, views, strict=True)]


def _of_reset(asking: Asking, question: str | None) -> list[Json]:
    """A new password, and the answer where there is one on file: its hint is the question that was chosen."""
    if question is None:
        return field_list(asking, (fields.NEW_PASSWORD,))
    password, answer = field_list(asking, (fields.NEW_PASSWORD, fields.ANSWER_ON_FILE))
    return [password, {**answer, "hint": asking.text(f"question.{question}")}]


def _step(acts: Mapping[str, Act], name: str | None, asked: tuple[str, ...]) -> Json:
    if name is None:
        return {"next": None, "needs": []}
    if not asked:
        asked = tuple(field.name for field in acts[name].takes if field.required and field.name != TOKEN)
    token = [TOKEN] if any(field.name == TOKEN for field in acts[name].takes) else []
    return {"next": name, "needs": [*token, *asked]}


def _asked(outcome: Outcome) -> tuple[str, ...]:
    """What this very outcome says is needed next."""
    if isinstance(outcome, SetupRequired | SetupForm):
        return outcome.asks
    if isinstance(outcome, ResetForm):
        return ("password",) if outcome.question_id is None else ("password", "answer")
    return ()


def _field(field: Field, view: FieldView) -> Json:
    return {
        "name": field.name,
        "kind": str(field.kind),
        "label": view.label,
        "hint": view.hint,
        "required": field.required,
        "autocomplete": field.autocomplete,
        "max_length": field.max_length,
        "choices": [{"value": choice.value, "label": choice.label} for choice in view.choices],
        "secret": field.kind in (Kind.PASSWORD, Kind.ANSWER),
        "workers_compensation": field.name in WORKERS_COMPENSATION,
    }
