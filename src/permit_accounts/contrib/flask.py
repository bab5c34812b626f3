"""The pages in a Flask application, and for its own views the account that is signed in.

    PermitAccounts(app, site=site, console=console)

    @app.get("/permits")
    @sign_in_required
    def permits(): …

The pages' routes are exactly their paths. Every method goes to them, since they say themselves which they
take. Where the application is mounted under a prefix, `APPLICATION_ROOT` has to say so.

The body is read from the connection, up to the pages' own limit, so nothing before may have read it: exempt
the endpoint `permit_accounts` from what reads forms ahead of the view, such as a CSRF extension. The pages
have a protection of their own. The peer is `REMOTE_ADDR`; see `permit_accounts.contrib.wsgi` for `ProxyFix`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Final, ParamSpec

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    has_request_context,
    jsonify,
    make_response,
    redirect,
    request,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers, WWWAuthenticate
from werkzeug.exceptions import ServiceUnavailable, Unauthorized

from permit_accounts import Account, ConfigurationError, TryAgainLater, Unavailable
from permit_accounts.contrib.dispatch import handler_of_each_path
from permit_accounts.contrib.signing_in import SignInPages, address_within_the_site, tell_log, wants_a_page
from permit_accounts.contrib.wsgi import answer, path_of, request_of
from permit_accounts.web.request import Handler

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
AnyView = View[P] | Callable[P, Awaitable[ResponseReturnValue]]

_NAME: Final = "permit_accounts"
#: No header is kept under this key, so nobody outside can set it.
_ACCOUNT: Final = "permit_accounts.account"
_RETRY_AFTER: Final = 5


class PermitAccounts:
    """The pages as an extension of Flask.

    Args:
        app: The application; without it, call `init_app` later.
        site: The public pages.
        console: The staff console, where it is served by the same application.
    """

    def __init__(
        self, app: Flask | None = None, *, site: SignInPages, console: Handler | None = None
    ) -> None:
        self.site: Final = site
        self._by_path: Final = handler_of_each_path([site] if console is None else [site, console])
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Add the routes, and `account` to what every template sees.

        Raises:
            ConfigurationError: A path does not lie under `APPLICATION_ROOT`.
        """
        prefix = app.config["APPLICATION_ROOT"].rstrip("/")
        for path in sorted(self._by_path):
            if not path.startswith(f"{prefix}/"):
                raise ConfigurationError(f"{path} does not lie under APPLICATION_ROOT, {prefix}")
            # Not app.route: that answers OPTIONS itself and wants a list of methods.
            rule = app.url_rule_class(path.removeprefix(prefix), endpoint=_NAME, merge_slashes=False)
            app.url_map.add(rule)
        app.view_functions[_NAME] = self._page
        app.after_request(_marked)
        app.context_processor(_template_variables)
        app.extensions[_NAME] = self

    def _page(self) -> Response:
        """The handler's answer, without the content type that Flask gives to what has none."""
        handler = self._by_path.get(path_of(request.environ) or "")
        if handler is None:  # the application is mounted under a prefix that it was not told of
            abort(404)
        answered = answer(handler, request.environ)
        response = current_app.response_class(answered.body, answered.status)
        response.headers = Headers(list(answered.headers))
        return response


def current_account() -> Account | None:
    """Who is signed in, or None. It is read once for each request.

    Raises:
        ServiceUnavailable: The store cannot be reached now; Flask answers with 503.
    """
    environ = request.environ
    if _ACCOUNT not in environ:
        with _reaching():
            signed_in = _site().signed_in(request_of(environ))
        environ[_ACCOUNT] = None if signed_in is None else signed_in.account
    account: Account | None = environ[_ACCOUNT]
    return account


def sign_in_required(view: AnyView[P]) -> View[P]:
    """Only for whoever is signed in: others are led to the sign-in page and back, programs get a 401."""
    return _behind(_signed_in, view)


def verified_license_required(view: AnyView[P]) -> View[P]:
    """Only for whoever is signed in and holds a verified license; without one it is a 403.

    The page is the application's own for 403 (`errorhandler(403)`); programs get JSON.
    """
    return _behind(_licensed, view)


def _behind(gate: Callable[[], ResponseReturnValue | None], view: AnyView[P]) -> View[P]:
    """The view behind a gate, which answers in its place or lets the request through."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        instead = gate()
        if instead is not None:
            return instead
        answered: ResponseReturnValue = current_app.ensure_sync(view)(*args, **kwargs)
        return answered

    return guarded


def _signed_in() -> ResponseReturnValue | None:
    return _to_the_sign_in() if current_account() is None else None


def _licensed() -> ResponseReturnValue | None:
    account = current_account()
    if account is None:
        return _to_the_sign_in()
    with _reaching():
        licenses = _site().accounts.verified_licenses(account)
    return None if licenses else _refusal(403, "verified-license")


def _marked(response: Response) -> Response:
    """No cache between gives one person's page to another, where the view asked who is signed in."""
    if _ACCOUNT in request.environ:
        response.vary.update(("Cookie", "Authorization"))
        if request.environ[_ACCOUNT] is not None and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "private"
    return response


def _site() -> SignInPages:
    extension: PermitAccounts = current_app.extensions[_NAME]
    return extension.site


@contextmanager
def _reaching() -> Iterator[None]:
    """What is out of reach is a 503 of Flask's."""
    try:
        yield
    except (TryAgainLater, Unavailable) as error:
        tell_log(error)
        raise ServiceUnavailable(retry_after=_RETRY_AFTER) from error


def _to_the_sign_in() -> ResponseReturnValue:
    asked = request_of(request.environ)
    if not wants_a_page(asked):
        return _refusal(401, "session")
    response = redirect(_site().sign_in_address(address_within_the_site(asked)), 303)
    response.headers["Cache-Control"] = "no-store"
    return response


def _refusal(status: int, code: str) -> ResponseReturnValue:
    """The application's own page for a status, or for a program JSON with a code."""
    if wants_a_page(request_of(request.environ)):
        abort(status)
    response = make_response(jsonify(code=code), status)
    if status == Unauthorized.code:
        response.www_authenticate = WWWAuthenticate("bearer")
    return response


def _template_variables() -> dict[str, Account | None]:
    """None, too, outside a request, and where the store is away: the page that says so has to be shown."""
    if not has_request_context():
        return {"account": None}
    try:
        return {"account": current_account()}
    except ServiceUnavailable:
        return {"account": None}
