"""One thing that a program may read by GET: which parameters it takes, and the view that answers.

A parameter that is unknown, comes twice or has another value than those there are is refused by its name; one
that were dropped in silence would leave a program believing in what it asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from permit_accounts import Code, Field, Problem, Refused
from permit_accounts.web import bodies
from permit_accounts.web.acts import misnamed
from permit_accounts.web.asking import Asking
from permit_accounts.web.bodies import Unreadable
from permit_accounts.web.route import View


@attrs.frozen(kw_only=True)
class Read:
    """What one may read.

    Args:
        name: The end of its path.
        view: Answers.
        takes: The parameters that there can be.
        signed_in: Whether only somebody signed in can read it.
    """

    name: str
    view: View
    takes: Sequence[Field] = ()
    signed_in: bool = False

    def refusal(self, asking: Asking) -> Unreadable | Refused | None:
        """Why the parameters of this request cannot be taken; None where they can."""
        given = bodies.read_query(asking.request)
        if isinstance(given, Unreadable):
            return given
        if not given:
            return None
        problems = (*misnamed(self.takes, given), *self._wrong(given))
        if not problems:
            return None
        nobody = self.signed_in and asking.account is None
        return Refused((Problem(Code.SESSION),) if nobody else problems)

    def _wrong(self, given: Mapping[str, str]) -> Iterable[Problem]:
        for field in self.takes:
            text = given.get(field.name)
            if text is None:
                continue
            if field.choices and text not in field.choices:
                yield Problem(Code.CHOICE, field.name)
            elif len(text) > field.max_length:
                yield Problem(Code.TOO_LONG, field.name, {"max": str(field.max_length)})
