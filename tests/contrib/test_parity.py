"""One story through every adapter makes the same requests, byte by byte."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache

import attrs
import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

from contrib.django.project import project_around
from contrib.mounted import asgi_elsewhere, wsgi_elsewhere
from contrib.test_flask import application
from contrib.test_starlette import beside, beside_an_api
from permit_accounts.contrib.asgi import asgi_app
from permit_accounts.contrib.wsgi import wsgi_app
from permit_accounts.testing.adapter_contract import Echo, Sent
from permit_accounts.testing.exchanges import through_asgi, through_wsgi

FORM = ("Content-Type", "application/x-www-form-urlencoded")
STORY = (
    Sent(),
    Sent(target="/door/caf%C3%A9?next=%2Fa&x=%FF", headers=(("Cookie", "a=1; a=2"), ("X-Byte", "caf\xe9"))),
    Sent(method="POST", headers=(FORM,), body=b"username=ann&password=%20%ff"),
    Sent(method="POST", target="/door/inner", headers=(FORM,), body=b"x" * 1001),
    Sent(method="POST", target="/door/inner", headers=(FORM, ("X-Word", "more")), body=b"x" * 1001),
    Sent(method="POST", target="/door/inner"),
    Sent(method="OPTIONS", headers=(("Origin", "https://elsewhere.example"),)),
    Sent(method="HEAD", target="/door/a%20b?", headers=(("X-Forwarded-For", "203.0.113.9"),)),
)


def in_django(handler, entered, server):
    """The whole project, all its middleware included."""
    entered(project_around(handler, ALLOWED_HOSTS=["127.0.0.1", "permits.example.gov"]))
    return server()


THROUGH = {
    "wsgi": lambda handler, _: through_wsgi(wsgi_app(handler, otherwise=wsgi_elsewhere)),
    "asgi": lambda handler, entered: entered(through_asgi(asgi_app(handler, otherwise=asgi_elsewhere))),
    "flask": lambda handler, _: through_wsgi(application(handler)),
    "starlette": lambda handler, entered: entered(through_asgi(beside(handler))),
    "fastapi": lambda handler, entered: entered(through_asgi(beside_an_api(handler))),
    "django": lambda handler, entered: through_wsgi(in_django(handler, entered, WSGIHandler)),
    "django in a loop": lambda handler, entered: entered(
        through_asgi(in_django(handler, entered, ASGIHandler))
    ),
}


@cache
def seen_through(adapter):
    """What a handler saw of the story, headers by name, without the host, which the exchanges add."""
    handler = Echo()
    with ExitStack() as entered:
        exchange = THROUGH[adapter](handler, entered.enter_context)
        answers = [(got.status, got.body) for got in map(exchange, STORY) if got]
    assert {200} == {status for status, _ in answers}
    return [
        attrs.asdict(
            attrs.evolve(one, headers=tuple(sorted(pair for pair in one.headers if pair[0] != "host")))
        )
        for one in handler.seen
    ]


@pytest.mark.attack("WEB-15")
@pytest.mark.parametrize("adapter", THROUGH)
def test_every_adapter_makes_the_same_requests(adapter):
    """What the pages decide on does not depend on the framework."""
    assert len(STORY) == len(seen_through(adapter))
    assert seen_through("wsgi") == seen_through(adapter)
