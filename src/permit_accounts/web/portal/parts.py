"""What the modules of pages are given: how to make pages, and the acts that forms do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from permit_accounts import Field, Outcome
from permit_accounts.web.acts import Act
from permit_accounts.web.asking import Asking
from permit_accounts.web.form_pages import FormPage, FormViews
from permit_accounts.web.pages import Pages
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route, View


@attrs.frozen(kw_only=True)
class Portal:
    """The means of the pages.

    Args:
        pages: Makes pages.
        acts: Every act, by name.
    """

    pages: Pages
    acts: Mapping[str, Act]

    def form(self, name: str, *, act: str = "", done: str, **more: Any) -> Route:
        """A page with a form; see `FormPage` for what there is to say of one."""
        views = self.form_views(name, act=act, done=done, **more)
        slow = self.acts[act or name].hashes
        return Route(path=self.pages.paths[name], get=views.show, post=views.take, slow=slow)

    def form_views(
        self, name: str, *, act: str | Act = "", done: str | Callable[[Asking, Outcome], str], **more: Any
    ) -> FormViews:
        """The views of such a page alone, for one that is made anew for each request."""
        chosen = act if isinstance(act, Act) else self.acts[act or name]
        shown = tuple(field for field in chosen.takes if field.name != "token")
        page = FormPage(
            name=name,
            path=self.pages.paths[name],
            act=chosen,
            done=(lambda asking, outcome: done) if isinstance(done, str) else done,
            **{"fields": _always(shown), **more},
        )
        return FormViews(self.pages, page)

    def page(self, name: str, get: View) -> Route:
        """A page without a form of its own."""
        return Route(path=self.pages.paths[name], get=get)

    def mail_sent(self, name: str, *, again: str) -> Route:
        """The page after a mail was asked for: the one answer that there is, and what to do if none comes.

        It has no form, and what it says is the same for whoever was asked for, and for whoever only opens it.
        """

        def show(asking: Asking) -> Response:
            title = asking.text("web.mail-sent.title")
            return self.pages.page(asking, "mail_sent.html", title=title, texts=f"web.{name}", again=again)

        return self.page(name, show)


def from_address(pages: Pages, name: str, cookie: str, show: View) -> View:
    """A view of a mailed link: its token goes from the address line into a cookie, unread and unspent.

    The address then stands in no history and no log after this one (ASVS 5.0, 14.2.1). Mail scanners that
    open every link change nothing by it. What cannot be a token, or comes twice, also takes the place of the
    link before it: the page then says that the link is dead.
    """

    def view(asking: Asking) -> Response:
        token = asking.query.get("token")
        if token is None and "token" not in asking.request.query:
            return show(asking)
        rules = asking.setting.cookies
        is_one = token is not None and _TOKEN.fullmatch(token) is not None
        kept = rules.kept(cookie, token or "", seconds=LINK_SECONDS) if is_one else rules.dropped(cookie)
        return pages.go(name, headers=(kept,))

    return view


#: A page that stays open longer asks for the link to be opened once more.
LINK_SECONDS: Final = 3_600
#: A choice of language is kept for a year.
LANGUAGE_SECONDS: Final = 365 * 24 * 3_600
_TOKEN: Final = re.compile(r"[A-Za-z0-9_.:-]{1,164}", re.ASCII)


def behind_sign_in(pages: Pages, view: View) -> View:
    """A view for somebody signed in; anybody else signs in first and comes back.

    The gate is around the view itself, so that no spelling of a path walks past it.
    """

    def guarded(asking: Asking) -> Response:
        if asking.account is None:
            return pages.sign_in_first(asking)
        return view(asking)

    return guarded


def _always(fields: Sequence[Field]) -> Callable[[Asking], Sequence[Field]]:
    return lambda asking: fields
