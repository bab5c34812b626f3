"""What every page of the console has: the city, who is at the desk, and the menu of what is permitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import attrs

from permit_accounts import Code, Permission, Problem, Refused
from permit_accounts.staff_console.at_desk import AtDesk
from permit_accounts.web.answers import Header
from permit_accounts.web.asking import Asking
from permit_accounts.web.faults import Fault
from permit_accounts.web.frame import Frame
from permit_accounts.web.response import Response
from permit_accounts.web.setting import Setting

#: Where each page is, below the console's prefix.
_BELOW: Final[Mapping[str, str]] = {
    "find": "/",
    "person": "/person",
    "history": "/history",
    "inbox": "/inbox",
    "claims": "/claims",
    "roster": "/roster",
    "roster-problems": "/roster/problems",
    "roster-import": "/roster/import",
    "outbox": "/outbox",
    "language": "/language",
}
#: The menu: each page, and what one has to be permitted to see it.
MENU: Final[Mapping[str, Permission]] = {
    "find": Permission.FIND,
    "inbox": Permission.FIND,
    "claims": Permission.LICENSES,
    "roster": Permission.ROSTER,
    "outbox": Permission.FIND,
}


def page_paths(setting: Setting, acts: Iterable[str]) -> Mapping[str, str]:
    """The path of each page by its name, the acts on a person among them."""
    below = {**_BELOW, **{act: f"/person/{act}" for act in acts}}
    return {name: setting.path(path) for name, path in below.items()}


class DeskPages(Frame):
    """Makes the pages of the console."""

    def common(self, asking: Asking) -> dict[str, Any]:
        """What every page shows: also who is at the desk, and what they may do. Nobody's account is open."""
        staff = asking.staff if isinstance(asking, AtDesk) else None
        return {
            **super().common(asking),
            "staff": staff and staff.id,
            "menu": [name for name, needed in MENU.items() if staff and needed in staff.may],
            "account": None,
            "idle": None,
            "show_login": False,
        }

    def message(
        self, asking: Asking, title: str, text: str, *, status: int, headers: Iterable[Header] = ()
    ) -> Response:
        """A page that says one thing."""
        return self.page(asking, "staff_message.html", title=title, text=text, status=status, headers=headers)

    def said(self, asking: Asking, key: str, *, status: int, headers: Iterable[Header] = ()) -> Response:
        """The same with the words under a key: `<key>.title` and `<key>.text`."""
        title, text = asking.text(f"{key}.title"), asking.text(f"{key}.text")
        return self.message(asking, title, text, status=status, headers=headers)

    def refused(self, asking: Asking, refusal: Refused) -> Response:
        """A page that says why something is not shown."""
        words = [told(asking, each) for each in refusal.problems]
        title = asking.text("web.console.refused.title")
        return self.message(asking, title, " ".join(words), status=status_of(refusal))


def told(asking: Asking, problem: Problem) -> str:
    """What is wrong, in words; also what somebody is not permitted is named so, and not by its code."""
    params = dict(problem.params)
    key = f"web.console.permission.{params.get('permission', '')}"
    if asking.has_text(key):
        params["permission"] = asking.text(key)
    return asking.text(f"code.{problem.code}", **params)


def told_at_desk(fault: Fault) -> Fault:
    """What staff are told of a fault: where a person would try to sign in, they look the person up."""
    return attrs.evolve(fault, key=_AT_DESK.get(fault.key, fault.key))


def status_of(refusal: Refused) -> int:
    """How a refusal is answered: 403 where it is not permitted, 429 past the limit of the hour."""
    return next((_STATUS[code] for code in refusal.codes if code in _STATUS), 422)


_AT_DESK: Final[Mapping[str, str]] = {"web.outcome-unknown": "web.console.outcome-unknown"}
_STATUS: Final[Mapping[Code, int]] = {
    Code.STAFF_NOT_ALLOWED: 403,
    Code.STAFF_LIMIT: 429,
    Code.STAFF_NOT_FOUND: 404,
}
