"""What every page has: its words, the token of its forms, the message shown once, the language switch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, Final

from permit_accounts.web import answers, cookies
from permit_accounts.web.answers import Header
from permit_accounts.web.asking import Asking
from permit_accounts.web.field_views import ProblemView, grouped_views, labelled, starred
from permit_accounts.web.languages import OWN_NAMES
from permit_accounts.web.local_paths import with_query
from permit_accounts.web.rendering import Templates, static_files
from permit_accounts.web.response import Response
from permit_accounts.web.setting import Setting

_STATIC: Final = "permit_accounts.web"


class Frame:
    """Makes pages.

    Args:
        setting: What does not change from one request to the next.
        templates: What they look like.
        paths: The path of each page by its name, as the browser sees it.
    """

    def __init__(self, setting: Setting, templates: Templates, paths: Mapping[str, str]) -> None:
        self.setting: Final = setting
        self.paths: Final = paths
        self._templates = templates

    def page(
        self,
        asking: Asking,
        template: str,
        *,
        title: str,
        status: int = 200,
        headers: Iterable[Header] = (),
        problems: Iterable[ProblemView] = (),
        **more: object,
    ) -> Response:
        """A page, with the cookie that its forms are bound to where the browser has none yet.

        Args:
            asking: Whose request it answers.
            template: The file's name.
            title: In words.
            problems: What is wrong, for the summary on top.
            more: What this template needs beside what all need.
        """
        binding, bound = self._binding(asking)
        note, noted = self._note(asking)
        context = {
            **self.common(asking),
            "csrf": self.setting.seal.token(binding),
            "note": note,
            "title": title,
            "problems": tuple(problems),
            **more,
        }
        text = self._templates.page(template, context)
        return answers.html(text, status=status, headers=(*headers, *bound, *noted))

    def go(self, name: str, *, note: str = "", headers: Iterable[Header] = (), **params: str) -> Response:
        """Go on to a page, where this message is shown once."""
        return self.go_to(with_query(self.paths[name], **params), note=note, headers=headers)

    def go_to(self, path: str, *, note: str = "", headers: Iterable[Header] = ()) -> Response:
        """The same for a path of this site."""
        noted = (self.setting.cookies.kept(cookies.NOTE, note, seconds=60),) if note else ()
        return answers.see_other(path, headers=(*headers, *noted))

    def common(self, asking: Asking) -> dict[str, Any]:
        """What every template needs, whatever the page."""
        policy = self.setting.policy
        return {
            "t": partial(_text, asking),
            "has_text": asking.has_text,
            "grouped": grouped_views,
            "labelled": labelled,
            "starred": starred,
            "page_url": self._page_url,
            "asset": self._asset,
            "language": asking.language,
            "languages": [
                {"code": code, "name": OWN_NAMES.get(code, code), "current": code == asking.language}
                for code in policy.languages
            ],
            "city": policy.city,
            "support_phone": policy.support_phone,
            "here": asking.request.path,
            "demonstration": self.setting.plain_http,
        }

    def _page_url(self, name: str, **params: str) -> str:
        return with_query(self.paths[name], **params)

    def _asset(self, name: str) -> str:
        _, digest = static_files(_STATIC)[name]
        return f"{self.setting.path('/static/')}{name}?v={digest}"

    def _binding(self, asking: Asking) -> tuple[str, tuple[Header, ...]]:
        if asking.binding:
            return asking.binding, ()
        fresh = self.setting.seal.new_binding()
        return asking.bound_to(fresh), (self.setting.cookies.kept(cookies.FORM, fresh),)

    def _note(self, asking: Asking) -> tuple[str | None, tuple[Header, ...]]:
        word = asking.cookies.get(cookies.NOTE)
        if word is None:
            return None, ()
        dropped = (self.setting.cookies.dropped(cookies.NOTE),)
        try:
            return asking.text(f"web.note.{word}"), dropped
        except KeyError:
            return None, dropped


def _text(asking: Asking, key: str, **params: object) -> str:
    return asking.text(key, **{name: str(value) for name, value in params.items()})
