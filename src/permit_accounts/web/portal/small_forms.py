"""A form that is one button on a page of several: it has a path of its own and leads back to the page."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from permit_accounts import Code, Outcome, Refused
from permit_accounts.web import endings, guard
from permit_accounts.web.acts import Act
from permit_accounts.web.asking import Asking
from permit_accounts.web.pages import Pages
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route


@attrs.frozen(kw_only=True)
class SmallForm:
    """One button.

    Args:
        pages: Makes pages.
        act: What pressing it does; its own path is that of the page of this name.
        back: The name of the page that it stands on.
        answer: What a success is answered with.
    """

    pages: Pages
    act: Act
    back: str
    answer: Callable[[Asking, Outcome], Response]

    def route(self) -> Route:
        """The path of the button alone; who opens it by GET gets to the page that it stands on."""
        return Route(path=self.pages.paths[self.act.name], get=self.go_back, post=self.take)

    def go_back(self, asking: Asking) -> Response:
        """Nothing is changed by GET; a person comes here from the sign-in page."""
        return self.pages.go(self.back)

    def take(self, asking: Asking) -> Response:
        """What came of pressing it: only somebody signed in can, who entered the password lately."""
        form = guard.sent_form(asking)
        if isinstance(form, guard.NotTaken):
            return self.pages.message(asking, form.text, status=form.status, links=(self.back,))
        if asking.account is None:
            return self.pages.sign_in_first(asking)
        outcome = self.act.done(asking, form)
        return (
            self._refused(asking, outcome) if isinstance(outcome, Refused) else self.answer(asking, outcome)
        )

    def _refused(self, asking: Asking, outcome: Refused) -> Response:
        if Code.SESSION in outcome.codes:
            return self.pages.sign_in_first(asking)
        status, _ = endings.refusal(outcome)
        if Code.PASSWORD_AGAIN in outcome.codes:
            return self.pages.go("password-again", next=self.pages.paths[self.back])
        return self.pages.message(asking, "web.wrong-button", status=status, links=(self.back,))
