"""One thing that a person can do: the fields that it takes and the call that it becomes.

A page's form and a JSON endpoint that do the same thing are both made from one act, so that they cannot do it
differently, and the OpenAPI document is written from the same table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import attrs

from permit_accounts import Code, Field, Kind, Outcome, Problem, Refused
from permit_accounts.web.asking import Asking
from permit_accounts.web.fields import SECRET_KINDS

#: What came in, by field name: from a page texts, from a program whatever JSON holds.
Given = Mapping[str, object]
#: So many unknown fields are named.
_NAMED: Final = 20
#: What is no address at all; whether it can be written to is the core's to say.
_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")


@attrs.frozen(kw_only=True)
class Act:
    """One thing that a person does.

    Args:
        name: Such as `sign-in`; its JSON endpoint and its texts are named by it.
        call: Makes the call and answers its outcome.
        takes: The fields that there can be. Any other is refused, never dropped (ASVS 5.0, 15.3.3).
        answers: The outcomes that there can be beside `Refused`, for the OpenAPI document.
        signed_in: Whether only somebody signed in can do it.
        hashes: Whether it computes the hash of a password or an answer.
        leads_to: The act that goes on from here with what is mailed, where the outcome does not say it.
        reads_form: Whether the call itself tells everything that is wrong with a form, so that it is given
            all that has the right type.
    """

    name: str
    call: Callable[[Asking, Given], Outcome]
    takes: Sequence[Field] = ()
    answers: Sequence[type[Outcome]] = ()
    signed_in: bool = False
    hashes: bool = False
    leads_to: str | None = None
    reads_form: bool = False

    def done(self, asking: Asking, given: Given) -> Outcome:
        """What came of it, or a refusal of what is no such form: field by field, all at once.

        Nothing is taken for something else: a number is not its digits, a list not its first entry.
        """
        problems = (
            *misnamed(self.takes, given),
            *filter(None, (self._wrong(each, given) for each in self.takes)),
        )
        if not problems:
            return self.call(asking, given)
        if self.signed_in and asking.account is None:
            return Refused((Problem(Code.SESSION),))
        return Refused(problems)

    def _wrong(self, field: Field, given: Given) -> Problem | None:
        value = given.get(field.name)
        if value is None or isinstance(value, str):
            return None if self.reads_form and field.name != TOKEN else _misfit(field, value)
        if field.name == REMEMBER:
            return None if isinstance(value, bool) else Problem(Code.CHOICE, REMEMBER)
        return Problem(Code.NOT_TEXT, field.name)


#: The field that opens a link: empty in a page whose cookie is gone, and then the link is over.
TOKEN: Final = "token"
#: The one field that programs give as true or false, and pages by their box.
REMEMBER: Final = "remember"


def misnamed(takes: Iterable[Field], given: Given) -> Iterable[Problem]:
    """What was given under names that are not taken."""
    known = {field.name for field in takes}
    unknown = [name for name in given if name not in known]
    return (Problem(Code.UNKNOWN_FIELD, _shown(name)) for name in unknown[:_NAMED])


def text(given: Given, name: str) -> str:
    """A field as it came; empty where it is not there."""
    value = given.get(name)
    return value if isinstance(value, str) else ""


def text_or_none(given: Given, name: str) -> str | None:
    """The same; None where there is nothing in it."""
    return text(given, name) or None


def at_field(outcome: Outcome, name: str, *, told_at: str) -> Outcome:
    """The same with what is wrong at the field it was given in, where the core names another.

    Args:
        outcome: What came of an act.
        name: The act's own field.
        told_at: The name under which the core tells of it.
    """
    if not isinstance(outcome, Refused):
        return outcome
    moved = (
        attrs.evolve(problem, field=name) if problem.field == told_at else problem
        for problem in outcome.problems
    )
    return Refused(tuple(moved))


def _misfit(field: Field, value: str | None) -> Problem | None:
    """Why a text cannot be this field's: not there, longer than the field, or with half a character in it."""
    if value is None or (field.name != TOKEN and _is_blank(field, value)):
        return Problem(Code.REQUIRED, field.name) if field.required else None
    if not _is_encodable(value):
        return Problem(Code.CHARACTERS, field.name)
    if field.kind in SECRET_KINDS:  # their lengths are the policy's
        return None
    if len(value.strip()) > field.max_length:
        return Problem(Code.TOO_LONG, field.name, {"max": str(field.max_length)})
    if field.kind is Kind.EMAIL and not _ADDRESS.fullmatch(value.strip()):
        return Problem(Code.EMAIL, field.name)
    return Problem(Code.CHOICE, field.name) if field.choices and value not in field.choices else None


def _is_blank(field: Field, value: str) -> bool:
    return not value or (value.isspace() and field.kind not in SECRET_KINDS and not field.choices)


def _is_encodable(value: str) -> bool:
    """Whether UTF-8 can hold it: JSON can spell half of a surrogate pair (RFC 8259, 8.2)."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _shown(name: str) -> str:
    """A name as it may be shown, whatever it was."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_.-") else "?" for c in name[:40])
