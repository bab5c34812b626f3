"""What a program reads of whoever is signed in, by GET: the session, and lists of one's own."""

from __future__ import annotations

from functools import partial
from typing import Final

from permit_accounts import Code, Field, History, Kind, Problem, Refused
from permit_accounts.web import answers, refusing, views
from permit_accounts.web.asking import Asking
from permit_accounts.web.reads import Read
from permit_accounts.web.response import Response

#: What one page of a history holds, and how many pages are gone through to reach another.
_EVENTS: Final = 50
_PAGES: Final = 40


def session(asking: Asking) -> Response:
    """Who is signed in, and for how long. With `?licenses=1` also the verified licenses, one more read.

    Asking is being seen: it puts the end off, as far as it can be put off.
    # Cost: two reads, and one write at most every five minutes.
    """
    found = asking.signed_in
    if not found:
        return answers.as_json({"signed_in": False})
    members = {
        "signed_in": True,
        **views.signed_in(found.account, found.session),
        "seconds_left": views.seconds_left(found, now=asking.setting.now()),
        "can_be_extended": views.can_be_extended(found),
    }
    if asking.query.get("licenses") == "1":
        verified = asking.setting.accounts.verified_licenses(found.account)
        members["verified_licenses"] = [str(license_id) for license_id in verified]
    return answers.as_json(members)


def sessions(asking: Asking) -> Response:
    """The live sessions of one's own account, newest first."""
    found = asking.setting.accounts.sessions(asking.session_token)
    if isinstance(found, Refused):
        return nobody(asking)
    current = asking.session
    shown = [views.session(each, current=current is not None and each.id == current.id) for each in found]
    return answers.as_json({"sessions": shown})


def licenses(asking: Asking) -> Response:
    """One's claims on licenses, each with its state and what is known of the license."""
    if asking.account is None:
        return nobody(asking)
    found = asking.setting.accounts.licenses(asking.account)
    return answers.as_json({"licenses": [views.license_standing(each) for each in found]})


def activity(asking: Asking) -> Response:
    """A page of what happened to one's account, newest first; `?page=2` for the next."""
    page = activity_page(asking)
    if isinstance(page, Refused):
        return nobody(asking)
    following = page_number(asking) + 1 if page.next_after is not None else None
    return answers.as_json({"events": [views.event(event) for event in page.events], "next_page": following})


def activity_page(asking: Asking) -> History | Refused:
    """The page of one's history that is asked for; beyond the last one, the last one."""
    ask = partial(asking.setting.accounts.activity, asking.session_token, limit=_EVENTS)
    page = ask()
    for _ in range(page_number(asking) - 1):
        if isinstance(page, Refused) or page.next_after is None:
            break
        page = ask(after=page.next_after)
    return page


def page_number(asking: Asking) -> int:
    """Which page of a history is asked for; what is no number is the first."""
    text = asking.query.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
    return min(max(number, 1), _PAGES)


def nobody(asking: Asking) -> Response:
    """Nobody is signed in."""
    return refusing.refused(asking, Refused((Problem(Code.SESSION),)), next_step=_SIGN_IN)


#: As `next_steps` has it for an act.
_SIGN_IN: Final = {"next": "sign-in", "needs": ["account_type", "username", "password"]}
_LICENSES: Final = Field(name="licenses", kind=Kind.CHOICE, choices=("0", "1"))
_PAGE: Final = Field(
    name="page", kind=Kind.CHOICE, choices=tuple(str(number) for number in range(1, _PAGES + 1))
)

READS: Final = (
    Read(name="session", view=session, takes=(_LICENSES,)),
    Read(name="sessions", view=sessions, signed_in=True),
    Read(name="licenses", view=licenses, signed_in=True),
    Read(name="activity", view=activity, takes=(_PAGE,), signed_in=True),
)
