"""What the history knows of an event, in words: why it came to pass, and each further fact with its name.

The log is written for programs: by codes, names of fields, ids of records and digests of what nobody is to
read there. A clerk is shown words for the codes and names, and neither ids nor digests. A word that has no
text is shown as it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from permit_accounts import AuditEvent, EventName, license_name
from permit_accounts.staff_console.at_desk import AtDesk

#: Digests of what was typed, and the accounts of a search that the number of hits tells of.
_FOR_PROGRAMS: Final = frozenset({"name", "asked", "accounts", "row"})
#: Of these an `email` is the id of a record; of others it is an address.
_OF_MAIL: Final = frozenset({EventName.EMAIL_DROPPED, EventName.EMAIL_FAILED})
#: What of a transfer is told as one fact: which side this account is on.
_SIDES: Final = frozenset({"from", "to"})
#: What a text of a refusal speaks of, where the event does not say: the longest reason.
_LONGEST: Final = "500"
#: The library's own faults of mail, by the name that the outbox keeps.
_FAULTS: Final = {
    "Undeliverable": "web.console.fault.undeliverable",
    "Unavailable": "web.console.fault.unavailable",
}


def happened(asking: AtDesk, event: AuditEvent) -> str:
    """What came to pass, and why where the person was not told."""
    what = _said(asking, f"event.{event.name}", event.name)
    if event.cause is None:
        return what
    return f"{what} ({_said(asking, f'web.console.cause.{event.cause}', event.cause)})"


def facts(asking: AtDesk, event: AuditEvent) -> Iterator[str]:
    """The license, the address that it came from, and whatever else is known."""
    if event.license_id:
        yield license_name(event.license_id)
    if event.ip:
        yield asking.text("web.console.from-address", ip=event.ip)
    if event.params.keys() >= _SIDES:
        side = "received" if event.params["to"] == event.account_id else "given"
        yield asking.text(f"web.console.side.{side}")
    for name, value in event.params.items():
        if not _is_for_programs(event, name):
            yield fact(asking, name, value)


def fact(asking: AtDesk, name: str, value: str) -> str:
    """One fact, such as why a mail did not leave: what it is called, and what it is."""
    return f"{_label(asking, name)}: {_value(asking, name, value)}"


def template(asking: AtDesk, name: str) -> str:
    """Which e-mail it is, by the subject that its reader sees."""
    return _said(asking, f"mail.{name}.subject", name)


def _is_for_programs(event: AuditEvent, name: str) -> bool:
    is_id = name == "email" and event.name in _OF_MAIL
    told_before = name in _SIDES and event.params.keys() >= _SIDES
    return name in _FOR_PROGRAMS or is_id or told_before


def _label(asking: AtDesk, name: str) -> str:
    """What a fact is called: a field of the desk or of a form, or a word of the history."""
    keys = (
        f"web.console.param.{name}",
        f"web.console.field.{name}",
        f"web.console.count.{name}",
        f"field.{name}",
    )
    return next((asking.text(key) for key in keys if asking.has_text(key)), name)


def _value(asking: AtDesk, name: str, value: str) -> str:
    """A code in words; anything else as it is written."""
    if name == "error":
        return _fault(asking, value)
    if name == "template":
        return template(asking, value)
    keys = {
        "by_post": "web.console.yes",
        "code": f"code.{value}",
        "permission": f"web.console.permission.{value}",
        "state": f"web.console.claims-in.{value}",
    }
    return _said(asking, keys[name], value) if name in keys else value


def _fault(asking: AtDesk, words: str) -> str:
    """What went wrong; a foreign fault's name as it is written."""
    kind, _, said = words.partition(": ")
    told = asking.text(_FAULTS[kind]) if kind in _FAULTS else kind
    return f"{told}: {said}" if said else told


def _said(asking: AtDesk, key: str, written: str) -> str:
    return asking.text(key, maximum=_LONGEST) if asking.has_text(key) else written
