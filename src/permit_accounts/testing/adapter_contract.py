"""What it means to be an adapter, as tests: subclass it and give one fixture.

    class TestMyAdapter(AdapterContract):
        @pytest.fixture
        def serve(self):
            with my_server() as server:
                yield lambda handler: over_socket("127.0.0.1", server.start(my_adapter(handler)))

`serve(handler)` mounts a handler in an application of your framework that answers `/elsewhere` with the
body `elsewhere`, and gives back a function that takes a `Sent` and returns what it `Got`. It is called from
several threads at once. `permit_accounts.testing.exchanges` has three such functions: over a socket, through
a WSGI application and through an ASGI application. Over a socket is best; what a server tidies on the way,
the contract allows. Its connections come from 127.0.0.1.

Everything is a promise to `permit_accounts.web.request.Handler`, and there is nothing to switch off. The kit
itself is tested against adapters that are each wrong in one way; see
`permit_accounts.testing.adapter_saboteurs`.
"""

from __future__ import annotations

from permit_accounts.testing.adapter_answering import Answering
from permit_accounts.testing.adapter_asking import Asking
from permit_accounts.testing.adapter_case import ELSEWHERE, Echo, Exchange, Got, Sent, Serve
from permit_accounts.testing.adapter_crowd import Crowd

__all__ = ("ELSEWHERE", "AdapterContract", "Echo", "Exchange", "Got", "Sent", "Serve")


class AdapterContract(Asking, Answering, Crowd):
    """Every promise of an adapter, each a test."""
