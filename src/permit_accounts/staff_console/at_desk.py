"""One request of a member of staff: who they are, as the host application says, and their desk.

The console opens no session and reads none: neither the public session's cookie nor an `Authorization` header
means anything here, for the identity of staff is the host's alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final

from permit_accounts import Permission, StaffDesk, StaffMember
from permit_accounts.web import cookies
from permit_accounts.web.asking import Asking
from permit_accounts.web.request import Request
from permit_accounts.web.response import Response
from permit_accounts.web.route import View
from permit_accounts.web.setting import Setting

#: The cookies of the console, each `staff-…`; none of the public site's is among them.
COOKIES: Final = frozenset({cookies.FORM, cookies.LANGUAGE, cookies.NOTE})


class Outside(Asking):
    """A request before anybody knows whose it is."""

    @cached_property
    def bearer(self) -> str | None:
        """Nothing: such a header may be the host's own, and opens nothing here."""
        return None


class AtDesk(Outside):
    """A request of a member of staff.

    Args:
        setting: What does not change from one request to the next.
        request: What came in.
        staff: Who asks, as the host application says.
    """

    def __init__(self, setting: Setting, request: Request, staff: StaffMember) -> None:
        super().__init__(setting, request)
        self.staff: Final = staff
        self.desk: Final = StaffDesk(setting.accounts, actor=staff)

    def may(self, permission: Permission) -> bool:
        """Whether this member of staff has the permission; what they have not is not offered."""
        return permission in self.staff.may

    def bound_to(self, cookie: str) -> str:
        """The browser and the person: a form made for a colleague at the same computer is not taken.

        A line break stands in no cookie, so nothing that the public pages seal can be bound to the same.
        """
        return f"staff\n{self.staff.id}\n{cookie}" if cookie else ""


DeskView = Callable[[AtDesk], Response]


def staffed(view: DeskView) -> View:
    """A view of the console as the table of routes has it."""

    def shown(asking: Asking) -> Response:
        assert isinstance(asking, AtDesk)  # the console asks who it is before it looks for a page
        return view(asking)

    return shown
