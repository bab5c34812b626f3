"""What the console shows of somebody: account, names, licenses, and why they cannot sign in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from permit_accounts import (
    Account,
    AuditEvent,
    Explained,
    Field,
    Found,
    Kind,
    License,
    LicenseLink,
    Remark,
    license_name,
)
from permit_accounts.staff_console import event_words
from permit_accounts.staff_console.at_desk import AtDesk

Pairs = list[tuple[str, str]]


def title(asking: AtDesk, found: Found) -> str:
    """Who it is, in one line."""
    if found.account is not None:
        return f"{found.account.username}, {asking.type_called(found.account.account_type)}"
    return license_name(found.license.id) if found.license is not None else ""


def summary(asking: AtDesk, found: Found) -> Mapping[str, str]:
    """One hit among several."""
    business = found.license.business.name if found.license and found.license.business else ""
    account = found.account
    named = account.profile.get("business_name", "") if account is not None else ""
    return {
        "title": title(asking, found),
        "who": business or named,
        "standing": _standing(asking, account),
    }


def facts(asking: AtDesk, found: Found) -> Pairs:
    """What is known of the account, or of the license that has none."""
    account = found.account
    pairs = [(asking.text("web.console.fact.standing"), _standing(asking, account))]
    if account is not None:
        pairs += _of_account(asking, account)
    states = {
        license_name(name.said): asking.text(f"web.console.name-state.{name.state}") for name in found.names
    }
    names = ", ".join(f"{said} ({state})" for said, state in states.items())
    pairs.append((asking.text("web.console.fact.names"), names))
    return [(name, value) for name, value in pairs if value]


def _of_account(asking: AtDesk, account: Account) -> Iterator[tuple[str, str]]:
    email = account.email or account.no_email_reason or asking.text("web.console.no-email")
    key = "web.console.confirmed" if account.email_confirmed_at is not None else "web.console.unconfirmed"
    yield asking.text("field.email"), f"{email} ({asking.text(key)})" if account.email else email
    yield asking.text("web.console.fact.temporary-until"), asking.moment(account.temporary_until)
    yield asking.text("web.console.fact.closed-for-unknown"), asking.moment(account.untrusted_closed_at)
    yield asking.text("web.console.fact.since"), asking.moment(account.created_at)
    kinds = asking.setting.policy.account_types
    asked = {field.name: field for kind in kinds if kind.id == account.account_type for field in kind.fields}
    for name, value in account.profile.items():
        field = asked.get(name)
        label = field.label if field is not None else f"field.{name}"
        yield asking.named(label), _in_words(asking, name, value, is_day=_is_day(field))


def _is_day(field: Field | None) -> bool:
    return field is not None and field.kind is Kind.DATE


def _in_words(asking: AtDesk, name: str, value: str, *, is_day: bool) -> str:
    """A choice in the words of its list, a day in words, anything else as it was written."""
    key = f"choice.{name}.{value}"
    if asking.has_text(key):
        return asking.text(key)
    return asking.kept_day(value) if is_day else value


def license_facts(asking: AtDesk, known: License) -> Pairs:
    """What is known of a license, and whether it is on the roster."""
    roster = asking.moment(known.on_roster_since) or asking.text("web.console.not-on-roster")
    pairs = [
        (asking.text("web.field.license"), license_name(known.id)),
        (asking.text("web.console.fact.on-roster"), roster),
    ]
    if known.business is not None:
        pairs.append((asking.text("field.business_name"), known.business.name))
    if known.status is not None:
        standing = asking.text(f"web.license-status.{known.status.status}")
        pairs.append((asking.text("web.console.fact.status"), standing))
        pairs.append((asking.text("field.license_expires_on"), asking.day(known.status.expires_on)))
    if known.contact is not None:
        contact = (known.contact.name, known.contact.email or "", known.contact.phone)
        pairs.append((asking.text("web.console.fact.contact"), ", ".join(part for part in contact if part)))
    return [(name, value) for name, value in pairs if value]


def link_row(asking: AtDesk, link: LicenseLink) -> tuple[str, str, str, str]:
    """One claim on a license: which, where it stands, since when, by whom."""
    state = asking.text(f"web.link-state.{link.state}")
    return (license_name(link.license_id), state, asking.moment(link.since), link.decided_by or "")


def obstacles(asking: AtDesk, told: Explained) -> list[dict[str, object]]:
    """What keeps somebody out, then what is worth knowing, each with what staff can do."""
    known = {
        "username": told.name,
        "email": (told.account.email if told.account is not None else None) or "",
        "expires": asking.moment(told.account.temporary_until) if told.account is not None else "",
        "waits": asking.moment(told.waits_until),
    }
    nothing = ("nothing",) if told.account is not None and not told.obstacles and _is_finished(told) else ()
    words = [(str(word), True) for word in told.obstacles]
    words += [(str(word), False) for word in (*nothing, *told.remarks)]
    return [
        {
            "stops": stops,
            "what": asking.text(f"web.console.why.{word}", **known),
            "staff_can": asking.text(f"web.console.then.{word}", **known),
        }
        for word, stops in words
    ]


def event_row(asking: AtDesk, event: AuditEvent) -> tuple[str, str, str, str, str]:
    """One thing that happened: when, what, by whom, why, and what else is known of it."""
    who = asking.text(f"web.console.actor.{event.actor}", id=event.actor_id)
    what, more = event_words.happened(asking, event), event_words.facts(asking, event)
    return (asking.moment(event.at), what, who, event.reason, "; ".join(more))


def _is_finished(told: Explained) -> bool:
    """Whether the person has a password of their own, so that nothing but it is needed."""
    return Remark.TEMPORARY_PASSWORD not in told.remarks


def _standing(asking: AtDesk, account: Account | None) -> str:
    return asking.text(f"web.console.standing.{account.standing if account is not None else 'none'}")
