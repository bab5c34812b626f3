"""One request on its way through the pages: who asks, in which language, with which credentials.

Everything is worked out when it is first asked for and then remembered, so that the check of a session costs
two reads and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl

import attrs

from permit_accounts import Account, Session, SignedInAs, Visitor
from permit_accounts.web import cookies
from permit_accounts.web.languages import preferred
from permit_accounts.web.request import Request
from permit_accounts.web.setting import Setting

_BEARER: Final = "bearer "
#: How a program without cookies shows the device token that it was given.
_DEVICE: Final = "x-device-token"
_QUERY_FIELDS: Final = 20


class Asking:
    """A request, and what the pages make of it.

    Args:
        setting: What does not change from one request to the next.
        request: What came in.
    """

    def __init__(self, setting: Setting, request: Request) -> None:
        self.setting: Final = setting
        self.request: Final = request

    @cached_property
    def bearer(self) -> str | None:
        """The session token of an `Authorization: Bearer` header; None where there is no such header."""
        header = self.request.header("authorization")
        return header[len(_BEARER) :].strip() if header[: len(_BEARER)].lower() == _BEARER else None

    @cached_property
    def cookies(self) -> Mapping[str, str]:
        """The cookies that count: none at all where a program sent its token in a header."""
        if self.bearer is not None:
            return {}
        return self.setting.cookies.read("; ".join(self.request.every("cookie")))

    @cached_property
    def session_token(self) -> str:
        """What opens the session, or the empty text."""
        return self.bearer if self.bearer is not None else self.cookies.get(cookies.SESSION, "")

    @cached_property
    def signed_in(self) -> SignedInAs | None:
        """Whose session it is. # Cost: two reads, and one write at most every five minutes."""
        return self.setting.accounts.session(self.session_token) if self.session_token else None

    @property
    def account(self) -> Account | None:
        """Whoever is signed in."""
        return self.signed_in.account if self.signed_in else None

    @property
    def session(self) -> Session | None:
        """The session itself."""
        return self.signed_in.session if self.signed_in else None

    @cached_property
    def visitor(self) -> Visitor:
        """Where the request comes from, for limits and histories."""
        return Visitor(
            ip=self.setting.proxies.visitor_address(self.request),
            user_agent=self.request.header("user-agent"),
            device_token=self.cookies.get(cookies.DEVICE) or self.request.header(_DEVICE) or None,
        )

    @cached_property
    def language(self) -> str:
        """The language of the answer: chosen, or the account's, or the browser's, or the city's first."""
        return self.language_asked_for or self.setting.policy.languages[0]

    @cached_property
    def language_asked_for(self) -> str:
        """The same where the request says one; empty where the city's first is all that is left."""
        offered = self.setting.policy.languages
        chosen = self.cookies.get(cookies.LANGUAGE, "")
        if chosen in offered:
            return chosen
        # A browser that sent no session cookie costs no read.
        if self.account is not None and self.account.language in offered:
            return self.account.language
        return preferred(self.request.header("accept-language"), offered) or ""

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The parameters of the address. One that came twice, or cannot be read, is not there."""
        if not self.request.query:
            return {}
        try:
            pairs = parse_qsl(
                self.request.query, keep_blank_values=True, errors="strict", max_num_fields=_QUERY_FIELDS
            )
        except ValueError:
            return {}
        names = [name for name, _ in pairs]
        return {name: value for name, value in pairs if names.count(name) == 1}

    @property
    def binding(self) -> str:
        """What the tokens of this browser's forms are bound to: the session, else the cookie for it."""
        return self.cookies.get(cookies.SESSION) or self.bound_to(self.cookies.get(cookies.FORM, ""))

    def bound_to(self, cookie: str) -> str:
        """What they are bound to where the browser has this value in its cookie for it."""
        return cookie

    def of_nobody(self) -> Asking:
        """The same request of nobody in particular, who still reads the same language."""
        headers = tuple(pair for pair in self.request.headers if pair[0] == "accept-language")
        return Asking(self.setting, attrs.evolve(self.request, headers=headers))

    def without_cookies(self) -> Asking:
        """The same request as if no cookie had come with it."""
        return Asking(self.setting, self.request.without_cookies())

    def text(self, key: str, **params: str) -> str:
        """A text of the catalog, in the language of the answer."""
        return self.setting.text(key, self.language, params)

    def moment(self, at: datetime | None) -> str:
        """A moment on the city's clock, in the language of the answer; empty for none."""
        return self.setting.times.moment(at, self.language) if at is not None else ""

    def day(self, day: date | None) -> str:
        """A day in the language of the answer; empty for none."""
        return self.setting.times.day(day, self.language) if day is not None else ""

    def kept_day(self, text: str) -> str:
        """A day out of a profile, which keeps it as ISO 8601 has it; anything else as it was written."""
        try:
            return self.day(date.fromisoformat(text))
        except ValueError:
            return text

    def named(self, key: str) -> str:
        """What an account type or a field is called; one without words in the catalog, by its own name."""
        try:
            return self.text(key)
        except KeyError:
            name = key.rpartition(".")[2].replace("_", " ")
            return f"{name[:1].upper()}{name[1:]}"

    def type_called(self, type_id: str) -> str:
        """What the city calls this type of account; one that it has given up is called by its id."""
        labels = {kind.id: kind.label for kind in self.setting.policy.account_types}
        return self.named(labels.get(type_id, type_id))

    def has_text(self, key: str) -> bool:
        """Whether the catalog has such a text; a city's own account types may lack some."""
        try:
            self.text(key)
        except KeyError:
            return False
        return True
