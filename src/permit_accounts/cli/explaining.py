"""Why can this person not sign in? What the staff desk says, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from permit_accounts.cli.city import open_city
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.obstacles import sentences
from permit_accounts.cli.options import Call
from permit_accounts.cli.shown import OTHER_TYPES, document, event_lines, problem_lines, text
from permit_accounts.model.codes import Code
from permit_accounts.model.outcomes import Explained, Refused


def explain(call: Call, *, name: str, account_type: str | None, actor: str) -> Ending:
    """Say it, with what staff can do."""
    city = open_city(call)
    desk = city.desk(actor)
    told = desk.explain(name, account_type)
    if isinstance(told, Refused):
        others = desk.explain(name) if account_type is not None else told
        return _unknown(call, name, told, () if isinstance(others, Refused) else others)
    for each in told:
        call.report.lines(*_lines(each))
    call.report.document({"explanations": _documents(told)})
    return Ending.DONE


def _unknown(call: Call, typed: str, refusal: Refused, others: Sequence[Explained]) -> Ending:
    """Nobody has this name; perhaps another type's rule would have read it, or it is mistyped."""
    problems = [problem for problem in refusal.problems if problem.code is not Code.STAFF_NOT_FOUND]
    call.report.lines(f"Nobody has the name {typed!r}, and no roster license has this number.")
    for problem in problems:
        call.report.lines(*problem_lines(problem))
    for other in others:
        call.report.lines(f"But there is one of another type: {_whose(other)}.")
    if not others:
        call.report.lines(
            OTHER_TYPES, "Staff can: check the spelling and the type; else the person sets up an account."
        )
    call.report.document(
        {"explanations": [], "problems": document(problems), "of_another_type": _documents(others)}
    )
    return Ending.REFUSED


def _whose(told: Explained) -> str:
    return f"{told.name}, {text(f'account-type.{told.account_type}', otherwise=told.account_type)}"


def _documents(told: Sequence[Explained]) -> list[dict[str, object]]:
    return [
        {
            "name": each.name,
            "account_type": each.account_type,
            "obstacles": document(sentences(each)),
            "tries": document(each.tries),
        }
        for each in told
    ]


def _lines(told: Explained) -> list[str]:
    lines = [f"{_whose(told)}:"]
    for sentence in sentences(told):
        lines.append(f"  {'x' if sentence.stops else '-'} {sentence.what}")
        if sentence.staff_can:
            lines.append(f"      Staff can: {sentence.staff_can}")
    if told.tries:
        lines.append("  Last tries:")
        lines += [f"      {line}" for event in told.tries for line in event_lines(event)[:1]]
    return lines
