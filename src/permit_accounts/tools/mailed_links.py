"""Which links of an e-mail would still open their page: asked before it is sent, so none leaves dead."""

from __future__ import annotations

from typing import Final

from permit_accounts.model.records import Account, OneTimeToken, OutboxEmail
from permit_accounts.model.secret import Secret
from permit_accounts.tools import lookups, tokens
from permit_accounts.tools.rendering import TOLD_ANYHOW
from permit_accounts.tools.services import Services

#: The one template that may go out with fewer links than it was made with.
_SEVERAL_LINKS: Final = "reset-link"

LiveLink = tuple[OneTimeToken, Account]


def live(s: Services, email: OutboxEmail) -> list[LiveLink] | None:
    """The tokens that would still open their page, or None where the e-mail's point is lost.

    A notice of a change is never lost: whoever made the change could keep it quiet by killing the link.

    Raises:
        Unavailable: The store is out of reach.
    """
    found = [_live(s, token_id) for token_id in email.token_ids]
    still_good = [link for link in found if link is not None]
    if (
        not found
        or email.template in TOLD_ANYHOW
        or (still_good and (found[0] is not None or email.template == _SEVERAL_LINKS))
    ):
        return still_good
    return None


def waited_enough(s: Services, email: OutboxEmail) -> bool:
    """Whether an e-mail leaves without its links, where this process has not the key that they need.

    A notice of a change does: after the removal of a key that somebody stole, whom they stole from would
    else never learn of it. Half of its tries are for the key, which may just not have come yet, the other
    half for the mail server.
    """
    return email.template in TOLD_ANYHOW and 2 * email.attempts > s.policy.outbox_attempts


def _live(s: Services, token_id: str) -> LiveLink | None:
    record = lookups.token(s, token_id)
    if record is None:
        return None
    return tokens.present(s, record.purpose, Secret(tokens.sealed(s, record)), now=s.now())
