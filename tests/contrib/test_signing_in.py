"""Who looks at a page, and who wants a status: one rule for every framework."""

import pytest

from permit_accounts.contrib.signing_in import address_within_the_site, wants_a_page
from permit_accounts.web.request import Request

BROWSER = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8")


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", ()),
        ("HEAD", (BROWSER,)),
        ("GET", (("accept", "*/*"),)),
        ("GET", (BROWSER, ("sec-fetch-mode", "navigate"))),
        ("POST", (BROWSER, ("sec-fetch-mode", "navigate"))),
        ("POST", (BROWSER,)),
        ("GET", (("authorization", "Basic YTpi"), BROWSER)),
    ],
)
def test_a_page_is_wanted(method, headers):
    """By a person who follows a link or sends a form, in a browser of any age."""
    assert wants_a_page(Request(method=method, path="/permits", headers=headers))


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", (("accept", "application/json"),)),
        ("GET", (BROWSER, ("sec-fetch-mode", "cors"))),
        ("POST", (BROWSER, ("sec-fetch-mode", "same-origin"))),
        ("GET", (BROWSER, ("sec-fetch-mode", "websocket"))),
        ("GET", (BROWSER, ("authorization", "Bearer x"))),
        ("POST", (BROWSER, ("authorization", "bearer x"), ("sec-fetch-mode", "navigate"))),
        ("POST", (("accept", "*/*"),)),
        ("DELETE", ()),
    ],
)
def test_a_status_is_wanted(method, headers):
    """By a program, and by a script in a page."""
    assert not wants_a_page(Request(method=method, path="/permits", headers=headers))


def test_where_to_come_back_to():
    """As an address line has it."""
    assert "/permits/a%20%C3%A9?page=2" == address_within_the_site(
        Request(method="GET", path="/permits/a \xe9", query="page=2")
    )
