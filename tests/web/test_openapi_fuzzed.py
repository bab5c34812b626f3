"""The API against its own document, by requests that nobody thought of: right ones, and wrong in every way.

Each answer must have a status, headers and a body that the document names; a request that the document
forbids must be refused; none may be a fault.
"""

from __future__ import annotations

from typing import Final

import attrs
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from permit_accounts import SignedIn
from permit_accounts.contrib.wsgi import wsgi_app
from permit_accounts.testing.world import PASSWORD, World, public_form
from permit_accounts.web.request import Request
from permit_accounts.web.site import Site

#: Forms that the document allows are refused by rules it cannot express: a name is taken, a link is over.
_OURS: Final = [positive_data_acceptance]
_BOUNDED: Final = settings(
    max_examples=12, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@attrs.define
class City:
    """A city with one person, and its pages."""

    world: World = attrs.field(factory=World)
    site: Site = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.site = Site(self.world.accounts)
        self.world.accounts.register("public", public_form())

    def signed_in(self) -> str:
        """A session of the person, who has just entered the password. Time passes, so that nothing waits."""
        self.world.tick(hours=1)
        outcome = self.world.accounts.sign_in("public", "ann", PASSWORD)
        assert isinstance(outcome, SignedIn)
        return outcome.session_token


CITY: Final = City()
SCHEMA: Final = schemathesis.openapi.from_wsgi("/api/openapi.json", wsgi_app(CITY.site))
#: What the document forbids is refused; where a link is over as well, that is told first.
SCHEMA.config.checks.negative_data_rejection.expected_statuses = [
    "400",
    "401",
    "403",
    "410",
    "415",
    "422",
    "429",
]


@pytest.mark.attack("API-09")
@SCHEMA.parametrize()
@_BOUNDED
def test_answers_keep_to_the_document(case: schemathesis.Case) -> None:
    """Without a session."""
    case.call_and_validate(excluded_checks=_OURS)


@pytest.mark.attack("API-09")
@SCHEMA.parametrize()
@_BOUNDED
def test_answers_to_somebody_signed_in_keep_to_the_document(case: schemathesis.Case) -> None:
    """With a session, shown as a bearer token."""
    headers = {"Authorization": f"Bearer {CITY.signed_in()}"}
    case.call_and_validate(headers=headers, excluded_checks=_OURS)


@pytest.mark.attack("API-09")
@SCHEMA.parametrize()
@_BOUNDED
def test_answers_to_a_page_of_this_host_keep_to_the_document(case: schemathesis.Case) -> None:
    """With a session, shown as a cookie and its form token."""
    session = f"__Host-sid={CITY.signed_in()}"
    asked = Request(method="GET", path="/api/csrf", headers=(("cookie", session),))
    token = CITY.site.handle(asked).body.decode("ascii").split('"')[3]
    headers = {"Cookie": session, "X-CSRF-Token": token}
    case.call_and_validate(headers=headers, excluded_checks=_OURS)
