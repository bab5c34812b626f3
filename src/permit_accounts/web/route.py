"""A row of the table of routes: one path, and what answers it by GET and by POST."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from permit_accounts import ConfigurationError
from permit_accounts.web.asking import Asking
from permit_accounts.web.response import Response

View = Callable[[Asking], Response]


@attrs.frozen(kw_only=True)
class Route:
    """What answers one path. There are no patterns: the gate of a page is in its view, not in its path.

    Args:
        path: As the browser sees it.
        get: Shows something and changes nothing; HEAD is answered by it too.
        post: Changes something; it guards itself against forgery.
        slow: Whether `post` computes the hash of a password.
    """

    path: str
    get: View | None = None
    post: View | None = None
    slow: bool = False

    @property
    def allowed(self) -> str:
        """The methods, as a 405 lists them (RFC 9110, 15.5.6)."""
        methods = (("GET, HEAD", self.get), ("POST", self.post))
        return ", ".join(name for name, view in methods if view is not None)


def table(*routes: Route) -> Mapping[str, Route]:
    """The routes by their paths.

    Raises:
        ConfigurationError: Two of them are at one path.
    """
    found: dict[str, Route] = {}
    for route in routes:
        if route.path in found:
            raise ConfigurationError(f"two pages are at {route.path}; look at Policy(links=…)")
        found[route.path] = route
    return found
