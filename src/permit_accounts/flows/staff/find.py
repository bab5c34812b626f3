"""Find somebody by license number, username or e-mail address: exact, audited, without any hash."""

from __future__ import annotations

from permit_accounts.model.codes import Code, Permission
from permit_accounts.model.outcomes import Found, Problem, Refused
from permit_accounts.model.people import StaffMember
from permit_accounts.rules.account_types import AccountType
from permit_accounts.tools import desk, desk_search, lookups
from permit_accounts.tools.desk_search import AccountHit, LicenseHit
from permit_accounts.tools.services import Services


def find(
    s: Services, actor: StaffMember, *, text: str, account_type: AccountType | str | None
) -> tuple[Found, ...] | Refused:
    """Every account or roster license that is meant; where there is none, what may be wrong with the text."""
    now = s.now()
    forbidden = desk.may_not(s, actor, Permission.FIND, now=now)
    if forbidden is not None:
        return forbidden
    hits = desk_search.hits(s, text, account_type)
    if isinstance(hits, Refused):
        return hits
    found = tuple(_shown(s, hit) for hit in hits)
    s.store.commit(desk_search.looked_up(s, actor, hits, now=now))
    if found:
        return found
    return Refused((Problem(Code.STAFF_NOT_FOUND), *desk.hints(s.policy, text, account_type)))


def _shown(s: Services, hit: AccountHit | LicenseHit) -> Found:
    if isinstance(hit, LicenseHit):
        return Found(license=hit.license, account=None, links=lookups.links_on(s, hit.license.id))
    links = lookups.links_of(s, hit.account.id)
    by_mailbox = hit.name is None and links
    return Found(
        license=lookups.license_record(s, links[0].license_id) if by_mailbox else hit.license,
        account=desk.without_hashes(hit.account),
        names=lookups.names_of(s, hit.account.id),
        links=links,
    )
