"""Whether a request that changes something was made by our own pages (ASVS 5.0, 3.5.1 to 3.5.3).

Two checks, each enough by itself. Browsers say where a request comes from, in `Sec-Fetch-Site` and `Origin`;
ours send no referrer, so that some of them say `null`. And each form carries a sealed token that is bound to
the session, or to a cookie before there is one. Signing in, registering and asking for a mail are guarded as
well: else a stranger's page could sign somebody in to the stranger's account.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

import attrs

from permit_accounts.web import bodies, cookies
from permit_accounts.web.asking import Asking
from permit_accounts.web.bodies import Unreadable

#: The hidden field of forms, and the header of programs that use cookies.
FIELD: Final = "csrf_token"
HEADER: Final = "x-csrf-token"
#: `none` is what a browser says when a person loads a page again.
_OURS: Final = frozenset({"same-origin", "none"})
_log: Final = logging.getLogger("permit_accounts.web")


@attrs.frozen(kw_only=True)
class NotTaken:
    """A form that is not acted upon.

    Args:
        status: How it is answered.
        text: The key of the words that say why; `.title` and `.text` belong to it.
        typed: What was typed into it, where it is this browser's own form and only grew too old.
    """

    status: int
    text: str
    typed: Mapping[str, str] = attrs.field(factory=dict, repr=False)


def sent_form(asking: Asking) -> Mapping[str, str] | NotTaken:
    """The fields of a form that our own pages made for this browser, without its token."""
    return own_form(asking, bodies.read_form(asking.request))


def own_form(asking: Asking, form: dict[str, str] | Unreadable) -> Mapping[str, str] | NotTaken:
    """The same for fields that have been read already, whatever the body was written as."""
    if isinstance(form, Unreadable):
        return NotTaken(status=bodies.STATUS[form], text=f"web.unreadable.{form}")
    token = form.pop(FIELD, "")
    if is_foreign(asking):
        _tell(asking, "came from another address")
        return NotTaken(status=403, text="web.forged")
    if is_sealed(asking, token):
        return form
    if not asking.binding:
        _tell(asking, "brought no cookie of its page")
    return NotTaken(status=403, text="web.forged", typed=form)


def _tell(asking: Asking, what: str) -> None:
    """For whoever runs the portal: where all forms fail, people open another address than the policy's."""
    _log.warning("a form was refused: it %s; people must open %s", what, asking.setting.origin)


def is_foreign(asking: Asking) -> bool:
    """Whether the browser itself says that another site made this request."""
    site = asking.request.header("sec-fetch-site")
    if site and site not in _OURS:
        return True
    origin = asking.request.header("origin")
    return origin not in ("", "null") and origin.lower() != asking.setting.origin


def is_embedded(asking: Asking) -> bool:
    """Whether a page of another site made the browser load this, as an image or a frame of its own: no person
    followed a link to it (Fetch Metadata, `Sec-Fetch-Site`, `-Mode` and `-Dest`)."""
    header = asking.request.header
    if header("sec-fetch-site") in ("", *_OURS):
        return False
    return (header("sec-fetch-mode"), header("sec-fetch-dest")) != ("navigate", "document")


def is_sealed(asking: Asking, token: str) -> bool:
    """Whether this token was made for a form of this browser and this session."""
    return asking.setting.seal.is_good(token, asking.binding)


def may_use_cookies(asking: Asking) -> bool:
    """Whether a program's request may act by its cookies: it has to show a sealed token with them."""
    return is_sealed(asking, asking.request.header(HEADER))


def acts_by_cookie(asking: Asking) -> bool:
    """Whether a session's cookie came along, which a browser sends whoever made the request."""
    return cookies.SESSION in asking.cookies
