"""The adapter for Django keeps the contract of all adapters, in memory, behind a server and in an event loop.

The project has no middleware here: what that adds to an answer is the project's affair.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

from contrib.django.project import project_around
from contrib.mounted import wsgi_server
from permit_accounts.testing.adapter_contract import AdapterContract, Exchange, Serve
from permit_accounts.testing.exchanges import through_asgi, through_wsgi
from permit_accounts.web.request import Handler


@pytest.fixture
def entered() -> Iterator[ExitStack]:
    """What ends with the test."""
    with ExitStack() as entered:
        yield entered


@pytest.mark.attack("WEB-13", "WEB-14", "WEB-16")
class TestDjango(AdapterContract):
    @pytest.fixture
    def serve(self, entered: ExitStack) -> Serve:
        def mounted(handler: Handler) -> Exchange:
            entered.enter_context(project_around(handler, MIDDLEWARE=[]))
            return through_wsgi(WSGIHandler())

        return mounted


@pytest.mark.attack("WEB-13", "WEB-14", "WEB-16")
class TestDjangoBehindAServer(AdapterContract):
    @pytest.fixture
    def serve(self, entered: ExitStack) -> Serve:
        def mounted(handler: Handler) -> Exchange:
            entered.enter_context(project_around(handler, MIDDLEWARE=[]))
            return entered.enter_context(wsgi_server(WSGIHandler()))

        return mounted


@pytest.mark.attack("WEB-13", "WEB-14", "WEB-16")
class TestDjangoInALoop(AdapterContract):
    @pytest.fixture
    def serve(self, entered: ExitStack) -> Serve:
        def mounted(handler: Handler) -> Exchange:
            entered.enter_context(project_around(handler, MIDDLEWARE=[]))
            return entered.enter_context(through_asgi(ASGIHandler()))

        return mounted
