"""What staff can do about one person or license: which permission it takes, what is asked, what it does.

Each act asks for its reason. What a member of staff may not do is offered nowhere, and the desk itself
refuses it to whoever sends its form all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from permit_accounts import Field, Found, Kind, Outcome, Permission, Standing
from permit_accounts.staff_console.at_desk import AtDesk
from permit_accounts.staff_console.subjects import Subject

Form = Mapping[str, str]


def _asked(name: str, kind: Kind = Kind.TEXT, *, required: bool = False, max_length: int = 200) -> Field:
    """A field of the desk, whose words are the console's own."""
    return Field(
        name=name,
        kind=kind,
        required=required,
        max_length=max_length,
        label=f"web.console.field.{name}",
        reason=f"web.console.field.{name}.reason",
    )


def _box(name: str) -> Field:
    return attrs.evolve(_asked(name, Kind.CHOICE), choices=("yes",))


REASON: Final = _asked("reason", required=True, max_length=500)
#: Which of them are sentences that the history keeps, and so are held to its rule.
SENTENCES: Final = frozenset({"reason", "checked_how", "second_reason", "no_email_reason"})
NEW_NAME: Final = _asked("new_name")


@attrs.frozen(kw_only=True)
class DeskAct:
    """One act.

    Args:
        permission: What one has to be permitted.
        done: Does it.
        fields: What is asked beside the reason.
        fits: Whether it is offered for what was found; of a claim's acts, for no person as such.
        note: The message of the next page, `web.note.<note>`.
        about_license: Whether it is about the license of the address.
        about_person: Whether it is about the person of the address.
        leads_to: The page that follows.
    """

    permission: Permission
    done: Callable[[AtDesk, Subject, Form], Outcome]
    fields: tuple[Field, ...] = ()
    fits: Callable[[Found], bool] = lambda found: found.account is not None
    note: str = "staff-done"
    about_license: bool = False
    about_person: bool = True
    leads_to: str = "person"
    hashes: bool = False


def _stands(*standings: Standing) -> Callable[[Found], bool]:
    return lambda found: found.account is not None and found.account.standing in standings


def _open_again(found: Found) -> bool:
    return found.account is not None and found.account.untrusted_closed_at is not None


def _has_license(found: Found) -> bool:
    return found.license is not None


def _has_question(found: Found) -> bool:
    return found.account is not None and found.account.question_id is not None


def _never(found: Found) -> bool:
    return False


def _always(found: Found) -> bool:
    return True


def _issue(asking: AtDesk, who: Subject, form: Form) -> Outcome:
    return asking.desk.issue_temporary_password(
        who.name,
        who.account_type,
        reason=form["reason"],
        checked_how=form.get("checked_how", ""),
        second_reason=form.get("second_reason", ""),
        no_email_reason=form.get("no_email_reason", ""),
        business_name=form.get("business_name", ""),
        by_post=form.get("by_post") == "yes",
    )


def _correct_license(asking: AtDesk, who: Subject, form: Form) -> Outcome:
    facts = {name: _given(form, name) for name in ("business_name", "contact_name", "phone", "email")}
    return asking.desk.correct_license(
        who.license,
        reason=form["reason"],
        business_name=facts["business_name"],
        contact_name=facts["contact_name"],
        phone=facts["phone"],
        email=facts["email"],
        on_roster=False if form.get("off_roster") == "yes" else None,
    )


def _given(form: Form, name: str) -> str | None:
    """What was typed into a field that may stay empty."""
    return form.get(name, "").strip() or None


