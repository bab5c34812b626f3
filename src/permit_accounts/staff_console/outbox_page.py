"""E-mail that was given up: to whom, what, when and why; and another try, for one or for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from permit_accounts import Code, Permission, Problem, Refused
from permit_accounts.staff_console import event_words
from permit_accounts.staff_console.at_desk import AtDesk, staffed
from permit_accounts.staff_console.desk_pages import DeskPages
from permit_accounts.web import guard
from permit_accounts.web.guard import NotTaken
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route

#: So many are shown at once; trying all again takes every one.
_SHOWN: Final = 200
#: What the form says instead of one e-mail's id.
_ALL: Final = "all"


def routes(pages: DeskPages) -> Iterable[Route]:
    """The outbox. Who may look people up may read it; who may send links may have mail tried again."""

    def failed(asking: AtDesk) -> Response:
        refusal = _may_not(asking, Permission.FIND)
        if refusal is not None:
            return pages.refused(asking, refusal)
        found = asking.setting.accounts.outbox.failed(limit=_SHOWN + 1)
        return pages.page(
            asking,
            "staff_outbox.html",
            title=asking.text("web.console.outbox.title"),
            count=f"{_SHOWN}+" if len(found) > _SHOWN else str(len(found)),
            rows=[
                {
                    "id": email.id,
                    "recipient": email.recipient,
                    "template": event_words.template(asking, email.template),
                    "since": asking.moment(email.created_at),
                    "reason": event_words.fact(asking, "error", email.last_error),
                }
                for email in found[:_SHOWN]
            ],
            may_retry=asking.may(Permission.LINK),
        )

    def retry(asking: AtDesk) -> Response:
        refusal = _may_not(asking, Permission.LINK)
        if refusal is not None:
            return pages.refused(asking, refusal)
        form = guard.sent_form(asking)
        if isinstance(form, NotTaken):
            return pages.said(asking, form.text, status=form.status)
        wanted = form.get("email", "")
        tried = list(_failed(asking)) if wanted == _ALL else [wanted]
        done = [email_id for email_id in tried if asking.setting.accounts.outbox.retry(email_id)]
        return pages.go("outbox", note="staff-mail-due" if done else "staff-mail-gone")

    return (Route(path=pages.paths["outbox"], get=staffed(failed), post=staffed(retry)),)


def _failed(asking: AtDesk) -> Iterator[str]:
    """The ids of all that was given up."""
    outbox = asking.setting.accounts.outbox
    page = outbox.failed()
    while page:
        yield from [email.id for email in page]
        page = outbox.failed(after=page[-1])


def _may_not(asking: AtDesk, permission: Permission) -> Refused | None:
    """The outbox is not the desk's own, so the permission is asked for here."""
    if asking.may(permission):
        return None
    return Refused((Problem(Code.STAFF_NOT_ALLOWED, params={"permission": permission}),))
