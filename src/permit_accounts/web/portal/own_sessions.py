"""Where one is signed in: each session with its device and times, and the buttons that end them."""

from __future__ import annotations

from collections.abc import Iterable

from permit_accounts import Outcome, Refused, Session, SignedIn
from permit_accounts.web.answers import Header
from permit_accounts.web.asking import Asking
from permit_accounts.web.devices import browser_and_system
from permit_accounts.web.portal.parts import Portal, behind_sign_in
from permit_accounts.web.portal.seen_by_owner import moment_view
from permit_accounts.web.portal.small_forms import SmallForm
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route


def routes(portal: Portal) -> Iterable[Route]:
    """The list, the button of each row, and the one for all others."""
    pages = portal.pages

    def listed(asking: Asking) -> Response:
        found = asking.setting.accounts.sessions(asking.session_token)
        if isinstance(found, Refused):
            return pages.sign_in_first(asking)
        rows = [_row(asking, each) for each in found]
        return pages.page(asking, "sessions.html", title=asking.text("web.layout.sessions"), sessions=rows)

    def ended(asking: Asking, outcome: Outcome) -> Response:
        # The same for an id that is over, or somebody else's: nothing is told of what it belongs to.
        return pages.go("sessions", note="session-ended")

    def all_ended(asking: Asking, outcome: Outcome) -> Response:
        renewed: tuple[Header, ...] = ()
        if isinstance(outcome, SignedIn):
            renewed = pages.signed_in(asking, outcome)
        return pages.go("sessions", note="other-sessions-ended", headers=renewed)

    yield portal.page("sessions", behind_sign_in(pages, listed))
    for name, answer in (("end-session", ended), ("end-other-sessions", all_ended)):
        yield SmallForm(pages=pages, act=portal.acts[name], back="sessions", answer=answer).route()


def _row(asking: Asking, session: Session) -> dict[str, object]:
    """One session as the page lists it. Its id opens nothing without the city's keys."""
    return {
        "id": session.id,
        "current": asking.session is not None and session.id == asking.session.id,
        "device": _device(asking, session.device_label),
        "opened": moment_view(asking, session.opened_at),
        "seen": moment_view(asking, session.seen_at),
        "until": moment_view(asking, session.expires_at),
    }


def _device(asking: Asking, user_agent: str) -> str:
    """The device as its owner would call it, such as `Chrome on Windows`."""
    if not user_agent:
        return asking.text("web.sessions.unknown-device")
    browser, system = browser_and_system(user_agent)
    browser = browser or asking.text("web.sessions.another-browser")
    return asking.text("web.sessions.on", browser=browser, system=system) if system else browser