ACTS: Final[Mapping[str, DeskAct]] = {
    "temporary-password": DeskAct(
        permission=Permission.TEMPORARY_PASSWORD,
        done=_issue,
        fields=(
            _asked("checked_how", required=True, max_length=500),
            _asked("second_reason", max_length=500),
            _asked("no_email_reason", max_length=500),
            _asked("business_name"),
            _box("by_post"),
            _asked("slip_language", Kind.CHOICE),
        ),
        fits=_always,
        hashes=True,
    ),
    "send-link": DeskAct(
        permission=Permission.LINK,
        done=lambda asking, who, form: asking.desk.send_link(
            who.name, who.account_type, reason=form["reason"]
        ),
        fits=_always,
        note="staff-link-sent",
    ),
    "check-answer": DeskAct(
        permission=Permission.ANSWER,
        done=lambda asking, who, form: asking.desk.check_answer(
            who.name, form["said"], who.account_type, reason=form["reason"]
        ),
        fields=(_asked("said", Kind.ANSWER, required=True, max_length=256),),
        fits=_has_question,
        hashes=True,
    ),
    "open": DeskAct(
        permission=Permission.OPEN,
        done=lambda asking, who, form: asking.desk.open(who.name, who.account_type, reason=form["reason"]),
        fits=_open_again,
    ),
    "disable": DeskAct(
        permission=Permission.DISABLE,
        done=lambda asking, who, form: asking.desk.disable(who.name, who.account_type, reason=form["reason"]),
        fits=_stands(Standing.ACTIVE, Standing.SETUP),
    ),
    "enable": DeskAct(
        permission=Permission.DISABLE,
        done=lambda asking, who, form: asking.desk.enable(who.name, who.account_type, reason=form["reason"]),
        fits=_stands(Standing.DISABLED),
    ),
    "reopen": DeskAct(
        permission=Permission.DISABLE,
        done=lambda asking, who, form: asking.desk.reopen(
            who.name, who.account_type, new_name=_given(form, "new_name"), reason=form["reason"]
        ),
        fields=(NEW_NAME,),
        fits=_stands(Standing.CLOSED),
    ),
    "change-email": DeskAct(
        permission=Permission.EMAIL,
        done=lambda asking, who, form: asking.desk.change_email(
            who.name, form["email"], who.account_type, reason=form["reason"]
        ),
        fields=(
            attrs.evolve(_asked("email", Kind.EMAIL, required=True, max_length=254), label="field.email"),
        ),
        fits=_stands(Standing.ACTIVE, Standing.SETUP, Standing.DISABLED),
    ),
    "correct-license": DeskAct(
        permission=Permission.LICENSES,
        done=_correct_license,
        fields=(
            attrs.evolve(_asked("business_name"), label="field.business_name", reason=""),
            attrs.evolve(_asked("contact_name"), label="field.contact_name", reason=""),
            attrs.evolve(_asked("phone", Kind.PHONE, max_length=30), label="field.phone", reason=""),
            attrs.evolve(_asked("email", Kind.EMAIL, max_length=254), label="field.email", reason=""),
            _box("off_roster"),
        ),
        fits=_has_license,
        about_license=True,
        about_person=False,
    ),
    "transfer": DeskAct(
        permission=Permission.LICENSES,
        done=lambda asking, who, form: asking.desk.transfer(
            who.license,
            _given(form, "to"),
            _given(form, "account_type"),
            new_name_for_holder=_given(form, "new_name"),
            reason=form["reason"],
        ),
        fields=(
            _asked("to", max_length=254),
            attrs.evolve(_asked("account_type", Kind.CHOICE), label="web.field.account-type"),
            NEW_NAME,
        ),
        fits=_has_license,
        about_license=True,
        about_person=False,
    ),
    "approve": DeskAct(
        permission=Permission.LICENSES,
        done=lambda asking, who, form: asking.desk.approve(
            who.license, who.name, who.account_type, reason=form["reason"]
        ),
        fits=_never,
        about_license=True,
        leads_to="claims",
    ),
    "reject": DeskAct(
        permission=Permission.LICENSES,
        done=lambda asking, who, form: asking.desk.reject(
            who.license, who.name, who.account_type, new_name=_given(form, "new_name"), reason=form["reason"]
        ),
        fields=(NEW_NAME,),
        fits=_never,
        about_license=True,
        leads_to="claims",
    ),
    "release": DeskAct(
        permission=Permission.LICENSES,
        done=lambda asking, who, form: asking.desk.release(
            who.license, who.name, who.account_type, new_name=_given(form, "new_name"), reason=form["reason"]
        ),
        fields=(NEW_NAME,),
        fits=_never,
        about_license=True,
        leads_to="claims",
    ),
}


def offered(asking: AtDesk, found: Found) -> list[tuple[str, Subject]]:
    """The acts that fit what was found and are permitted, each with what it would be about."""
    subject = Subject.of(found)
    if found.account is not None:
        subject = attrs.evolve(subject, account=found.account.id)
    about = attrs.evolve(subject, license=found.license.id) if found.license is not None else subject
    return [
        (name, about if act.about_license else subject)
        for name, act in ACTS.items()
        if asking.may(act.permission) and act.fits(found)
    ]
