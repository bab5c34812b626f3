"""The form of each act: shown with what is known of the person, sent, shown again with all that is wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from permit_accounts import (
    Account,
    AnswerChecked,
    Code,
    Done,
    Field,
    Outcome,
    Permission,
    Problem,
    Refused,
    TemporaryPasswordIssued,
    TryAgainLater,
    Unavailable,
    license_name,
)
from permit_accounts.staff_console import slips
from permit_accounts.staff_console.at_desk import AtDesk, staffed
from permit_accounts.staff_console.desk_acts import ACTS, REASON, SENTENCES, DeskAct, Form
from permit_accounts.staff_console.desk_pages import DeskPages, status_of, told, told_at_desk
from permit_accounts.staff_console.spent_forms import SpentForms
from permit_accounts.staff_console.subjects import Subject
from permit_accounts.web import bodies, faults, guard
from permit_accounts.web.field_views import FieldView, ProblemView, field_id, field_views
from permit_accounts.web.guard import NotTaken
from permit_accounts.web.languages import OWN_NAMES
from permit_accounts.web.local_paths import with_query
from permit_accounts.web.response import Response
from permit_accounts.web.route import Route

_log: Final = logging.getLogger("permit_accounts.staff_console")

#: How the account stood when the form was shown. It says so to the form, and opens nothing.
_SEEN: Final = "seen"
#: What `StaffDesk` asks of a reason, so that every field that breaks it is named at once.
_SHORTEST, _LONGEST = 3, 500


def routes(pages: DeskPages) -> Iterable[Route]:
    """A page for each act."""
    spent = SpentForms()
    for name, act in ACTS.items():
        form = _ActForm(pages, name, act, spent)
        path = pages.paths[name]
        yield Route(path=path, get=staffed(form.show), post=staffed(form.take), slow=act.hashes)


class _ActForm:
    """The views of one act."""

    def __init__(self, pages: DeskPages, name: str, act: DeskAct, spent: SpentForms) -> None:
        self._pages = pages
        self._name = name
        self._act = act
        self._spent = spent
        self._fields = (*act.fields, REASON)

    def show(self, asking: AtDesk) -> Response:
        """The empty form, about the person of the address."""
        if not asking.may(self._act.permission):
            return self._pages.refused(asking, _not_permitted(self._act.permission))
        return self._form(asking, {}, ())

    def take(self, asking: AtDesk) -> Response:
        """What came of the form."""
        form = guard.sent_form(asking)
        if isinstance(form, NotTaken):
            words = ProblemView(field_id="", text=asking.text(f"{form.text}.text"))
            return self._form(asking, form.typed, (words,), status=form.status)
        wrong = self._wrong(form) if asking.may(self._act.permission) else ()
        if wrong:
            return self._refused(asking, form, Refused(wrong))
        try:
            outcome = self._done(asking, form)
        except (TryAgainLater, Unavailable) as error:
            return self._not_now(asking, form, error)
        if isinstance(outcome, str):
            return self._pages.said(asking, outcome, status=409)
        return self._answer(asking, form, outcome)

    def _not_now(self, asking: AtDesk, form: Form, error: TryAgainLater | Unavailable) -> Response:
        """The form with what was typed: it was not done, or nobody knows whether it was."""
        fault = told_at_desk(faults.not_now(error, _log))

        def page() -> Response:
            words = ProblemView(field_id="", text=asking.text(f"{fault.key}.form"))
            return self._form(asking, form, (words,), status=fault.status, headers=fault.headers)

        return faults.shown_after(error, page)

    def _wrong(self, form: Form) -> tuple[Problem, ...]:
        """Every field that is empty and may not be, and every sentence that is none, at once."""
        problems = []
        for field in self._fields:
            said = form.get(field.name, "").strip()
            if field.required and not said:
                problems.append(Problem(Code.REQUIRED, field.name))
            elif said and field.name in SENTENCES and not _SHORTEST <= len(said) <= _LONGEST:
                problems.append(Problem(Code.STAFF_REASON, field.name, {"maximum": str(_LONGEST)}))
        return tuple(problems)

    def _done(self, asking: AtDesk, form: Form) -> Outcome | str:
        """What came of the act, or the key of the words why it was not begun: the name is another account's
        by now, or this form has issued a temporary password before."""
        filled = {**dict.fromkeys((field.name for field in self._fields), ""), **form}
        who = self._who(asking)
        if _is_anothers(asking, who):
            return "web.console.passed-on"
        if self._act is not ACTS["temporary-password"]:
            return self._act.done(asking, who, filled)
        token = _token(asking)
        if not self._spent.take(token):
            return "web.console.used-before"
        issued = False
        try:
            if form.get(_SEEN, "") not in ("", self._seen(asking, who)):
                return "web.console.used-before"
            outcome = self._act.done(asking, who, filled)
            issued = isinstance(outcome, TemporaryPasswordIssued)
            return outcome
        finally:
            if not issued:
                self._spent.give_back(token)

    def _who(self, asking: AtDesk) -> Subject:
        """Whom the act is about. A license that it does not concern is no part of it, whatever the address
        says: a page must not name one thing and do something to another."""
        who = Subject.asked(asking)
        return who if self._act.about_license else attrs.evolve(who, license="")

    def _seen(self, asking: AtDesk, who: Subject) -> str:
        """How the account stands: it is another with every credential. Empty where one may not look."""
        if not asking.may(Permission.FIND):
            return ""
        return "-".join(f"{each.id}.{each.epoch}" for each in _accounts(asking, who)) or "none"

    def _answer(self, asking: AtDesk, form: Form, outcome: Outcome) -> Response:
        if isinstance(outcome, Refused):
            return self._refused(asking, form, outcome)
        if isinstance(outcome, TemporaryPasswordIssued):
            return slips.shown(self._pages, asking, outcome, language=form.get("slip_language", ""))
        who, note = self._who(asking), self._act.note
        if isinstance(outcome, AnswerChecked):
            note = "staff-answer-matches" if outcome.matches else "staff-answer-differs"
        if isinstance(outcome, Done):
            who = Subject.of_account(outcome.account)
        if self._act.leads_to == "claims":
            return self._pages.go("claims", note=note)
        return self._pages.go_to(with_query(self._pages.paths["person"], **who.of_person.query), note=note)

    def _refused(self, asking: AtDesk, form: Form, refusal: Refused) -> Response:
        if Code.STAFF_NOT_ALLOWED in refusal.codes:
            return self._pages.refused(asking, refusal)
        labels = {field.name: asking.named(field.label) for field in self._fields}
        shown = tuple(
            ProblemView(
                field_id=field_id(problem.field) if problem.field in labels else "",
                label=labels.get(problem.field, ""),
                text=" ".join((told(asking, problem), *_holder(asking, problem))),
            )
            for problem in refusal.problems
        )
        return self._form(asking, form, shown, status=status_of(refusal))

    def _form(
        self,
        asking: AtDesk,
        values: Mapping[str, str],
        problems: Sequence[ProblemView],
        *,
        status: int = 200,
        headers: Iterable[tuple[str, str]] = (),
    ) -> Response:
        who = self._who(asking)
        by_field = {problem.field_id: problem.text for problem in reversed(problems)}
        wrong = {field.name: by_field.get(field_id(field.name), "") for field in self._fields}
        fields = [_with_choices(asking, field) for field in self._fields]
        views = field_views(fields, values=values, problems=wrong, asking=asking)
        issues = self._act is ACTS["temporary-password"] and asking.may(self._act.permission)
        return self._pages.page(
            asking,
            "staff_act.html",
            title=asking.text(f"web.console.act.{self._name}", name=license_name(who.license or who.name)),
            status=status,
            headers=headers,
            problems=problems,
            act=self._name,
            about=_about(
                asking, who if self._act.about_person else attrs.evolve(who, name="", account_type=None)
            ),
            fields=[_worded(asking, view) for view in views],
            seen=self._seen(asking, who) if issues else "",
            back=with_query(self._pages.paths["person"], **who.of_person.query),
        )


def _accounts(asking: AtDesk, who: Subject) -> list[Account]:
    """The accounts that the name can mean now."""
    found = asking.desk.find(who.name, who.account_type)
    return [] if isinstance(found, Refused) else [each.account for each in found if each.account is not None]


def _is_anothers(asking: AtDesk, who: Subject) -> bool:
    """Whether the name no longer is that of the account which the person's page showed. Whoever may not look
    people up has seen no such page."""
    if not who.account or not asking.may(Permission.FIND):
        return False
    return who.account not in [each.id for each in _accounts(asking, who)]


def _about(asking: AtDesk, who: Subject) -> list[tuple[str, str]]:
    """Whom the act is about, as the address says."""
    kind = asking.type_called(who.account_type) if who.account_type else ""
    named = license_name(who.name)
    by_license = named != who.name  # of a license that has no account yet
    pairs = [
        (asking.text("web.field.license"), license_name(who.license) or (named if by_license else "")),
        (asking.text("field.username"), "" if by_license else who.name),
        (asking.text("web.field.account-type"), kind),
    ]
    return [(name, value) for name, value in pairs if value]


def _with_choices(asking: AtDesk, field: Field) -> Field:
    """The choice of an account type or a language with those of this city."""
    policy = asking.setting.policy
    if field.name == "account_type":
        return attrs.evolve(field, choices=tuple(kind.id for kind in policy.account_types))
    if field.name == "slip_language":
        return attrs.evolve(field, choices=tuple(policy.languages))
    return field


def _worded(asking: AtDesk, view: FieldView) -> FieldView:
    """A choice of languages with each in its own words, and what it is called where none is chosen."""
    if view.name != "slip_language":
        return view
    named = tuple(attrs.evolve(each, label=OWN_NAMES.get(each.value, each.value)) for each in view.choices)
    return attrs.evolve(view, choices=named, unchosen=asking.text("web.console.any-language"))


def _holder(asking: AtDesk, problem: Problem) -> tuple[str, ...]:
    """Whom a refusal tells of, such as the account that has the name."""
    known = problem.params
    if not known.get("username"):
        return ()
    kind = asking.type_called(known["account_type"]) if known.get("account_type") else ""
    return (f"({', '.join(part for part in (known['username'], kind, known.get('email')) if part)})",)


def _not_permitted(permission: Permission) -> Refused:
    return Refused((Problem(Code.STAFF_NOT_ALLOWED, params={"permission": permission}),))


def _token(asking: AtDesk) -> str:
    """The sealed token of the form that was sent; it has been read before, so it can be read."""
    form = bodies.read_form(asking.request)
    assert isinstance(form, dict)
    return form[guard.FIELD]
