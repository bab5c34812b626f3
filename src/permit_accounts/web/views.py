"""What the JSON shows of accounts, sessions, licenses and events: what their owner may see, and no secret."""

from __future__ import annotations

from datetime import datetime

from permit_accounts import Account, AuditEvent, LicenseLink, LicenseStanding, LinkState, Session, SignedInAs

Json = dict[str, object]


def account(account: Account) -> Json:
    """An account as its owner sees it."""
    return {
        "id": account.id,
        "account_type": account.account_type,
        "username": account.username,
        "email": account.email,
        "email_confirmed": account.email_confirmed_at is not None,
        "language": account.language,
    }


def session(session: Session, *, current: bool) -> Json:
    """A session in the list of one's own. Its id opens nothing without the keyring."""
    return {
        "id": session.id,
        "current": current,
        "device": session.device_label,
        "opened_at": moment(session.opened_at),
        "seen_at": moment(session.seen_at),
        "expires_at": moment(session.expires_at),
        "remembered": session.remembered,
    }


def signed_in(of: Account, within: Session) -> Json:
    """Who is signed in, until when, and since when the password is known to be theirs."""
    return {
        "account": account(of),
        "session": {
            "expires_at": moment(within.expires_at),
            "remembered": within.remembered,
            "password_at": moment(within.password_entered_at),
        },
    }


def seconds_left(signed_in: SignedInAs, *, now: datetime) -> int:
    """How long the session lasts if nothing more is asked with it, in whole seconds."""
    return max(int((signed_in.ends_at - now).total_seconds()), 0)


def can_be_extended(signed_in: SignedInAs) -> bool:
    """Whether it lasts longer where something is asked with it; not where its absolute end is the nearer."""
    return signed_in.ends_at < signed_in.latest_end


def link(link: LicenseLink) -> Json:
    """One claim on a license."""
    return {
        "id": link.license_id,
        "entered": link.entered,
        "state": str(link.state),
        "verified": link.state is LinkState.VERIFIED,
        "since": moment(link.since),
    }


def license_standing(standing: LicenseStanding) -> Json:
    """A claim with what is known of the license: where from, and as of when."""
    known = standing.license
    if known is None:
        return {**link(standing.link), **dict.fromkeys(_OF_A_LICENSE)}
    status, business = known.status, known.business
    return {
        **link(standing.link),
        "business_name": business.name if business else None,
        "status": str(status.status) if status else None,
        "status_as_of": moment(status.as_of) if status else None,
        "expires_on": status.expires_on.isoformat() if status and status.expires_on else None,
    }


#: What may be known of a license beside the claim on it.
_OF_A_LICENSE = ("business_name", "status", "status_as_of", "expires_on")


def event(event: AuditEvent) -> Json:
    """Something that happened, as the account's owner may read it."""
    return {
        "id": event.id,
        "at": moment(event.at),
        "what": str(event.name),
        "by": str(event.actor),
        "ip": event.ip,
        "user_agent": event.user_agent,
        "license": event.license_id,
    }


def moment(at: datetime | None) -> str | None:
    """A moment as RFC 3339 has it, in UTC; None stays None."""
    return at.isoformat().replace("+00:00", "Z") if at is not None else None
