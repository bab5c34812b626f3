"""The home page, open to anybody, signing in and out, and the language of the pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from permit_accounts import Field
from permit_accounts.web import cookies, guard
from permit_accounts.web.asking import Asking
from permit_accounts.web.form_pages import NEXT, Form
from permit_accounts.web.local_paths import local_path
from permit_accounts.web.pages import username_label
from permit_accounts.web.portal.parts import LANGUAGE_SECONDS, Portal
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route


def routes(portal: Portal) -> Iterable[Route]:
    """Home, sign-in, sign-out and language."""
    front = _Front(portal)
    return (
        portal.page("home", front.home),
        _unless_signed_in(
            portal,
            portal.form(
                "sign-in",
                template="sign_in.html",
                done="dashboard",
                fields=front.sign_in_fields,
                known=front.chosen_type,
                more=front.sign_in_words,
            ),
        ),
        Route(path=portal.pages.paths["sign-out"], get=front.go_home, post=front.sign_out),
        Route(path=portal.pages.paths["language"], get=front.go_home, post=front.choose_language),
    )


class _Front:
    """The views of the front pages."""

    def __init__(self, portal: Portal) -> None:
        self._pages = portal.pages
        self._sign_out = portal.acts["sign-out"]
        self._sign_in = portal.acts["sign-in"]

    def home(self, asking: Asking) -> Response:
        """The page that stands for the portal's searches."""
        return self._pages.page(
            asking, "home.html", title=asking.text("web.home.title"), show_login=asking.account is None
        )

    def sign_in_fields(self, asking: Asking) -> tuple[Field, ...]:
        """The fields of signing in; a city without remember-me has no box for it."""
        offered = asking.setting.policy.remember_me
        return tuple(field for field in self._sign_in.takes if offered or field.name != "remember")

    def chosen_type(self, asking: Asking) -> Mapping[str, str]:
        """The account type that a link names, else the first of the drop-down."""
        types = asking.setting.policy.account_types
        named = asking.query.get("type", "")
        return {"account_type": named if named in {kind.id for kind in types} else types[0].id}

    def sign_in_words(self, asking: Asking, values: Form) -> Mapping[str, object]:
        """What the username is called, for the account type that is chosen."""
        types = asking.setting.policy.account_types
        kind = next((kind for kind in types if kind.id == values.get("account_type")), types[0])
        return {
            "username_label": asking.text(username_label(kind)),
            "account_types": self._pages.account_types(asking, kind.id),
        }

    def sign_out(self, asking: Asking) -> Response:
        """End the session; pressed twice is the same as once."""
        form = guard.sent_form(asking)
        if isinstance(form, guard.NotTaken):
            return self._pages.message(asking, form.text, status=form.status)
        self._sign_out.done(asking, {})
        rules = asking.setting.cookies
        dropped = (rules.dropped(name) for name in cookies.OF_ONE_PERSON)
        return self._pages.go("home", note="signed-out", headers=tuple(dropped))

    def go_home(self, asking: Asking) -> Response:
        """Somebody typed the address, or went back to it; nothing is changed by GET."""
        return self._pages.go("home")

    def choose_language(self, asking: Asking) -> Response:
        """Remember the language in this browser, and go back to the page."""
        form = guard.sent_form(asking)
        if isinstance(form, guard.NotTaken):
            return self._pages.message(asking, form.text, status=form.status)
        path = local_path(form.get(NEXT)) or self._pages.paths["home"]
        chosen = form.get("language", "")
        if chosen not in asking.setting.policy.languages:
            return self._pages.go_to(path)
        kept = asking.setting.cookies.kept(cookies.LANGUAGE, chosen, seconds=LANGUAGE_SECONDS)
        return self._pages.go_to(path, headers=(kept,))


def _unless_signed_in(portal: Portal, route: Route) -> Route:
    """Whoever is signed in already is led on; signing in as somebody else begins with signing out."""
    show = route.get
    assert show is not None  # a page with a form shows it

    def view(asking: Asking) -> Response:
        return portal.pages.go("dashboard") if asking.account is not None else show(asking)

    return attrs.evolve(route, get=view)
