"""The OpenAPI 3.1 document of the JSON API, written from the tables that the API itself is made from.

It names every act and everything that may be read, with each status that either can be answered with; so
clients can be generated from it, and answers be checked against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Final

from permit_accounts import Accounts, Field, Outcome, Refused
from permit_accounts.web import answers, endings, guard, schemas
from permit_accounts.web.acts import TOKEN, Act
from permit_accounts.web.asking import Asking
from permit_accounts.web.cookies import SESSION
from permit_accounts.web.portal.parts import Portal
from permit_accounts.web.reads import Read
from permit_accounts.web.response import Response
from permit_accounts.web.schemas import Schema, closed, list_of, ref

#: What a request is answered with that was not acted upon; the words say when.
_FAILURES: Final[Mapping[int, str]] = {
    400: "The body or the address cannot be read, or names something twice.",
    403: "A cookie came without its token, another site asked, or the password is wanted again.",
    405: "The path is there for another method.",
    413: "The body is larger than any form of the portal.",
    415: "The body is not `application/json` in UTF-8.",
    500: "A fault of the portal. It has been noted there.",
    503: "The portal cannot answer now; ask again after `Retry-After` seconds. Without that header the code "
    "is `outcome-unknown`: it may have been done, so look before you ask again.",
}
_REFUSALS: Final[Mapping[int, str]] = {
    401: "Nobody is signed in.",
    410: "The link, or the set-up, is over.",
    422: "Refused: each problem names its field.",
    429: "To be tried again after `Retry-After` seconds.",
}
#: What `code` says where a request was not acted upon.
FAILURE_CODES: Final = (
    *("forged", "too-large", "wrong-type", "broken", "twice"),
    *("not-found", "wrong-method", "unavailable", "outcome-unknown", "fault"),
)
_HEADERS: Final[Mapping[int, tuple[str, Schema]]] = {
    401: ("WWW-Authenticate", {"type": "string"}),
    405: ("Allow", {"type": "string"}),
    429: ("Retry-After", {"type": "integer", "minimum": 0}),
    503: ("Retry-After", {"type": "integer", "minimum": 0}),
}


class OpenApi:
    """The document of one city's API.

    Args:
        portal: Its acts.
        reads: What may be read.
    """

    def __init__(self, portal: Portal, reads: Iterable[Read]) -> None:
        self._setting = portal.pages.setting
        self._acts = portal.acts
        self._reads = tuple(reads)

    def show(self, asking: Asking) -> Response:
        """The document. It is the same for everybody."""
        return answers.as_json(self.document)

    @cached_property
    def document(self) -> Mapping[str, object]:
        """The document itself."""
        policy = self._setting.policy
        return {
            "openapi": "3.1.0",
            "info": {
                "title": self._setting.text("web.layout.portal-of", policy.languages[0], {}),
                "version": "1",
                "description": _DESCRIPTION,
            },
            "servers": [{"url": policy.base_url.rstrip("/")}],
            "paths": {
                **{f"/api/{act.name}": {"post": self._act(act)} for act in self._acts.values()},
                **{f"/api/{read.name}": {"get": self._read(read)} for read in self._reads},
            },
            "components": {
                "schemas": self._schemas(),
                "responses": _failed_responses(),
                "parameters": _PARAMETERS,
                "securitySchemes": self._security_schemes(),
            },
        }

    def _act(self, act: Act) -> Mapping[str, object]:
        summary, more = _words(act.name)
        security: list[Mapping[str, list[str]]] = [{"bearer": []}, {"cookie": [], "csrf": []}]
        if not act.signed_in:
            security += [{}, {"csrf": []}]
        return {
            "operationId": act.name,
            "summary": summary,
            "description": more,
            "security": security,
            "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _PARAMETERS],
            "requestBody": {
                "required": any(field.required for field in act.takes),
                "content": _json(self._taken(act.takes)),
            },
            "responses": _responses(self._successes(act), _statuses(act)),
        }

    def _taken(self, fields: Iterable[Field]) -> Schema:
        fields = tuple(fields)
        members = {
            field.name: {**schemas.given(field, self._setting.policy), **self._label(field)}
            for field in fields
        }
        return closed(members, optional=tuple(field.name for field in fields if not field.required))

    def _label(self, field: Field) -> Schema:
        """What a form calls the field. What a person never fills in has no words."""
        try:
            words = self._setting.text(field.label, self._setting.policy.languages[0], {})
        except KeyError:
            return {}
        return {"description": words}

    def _successes(self, act: Act) -> Mapping[str, object]:
        by_status: dict[str, list[type[Outcome]]] = {}
        for outcome in act.answers:
            by_status.setdefault(str(endings.ENDINGS[outcome].status), []).append(outcome)
        return {
            status: {
                "description": " ".join(_first(outcome.__doc__) for outcome in outcomes),
                "content": _json(_one_of([ref(outcome.__name__) for outcome in outcomes])),
            }
            for status, outcomes in by_status.items()
        }

    def _read(self, read: Read) -> Mapping[str, object]:
        summary, more = _split(read.view.__doc__)
        security: list[Mapping[str, list[str]]] = [{"bearer": []}, {"cookie": []}]
        statuses = (*_EVERY_READ, 401) if read.signed_in else _EVERY_READ
        success = {"200": {"description": summary, "content": _json(schemas.READINGS[read.name])}}
        return {
            "operationId": f"read-{read.name}",
            "summary": summary,
            "description": more,
            "security": security if read.signed_in else [*security, {}],
            "parameters": [
                {"name": field.name, "in": "query", "schema": schemas.parameter(field)}
                for field in read.takes
            ],
            "responses": _responses(success, statuses),
        }

    def _schemas(self) -> Mapping[str, object]:
        step: Schema = {"type": ["string", "null"], "enum": [*self._acts, None]}
        steps: Mapping[str, Schema] = {"next": step, "needs": list_of(schemas.TEXT)}
        outcomes = {
            outcome.__name__: {
                "description": _first(outcome.__doc__),
                **closed(
                    {"outcome": {"const": endings.ENDINGS[outcome].word}, **steps, **members},
                    optional=schemas.optional_members(outcome),
                ),
            }
            for outcome, members in schemas.MEMBERS.items()
        }
        problems = {**list_of(ref("Problem")), "minItems": 1}
        refused = closed({"outcome": {"const": endings.REFUSED}, **steps, "problems": problems})
        code = {"type": "string", "enum": list(FAILURE_CODES)}
        failed = closed({"outcome": {"const": endings.FAILED}, "code": code, "message": schemas.TEXT})
        refused = {"description": _first(Refused.__doc__), **refused}
        return {**schemas.PARTS, **outcomes, "Refused": refused, "Failed": failed}

    def _security_schemes(self) -> Mapping[str, object]:
        name = self._setting.cookies.kept(SESSION, "")[1].partition("=")[0]
        return {
            "bearer": {"type": "http", "scheme": "bearer", "description": "`session_token` of an answer."},
            "cookie": {"type": "apiKey", "in": "cookie", "name": name},
            "csrf": {
                "type": "apiKey",
                "in": "header",
                "name": guard.HEADER.title().replace("Csrf", "CSRF"),
                "description": "`csrf_token` of `GET /api/csrf`. Answers then set cookies instead of tokens",
            },
        }


_DESCRIPTION: Final = (
    "Everything that people can do in the portal, for programs. `outcome` says what came of it, `next` which "
    "act goes on from there and `needs` which fields that act must be given. Any path but these is answered "
    "with 404, another method with 405, both as `Failed`."
)
_EVERY_READ: Final = (400, 403, 405, 422, 500, 503)
_EVERY_ACT: Final = (*_FAILURES, 422, 429)
_PARAMETERS: Final[Mapping[str, object]] = {
    "DeviceToken": {
        "name": "X-Device-Token",
        "in": "header",
        "schema": {"type": "string"},
        "description": "`device_token` of an answer: spares a known device the waits that strangers cause.",
    },
    "Language": {
        "name": "Accept-Language",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The language of messages where nobody is signed in and none was chosen on the pages, "
        "and of the mails of an account that registers or finishes set-up.",
    },
}


def _statuses(act: Act) -> tuple[int, ...]:
    """What an act may be answered with beside its successes."""
    signed_in = (401,) if act.signed_in else ()
    behind_link = (410,) if any(field.name == TOKEN for field in act.takes) else ()
    return (*_EVERY_ACT, *signed_in, *behind_link)


def _responses(successes: Mapping[str, object], statuses: Iterable[int]) -> Mapping[str, object]:
    others = {str(status): {"$ref": f"#/components/responses/Status{status}"} for status in sorted(statuses)}
    return {**successes, **others}


def _failed_responses() -> Mapping[str, object]:
    found: dict[str, object] = {}
    for status, words in {**_FAILURES, **_REFUSALS}.items():
        schema = ref("Failed") if status in _FAILURES else ref("Refused")
        response: dict[str, object] = {
            "description": words,
            # 403 is both: a request that was not taken, and a refusal that asks for the password again.
            "content": _json(_one_of([ref("Failed"), ref("Refused")]) if status == 403 else schema),
        }
        if status in _HEADERS:
            name, shape = _HEADERS[status]
            response["headers"] = {name: {"required": status != 503, "schema": shape}}
        found[f"Status{status}"] = response
    return found


def _one_of(found: list[Schema]) -> Schema:
    return found[0] if len(found) == 1 else {"oneOf": found}


def _json(schema: Schema) -> Mapping[str, object]:
    return {"application/json": {"schema": schema}}


def _words(act: str) -> tuple[str, str]:
    """What the method that an act calls says of itself."""
    method = "register" if act.startswith("register-") else act.replace("-", "_")
    return _split(getattr(Accounts, method).__doc__)


def _split(words: str | None) -> tuple[str, str]:
    """The first paragraph of a docstring, and the second where it is prose as well."""
    first, _, rest = (words or "").partition("\n\n")
    second = rest.partition("\n\n")[0].strip()
    prose = second and not second.startswith(("Args:", "Returns:", "Raises:", "#"))
    return _line(first), _line(second) if prose else ""


def _first(words: str | None) -> str:
    return _split(words)[0]


def _line(words: str) -> str:
    """One line, without the note on what it costs."""
    return " ".join(words.partition("# Cost:")[0].split())
