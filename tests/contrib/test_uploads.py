"""A stranger's bytes are not taken: how much is read of an upload depends on who sends it, everywhere.

Each test counts what is taken off the connection of a POST to the roster's page.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, nullcontext
from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIHandler

from contrib.django.project import project_around
from contrib.mounted import in_event_loop
from contrib.test_flask import application
from contrib.test_starlette import beside, beside_an_api
from permit_accounts import Permission, StaffMember
from permit_accounts.contrib.asgi import asgi_app
from permit_accounts.contrib.wsgi import wsgi_app
from permit_accounts.staff_console import StaffConsole
from permit_accounts.testing.adapter_contract import Echo
from permit_accounts.testing.world import World

FORM = 64 * 1024
MEBIBYTE = 1024 * 1024
ROSTER = "/staff/roster"
MAY = {"importer": frozenset(Permission), "clerk": frozenset(Permission) - {Permission.ROSTER}}


class Asked:
    """A host that says who is asking by a header, and notes whether an event loop waited for it."""

    def __init__(self):
        self.in_loop = []

    def __call__(self, request):
        self.in_loop.append(in_event_loop())
        name = request.header("x-staff")
        if name == "broken":
            raise RuntimeError("the directory is away")
        return StaffMember(id=name, may=MAY[name]) if name in MAY else name or None


class Counted(BytesIO):
    """A connection that counts what is taken from it."""

    taken = 0

    def read(self, size=-1, /):
        part = super().read(size)
        self.taken += len(part)
        return part


def sent_to_wsgi(wsgi, body, headers, *, announced):
    """The status, and how much was read. Of what is not announced the server itself knows the end."""
    stream = Counted(body)
    environ = {"PATH_INFO": ROSTER, "REQUEST_METHOD": "POST", "wsgi.input": stream}
    setup_testing_defaults(environ)
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    environ |= {"CONTENT_TYPE": "multipart/form-data; boundary=b", "HTTP_HOST": "127.0.0.1"}
    if announced:
        environ["CONTENT_LENGTH"] = str(len(body))
    else:
        environ |= {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    started = []
    b"".join(wsgi(environ, lambda status, headers, exc_info=None: started.append(status)))
    return int(started[0].split()[0]), stream.taken


def sent_to_asgi(asgi, body, headers, *, announced):
    """The same for an event loop, whose server hands over a block at a time."""
    stream, sent = Counted(body), []
    fields = {"content-type": "multipart/form-data; boundary=b", **headers}
    if announced:
        fields["content-length"] = str(len(body))
    scope = {
        "type": "http",
        "method": "POST",
        "path": ROSTER,
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
        "client": ("127.0.0.1", 49152),
    }

    async def receive():
        part = stream.read(1024)
        return {"type": "http.request", "body": part, "more_body": bool(part)}

    async def send(event):
        sent.append(event)

    asyncio.run(asgi(scope, receive, send))
    return sent[0]["status"], stream.taken


@contextmanager
def in_django(console):
    """The project's own limit is smaller than any form of the console, and stands for its other views."""
    with project_around(console, DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        yield WSGIHandler()


THROUGH = {
    "wsgi": (sent_to_wsgi, lambda console: nullcontext(wsgi_app(console))),
    "flask": (sent_to_wsgi, lambda console: nullcontext(application(Echo(), console))),
    "django": (sent_to_wsgi, in_django),
    "asgi": (sent_to_asgi, lambda console: nullcontext(asgi_app(console))),
    "starlette": (sent_to_asgi, lambda console: nullcontext(beside(console))),
    "fastapi": (sent_to_asgi, lambda console: nullcontext(beside_an_api(console))),
}


@pytest.fixture(scope="module", params=THROUGH)
def upload(request):
    """Sends so many bytes as somebody, and tells the status and how many were read."""
    send, mounted = THROUGH[request.param]
    who = Asked()
    with mounted(StaffConsole(World().accounts, who=who)) as app:

        def sending(size, staff="", *, announced=True):
            headers = {"x-staff": staff} if staff else {}
            told = send(app, b"x" * size, headers, announced=announced)
            assert {False} == set(who.in_loop), "an event loop waited for the host's sign-in"
            return told

        sending.knows_ends = request.param != "django"
        yield sending


@pytest.mark.attack("WEB-14")
@pytest.mark.parametrize(("staff", "status"), [("", 403), ("clerk", 403), ("broken", 500), ("nonsense", 500)])
@pytest.mark.parametrize("announced", [True, False])
def test_a_strangers_upload_is_not_read(upload, staff, status, announced):
    """No more than a form's worth of whoever may import nothing, or of whom the host tells nonsense."""
    answered, taken = upload(MEBIBYTE, staff, announced=announced)
    # Django gives nothing of what was not announced, so that is refused whoever sends it.
    assert (status if announced or upload.knows_ends else 411) == answered
    # A block of an event loop's server may reach beyond; of what is announced nothing is read.
    assert taken == 0 if announced else taken <= FORM + 1024


@pytest.mark.attack("WEB-14")
def test_whoever_may_import_sends_a_whole_roster(upload):
    """All of it is read, and refused for what it says: these bytes are no form."""
    assert (400, MEBIBYTE) == upload(MEBIBYTE, "importer")
