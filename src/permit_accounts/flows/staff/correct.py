"""Correct what is on file: an e-mail address, or the facts of a license."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import attrs

from permit_accounts.model.codes import Code, EventName, FactSource, Permission, Purpose, Standing
from permit_accounts.model.outcomes import Done, Found, Problem, Refused, refused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.records import Account, BusinessFacts, ContactFacts, License
from permit_accounts.ports import Add, Change, Replace
from permit_accounts.rules.emails import Email, parse_email
from permit_accounts.rules.forms import not_text, read_form
from permit_accounts.tools import (
    addresses,
    audit,
    claims,
    desk,
    lookups,
    messages,
    roster_accounts,
    tokens,
)
from permit_accounts.tools.services import Services

#: How many licenses one correction also touches; one commit has to hold it.
_MOST_AT_ONCE: Final = 5


@attrs.frozen(kw_only=True)
class Correction:
    """What staff set right about a license; None leaves a fact as it is."""

    business_name: str | None = None
    contact_name: str | None = None
    phone: str | None = None
    email: Email | None = None
    on_roster: bool | None = None


def change_email(
    s: Services,
    actor: StaffMember,
    *,
    who: desk.Who,
    email: str,
    reason: str,
) -> Done | Refused:
    """Put another address on file, for somebody whose identity documents staff have seen in person
    (NIST SP 800-63B-4, 4.2.1). The new address must still confirm; both are told. No link that takes an
    earlier change back works after it: whoever had the mailbox then may be the reason for coming in."""
    now = s.now()
    forbidden = desk.forbidden(s, actor, Permission.EMAIL, now=now, reason=reason)
    if forbidden is not None:
        return forbidden
    wrong = not_text(email=email)
    if wrong is not None:
        return wrong
    parsed = parse_email(email)
    if isinstance(parsed, Problem):
        return Refused((parsed,))
    account = desk.account_meant(s, actor, who, now=now)
    if isinstance(account, Refused):
        return account
    if account.standing is Standing.CLOSED:
        return desk.refusing(s, actor, Code.STAFF_STANDING, now=now, account=account)
    if addresses.is_anothers(s, account, parsed.key, now=now):
        return desk.refusing(s, actor, Code.EMAIL_TAKEN, now=now, account=account)

    ready = account.with_email(parsed.address, parsed.key, confirmed_at=None)
    s.store.commit(
        Replace(account, ready),
        *tokens.cancel_links(s, account),
        *addresses.set_aside(s, account, parsed.key, now=now),
        *_on_its_licenses(s, account, parsed, now=now),
        *_letter(s, ready, now=now),
        *messages.to_account(s, "email-changed-by-staff", account, now=now),
        audit.staff_event(
            s, EventName.STAFF_CHANGED_EMAIL, at=now, actor=actor, account=ready, reason=reason
        ),
    )
    return Done(account=desk.without_hashes(ready))


def correct_license(
    s: Services,
    actor: StaffMember,
    *,
    license_text: str,
    facts: Mapping[str, object],
    on_roster: bool | None,
    reason: str,
) -> Found | Refused:
    """Set facts of a license right; they then stand with staff as their source, whatever is imported.

    Args:
        facts: The name and contact as they should be, as typed; None leaves one as it is.
        on_roster: False takes the license off the roster, which only staff can do.
    """
    now = s.now()
    forbidden = desk.forbidden(s, actor, Permission.LICENSES, now=now, reason=reason)
    if forbidden is not None:
        return forbidden
    if facts.get("email") is not None:
        # In set-up the license's contact is the address that links are mailed to.
        forbidden = desk.forbidden(s, actor, Permission.EMAIL, now=now, reason=reason)
        if forbidden is not None:
            return forbidden
    license_id = desk.license_meant(s, license_text)
    if isinstance(license_id, Refused):
        return license_id
    correction = _read(facts, on_roster=on_roster)
    if isinstance(correction, Refused):
        return correction
    known = lookups.license_record(s, license_id)
    if known is None:
        return desk.refusing(s, actor, Code.STAFF_NOT_FOUND, now=now, license_id=license_id)
    ready = _corrected(known, correction, now=now)
    links = lookups.links_on(s, license_id)
    holder = claims.holder(s, license_id)
    told = (
        messages.to_account(s, "license-corrected", holder, now=now, params={"license": license_id})
        if holder is not None
        else ()
    )
    s.store.commit(
        Replace(known, ready),
        *_in_set_up(s, ready),
        *told,
        audit.staff_event(
            s,
            EventName.STAFF_CORRECTED_LICENSE,
            at=now,
            actor=actor,
            account=holder,
            license_id=license_id,
            reason=reason,
        ),
    )
    return Found(license=ready, account=None, links=links)


def _read(facts: Mapping[str, object], *, on_roster: bool | None) -> Correction | Refused:
    """What is to be set right; refused where that is nothing, for nothing would be noted as a correction."""
    form = read_form(desk.LICENSE_FACTS, facts)
    if form.problems:
        return Refused(form.problems)
    if not form.texts and on_roster is not False:
        return refused(Code.REQUIRED, "facts")
    email = parse_email(form.texts.get("email", ""))
    return Correction(
        business_name=form.texts.get("business_name"),
        contact_name=form.texts.get("contact_name"),
        phone=form.texts.get("phone"),
        email=email if isinstance(email, Email) else None,
        on_roster=on_roster,
    )


def _corrected(known: License, correction: Correction, *, now: datetime) -> License:
    ready = known
    if correction.business_name is not None:
        business_type = known.business.business_type if known.business is not None else ""
        facts = BusinessFacts(
            name=correction.business_name,
            business_type=business_type,
            source=FactSource.STAFF,
            as_of=now,
        )
        ready = attrs.evolve(ready, business=facts)
    if correction.contact_name is not None or correction.phone is not None or correction.email is not None:
        ready = attrs.evolve(ready, contact=_contact(known.contact, correction, now=now))
    if correction.on_roster is False:
        ready = attrs.evolve(ready, on_roster_since=None)
    return ready


def _contact(known: ContactFacts | None, correction: Correction, *, now: datetime) -> ContactFacts:
    before = known or ContactFacts(source=FactSource.STAFF, as_of=now)
    email = correction.email
    return ContactFacts(
        name=before.name if correction.contact_name is None else correction.contact_name,
        email=before.email if email is None else email.address,
        email_key=before.email_key if email is None else email.key,
        phone=before.phone if correction.phone is None else correction.phone,
        address=before.address,
        source=FactSource.STAFF,
        as_of=now,
    )


def _letter(s: Services, ready: Account, *, now: datetime) -> tuple[Change, ...]:
    """To the new address: the link that confirms it, or, in set-up, whose link will confirm it, a notice."""
    if ready.standing is Standing.SETUP:
        return messages.to_account(s, "email-changed-new", ready, now=now)
    confirm = tokens.issue(
        s, ready, Purpose.CONFIRM_EMAIL, now=now, ttl=s.policy.confirm_ttl, sent_to=ready.email
    )
    return (Add(confirm), *messages.to_account(s, "confirm-email", ready, now=now, tokens=(confirm,)))


def _on_its_licenses(s: Services, account: Account, email: Email, *, now: datetime) -> tuple[Change, ...]:
    """In set-up its own license's contact is the address on file, so it is set right there too."""
    if account.standing is not Standing.SETUP:
        return ()
    own = claims.by_name(s, account)[:_MOST_AT_ONCE]
    known = (lookups.license_record(s, link.license_id) for link in own)
    corrected = Correction(email=email)
    return tuple(
        Replace(record, _corrected(record, corrected, now=now)) for record in known if record is not None
    )


def _in_set_up(s: Services, ready: License) -> tuple[Change, ...]:
    """In set-up the account of this number takes over its corrected address; links to the former one end."""
    account = lookups.account_named(s, claims.name_of(ready.id))
    if account is None or account.standing is not Standing.SETUP:
        return ()
    moved = roster_accounts.with_roster_address(account, ready)
    return () if moved is account else (Replace(account, moved.with_new_epoch()),)
