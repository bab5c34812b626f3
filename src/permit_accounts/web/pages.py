"""What every page of the portal has in common: who is signed in, until when, and where to go from there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import attrs

from permit_accounts import AccountType, CityNumber, LicenseNumber, Problem, SignedIn
from permit_accounts.web import cookies, drafts, views
from permit_accounts.web.answers import Header
from permit_accounts.web.asking import Asking
from permit_accounts.web.frame import Frame
from permit_accounts.web.response import Response

#: The warning comes so long before the end (WCAG 2.2, 2.2.1 asks for 20 seconds; NIST SP 800-63B-4, 5.2).
_WARN_SECONDS: Final = 120


@attrs.frozen
class Idle:
    """When somebody is signed out for doing nothing.

    Args:
        account_id: Who is signed in.
        ask: Where a script asks how much time is left, which puts the end off.
        seconds_left: From now on.
        can_be_extended: Whether anything puts the end off.
        minutes: Of doing nothing, in general.
        warn_seconds: So long before the end there is a warning; it must not be there all the time.
    """

    account_id: str
    ask: str
    seconds_left: int
    can_be_extended: bool
    minutes: int
    warn_seconds: int


class Pages(Frame):
    """Makes the pages of the portal."""

    def message(
        self,
        asking: Asking,
        key: str,
        *,
        status: int,
        headers: Iterable[Header] = (),
        links: Iterable[str] = ("home",),
        **params: str,
    ) -> Response:
        """A page that says one thing and where to go from there.

        Args:
            key: Its text; `<key>.title` is its title, where there is one.
            links: The names of pages.
        """
        return self.page(
            asking,
            "message.html",
            title=asking.text(f"{key}.title"),
            status=status,
            headers=headers,
            text=asking.text(f"{key}.text", **params),
            links=tuple(links),
        )

    def dead_end(
        self,
        asking: Asking,
        problems: Iterable[Problem],
        *,
        text: str = "",
        links: Iterable[str] = (),
        headers: Iterable[Header] = (),
    ) -> Response:
        """A link or a set-up that is over, and how to go on (410; RFC 9110, 15.5.11).

        Args:
            text: What to do, in words; the words of the problem by default.
            links: The names of the pages that lead on; Forgot Password and signing in by default.
        """
        code = next(problem.code for problem in problems)
        return self.page(
            asking,
            "message.html",
            title=asking.text("web.dead-end.title"),
            status=410,
            headers=headers,
            text=text or asking.text(f"code.{code}"),
            links=tuple(links) or ("forgot-password", "sign-in"),
        )

    def sign_in_first(self, asking: Asking, *, kept: Iterable[Header] = ()) -> Response:
        """Go and sign in, and come back to this page afterwards.

        Where a session has run out, the links that were opened in this browser go with it.

        Args:
            kept: What keeps that which was typed, where anything was.
        """
        kept, note = tuple(kept), "sign-in-first"
        gone: tuple[Header, ...] = ()
        if asking.session_token:
            note = "signed-out-typing" if kept else "signed-out-meanwhile"
            gone = tuple(map(self.setting.cookies.dropped, cookies.OF_A_SESSION))
        return self.go("sign-in", note=note, headers=(*kept, *gone), next=asking.request.path)

    def signed_in(self, asking: Asking, outcome: SignedIn) -> tuple[Header, ...]:
        """The cookies of somebody who is signed in from now on; tokens of older forms end with them.

        What another person typed before in this browser goes as well.
        """
        rules, session = self.setting.cookies, outcome.session
        seconds = int((session.expires_at - self.setting.now()).total_seconds())
        found = [
            rules.kept(
                cookies.SESSION, outcome.session_token, seconds=seconds if session.remembered else None
            ),
            rules.dropped(cookies.FORM),
        ]
        if outcome.device_token is not None:
            found.append(self.device(outcome.device_token))
        if drafts.of_another(asking, drafts.mark(outcome.account.id)):
            found.append(rules.dropped(cookies.DRAFT))
        return tuple(found)

    def device(self, token: str) -> Header:
        """The cookie by which this browser is known as its owner's."""
        seconds = int(self.setting.policy.device_token_ttl.total_seconds())
        return self.setting.cookies.kept(cookies.DEVICE, token, seconds=seconds)

    def account_types(self, asking: Asking, current: str = "") -> list[dict[str, object]]:
        """The entries of the log-in drop-down."""
        return [
            {
                "id": kind.id,
                "label": asking.named(kind.label),
                "current": kind.id == current,
                "username_label": asking.text(username_label(kind)),
                "self_registration": kind.self_registration,
            }
            for kind in self.setting.policy.account_types
        ]

    def common(self, asking: Asking) -> dict[str, Any]:
        """What every page shows: also who is signed in, and until when."""
        policy, account = self.setting.policy, asking.account
        return {
            **super().common(asking),
            "account": account
            and {
                "username": account.username,
                "type_label": asking.type_called(account.account_type),
            },
            "account_types": self.account_types(asking),
            "remember_me": policy.remember_me,
            "idle": self._idle(asking),
            "show_login": False,
        }

    def _idle(self, asking: Asking) -> Idle | None:
        found, policy = asking.signed_in, self.setting.policy
        if not found or (found.session.remembered and policy.remember_me):
            return None
        idle = int(policy.session_idle.total_seconds())
        return Idle(
            account_id=found.account.id,
            ask=self.setting.path("/api/session"),
            seconds_left=views.seconds_left(found, now=self.setting.now()),
            can_be_extended=views.can_be_extended(found),
            minutes=idle // 60,
            warn_seconds=min(_WARN_SECONDS, idle // 2),
        )


def username_label(kind: AccountType) -> str:
    """The key of what the username is called: a contractor's is the license number."""
    if isinstance(kind.username, LicenseNumber):
        return "web.field.username.license"
    return "web.field.username.city-number" if isinstance(kind.username, CityNumber) else "field.username"
