"""A request and its answer as a log or a report of errors would show them."""

from __future__ import annotations

import pytest

from permit_accounts.web.request import Request
from permit_accounts.web.response import Response


@pytest.mark.attack("LOG-01")
def test_a_log_of_requests_holds_nothing_that_opens_a_session():
    """Cookies, tokens in headers and mailed links, and forms stay out of what `repr` says."""
    request = Request(
        method="POST",
        path="/reset-password",
        query="token=canary-1",
        headers=(("cookie", "__Host-sid=canary-2"), ("authorization", "Bearer canary-3")),
        body=b"password=canary-4",
    )
    response = Response(303, (("Set-Cookie", "__Host-sid=canary-5"),), b"canary-6")
    shown = f"{request} {response}"
    assert "canary" not in shown
    assert "/reset-password" in shown
    assert "303" in shown
