"""How a program is told that something was not done: refused by a rule, or not read at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from permit_accounts import Refused
from permit_accounts.web import answers, endings
from permit_accounts.web.answers import Header
from permit_accounts.web.asking import Asking
from permit_accounts.web.response import Response

#: How somebody without a session shows who they are (RFC 6750, 3).
CHALLENGE: Final = ("WWW-Authenticate", 'Bearer realm="permit portal"')


def refused(asking: Asking, outcome: Refused, *, next_step: Mapping[str, object]) -> Response:
    """A refusal with every problem: its code for the program, its words for the person.

    Args:
        next_step: The members `next` and `needs`.
    """
    status, _ = endings.refusal(outcome)
    wait = endings.retry_after(outcome)
    headers = [("Retry-After", str(wait))] if wait is not None else []
    if status == 401:
        headers.append(CHALLENGE)
    problems = [
        endings.problem_json(problem, asking.text(f"code.{problem.code}", **problem.params))
        for problem in outcome.problems
    ]
    members = {"outcome": endings.REFUSED, **next_step, "problems": problems}
    return answers.as_json(members, status=status, headers=headers)


def failure(asking: Asking, key: str, *, status: int, headers: Iterable[Header] = ()) -> Response:
    """An answer to what could not be read or done at all: the last part of the key is its code."""
    members = {
        "outcome": endings.FAILED,
        "code": key.rpartition(".")[2],
        "message": asking.text(f"{key}.text"),
    }
    return answers.as_json(members, status=status, headers=headers)
