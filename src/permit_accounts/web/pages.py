"""What every page has in common: its words, its header, the token of its forms, the message shown once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

import attrs

from permit_accounts import AccountType, Code, LicenseNumber, Problem, SignedIn
from permit_accounts.web import answers, cookies
from permit_accounts.web.answers import Header
from permit_accounts.web.asking import Asking
from permit_accounts.web.field_views import ProblemView, labelled
from permit_accounts.web.languages import OWN_NAMES
from permit_accounts.web.local_paths import with_query
from permit_accounts.web.rendering import Templates, static_files
from permit_accounts.web.response import Response
from permit_accounts.web.setting import Setting

_STATIC: Final = "permit_accounts.web"
#: The warning comes so long before the end (WCAG 2.2, 2.2.1 asks for 20 seconds; NIST SP 800-63B-4, 5.2).
_WARN_SECONDS: Final = 120


@attrs.frozen
class Idle:
    """When somebody is signed out for doing nothing, in seconds from now."""

    seconds: int
    warn_seconds: int = _WARN_SECONDS


class Pages:
    """Makes pages.

    Args:
        setting: What does not change from one request to the next.
        templates: What they look like.
        paths: The path of each page by its name, as the browser sees it.
    """

    def __init__(self, setting: Setting, templates: Templates, paths: Mapping[str, str]) -> None:
        self.setting: Final = setting
        self.paths: Final = paths
        self._templates = templates

    def page(
        self,
        asking: Asking,
        template: str,
        *,
        title: str,
        status: int = 200,
        headers: Iterable[Header] = (),
        problems: Iterable[ProblemView] = (),
        **more: object,
    ) -> Response:
        """A page, with the cookie that its forms are bound to where the browser has none yet.

        Args:
            asking: Whose request it answers.
            template: The file's name.
            title: In words.
            problems: What is wrong, for the summary on top.
            more: What this template needs beside what all need.
        """
        binding, bound = self._binding(asking)
        note, noted = self._note(asking)
        context = {
            **self._common(asking),
            "csrf": self.setting.seal.token(binding),
            "note": note,
            "title": title,
            "problems": tuple(problems),
            **more,
        }
        text = self._templates.page(template, context)
        return answers.html(text, status=status, headers=(*headers, *bound, *noted))

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
        self, asking: Asking, problems: Iterable[Problem], *, headers: Iterable[Header] = ()
    ) -> Response:
        """A link or a set-up that is over, and how to go on (410; RFC 9110, 15.5.11)."""
        code = next(problem.code for problem in problems)
        links = ("sign-in",) if code is Code.SETUP_EXPIRED else ("forgot-password", "sign-in")
        return self.page(
            asking,
            "message.html",
            title=asking.text("web.dead-end.title"),
            status=410,
            headers=headers,
            text=asking.text(f"code.{code}"),
            links=links,
        )

    def go(self, name: str, *, note: str = "", headers: Iterable[Header] = (), **params: str) -> Response:
        """Go on to a page, where this message is shown once."""
        return self.go_to(with_query(self.paths[name], **params), note=note, headers=headers)

    def go_to(self, path: str, *, note: str = "", headers: Iterable[Header] = ()) -> Response:
        """The same for a path of this site."""
        noted = (self.setting.cookies.kept(cookies.NOTE, note, seconds=60),) if note else ()
        return answers.see_other(path, headers=(*headers, *noted))

    def sign_in_first(self, asking: Asking, *, headers: Iterable[Header] = ()) -> Response:
        """Go and sign in, and come back to this page afterwards."""
        gone = (self.setting.cookies.dropped(cookies.SESSION),) if asking.session_token else ()
        note = "signed-out-meanwhile" if asking.session_token else "sign-in-first"
        return self.go("sign-in", note=note, headers=(*headers, *gone), next=asking.request.path)

    def signed_in(self, outcome: SignedIn) -> tuple[Header, ...]:
        """The cookies of somebody who is signed in from now on; tokens of older forms end with them."""
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

    def _common(self, asking: Asking) -> dict[str, Any]:
        policy, account = self.setting.policy, asking.account
        return {
            "t": partial(_text, asking),
            "has_text": asking.has_text,
            "labelled": labelled,
            "page_url": self._page_url,
            "asset": self._asset,
            "language": asking.language,
            "languages": [
                {"code": code, "name": OWN_NAMES.get(code, code), "current": code == asking.language}
                for code in policy.languages
            ],
            "city": policy.city,
            "support_phone": policy.support_phone,
            "here": asking.request.path,
            "account": account
            and {
                "username": account.username,
                "type_label": asking.named(policy.account_type(account.account_type).label),
            },
            "account_types": self.account_types(asking),
            "remember_me": policy.remember_me,
            "idle": self._idle(asking),
            "show_login": False,
            "demonstration": self.setting.plain_http,
        }

    def _page_url(self, name: str, **params: str) -> str:
        return with_query(self.paths[name], **params)

    def _asset(self, name: str) -> str:
        _, digest = static_files(_STATIC)[name]
        return f"{self.setting.path('/static/')}{name}?v={digest}"

    def _binding(self, asking: Asking) -> tuple[str, tuple[Header, ...]]:
        if asking.binding:
            return asking.binding, ()
        fresh = self.setting.seal.new_binding()
        return fresh, (self.setting.cookies.kept(cookies.FORM, fresh),)

    def _note(self, asking: Asking) -> tuple[str | None, tuple[Header, ...]]:
        word = asking.cookies.get(cookies.NOTE)
        if word is None:
            return None, ()
        dropped = (self.setting.cookies.dropped(cookies.NOTE),)
        try:
            return asking.text(f"web.note.{word}"), dropped
        except KeyError:
            return None, dropped

    def _idle(self, asking: Asking) -> Idle | None:
        if asking.session is None or asking.session.remembered:
            return None
        left = asking.session.expires_at - self.setting.now()
        return Idle(int(min(self.setting.policy.session_idle, left).total_seconds()))


def username_label(kind: AccountType) -> str:
    """The key of what the username is called: a contractor's is the license number."""
    return "web.field.username.license" if isinstance(kind.username, LicenseNumber) else "field.username"


def _text(asking: Asking, key: str, **params: object) -> str:
    return asking.text(key, **{name: str(value) for name, value in params.items()})
