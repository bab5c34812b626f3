"""From a field of an account type to what a template shows: label, hint, kind of input, value and problem.

What was typed stays in the form when it comes back; passwords and answers never do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from permit_accounts import QUESTIONS, Field, Kind
from permit_accounts.web.asking import Asking
from permit_accounts.web.fields import SECRET_KINDS


@attrs.frozen(kw_only=True)
class Choice:
    """One entry of a list to choose from."""

    value: str
    label: str
    current: bool


@attrs.frozen(kw_only=True)
class FieldView:
    """A field as a template shows it.

    Args:
        name: Its name in the form.
        id: Its id in the page, which problems link to.
        type: The type of the input; `select`, `checkbox` and `radio` where it is none.
        hint: Why the city asks, or how to write it; empty for none.
        value: What was typed before; always empty for a secret.
        problem: What is wrong with it, in words; empty where nothing is.
        new_password: Whether a new password is chosen here.
        secret: Whether what is typed here is never shown again.
        unchosen: What a list says where nothing is chosen; by default that something is to be.
    """

    name: str
    id: str
    label: str
    type: str
    hint: str = ""
    autocomplete: str = "off"
    required: bool = False
    max_length: int | None = None
    value: str = ""
    choices: tuple[Choice, ...] = ()
    problem: str = ""
    inputmode: str = ""
    new_password: bool = False
    secret: bool = False
    unchosen: str = ""


@attrs.frozen(kw_only=True)
class ProblemView:
    """One line of the summary above a form.

    Args:
        text: What is wrong, in words.
        field_id: The field that it concerns; empty where it is the whole form.
        label: What that field is called.
    """

    text: str
    field_id: str = ""
    label: str = ""


_INPUTS: Final[Mapping[Kind, str]] = {
    Kind.EMAIL: "email",
    Kind.PHONE: "tel",
    Kind.PASSWORD: "password",
    Kind.ANSWER: "text",
    Kind.DATE: "date",
    Kind.CHOICE: "select",
    Kind.QUESTION: "select",
}
#: The one answer of a field that is a box to be ticked.
_BOX: Final = ("yes",)
_NO_TEXT: Final = frozenset({"select", "checkbox", "radio", "date"})
_INPUT_MODES: Final[Mapping[Kind, str]] = {Kind.POSTAL_CODE: "numeric", Kind.LICENSE: "text"}


def labelled(view: FieldView, label: str) -> FieldView:
    """The field under another name and without a hint, as where a username is entered and not chosen."""
    return attrs.evolve(view, label=label, hint="")


def starred(view: FieldView) -> FieldView:
    """The field as one that must be filled in; whether it must, a style of the page decides by a rule."""
    return attrs.evolve(view, required=True)


def is_box(field: Field) -> bool:
    """Whether the field is a box to be ticked."""
    return field.choices == _BOX


@attrs.frozen(kw_only=True)
class GroupView:
    """Fields that stand together, and the reason that all of them share; empty where they do not."""

    hint: str
    fields: tuple[FieldView, ...]


def grouped_views(views: Iterable[FieldView], names: Iterable[str]) -> GroupView:
    """The fields of these names, each reason said once: for all of them, or at the first that has it."""
    by_name = {view.name: view for view in views}
    fields = [by_name[name] for name in names]
    hints = [field.hint for field in fields]
    shared = hints[0] if len(hints) > 1 and len(set(hints)) == 1 else ""
    said = [
        attrs.evolve(field, hint="") if shared or field.hint in hints[:place] else field
        for place, field in enumerate(fields)
    ]
    return GroupView(hint=shared, fields=tuple(said))


def field_id(name: str) -> str:
    """The id of a field in the page."""
    return f"f-{name.replace('_', '-')}"


def field_views(
    fields: Iterable[Field],
    *,
    values: Mapping[str, str],
    problems: Mapping[str, str],
    asking: Asking,
) -> tuple[FieldView, ...]:
    """The fields of a form.

    Args:
        fields: In the order of the form.
        values: What was typed, or is known already, by field name.
        problems: What is wrong, in words, by field name.
        asking: Knows the words of the page's language.
    """
    return tuple(
        _view(field, value=values.get(field.name, ""), problem=problems.get(field.name, ""), asking=asking)
        for field in fields
    )


def _view(field: Field, *, value: str, problem: str, asking: Asking) -> FieldView:
    kind = _INPUTS.get(field.kind, "text")
    if is_box(field):
        kind = "checkbox"
    return FieldView(
        name=field.name,
        id=field_id(field.name),
        label=asking.named(field.label),
        type=kind,
        hint=_hint(field, asking),
        autocomplete=field.autocomplete,
        required=field.required,
        max_length=None if kind in _NO_TEXT else field.max_length,
        value="" if field.kind in SECRET_KINDS else value,
        choices=tuple(
            Choice(value=word, label=label, current=word == value) for word, label in _choices(field, asking)
        )
        if kind != "checkbox"
        else (),
        problem=problem,
        inputmode=_INPUT_MODES.get(field.kind, ""),
        new_password=field.autocomplete == "new-password",
        secret=field.kind in SECRET_KINDS,
        unchosen=asking.text("web.field.any-type") if _may_be_any_type(field) else "",
    )


def _may_be_any_type(field: Field) -> bool:
    """Whether the field narrows what is looked for, and need not."""
    return field.name == "account_type" and not field.required


def _choices(field: Field, asking: Asking) -> Sequence[tuple[str, str]]:
    if field.kind is Kind.QUESTION:
        return [(question_id, asking.text(f"question.{question_id}")) for question_id in QUESTIONS]
    if field.name == "account_type":
        types = asking.setting.policy.account_types
        return [(kind.id, asking.named(kind.label)) for kind in types]
    return [(word, asking.named(f"choice.{field.name}.{word}")) for word in field.choices]


def _hint(field: Field, asking: Asking) -> str:
    """Why the city asks; before a new password, what it has to be (NIST SP 800-63B-4, 3.1.1.2)."""
    reason = _or_empty(asking, field.reason)
    if field.autocomplete != "new-password":
        return reason
    shortest = str(asking.setting.policy.password_min)
    return f"{asking.text('web.field.new-password.least', min=shortest)} {reason}".strip()


def _or_empty(asking: Asking, key: str) -> str:
    """A reason that a city's own field may lack."""
    return asking.text(key) if asking.has_text(key) else ""
