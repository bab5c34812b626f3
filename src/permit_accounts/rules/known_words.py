"""What others know or can find out about an account: poor passwords and poor answers.

Every door that sets a password or an answer asks here, so that what one refuses no other lets through (NIST
SP 800-63B-4, 3.1.1.2; OWASP, security questions).
"""

from __future__ import annotations

from permit_accounts.model.records import Account
from permit_accounts.rules.licenses.formats import formats_of
from permit_accounts.rules.policy import Policy


def of_account(account: Account, policy: Policy) -> tuple[str, ...]:
    """What is known of an account as it stands: its username, address and profile, and the city."""
    return of_facts(account.username, account.email or "", *account.profile.values(), policy=policy)


def of_facts(username: str, *facts: str, policy: Policy) -> tuple[str, ...]:
    """The same of an account that does not stand yet.

    Args:
        username: Where it is a license number, people write it with its board, as in `CSLB 1012345`.
        facts: E-mail address and profile. Of an address, the part before the `@` is known too.
        policy: Whose city it is, and which boards' numbers it takes.
    """
    labeled = (f"{board.board} {username}" for board in formats_of(policy.authorities) if username)
    known = (username, *labeled, *facts, policy.city)
    texts = (text for fact in known for text in (fact, fact.partition("@")[0]))
    return tuple(dict.fromkeys(text for text in texts if text))
