"""Every act as a JSON endpoint, `POST <prefix>/api/<act>`, and what one may read of oneself by GET.

A program shows its session in one of two ways. **Bearer**: it keeps the tokens that answers hold and sends
`Authorization: Bearer …`; cookies are not looked at. **Cookies**: a page of the same host asks `GET api/csrf`
for a token, sends it as `X-CSRF-Token` with every POST, and never sees a session's token. A session's cookie
without that token opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from permit_accounts import Outcome, PasswordReset, Refused, ResetForm, SetupRequired, SignedIn
from permit_accounts.web import answers, bodies, cookies, endings, guard, own_json
from permit_accounts.web.acts import Act
from permit_accounts.web.answers import Header
from permit_accounts.web.asking import Asking
from permit_accounts.web.pages import Pages
from permit_accounts.web.portal.parts import Portal
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route

_CHALLENGE: Final = ("WWW-Authenticate", 'Bearer realm="permit portal"')


def routes(portal: Portal) -> Iterator[Route]:
    """The endpoints: one for each act, and those that read."""
    path = portal.pages.setting.path
    for act in portal.acts.values():
        yield Route(path=path(f"/api/{act.name}"), post=ActEndpoint(portal.pages, act).take, slow=act.hashes)
    for name, view in own_json.READS.items():
        yield Route(path=path(f"/api/{name}"), get=view)
    yield Route(path=path("/api/csrf"), get=_csrf)


def failure(asking: Asking, key: str, *, status: int, headers: Iterable[Header] = ()) -> Response:
    """An answer to what could not be read or done at all: the last part of the key is its code."""
    members = {"outcome": "failed", "code": key.rpartition(".")[2], "message": asking.text(f"{key}.text")}
    return answers.as_json(members, status=status, headers=headers)


class ActEndpoint:
    """The endpoint of one act.

    Args:
        pages: Knows the cookies of somebody signed in.
        act: What it does.
    """

    def __init__(self, pages: Pages, act: Act) -> None:
        self._pages = pages
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
        if isinstance(outcome, Refused):
            return _refused(asking, outcome)
        ending = endings.ENDINGS[type(outcome)]
        members = {"outcome": ending.word, "next": ending.next_act, **ending.tell(outcome)}
        headers = self._cookies(outcome) if by_cookie else ()
        tokens = {} if by_cookie else _tokens(outcome)
        if isinstance(outcome, SetupRequired):
            tokens = {"token": outcome.token}
        return answers.as_json({**members, **tokens}, status=ending.status, headers=headers)

    def _cookies(self, outcome: Outcome) -> tuple[Header, ...]:
        if isinstance(outcome, SignedIn):
            return self._pages.signed_in(outcome)
        if isinstance(outcome, ResetForm | PasswordReset):
            return (self._pages.device(outcome.device_token),)
        if self._act.name in ("sign-out", "close-account"):
            return (self._pages.setting.cookies.dropped(cookies.SESSION),)
        return ()


def _tokens(outcome: Outcome) -> Mapping[str, object]:
    if isinstance(outcome, SignedIn):
        return {"session_token": outcome.session_token, "device_token": outcome.device_token}
    if isinstance(outcome, ResetForm | PasswordReset):
        return {"device_token": outcome.device_token}
    return {}


def _refused(asking: Asking, outcome: Refused) -> Response:
    status, next_act = endings.refusal(outcome)
    wait = endings.retry_after(outcome)
    headers = [("Retry-After", str(wait))] if wait is not None else []
    if status == 401:
        headers.append(_CHALLENGE)
    problems = [
        endings.problem_json(problem, asking.text(f"code.{problem.code}", **problem.params))
        for problem in outcome.problems
    ]
    members = {"outcome": "refused", "next": next_act, "problems": problems}
    return answers.as_json(members, status=status, headers=headers)


def _csrf(asking: Asking) -> Response:
    """A token for the requests of a page of this host; pages of others cannot read it."""
    setting, binding = asking.setting, asking.binding
    headers: tuple[Header, ...] = ()
    if not binding:
        binding = setting.seal.new_binding()
        headers = (setting.cookies.kept(cookies.FORM, binding),)
    return answers.as_json({"csrf_token": setting.seal.token(binding)}, headers=headers)
