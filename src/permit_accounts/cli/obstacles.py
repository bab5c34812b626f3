"""The words for what stands in somebody's way, and for what staff can do about it.

What does stand in the way, `StaffDesk.explain` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from permit_accounts.cli.shown import moment
from permit_accounts.model.codes import Obstacle, Remark, Standing
from permit_accounts.model.outcomes import Explained


@attrs.frozen(kw_only=True)
class Sentence:
    """One thing about an account, as staff read it.

    Args:
        id: A word for programs.
        stops: Whether it keeps the person out now; else it is worth knowing.
        what: How it is.
        staff_can: What staff can do; empty where there is nothing to do.
    """

    id: str
    stops: bool
    what: str
    staff_can: str


def sentences(told: Explained) -> tuple[Sentence, ...]:
    """What keeps the person out, then what is worth knowing."""
    active = told.account is not None and told.account.standing is Standing.ACTIVE
    nothing = (_NOTHING,) if active and not told.obstacles else ()
    facts = _facts(told)
    return (
        *(_sentence(obstacle, facts, stops=True) for obstacle in told.obstacles),
        *(_sentence(word, facts, stops=False) for word in (*nothing, *told.remarks)),
    )


def _sentence(word: str, facts: Mapping[str, str], *, stops: bool) -> Sentence:
    what, staff_can = _WORDS[word]
    return Sentence(id=word, stops=stops, what=what.format_map(facts), staff_can=staff_can.format_map(facts))


def _facts(told: Explained) -> dict[str, str]:
    """What the words name. Nothing in it is read as words: an address may hold braces."""
    account, contact = told.account, told.license.contact if told.license is not None else None
    on_roster = contact.email if contact is not None else None
    since = moment(account.untrusted_closed_at) if account is not None else ""
    return {
        "username": told.name,
        "email": (account.email if account is not None else on_roster) or "",
        "expires": moment(account.temporary_until) if account is not None else "",
        "since": f" since {since}" if since else "",
        "waits": moment(told.waits_until),
        "or_link": " or mail a set-up link (`staff activation-link`)" if account and account.email else "",
        "by_mail": _BY_MAIL.format(on_roster) if on_roster else _NOT_BY_MAIL,
    }


_NOTHING: Final = "nothing"
_BY_MAIL: Final = ", or mail a set-up link to {} (`staff activation-link`); Forgot Password mails one too."
_NOT_BY_MAIL: Final = ". No e-mail address is on file, so that no link can be mailed."
_OTHER_NAME: Final = "Reopen the account (`staff reopen`), or transfer the license (`staff transfer`)."

#: How it is, and what staff can do.
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    Obstacle.NO_ACCOUNT: (
        "The license is known, but it is not on the roster and has no account.",
        "The person can set up an account as a new contractor.",
    ),
    Obstacle.ON_ROSTER: (
        "The license is on the roster, and nobody has finished its registration yet.",
        "Issue a temporary password (`staff temporary-password`){by_mail}",
    ),
    Obstacle.SIGNS_IN_BY_USERNAME: (
        "This is the e-mail address of an account that signs in as {username}.",
        "Tell the person the username; it can also be mailed from the portal.",
    ),
    Obstacle.NAME_RETIRED: ("This name is retired: it opens no account any more.", _OTHER_NAME),
    Obstacle.NAME_RESERVED: ("This name is reserved: it opens no account any more.", _OTHER_NAME),
    Obstacle.DISABLED: (
        "Staff disabled the account.",
        "See why (`staff history`), and enable it again (`staff enable`).",
    ),
    Obstacle.CLOSED: (
        "The account was closed.",
        "Reopen it (`staff reopen`), then issue a temporary password.",
    ),
    Obstacle.NO_TEMPORARY_PASSWORD: (
        "Set-up is not finished, and there is no temporary password.",
        "Issue a temporary password (`staff temporary-password`){or_link}.",
    ),
    Obstacle.TEMPORARY_EXPIRED: (
        "The temporary password expired on {expires}.",
        "Issue a new one (`staff temporary-password`){or_link}.",
    ),
    Obstacle.NO_PASSWORD: (
        "There is no password: the account was imported without one, or a change of the e-mail address was "
        "taken back.",
        "The person chooses Forgot Password, or staff mail a link (`staff activation-link`).",
    ),
    Obstacle.MALFORMED_HASH: (
        "What is kept of the password cannot be read here, so that no password is right.",
        "Issue a temporary password (`staff temporary-password`){or_link}. Tell whoever runs the portal: "
        "`permit-accounts doctor` says how many accounts have this.",
    ),
    Obstacle.CLOSED_FOR_UNTRUSTED: (
        "Too many wrong passwords came from unknown devices, so that none of them may try{since}. "
        "A device that was signed in before still may.",
        "Open it again (`staff open`), or the person chooses Forgot Password.",
    ),
    Obstacle.UNCONFIRMED: (
        "The e-mail address {email} is not confirmed, which this city asks for first.",
        "The person asks for the link again on the portal. A wrong address: `staff email`.",
    ),
    Obstacle.WAITING: (
        "After wrong passwords from unknown devices the name waits until {waits}.",
        "It passes by itself, and Forgot Password works meanwhile.",
    ),
    _NOTHING: (
        "Nothing stands in the way: with the right password the person gets in.",
        "Is the right account type chosen in the drop-down? Else Forgot Password.",
    ),
    Remark.TEMPORARY_PASSWORD: (
        "Set-up is not finished. The temporary password is good until {expires}.",
        "Have the password read out: it has no 0, 1, I, L or O. The account type in the "
        "drop-down must be right. If it is lost, issue a new one.",
    ),
    Remark.CHOSEN_WAITS: (
        "After wrong passwords from unknown devices the name waits until {waits}; "
        "a temporary password need not.",
        "",
    ),
    Remark.QUESTION_MISSING: (
        "There is no security question: the next sign-in asks for one before it goes on.",
        "",
    ),
    Remark.NO_EMAIL: (
        "No e-mail address is on file, so that Forgot Password reaches nobody.",
        "Put one on file (`staff email`), or issue a temporary password.",
    ),
}
