"""Staying signed in: the button of the warning that comes before the end (WCAG 2.2, 2.2.1)."""

from __future__ import annotations

from collections.abc import Iterable

from permit_accounts.web import answers, guard, own_json
from permit_accounts.web.asking import Asking
from permit_accounts.web.form_pages import NEXT
from permit_accounts.web.local_paths import local_path
from permit_accounts.web.portal.parts import Portal
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route


def routes(portal: Portal) -> Iterable[Route]:
    """The button's path. The check of the session itself puts the end off."""
    pages = portal.pages

    def go_on(asking: Asking) -> Response:
        return pages.go("dashboard")

    def extend(asking: Asking) -> Response:
        by_script = "application/json" in asking.request.header("accept")
        form = guard.sent_form(asking)
        if isinstance(form, guard.NotTaken):
            if by_script:
                return answers.as_json({"signed_in": False}, status=form.status)
            return pages.message(asking, form.text, status=form.status)
        if by_script:
            return own_json.session(asking) if asking.account is not None else own_json.nobody(asking)
        path = local_path(form.get(NEXT)) or pages.paths["dashboard"]
        if asking.account is None:
            return pages.go("sign-in", note="signed-out-meanwhile", next=path)
        return pages.go_to(path)

    return (Route(path=pages.paths["extend"], get=go_on, post=extend),)
