"""The dashboard: where signing in leads to, with the username in the upper right."""

from __future__ import annotations

from collections.abc import Iterable

from permit_accounts import LicenseStanding, LinkState, Refused
from permit_accounts.web.asking import Asking
from permit_accounts.web.portal.parts import Portal, behind_sign_in
from permit_accounts.web.portal.seen_by_owner import event_view
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route

#: So many of the latest events are shown.
_LATEST = 5


def routes(portal: Portal) -> Iterable[Route]:
    """The dashboard."""

    def dashboard(asking: Asking) -> Response:
        account = asking.account
        assert account is not None  # behind_sign_in has seen to it
        accounts = asking.setting.accounts
        licenses = accounts.licenses(account)
        sessions = accounts.sessions(asking.session_token)
        latest = accounts.activity(asking.session_token, limit=_LATEST)
        if isinstance(sessions, Refused) or isinstance(latest, Refused):
            return portal.pages.sign_in_first(asking)
        return portal.pages.page(
            asking,
            "dashboard.html",
            title=asking.text("web.dashboard.title"),
            licenses=[standing_view(asking, each) for each in licenses],
            email=account.email,
            email_confirmed=account.email_confirmed_at is not None,
            sessions=len(sessions),
            events=[event_view(asking, event) for event in latest.events],
            asks_question=asking.setting.policy.question_required,
        )

    return (portal.page("dashboard", behind_sign_in(portal.pages, dashboard)),)


def standing_view(asking: Asking, standing: LicenseStanding) -> dict[str, object]:
    """A license as a page shows it: its number, what the city knows of it, and whether it is verified."""
    link, known = standing.link, standing.license
    status = known.status if known is not None else None
    return {
        "id": link.license_id,
        "number": link.entered or link.license_id.partition(":")[2],
        "business": known.business.name if known is not None and known.business is not None else "",
        "verified": link.state is LinkState.VERIFIED,
        "claimed": link.state in (LinkState.CLAIMED, LinkState.PENDING),
        "state": asking.text(f"web.link-state.{link.state}"),
        "status": asking.text(f"web.license-status.{status.status}") if status is not None else "",
        "expires_on": asking.day(status.expires_on) if status is not None else "",
    }
