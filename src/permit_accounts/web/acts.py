"""One thing that a person can do: the fields that it takes and the call that it becomes.

A page's form and a JSON endpoint that do the same thing are both made from one act, so that they cannot do it
differently, and the OpenAPI document is written from the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

import attrs

from permit_accounts import Code, Field, Outcome, Problem, Refused
from permit_accounts.web.asking import Asking

#: What came in, by field name; what is no text is refused by the core, field by field.
Given = Mapping[str, object]


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
    """

    name: str
    call: Callable[[Asking, Given], Outcome]
    takes: Sequence[Field] = ()
    answers: Sequence[str] = ()
    signed_in: bool = False
    hashes: bool = False

    def done(self, asking: Asking, given: Given) -> Outcome:
        """What came of it, or a refusal of the fields that it does not take."""
        known = {field.name for field in self.takes}
        unknown = [name for name in given if name not in known]
        if unknown:
            return Refused(tuple(Problem(Code.UNKNOWN_FIELD, _shown(name)) for name in unknown[:_NAMED]))
        return self.call(asking, given)


def text(given: Given, name: str) -> str:
    """A field as it came. What is no text is not made one: the core refuses it by its name."""
    value = given.get(name)
    return "" if value is None else cast(str, value)


def text_or_none(given: Given, name: str) -> str | None:
    """The same; None where there is nothing in it."""
    return text(given, name) or None


#: So many unknown fields are named.
_NAMED: Final = 20


def _shown(name: str) -> str:
    """A name as it may be shown, whatever it was."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_.-") else "?" for c in name[:40])
