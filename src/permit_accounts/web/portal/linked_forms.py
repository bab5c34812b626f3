"""A form behind a mailed link or a grant, made anew for each request from what the link opens.

Opening changes nothing, so the page may be looked at as often as a person, or a mail scanner, likes.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from permit_accounts import Outcome, Refused
from permit_accounts.web import guard
from permit_accounts.web.acts import Act
from permit_accounts.web.asking import Asking
from permit_accounts.web.form_pages import FormViews
from permit_accounts.web.portal.parts import Portal, from_address
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route


@attrs.frozen(kw_only=True)
class LinkedForm:
    """One such page.

    Args:
        name: The page's name.
        cookie: Where its token is kept once it has left the address line.
        opens: The act that tells what is behind the token.
        views: The views of its form, for what was opened; for a refusal, those that tell how to go on.
    """

    portal: Portal
    name: str
    cookie: str
    opens: Act
    views: Callable[[Outcome], FormViews]

    def route(self, *, slow: bool) -> Route:
        """Where it is.

        Args:
            slow: Whether sending it computes a hash.
        """
        pages = self.portal.pages
        get = from_address(pages, self.name, self.cookie, self._show)
        return Route(path=pages.paths[self.name], get=get, post=self._take, slow=slow)

    def opened(self, asking: Asking) -> Outcome:
        """What is behind the token that this browser holds."""
        return self.opens.done(asking, {"token": asking.cookies.get(self.cookie, "")})

    def _show(self, asking: Asking) -> Response:
        found = self.opened(asking)
        views = self.views(found)
        return views.dead_end(asking, found) if isinstance(found, Refused) else views.show(asking)

    def _take(self, asking: Asking) -> Response:
        """What came of the form. Where the link is dead the act says so itself, and it is noted."""
        found = self.opened(asking)
        views = self.views(found)
        form = guard.sent_form(asking)
        if not isinstance(found, Refused):
            return views.take(asking)
        if not isinstance(form, guard.NotTaken):
            about_another = views.is_about_another_link(asking, form)
            return views.dead_end(asking, found) if about_another else views.take(asking)
        if form.typed:  # only its own token grew too old, as the link did
            return views.dead_end(asking, found)
        return self.portal.pages.message(asking, form.text, status=form.status)
