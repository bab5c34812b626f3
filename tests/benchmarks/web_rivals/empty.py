"""What a server gives away when nobody answers anything: an empty handler, for WSGI and for ASGI."""

from __future__ import annotations

from typing import Any

_HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "2")]
_RAW = [(b"content-type", b"text/plain"), (b"content-length", b"2")]


def wsgi(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", _HEADERS)
    return [b"ok"]


async def asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": _RAW})
        await send({"type": "http.response.body", "body": b"ok"})


if __name__ == "__main__":
    from cases import reads, write

    write({"empty": reads("/", "", "ok")})
