"""A program that uses the JSON API in either transport, and checks each answer against the document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import attrs
from jsonschema import Draft202012Validator, FormatChecker

from permit_accounts.testing.browser import Browser
from permit_accounts.testing.world import World
from permit_accounts.web.response import Response
from permit_accounts.web.site import Site

BEARER: Final = "bearer"
COOKIES: Final = "cookies"
TRANSPORTS: Final = (BEARER, COOKIES)


@attrs.frozen
class Answer:
    """What came back."""

    response: Response
    json: Mapping[str, Any]

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def codes(self) -> list[tuple[str, str]]:
        """Field and code of each problem."""
        return [(problem["field"], problem["code"]) for problem in self.json["problems"]]

    def __getitem__(self, name: str) -> Any:
        return self.json[name]


class Checked:
    """The document of a site, by which answers are judged."""

    def __init__(self, site: Site, base_url: str) -> None:
        response = Browser(site, base_url).exchange(
            "GET", f"{site.sign_in_address()[: -len('/sign-in')]}/api/openapi.json"
        )
        self.document: Final[Mapping[str, Any]] = json.loads(response.body)

    def check(self, method: str, name: str, response: Response) -> None:
        """Every answer has a status, headers and a body that the document names."""
        operation = self.document["paths"][f"/api/{name}"][method.lower()]
        described = operation["responses"][str(response.status)]
        if "$ref" in described:
            described = self.document["components"]["responses"][described["$ref"].rpartition("/")[2]]
        assert "application/json" == response.header("content-type")
        for header, described_header in described.get("headers", {}).items():
            assert response.header(header) or not described_header["required"], header
        schema = described["content"]["application/json"]["schema"]
        whole = {**schema, "components": self.document["components"]}
        checker = Draft202012Validator(whole, format_checker=FormatChecker())
        assert [] == [error.message for error in checker.iter_errors(json.loads(response.body))]


class Program:
    """One program of one person.

    Args:
        world: The city; its pages are made where none are given.
        transport: `bearer` or `cookies`.
        language: What its `Accept-Language` says.
    """

    def __init__(
        self, world: World, transport: str, *, site: Site | None = None, language: str = "en"
    ) -> None:
        self.site: Final = site if site is not None else Site(world.accounts)
        self.browser: Final = Browser(self.site, world.policy.base_url, language=language)
        self.session_token = ""
        self.device_token = ""
        self._by_cookie = transport == COOKIES
        self._checked = Checked(self.site, world.policy.base_url)

    def get(self, name: str, **query: object) -> Answer:
        """Read something."""
        address = f"/api/{name}" + (f"?{urlencode(query)}" if query else "")
        return self.judged("GET", name, self.browser.exchange("GET", address, headers=self._shown()))

    def do(self, act: str, **fields: object) -> Answer:
        """Do something, and keep the tokens that come of it."""
        headers = [("content-type", "application/json"), *self._shown()]
        if self._by_cookie:
            headers.append(("x-csrf-token", self.get("csrf")["csrf_token"]))
        body = json.dumps(fields).encode("ascii")
        response = self.browser.exchange("POST", f"/api/{act}", headers=tuple(headers), body=body)
        answer = self.judged("POST", act, response)
        self.session_token = answer.json.get("session_token") or self.session_token
        self.device_token = answer.json.get("device_token") or self.device_token
        return answer

    def go_on(self, before: Answer, **more: object) -> Answer:
        """Do what comes next, with what it needs and nothing else."""
        needed = {name: more.get(name, before.json.get(name)) for name in before["needs"]}
        return self.do(before["next"], **needed)

    def judged(self, method: str, name: str, response: Response) -> Answer:
        """The answer, if it is one that the document describes."""
        self._checked.check(method, name, response)
        found = json.loads(response.body)
        if self._by_cookie:
            assert not {"session_token", "device_token"} & set(found)
        else:
            assert {} == self.browser.cookies
        return Answer(response, found)

    def _shown(self) -> tuple[tuple[str, str], ...]:
        if self._by_cookie:
            return ()
        device = (("x-device-token", self.device_token),) if self.device_token else ()
        session = (("authorization", f"Bearer {self.session_token}"),) if self.session_token else ()
        return (*device, *session)
