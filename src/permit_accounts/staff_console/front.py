"""Finding somebody, and the language of the console."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from permit_accounts import Field, Found, Kind, Permission, Refused
from permit_accounts.staff_console import people
from permit_accounts.staff_console.at_desk import AtDesk, staffed
from permit_accounts.staff_console.desk_pages import MENU, DeskPages, status_of, told
from permit_accounts.staff_console.subjects import Subject
from permit_accounts.web import cookies, guard
from permit_accounts.web.field_views import ProblemView, field_id, field_views
from permit_accounts.web.guard import NotTaken
from permit_accounts.web.local_paths import local_path, with_query
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route

#: A choice of language is kept for a year.
_YEAR: Final = 365 * 24 * 3_600
#: What was typed before anything was.
_NOTHING: Final[Mapping[str, str]] = {}
_TEXT: Final = Field(
    name="text",
    required=True,
    max_length=254,
    label="web.console.field.text",
    reason="web.console.field.text.reason",
)


def routes(pages: DeskPages) -> Iterable[Route]:
    """The search, and the switch of languages."""
    front = _Front(pages)
    return (
        Route(path=pages.paths["find"], get=staffed(front.ask), post=staffed(front.find)),
        Route(path=pages.paths["language"], get=staffed(front.back), post=staffed(front.choose_language)),
    )


class _Front:
    """The views of the front page."""

    def __init__(self, pages: DeskPages) -> None:
        self._pages = pages

    def ask(self, asking: AtDesk) -> Response:
        """The empty search; whoever may not look people up goes to the first thing that they may do."""
        if asking.may(Permission.FIND):
            return self._form(asking)
        first = next((name for name, needed in MENU.items() if asking.may(needed)), None)
        if first is not None:
            return self._pages.go(first)
        return self._pages.said(asking, "web.console.nothing-permitted", status=403)

    def find(self, asking: AtDesk) -> Response:
        """Whoever is meant. What was typed may be an e-mail address, so it stands in no address line."""
        form = guard.sent_form(asking)
        if isinstance(form, NotTaken):
            words = asking.text(f"{form.text}.text")
            return self._form(asking, typed=form.typed, wrong=words, status=form.status)
        text = form.get("text", "").strip()
        if not text:
            return self._form(asking, typed=form, wrong=asking.text("code.required"), status=422)
        found = asking.desk.find(text, form.get("account_type") or None)
        if isinstance(found, Refused):
            said = [told(asking, each) for each in found.problems]
            return self._form(asking, typed=form, wrong=" ".join(said), status=status_of(found))
        if len(found) == 1:
            return self._pages.go_to(with_query(self._pages.paths["person"], **Subject.of(found[0]).query))
        return self._form(asking, typed=form, hits=found)

    def _form(
        self,
        asking: AtDesk,
        *,
        typed: Mapping[str, str] = _NOTHING,
        wrong: str = "",
        hits: Iterable[Found] = (),
        status: int = 200,
    ) -> Response:
        kinds = asking.setting.policy.account_types
        fields = (
            _TEXT,
            Field(
                name="account_type",
                kind=Kind.CHOICE,
                choices=tuple(kind.id for kind in kinds),
                label="web.field.account-type",
                reason="web.console.field.account_type.reason",
            ),
        )
        problem = ProblemView(field_id=field_id("text"), label=asking.text(_TEXT.label), text=wrong)
        views = field_views(fields, values=typed, problems={"text": wrong} if wrong else {}, asking=asking)
        person = self._pages.paths["person"]
        found = [(with_query(person, **Subject.of(hit).query), people.summary(asking, hit)) for hit in hits]
        return self._pages.page(
            asking,
            "staff_find.html",
            title=asking.text("web.console.find.title"),
            status=status,
            problems=(problem,) if wrong else (),
            fields=views,
            hits=found,
        )

    def back(self, asking: AtDesk) -> Response:
        """Somebody typed the address; nothing is changed by GET."""
        return self._pages.go("find")

    def choose_language(self, asking: AtDesk) -> Response:
        """Remember the language in this browser, and go back to the page."""
        form = guard.sent_form(asking)
        if isinstance(form, NotTaken):
            return self._pages.said(asking, form.text, status=form.status)
        path = local_path(form.get("next")) or self._pages.paths["find"]
        chosen = form.get("language", "")
        if chosen not in asking.setting.policy.languages:
            return self._pages.go_to(path)
        kept = asking.setting.cookies.kept(cookies.LANGUAGE, chosen, seconds=_YEAR)
        return self._pages.go_to(path, headers=(kept,))
