"""From what came in to what the rules work with: every field's type, size and characters, all at once.

Only the fields that were asked for are taken, and only texts. Nothing is guessed: a list is not its first
element, a number not its digits, and an unknown field is refused rather than dropped, so that a misspelled
or planted one is noticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import attrs

from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Problem, Refused
from permit_accounts.model.secret import Secret
from permit_accounts.model.values import Value
from permit_accounts.rules.account_types import SECRET_KINDS, Field
from permit_accounts.rules.patterns import Pattern
from permit_accounts.rules.profile import RULES

#: A text may be this many times its field's length as typed, since composition and trimming shorten it.
_AS_TYPED: Final = 4
#: So many unknown fields are named; a request with thousands is not worth an answer of thousands.
_UNKNOWN_NAMED: Final = 20
_UNKNOWN_NAME_AT_MOST: Final = 40
_UNSAFE: Final = Pattern(r"[^A-Za-z0-9_.-]")
#: The reserved name of the one field that is kept as typed, for `parse_name` to read.
_USERNAME: Final = "username"
_SECRETS: Final = frozenset({"password", "current_password", "answer"})


@attrs.frozen(eq=False, repr=False)
class Form(Value):
    """A form as read.

    Args:
        texts: The fields that were filled in and are right, tidied, by name.
        secrets: Passwords and answers exactly as typed, by name.
        problems: What is wrong, field by field, in the form's order.
    """

    texts: Mapping[str, str]
    secrets: Mapping[str, Secret] = attrs.field(repr=False)
    problems: tuple[Problem, ...]


def read_form(fields: Iterable[Field], given: Mapping[str, object]) -> Form:
    """Read a form's fields from what was given, with every problem at once.

    Types are checked first, then sizes, before a text is normalized or matched; each field's kind says what
    else. `None`, the empty text and white space alone are no entry. Passwords and answers are never
    trimmed, and their lengths are for their own rules. The username is trimmed by `parse_name`.

    Args:
        fields: The fields of the form.
        given: What the request held: texts, or for secrets also `Secret`. Anything else is refused.
    """
    wanted = {field.name: field for field in fields}
    texts: dict[str, str] = {}
    secrets: dict[str, Secret] = {}
    problems: list[Problem] = []
    for field in wanted.values():
        read = _read(field, given.get(field.name))
        if isinstance(read, Problem):
            problems.append(read)
        elif isinstance(read, Secret):
            secrets[field.name] = read
        elif read is not None:
            texts[field.name] = read
    problems += _unknown(wanted, given)
    return Form(MappingProxyType(texts), MappingProxyType(secrets), tuple(problems))


def not_text(**given: object) -> Refused | None:
    """A refusal that names every argument that is no text, where there is one.

    What is secret may come masked; a name that does was meant for another field.
    """
    problems = tuple(
        Problem(Code.NOT_TEXT, field)
        for field, value in given.items()
        if not (isinstance(value, str) or (field in _SECRETS and isinstance(value, Secret)))
    )
    return Refused(problems) if problems else None


def _read(field: Field, value: object) -> str | Secret | Problem | None:
    if value is None:
        return _absent(field)
    if field.kind in SECRET_KINDS:
        return _read_secret(field, value)
    if not isinstance(value, str):
        return Problem(Code.NOT_TEXT, field.name)
    if len(value) > _AS_TYPED * field.max_length:
        return Problem(Code.TOO_LONG, field.name, {"max": str(field.max_length)})
    if not value or value.isspace():
        return _absent(field)
    if field.name == _USERNAME:
        return value
    read = RULES[field.kind](value, field)
    if isinstance(read, Problem):
        return attrs.evolve(read, field=field.name)
    if isinstance(read, Code):
        return Problem(read, field.name, {"max": str(field.max_length)} if read is Code.TOO_LONG else {})
    return read or _absent(field)


def _read_secret(field: Field, value: object) -> Secret | Problem | None:
    if isinstance(value, str):
        value = Secret(value)
    if not isinstance(value, Secret):
        return Problem(Code.NOT_TEXT, field.name)
    return value if value else _absent(field)


def _absent(field: Field) -> Problem | None:
    return Problem(Code.REQUIRED, field.name) if field.required else None


def _unknown(wanted: Mapping[str, Field], given: Mapping[str, object]) -> Iterator[Problem]:
    named = 0
    for name in given:
        if name in wanted:
            continue
        yield Problem(Code.UNKNOWN_FIELD, _safe(name))
        named += 1
        if named == _UNKNOWN_NAMED:
            return


def _safe(name: object) -> str:
    """A field's name as it may be shown and logged, whatever it was."""
    return _UNSAFE.sub("?", name[:_UNKNOWN_NAME_AT_MOST]) if isinstance(name, str) else "?"
