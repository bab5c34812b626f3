"""The document of the API: valid, complete, and made from the same tables as the API itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from permit_accounts import (
    CONTRACTOR,
    PUBLIC,
    QUESTIONS,
    AccountType,
    CityNumber,
    Code,
    Field,
    Keyring,
    Policy,
    QuestionUse,
)
from permit_accounts.testing.browser import Browser
from permit_accounts.testing.world import World, city_policy, strict_policy
from permit_accounts.web.act_table import acts_of
from permit_accounts.web.json_api import READS
from permit_accounts.web.schemas import READINGS
from permit_accounts.web.site import Site
from web.json_client import BEARER, Program

DESIGNER = AccountType(
    id="design_professional",
    username=CityNumber("design_professional", "AEC[1-9][0-9]{0,6}"),
    fields=(Field(name="contact_name", required=True), *PUBLIC.fields[-1:]),
    label="account-type.public",
)
STAFFED = AccountType(
    id="agency",
    username=CityNumber("agency", "A[0-9]+"),
    fields=(),
    label="account-type.public",
    self_registration=False,
)
POLICIES = {
    "city": city_policy(),
    "strict": strict_policy(),
    "no question": city_policy(security_question=QuestionUse.OFF),
    "own types": city_policy(account_types=(PUBLIC, CONTRACTOR, DESIGNER)),
    "below a path": city_policy(base_url="https://permits.example.gov/accounts"),
    "on this machine": city_policy(base_url="http://127.0.0.1:8000"),
}


def document(policy: Policy) -> Mapping[str, Any]:
    world = World(policy)
    site = Site(world.accounts)
    path = next(path for path in site.paths if path.endswith("/api/openapi.json"))
    response = Browser(site, policy.base_url).exchange("GET", path)
    assert (200, "application/json") == (response.status, response.header("content-type"))
    found: Mapping[str, Any] = json.loads(response.body)
    return found


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_the_document_is_valid(policy: Policy) -> None:
    """By the schema of OpenAPI 3.1 itself, whatever the city has decided."""
    found = document(policy)
    OpenAPIV31SpecValidator(found).validate()
    assert [policy.base_url] == [server["url"] for server in found["servers"]]


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_every_endpoint_is_described_and_no_other(policy: Policy) -> None:
    """Each path below `api/` but the document's own, by its one method."""
    world = World(policy)
    prefix = policy.base_url.partition("://")[2].partition("/")[2]
    api = f"/{prefix}/api/" if prefix else "/api/"
    served = {path.removeprefix(api) for path in Site(world.accounts).paths if path.startswith(api)}

    paths = document(policy)["paths"]

    assert served - {"openapi.json"} == {path.removeprefix("/api/") for path in paths}
    assert {f"/api/{name}": ["post"] for name in acts_of(policy)} | {
        f"/api/{read.name}": ["get"] for read in READS
    } == {path: list(methods) for path, methods in paths.items()}
    assert set(READINGS) == {read.name for read in READS}


def taken(policy: Policy, act: str) -> Mapping[str, Any]:
    body = document(policy)["paths"][f"/api/{act}"]["post"]["requestBody"]
    schema: Mapping[str, Any] = body["content"]["application/json"]["schema"]
    return schema


def test_a_form_is_described_field_by_field() -> None:
    """Its fields and no others; what is required, the words to choose from, lengths, formats and secrets."""
    schema = taken(POLICIES["city"], "register-contractor")
    fields = {field.name: field for field in acts_of(POLICIES["city"])["register-contractor"].takes}
    shown = schema["properties"]

    assert (set(fields), False) == (set(shown), schema["additionalProperties"])
    assert [name for name, field in fields.items() if field.required] == schema["required"]
    assert list(CONTRACTOR.field("business_type").choices) == shown["business_type"]["enum"]  # type: ignore[union-attr]
    assert list(QUESTIONS) == shown["question"]["enum"]
    assert {"type": "string", "minLength": 1, "format": "email", "maxLength": 254} == {
        key: value for key, value in shown["email"].items() if key != "description"
    }
    assert ("password", True, 256) == tuple(
        shown["password"][key] for key in ("format", "writeOnly", "maxLength")
    )
    assert "date" == shown["license_expires_on"]["format"]
    assert ["string", "null"] == shown["phone_2"]["type"]
    assert "E-mail address" == shown["email"]["description"]


