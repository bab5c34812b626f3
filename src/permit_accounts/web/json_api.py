"""Every act as a JSON endpoint, `POST <prefix>/api/<act>`, and what one may read by GET.

A program shows its session in one of two ways. **Bearer**: it keeps the tokens that answers hold and sends
`Authorization: Bearer …`; cookies are not looked at. **Cookies**: a page of the same host asks `GET api/csrf`
for a token, sends it as `X-CSRF-Token` with every POST, and never sees a session's token. A session's cookie
without that token opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from permit_accounts import (
    EmailConfirmed,
    Outcome,
    PasswordReset,
    Refused,
    ResetForm,
    SetupRequired,
    SignedIn,
)
from permit_accounts.web import (
    answers,
    bodies,
    cookies,
    endings,
    guard,
    next_steps,
    own_json,
    registration_json,
)
from permit_accounts.web.acts import Act
from permit_accounts.web.answers import Header
from permit_accounts.web.asking import Asking
from permit_accounts.web.openapi import OpenApi
from permit_accounts.web.portal.parts import Portal
from permit_accounts.web.reads import Read
from permit_accounts.web.refusing import failure, refused
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route


def routes(portal: Portal) -> Iterator[Route]:
    """The endpoints: one for each act, and those that read."""
    path = portal.pages.setting.path
    for act in portal.acts.values():
        yield Route(path=path(f"/api/{act.name}"), post=ActEndpoint(portal, act).take, slow=act.hashes)
    openapi = OpenApi(portal, READS)
    yield Route(path=path("/api/openapi.json"), get=openapi.show)
    for read in READS:
        yield Route(path=path(f"/api/{read.name}"), get=ReadEndpoint(portal, read).show)


class ActEndpoint:
    """The endpoint of one act.

    Args:
        portal: Knows the cookies of somebody signed in, and the other acts.
        act: What it does.
    """

    def __init__(self, portal: Portal, act: Act) -> None:
        self._pages = portal.pages
        self._acts = portal.acts
        self._act = act

    def take(self, asking: Asking) -> Response:
        """What came of the request."""
        if guard.is_foreign(asking):
            return failure(asking, "web.forged", status=403)
        by_cookie = bool(asking.request.header(guard.HEADER)) and asking.bearer is None
        if by_cookie and not guard.may_use_cookies(asking):
            return failure(asking, "web.forged", status=403)
        if not by_cookie:
            if guard.acts_by_cookie(asking):
                return failure(asking, "web.forged", status=403)
            asking = asking.without_cookies()
        given = bodies.read_json(asking.request)
        if isinstance(given, bodies.Unreadable):
            return failure(asking, f"web.unreadable.{given}", status=bodies.STATUS[given])
        return self._answer(asking, self._act.done(asking, given), by_cookie=by_cookie)

    def _answer(self, asking: Asking, outcome: Outcome, *, by_cookie: bool) -> Response:
        following = next_steps.next_step(self._acts, self._act, outcome)
        if isinstance(outcome, Refused):
            return refused(asking, outcome, next_step=following)
        ending = endings.ENDINGS[type(outcome)]
        members = {"outcome": ending.word, **following, **ending.tell(outcome)}
        asked = next_steps.asked_fields(asking, outcome)
        headers = self._cookies(asking, outcome) if by_cookie else ()
        tokens = {} if by_cookie else _tokens(outcome)
        if isinstance(outcome, SetupRequired):
            tokens = {"token": outcome.token}
        return answers.as_json({**members, **asked, **tokens}, status=ending.status, headers=headers)

    def _cookies(self, asking: Asking, outcome: Outcome) -> tuple[Header, ...]:
        if isinstance(outcome, EmailConfirmed) and outcome.signed_in is not None:
            outcome = outcome.signed_in
        if isinstance(outcome, SignedIn):
            return self._pages.signed_in(asking, outcome)
        if isinstance(outcome, ResetForm | PasswordReset):
            return (self._pages.device(outcome.device_token),)
        if self._act.name in ("sign-out", "close-account"):
            return tuple(map(self._pages.setting.cookies.dropped, cookies.OF_ONE_PERSON))
        return ()


class ReadEndpoint:
    """The endpoint of something to be read.

    Args:
        portal: Knows the acts.
        read: What it shows.
    """

    def __init__(self, portal: Portal, read: Read) -> None:
        self._acts = portal.acts
        self._read = read

    def show(self, asking: Asking) -> Response:
        """The answer, or why it is not given; a page of another site is told nothing of whoever opened it."""
        if guard.is_foreign(asking):
            return failure(asking, "web.forged", status=403)
        refusal = self._read.refusal(asking)
        if isinstance(refusal, bodies.Unreadable):
            return failure(asking, f"web.unreadable.{refusal}", status=bodies.STATUS[refusal])
        if refusal is not None:
            return refused(asking, refusal, next_step=next_steps.after_refusal(self._acts, refusal))
        return self._read.view(asking)


def _tokens(outcome: Outcome) -> Mapping[str, object]:
    if isinstance(outcome, EmailConfirmed) and outcome.signed_in is not None:
        outcome = outcome.signed_in
    if isinstance(outcome, SignedIn):
        return {"session_token": outcome.session_token, "device_token": outcome.device_token}
    if isinstance(outcome, ResetForm | PasswordReset):
        return {"device_token": outcome.device_token}
    return {}


def _csrf(asking: Asking) -> Response:
    """A token for the requests of a page of this host; pages of others cannot read it."""
    setting, binding = asking.setting, asking.binding
    headers: tuple[Header, ...] = ()
    if not binding:
        binding = setting.seal.new_binding()
        headers = (setting.cookies.kept(cookies.FORM, binding),)
    return answers.as_json({"csrf_token": setting.seal.token(binding)}, headers=headers)


#: Everything that may be read, in the order of the reference.
READS: Final = (*own_json.READS, *registration_json.READS, Read(name="csrf", view=_csrf))
