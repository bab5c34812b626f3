"""StaffConsole: the desk of the city's staff as pages, behind the identity that the host application gives.

It sits apart from the public pages and is mounted by the same adapters. It keeps nobody signed in: with each
request the host says who the member of staff is, and what they may do.
"""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from permit_accounts import (
    Accounts,
    ConfigurationError,
    Permission,
    RosterColumns,
    StaffMember,
)
from permit_accounts.staff_console import claims_page, desk_forms, front, outbox_page, records, roster_page
from permit_accounts.staff_console.at_desk import COOKIES, AtDesk, Outside
from permit_accounts.staff_console.desk_acts import ACTS
from permit_accounts.staff_console.desk_pages import DeskPages, page_paths, told_at_desk
from permit_accounts.staff_console.roster_runs import RosterRuns
from permit_accounts.staff_console.uploads import LARGEST_UPLOAD
from permit_accounts.web import bodies, faults, guard
from permit_accounts.web.asking import Asking
from permit_accounts.web.faults import Fault
from permit_accounts.web.rendering import Templates
from permit_accounts.web.request import Request
from permit_accounts.web.response import Response
from permit_accounts.web.route import table
from permit_accounts.web.setting import Setting
from permit_accounts.web.static_routes import static_routes

_log: Final = logging.getLogger("permit_accounts.staff_console")
_PREFIX: Final = re.compile(r"(/[a-z0-9][a-z0-9_-]*)+", re.ASCII)

Who = Callable[[Request], StaffMember | None]


class StaffConsole:
    """The staff pages of one city. Make it once; it may be shared by all threads.

    Args:
        accounts: The city's accounts.
        who: Says of a request which member of staff makes it, by whatever the host application signs its
            staff in with; None where it is none. It is asked before anything else is done, for an upload also
            before that is read. Whatever else it answers or raises keeps the console shut.
        prefix: Where the pages are, as the browser sees it, on the host of `Policy.base_url`.
        templates: A folder with the city's own templates; see `web.rendering`.
        trusted_proxies: See `Site`.
        columns: What the city's roster files call their columns; the library's own names by default.

    Raises:
        ConfigurationError: Something does not fit together, such as no `who`; the message says what to do.
    """

    def __init__(
        self,
        accounts: Accounts,
        *,
        who: Who,
        prefix: str = "/staff",
        templates: str | Path | None = None,
        trusted_proxies: Iterable[str] = (),
        columns: RosterColumns | None = None,
    ) -> None:
        _check(accounts, who, prefix)
        self._who = who
        self._setting = Setting(
            accounts,
            trusted_proxies=trusted_proxies,
            prefix=prefix,
            cookie_mark="staff-",
            cookie_names=COOKIES,
        )
        look = Templates("permit_accounts.staff_console", "permit_accounts.web", folder=templates)
        self._pages = DeskPages(self._setting, look, page_paths(self._setting, ACTS))
        self._runs = RosterRuns(accounts, columns=columns)
        self._routes: Final = table(
            *front.routes(self._pages),
            *records.routes(self._pages),
            *desk_forms.routes(self._pages),
            *claims_page.routes(self._pages),
            *roster_page.routes(self._pages, self._runs),
            *outbox_page.routes(self._pages),
            *static_routes(self._setting),
        )

    @property
    def paths(self) -> frozenset[str]:
        """Every path that is answered, complete with its prefix."""
        return frozenset(self._routes)

    def body_limit(self, request: Request) -> int:
        """How many bytes of a body are read at the most: of a roster many, where its sender may import one.

        So a stranger's bytes fill no memory. # Cost: for an upload, whatever `who` takes; else none.
        """
        if (request.method, request.path) != ("POST", self._pages.paths["roster"]):
            return bodies.LARGEST_FORM
        try:
            staff = self._member(request)
        except Exception:  # told and logged once the same question keeps the console shut
            return bodies.LARGEST_FORM
        may_import = staff is not None and Permission.ROSTER in staff.may
        return LARGEST_UPLOAD if may_import else bodies.LARGEST_FORM

    def is_slow(self, request: Request) -> bool:
        """Whether the answer takes the hash of a password or of an answer."""
        route = self._routes.get(request.path)
        return route is not None and route.slow and request.method == "POST"

    def finish(self) -> None:
        """Wait for an import that is under way, before the process ends. One that is cut off loses nothing
        either: the file is imported again."""
        self._runs.finish()

    def handle(self, request: Request) -> Response:
        """The answer to a request. It raises nothing: a fault is logged and answered in plain words."""
        outside = Outside(self._setting, request)
        return faults.handled(outside, answer=lambda: self._answer(outside), say=self._say, log=_log)

    def _member(self, request: Request) -> StaffMember | None:
        """Who asks. An answer that is no member of staff is a fault of the host, and lets nobody in."""
        said: object = self._who(request)
        if said is None or isinstance(said, StaffMember):
            return said
        if inspect.iscoroutine(said):
            said.close()
        raise TypeError("who(request) must answer a StaffMember or None")

    def _answer(self, outside: Outside) -> Response:
        request = outside.request
        staff = self._member(request)
        if staff is None:
            return self._pages.said(outside, "web.console.nobody", status=403)
        asking = AtDesk(self._setting, request, staff)
        route = self._routes.get(request.path)
        if route is None:
            return self._pages.said(asking, "web.not-found", status=404)
        view = route.post if request.method == "POST" else route.get
        if view is None or request.method not in ("GET", "HEAD", "POST"):
            allowed = (("Allow", route.allowed),)
            return self._pages.said(asking, "web.wrong-method", status=405, headers=allowed)
        # A look at somebody stands in the history; another site's page must not write there in staff's name.
        if guard.is_embedded(asking):
            return self._pages.said(asking, "web.forged", status=403)
        return view(asking)

    def _say(self, nobody: Asking, fault: Fault) -> Response:
        told = told_at_desk(fault)
        return self._pages.said(nobody, told.key, status=told.status, headers=told.headers)


def _check(accounts: object, who: object, prefix: object) -> None:
    """Refuse to start without what keeps strangers out."""
    if not isinstance(accounts, Accounts):
        raise ConfigurationError(
            f"StaffConsole(…) takes the city's Accounts, not a {type(accounts).__name__}"
        )
    if not callable(who):
        raise ConfigurationError(
            "StaffConsole(who=…) takes a function that says of a request which member of staff makes it; "
            "without one everybody would be staff"
        )
    if inspect.iscoroutinefunction(who):
        raise ConfigurationError("StaffConsole(who=…) takes a plain function: nobody would await this one")
    if not isinstance(prefix, str) or _PREFIX.fullmatch(prefix) is None:
        raise ConfigurationError(f"prefix={prefix!r} must be a path such as '/staff'")
