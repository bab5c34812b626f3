"""The pages that people see, a module for each thing that they come for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from permit_accounts.web.portal import (
    changing,
    dashboard,
    forgotten,
    front,
    mailbox,
    own,
    own_licenses,
    own_sessions,
    registering,
    setting_up,
)
from permit_accounts.web.portal.parts import Portal
from permit_accounts.web.route import Route

#: Each makes the routes of its pages.
PORTAL: Final[tuple[Callable[[Portal], Iterable[Route]], ...]] = (
    front.routes,
    registering.routes,
    setting_up.routes,
    forgotten.routes,
    mailbox.routes,
    dashboard.routes,
    changing.routes,
    own.routes,
    own_sessions.routes,
    own_licenses.routes,
)
