"""A small site to try the browsing tools on: one page that is right, and others each wrong in one way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

STRICT = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
STYLE = """
body { font: 1rem/1.5 sans-serif; margin: 1rem; color: #1b1b1b; background: #fff; }
input, button { display: block; font: inherit; min-height: 2.75rem; max-width: 100%; box-sizing: border-box; }
.wide { width: 60rem; } .tiny { min-height: 0; height: 12px; width: 12px; padding: 0; }
.dim:focus { outline: none; } .pale { color: #bbb; }
"""
RIGHT = """
<a href="#content">Skip to the content</a>
<main id="content"><h1>Sign in</h1>
<form method="post" action="/right">
<p>Read <a href="/right">how to sign in</a> first.</p>
<label for="name">Username</label><input id="name" name="name" autocomplete="username">
<fieldset><legend>Kind</legend>
<input type="radio" id="one" name="kind"><label for="one">One</label>
<input type="radio" id="two" name="kind"><label for="two">Two</label>
</fieldset>
<button>Go on</button>
</form></main>
"""
PAGES: Mapping[str, str] = {
    "/right": RIGHT,
    "/unlabeled": "<main><h1>Sign in</h1><input name='name'><p class='pale'>Pale words</p></main>",
    "/inline": "<main><h1>Script</h1><script>document.title = 'changed'</script></main>",
    "/wide": "<main><h1>Wide</h1><p class='wide'>Wider than a telephone</p></main>",
    "/tiny": "<main><h1>Tiny</h1><button class='tiny' aria-label='Small one'></button></main>",
    "/dim": "<main><h1>Dim</h1><a href='/right'>Seen</a> <a class='dim' href='/dim'>Unseen</a></main>",
    "/jumping": "<main><h1>Jumping</h1><a href='/a'>Late</a> <a tabindex='1' href='/b'>Early</a></main>",
    "/stranger": "<main><h1>Stranger</h1><img alt='' src='http://stranger.example/x.png'></main>",
    "/missing": "<main><h1>Missing</h1><img alt='' src='/gone.png'></main>",
    "/raising": "<main><h1>Raising</h1><script>null.nothing</script></main>",
}
#: Pages that must run or load what the strict policy forbids.
UNGUARDED = frozenset({"/stranger", "/missing", "/raising"})
HEAD = '<!doctype html><html lang="en"><title>Sample</title><link rel="stylesheet" href="/style.css">'


def site(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The pages; a form that is posted is refused with 422; `/fault` fails, and `/visitor` says who came."""
    path = environ["PATH_INFO"]
    headers = [("Content-Type", "text/html; charset=utf-8")]
    if path not in UNGUARDED:
        headers.append(("Content-Security-Policy", STRICT))
    if path == "/style.css":
        start_response("200 OK", [("Content-Type", "text/css")])
        return [STYLE.encode()]
    if path == "/visitor":
        headers.append(("Set-Cookie", "__Host-seen=1; Secure; HttpOnly; Path=/; SameSite=Lax"))
    status = "200 OK" if path in PAGES or path == "/visitor" else "404 Not Found"
    if environ["REQUEST_METHOD"] == "POST":
        status = "422 Unprocessable Content"
    if path == "/fault":
        status = "500 Internal Server Error"
    start_response(status, headers)
    return [f"{HEAD}{PAGES.get(path) or _visitor(environ)}".encode()]


async def asgi_site(scope: Any, receive: Any, send: Any) -> None:
    """The page that is right, as an ASGI application has it."""
    if scope["type"] != "http":
        return
    style = scope["path"] == "/style.css"
    kind = b"text/css" if style else b"text/html; charset=utf-8"
    body = STYLE if style else HEAD + RIGHT
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    await send({"type": "http.response.body", "body": body.encode()})


def _visitor(environ: WSGIEnvironment) -> str:
    language, cookies = environ.get("HTTP_ACCEPT_LANGUAGE", ""), environ.get("HTTP_COOKIE", "")
    return f"<main><h1>Visitor</h1><p id='language'>{language}</p><p id='cookies'>{cookies}</p></main>"
