"""What `permit-accounts staff` does to one account, and what it says of it."""

from __future__ import annotations

import warnings
from getpass import GetPassWarning

import click

from permit_accounts.cli.city import open_city
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import Call
from permit_accounts.cli.shown import account_lines, document, found_lines, refused
from permit_accounts.model.outcomes import Done, Refused
from permit_accounts.tools.desk import written


def find(call: Call, *, text: str, account_type: str | None, actor: str) -> Ending:
    """Show everybody and everything that the text can mean."""
    found = open_city(call).desk(actor).find(text, account_type)
    if isinstance(found, Refused):
        return refused(call.report, found)
    for number, hit in enumerate(found):
        call.report.lines(*([""] if number else []), *found_lines(hit))
    call.report.document({"found": document(found)})
    return Ending.DONE


def activation_link(call: Call, *, text: str, account_type: str | None, actor: str, reason: str) -> Ending:
    """Put the mail with the set-up link into the outbox."""
    sent = open_city(call).desk(actor).send_link(text, account_type, reason=reason)
    if isinstance(sent, Refused):
        return refused(call.report, sent)
    call.report.lines(f"A set-up link is on its way to {sent.account.email}.")
    call.report.document({"sent": document(sent)})
    return Ending.DONE


def change_standing(
    call: Call,
    *,
    act: str,
    text: str,
    account_type: str | None,
    actor: str,
    reason: str,
    new_name: str | None = None,
) -> Ending:
    """Open, disable, enable or reopen an account."""
    desk = open_city(call).desk(actor)
    match act:
        case "open":
            outcome = desk.open(text, account_type, reason=reason)
        case "disable":
            outcome = desk.disable(text, account_type, reason=reason)
        case "enable":
            outcome = desk.enable(text, account_type, reason=reason)
        case _:
            outcome = desk.reopen(text, account_type, new_name=new_name, reason=reason)
    return _done(call, outcome)


def change_email(
    call: Call, *, text: str, address: str, account_type: str | None, actor: str, reason: str
) -> Ending:
    """Put another address on file."""
    desk = open_city(call).desk(actor)
    return _done(call, desk.change_email(text, address, account_type, reason=reason))


def check_answer(call: Call, *, text: str, account_type: str | None, actor: str, reason: str) -> Ending:
    """Ask for what the caller says, hidden, and tell whether it matches."""
    desk = open_city(call).desk(actor)
    # Without a reason the desk refuses, so that nobody is asked in vain.
    said = _typed_answer() if written(reason) else ""
    checked = desk.check_answer(text, said, account_type, reason=reason)
    if isinstance(checked, Refused):
        return refused(call.report, checked)
    call.report.lines("It matches." if checked.matches else "It does not match.")
    call.report.document({"matches": checked.matches})
    return Ending.DONE if checked.matches else Ending.REFUSED


def _typed_answer() -> str:
    """What the caller says, typed where nobody sees it; never read from a pipe, where it stood in a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return str(click.prompt("What the caller says", hide_input=True, err=True))
        except GetPassWarning:
            raise click.UsageError("the answer is typed at a terminal, where it is not shown") from None


def _done(call: Call, outcome: Done | Refused) -> Ending:
    if isinstance(outcome, Refused):
        return refused(call.report, outcome)
    call.report.lines("Done. The account as it stands now:", *account_lines(outcome.account))
    call.report.document({"account": document(outcome.account)})
    return Ending.DONE
