"""The web server of a demonstration, on loopback, until somebody says stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from types import FrameType
from typing import Final
from wsgiref.types import WSGIApplication

from waitress.server import create_server

from permit_accounts.contrib.dispatch import plain_answer
from permit_accounts.contrib.wsgi import start
from permit_accounts.model.errors import ConfigurationError

HOST: Final = "127.0.0.1"
#: What a browser calls this machine. A page elsewhere can have its own name lead here (DNS rebinding), and
#: would read the staff desk and everybody's mail as its own; but that name stands in `Host`.
_NAMES: Final = frozenset({HOST, "localhost"})
#: More than one person with several tabs ever needs.
_THREADS: Final = 8


class Server:
    """A port that is ours, and not yet served.

    Args:
        port: The port; 0 for any that is free.

    Raises:
        ConfigurationError: It is taken, or not ours to take.
    """

    def __init__(self, port: int) -> None:
        try:
            self._server = create_server(self._answer, host=HOST, port=port, threads=_THREADS, ident=None)
        except OSError as error:
            raise ConfigurationError(
                f"port {port} of this machine cannot be used ({error.strerror}): name another one, such as "
                f"--port {port + 1 if port < 65535 else 8001}"
            ) from None
        self._application: WSGIApplication | None = None

    @property
    def base_url(self) -> str:
        """The address of the portal."""
        # One address makes one server, and not the kind that listens at several.
        return f"http://{HOST}:{self._server.effective_port}"  # type: ignore[union-attr]

    def serve(self, application: WSGIApplication) -> None:
        """Serve until Ctrl-C or SIGTERM; what is under way is finished."""
        self._application = application
        self._server.run()

    def close(self) -> None:
        """Give the port back."""
        self._server.close()

    def _answer(self, environ, start_response):  # type: ignore[no-untyped-def]
        assert self._application is not None  # nobody is served before `serve`
        if environ.get("HTTP_HOST", "").lower().partition(":")[0] not in _NAMES:
            refused = plain_answer(HTTPStatus.MISDIRECTED_REQUEST, method=environ["REQUEST_METHOD"])
            return start(refused, start_response)
        return self._application(environ, start_response)


@contextmanager
def until_stopped() -> Iterator[list[int]]:
    """What is done until Ctrl-C; a service manager's SIGTERM ends it in the same way, and is noted."""
    said: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        said.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, hear)
    try:
        yield said
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
