"""One's own licenses: where each stands with the city, claiming another, and letting one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from permit_accounts import LinkState
from permit_accounts.web import drafts
from permit_accounts.web.asking import Asking
from permit_accounts.web.form_pages import Form
from permit_accounts.web.portal.dashboard import standing_view
from permit_accounts.web.portal.parts import Portal, behind_sign_in
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route

#: The claims that can be let go; the others are history.
_LIVE = frozenset({LinkState.CLAIMED, LinkState.PENDING, LinkState.VERIFIED})


def routes(portal: Portal) -> Iterable[Route]:
    """The list with the form for one more, and the confirmation before one is let go."""
    own = _OwnLicenses(portal)
    yield portal.form(
        "licenses",
        act="add-license",
        done="licenses",
        note="license-added",
        template="licenses.html",
        above="account",
        more=own.listed,
    )
    yield own.releasing()


class _OwnLicenses:
    """The views of one's own licenses."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._pages = portal.pages

    def listed(self, asking: Asking, values: Form) -> Mapping[str, object]:
        """Every claim with its standing, and whether it can be let go."""
        if asking.account is None:  # a form that grew too old is shown again to whoever sent it
            return {"licenses": ()}
        found = asking.setting.accounts.licenses(asking.account)
        rows = [
            {**standing_view(asking, each), "id": each.link.license_id, "live": each.link.state in _LIVE}
            for each in found
        ]
        return {"licenses": rows}

    def releasing(self) -> Route:
        """The confirmation: which license it is, and what it means to let it go."""
        route = self._portal.form(
            "release-license",
            done="licenses",
            note="license-released",
            template="release_license.html",
            above="licenses",
            button="primary grave",
            known=lambda asking: {"license_id": asking.query.get("license", "")},
            more=lambda asking, values: {"number": values.get("license_id", "").partition(":")[2]},
        )
        show = route.get
        assert show is not None  # every form is shown by GET

        def only_ones_own(asking: Asking) -> Response:
            assert asking.account is not None  # behind_sign_in has seen to it
            typed = drafts.typed_before(asking, drafts.place(route.path, drafts.mark(asking.account.id)))
            wanted = typed.get("license_id") or asking.query.get("license", "")
            own = asking.setting.accounts.licenses(asking.account)
            if all(wanted != each.link.license_id for each in own):
                return self._pages.go("licenses")
            return show(asking)

        return attrs.evolve(route, get=behind_sign_in(self._pages, only_ones_own))
