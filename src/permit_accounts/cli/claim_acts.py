"""What `permit-accounts staff` does with claims on licenses."""

from __future__ import annotations

from permit_accounts.cli.city import open_city
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.options import Call
from permit_accounts.cli.shown import account_lines, document, link_line, refused
from permit_accounts.model.codes import LinkState
from permit_accounts.model.outcomes import LinkDecided, Refused


def claims(call: Call, *, state: str, limit: int, actor: str) -> Ending:
    """List claims, each with the account that makes it."""
    page = open_city(call).desk(actor).claims(LinkState(state), limit=limit)
    if isinstance(page, Refused):
        return refused(call.report, page)
    rows = [(link, page.accounts.get(link.account_id)) for link in page.links]
    for link, account in rows:
        whose = f"{account.username}, {account.email or 'no e-mail'}" if account is not None else "nobody"
        call.report.lines(f"{link_line(link)}: {whose}")
    if not rows:
        call.report.lines(f"No claim is in the state {state!r}.")
    if page.next_after is not None:
        call.report.note(f"There may be more than these {limit}: --limit shows up to 1000.")
    call.report.document(
        {"claims": [{"link": document(link), "account": document(account)} for link, account in rows]}
    )
    return Ending.DONE


def verify(
    call: Call, *, license_text: str, text: str, account_type: str | None, actor: str, reason: str
) -> Ending:
    """Approve a claim, or make one that is approved."""
    desk = open_city(call).desk(actor)
    return _decided(call, desk.approve(license_text, text, account_type, reason=reason))


def end(
    call: Call,
    *,
    act: str,
    license_text: str,
    text: str,
    account_type: str | None,
    actor: str,
    reason: str,
    new_name: str | None,
) -> Ending:
    """Reject a claim, or release a license."""
    desk = open_city(call).desk(actor)
    ending = desk.reject if act == "reject" else desk.release
    return _decided(call, ending(license_text, text, account_type, new_name=new_name, reason=reason))


def transfer(
    call: Call,
    *,
    license_text: str,
    to: str | None,
    new_name_for_holder: str | None,
    account_type: str | None,
    actor: str,
    reason: str,
) -> Ending:
    """Give a license to another account."""
    done = (
        open_city(call)
        .desk(actor)
        .transfer(license_text, to, account_type, new_name_for_holder=new_name_for_holder, reason=reason)
    )
    if isinstance(done, Refused):
        return refused(call.report, done)
    call.report.lines("Done. The account that has it now:", *account_lines(done.account))
    call.report.document({"account": document(done.account)})
    return Ending.DONE


def _decided(call: Call, outcome: LinkDecided | Refused) -> Ending:
    if isinstance(outcome, Refused):
        return refused(call.report, outcome)
    call.report.lines(f"Done: {link_line(outcome.link)}")
    call.report.document({"link": document(outcome.link)})
    return Ending.DONE
