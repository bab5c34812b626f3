"""Why can this person not sign in? Every name that the text can mean, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from permit_accounts.cli.city import open_city
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.obstacles import Obstacle, last_tries, of_account, without_account
from permit_accounts.cli.options import Call
from permit_accounts.cli.shown import document, event_lines, problem_lines, text
from permit_accounts.model.codes import Standing
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.records import Account, AuditEvent
from permit_accounts.rules.account_types import AccountType
from permit_accounts.rules.emails import Email, parse_email
from permit_accounts.rules.names import Name, parse_name
from permit_accounts.tools import lookups
from permit_accounts.tools.services import Services


@attrs.frozen(kw_only=True)
class Explanation:
    """One account or license that the text means."""

    name: str
    account_type: str
    obstacles: tuple[Obstacle, ...]
    tries: tuple[AuditEvent, ...] = ()


def explain(call: Call, *, name: str, account_type: str | None, actor: str) -> Ending:
    """Say it, with what staff can do."""
    city = open_city(call)
    # For the history's sake: the desk's search notes who looked at whom.
    city.desk(actor).find(name, account_type)
    s = city.accounts.services
    told = list(explanations(s, name, _types(s, account_type)))
    if not told:
        return _unknown(call, s, name, account_type)
    for explanation in told:
        call.report.lines(*_lines(explanation))
    call.report.document({"explanations": document(told)})
    return Ending.DONE


def explanations(s: Services, typed: str, types: Iterable[AccountType]) -> Iterator[Explanation]:
    """What each name that the text can stand for meets at the door; by e-mail address, each account."""
    told = set()
    for kind in types:
        name = parse_name(kind, typed)
        explanation = _named(s, kind, name) if isinstance(name, Name) else None
        if explanation is not None and explanation[0] not in told:
            told.add(explanation[0])
            yield explanation[1]
    email = parse_email(typed)
    accounts = lookups.accounts_with_email(s, email.key, limit=50) if isinstance(email, Email) else ()
    for account in accounts:
        if account.id not in told:
            yield _by_email(s, account)


def _named(s: Services, kind: AccountType, name: Name) -> tuple[str, Explanation] | None:
    identifier = lookups.identifier(s, name.id)
    account = lookups.account(s, identifier.account_id) if identifier is not None else None
    if account is not None:
        return account.id, _explained(s, account, tuple(of_account(s, account, identifier)))
    record = lookups.license_record(s, str(name.license)) if name.license is not None else None
    if record is None:
        return None
    obstacles = tuple(without_account(record))
    return name.id, Explanation(name=name.display, account_type=kind.id, obstacles=obstacles)


def _by_email(s: Services, account: Account) -> Explanation:
    signs_in = Obstacle(
        id="signs-in-by-username",
        stops=True,
        what=f"This is the e-mail address of an account that signs in as {account.username}.",
        staff_can="Tell the person the username; it can also be mailed from the portal.",
    )
    return _explained(s, account, (signs_in, *of_account(s, account, None)))


def _explained(s: Services, account: Account, obstacles: tuple[Obstacle, ...]) -> Explanation:
    if account.standing is Standing.ACTIVE and not any(obstacle.stops for obstacle in obstacles):
        nothing = Obstacle(
            id="nothing",
            stops=False,
            what="Nothing stands in the way: with the right password the person gets in.",
            staff_can="Is the right account type chosen in the drop-down? Else Forgot Password.",
        )
        obstacles = (nothing, *obstacles)
    return Explanation(
        name=account.username,
        account_type=account.account_type,
        obstacles=obstacles,
        tries=tuple(last_tries(s, account)),
    )


def _types(s: Services, wanted: str | None) -> tuple[AccountType, ...]:
    return s.policy.account_types if wanted is None else (s.policy.account_type(wanted),)


def _unknown(call: Call, s: Services, typed: str, wanted: str | None) -> Ending:
    """Nobody has this name; perhaps another type's rule would have read it, or it is mistyped."""
    problems = [
        problem
        for kind in _types(s, wanted)
        if isinstance(problem := parse_name(kind, typed), Problem) and wanted is not None
    ]
    others = [] if wanted is None else list(explanations(s, typed, s.policy.account_types))
    call.report.lines(f"Nobody has the name {typed}, and no roster license has this number.")
    for problem in problems:
        call.report.lines(*problem_lines(problem))
    for other in others:
        kind = text(f"account-type.{other.account_type}", otherwise=other.account_type)
        call.report.lines(f"But there is one of another type: {other.name}, {kind}.")
    if not others:
        call.report.lines("Staff can: check the spelling and the type; else the person sets up an account.")
    call.report.document(
        {"explanations": [], "problems": document(problems), "of_another_type": document(others)}
    )
    return Ending.REFUSED


def _lines(explanation: Explanation) -> list[str]:
    kind = text(f"account-type.{explanation.account_type}", otherwise=explanation.account_type)
    lines = [f"{explanation.name}, {kind}:"]
    for obstacle in explanation.obstacles:
        lines.append(f"  {'x' if obstacle.stops else '-'} {obstacle.what}")
        if obstacle.staff_can:
            lines.append(f"      Staff can: {obstacle.staff_can}")
    if explanation.tries:
        lines.append("  Last tries:")
        lines += [f"      {line}" for event in explanation.tries for line in event_lines(event)[:1]]
    return lines
