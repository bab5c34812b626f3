"""Keys of a test's own on a Redis server, and servers that a test may stop and kill."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis

from servers.databases import own_name
from servers.programs import free_port

SERVER = "redis-server"


@contextmanager
def emptied(url: str) -> Iterator[str]:
    """A prefix that no other test uses; its keys are removed afterwards."""
    prefix = f"{own_name()}:"
    try:
        yield prefix
    finally:
        with closing(redis.Redis.from_url(url)) as client:
            for key in client.scan_iter(f"{prefix}*", count=1000):
                client.delete(key)


@contextmanager
def own_server(folder: Path, *options: str) -> Iterator[OwnServer]:
    """A server of the test's own, ended with it."""
    server = OwnServer(folder, *options)
    try:
        yield server
    finally:
        server.kill()


class OwnServer:
    """A Redis server of the test's own, which keeps nothing when it ends, unless `options` say so.

    Attributes:
        url: Where it is.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        if shutil.which(SERVER) is None:
            pytest.skip(f"no {SERVER} on this machine")
        self._folder, self._options = folder, options
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._running: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self, *options: str, ready: bytes = b"Ready to accept connections") -> None:
        """Start it, and wait until it says that it is ready."""
        given = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder))
        self._running = subprocess.Popen((SERVER, *given, *self._options, *options), stdout=subprocess.PIPE)
        assert self._running.stdout is not None
        ready = any(ready in line for line in self._running.stdout)
        assert ready, "the server did not start"

    def kill(self) -> None:
        """End it as `kill -9` does; what it kept is gone."""
        if self._running is not None:
            self._running.kill()
            self._running.communicate()
            self._running = None

    def freeze(self) -> None:
        """Let it hang: connections are accepted, and nothing is answered."""
        assert self._running is not None
        self._running.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._running is not None
        self._running.send_signal(signal.SIGCONT)