def test_what_is_described_follows_the_policy() -> None:
    """No question where the city asks none, its own account types, its longest password."""
    assert not {"question", "answer"} & set(taken(POLICIES["no question"], "register-public")["properties"])
    own = taken(POLICIES["own types"], "sign-in")["properties"]["account_type"]["enum"]
    assert ["public", "contractor", "design_professional"] == own
    longer = city_policy(password_max=512)
    assert 512 == taken(longer, "register-public")["properties"]["password"]["maxLength"]
    assert {"type": ["boolean", "null"]}.items() <= taken(longer, "sign-in")["properties"]["remember"].items()
    kinds = taken(longer, "request-password-reset")["properties"]["account_type"]["enum"]
    assert ["public", "contractor", "", None] == kinds


def test_a_type_that_staff_make_has_no_registration() -> None:
    """It is among the account types, without an act and without fields."""
    policy = city_policy(account_types=(PUBLIC, STAFFED), languages=("en",))
    assert "register-agency" not in acts_of(policy)
    assert "/api/register-agency" not in document(policy)["paths"]
    public, agency = Program(World(policy), BEARER).get("account-types")["account_types"]
    assert ("register-public", "agency", None, []) == (
        public["act"],
        agency["id"],
        agency["act"],
        agency["fields"],
    )


def test_who_may_do_it_is_described() -> None:
    """A bearer, or a cookie with its token; without a session where none is needed."""
    found = document(POLICIES["city"])
    session = [{"bearer": []}, {"cookie": [], "csrf": []}]
    paths = found["paths"]
    assert session == paths["/api/change-password"]["post"]["security"]
    assert [*session, {}, {"csrf": []}] == paths["/api/sign-in"]["post"]["security"]
    assert [{"bearer": []}, {"cookie": []}] == paths["/api/sessions"]["get"]["security"]
    assert {} in paths["/api/session"]["get"]["security"]
    schemes = found["components"]["securitySchemes"]
    assert ("__Host-sid", "X-CSRF-Token") == (schemes["cookie"]["name"], schemes["csrf"]["name"])
    assert "sid" == document(POLICIES["on this machine"])["components"]["securitySchemes"]["cookie"]["name"]


def test_every_status_is_described() -> None:
    """Success, refusal and failure; what only some acts can answer stands with those alone."""
    paths = document(POLICIES["city"])["paths"]
    every = {"400", "403", "405", "413", "415", "422", "429", "500", "503"}

    def statuses(act: str) -> set[str]:
        return set(paths[f"/api/{act}"]["post"]["responses"])

    assert every | {"200"} == statuses("sign-in")
    assert every | {"201", "401"} == statuses("add-license")
    assert every | {"200", "410"} == statuses("open-reset")
    assert every | {"202"} == statuses("remind-usernames")
    assert {"200", "400", "401", "403", "405", "422", "500", "503"} == set(
        paths["/api/licenses"]["get"]["responses"]
    )


def test_every_code_of_a_visitor_is_described() -> None:
    """Those of the staff desk are no visitor's."""
    codes = document(POLICIES["city"])["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    assert [code for code in Code if not code.startswith("staff-")] == codes


def test_everything_is_in_words() -> None:
    """Each operation says what it does, in the words of the method that it calls, and not what it costs."""
    operations = [each for path in document(POLICIES["city"])["paths"].values() for each in path.values()]
    assert [] == [each["operationId"] for each in operations if not each["summary"].endswith(".")]
    assert [] == [
        each["operationId"] for each in operations if "# Cost" in each["summary"] + each["description"]
    ]
    words = {each["operationId"]: each for each in operations}
    assert "Sign in with a username, or a license number, and the password." == words["sign-in"]["summary"]
    assert words["confirm-email"]["description"].startswith("A first confirmation also takes a live session")


def test_the_document_holds_no_secret() -> None:
    """It is the same for everybody, and knows nothing of keys."""
    keys = Keyring.new()
    policy = city_policy()
    one, other = (Site(World(policy, keys=each).accounts) for each in (keys, Keyring.new()))
    bodies = [
        Browser(site, policy.base_url).exchange("GET", "/api/openapi.json").body for site in (one, other)
    ]
    assert bodies[0] == bodies[1]
