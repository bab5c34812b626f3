"""Reading a whole registration or set-up form: every field by its rule, then what the fields say together.

All problems come at once, so that nobody mends a form field by field. What came out right is in the result
even where something else is wrong; only without problems may it be used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

import attrs

from permit_accounts.model.codes import Code, LicenseStatus
from permit_accounts.model.outcomes import Problem
from permit_accounts.model.records import Account
from permit_accounts.model.secret import Secret
from permit_accounts.model.values import Value
from permit_accounts.rules import known_words
from permit_accounts.rules.account_types import (
    ANSWER,
    PASSWORD,
    QUESTION,
    AccountType,
    Chosen,
    Field,
    Kind,
)
from permit_accounts.rules.emails import Email, parse_email
from permit_accounts.rules.forms import Form, read_form
from permit_accounts.rules.licenses import parse_classes, workers_comp_required
from permit_accounts.rules.names import Name, parse_name
from permit_accounts.rules.passwords import normalized_password, password_problems
from permit_accounts.rules.policy import Policy
from permit_accounts.rules.questions import answer_problems, normalized_answer
from permit_accounts.rules.usernames import username_key, username_problems

#: What a contractor states about workers' compensation, where the law asks for it.
WORKERS_COMP_FIELDS: Final = ("workers_comp_carrier", "workers_comp_policy", "workers_comp_expires_on")
_WORKERS_COMP_EXPIRY: Final = "workers_comp_expires_on"
#: The fields of every type, which are no part of a profile.
_NOT_PROFILE: Final = frozenset({"username", "password", "question", "answer"})


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Registration(Value):
    """A form as the rules understand it.

    Args:
        problems: What is wrong; the rest may be used only if this is empty.
        name: The name that is asked for; None in set-up, and where the text is no name.
        email: The address to write to, where the form asks for one.
        password: Composed as it is hashed; empty where none was asked for or given.
        question_id: The question chosen, where one is asked for.
        answer: Normalized as it is hashed, where one is asked for.
        profile: The other fields that were filled in, by name.
    """

    problems: tuple[Problem, ...]
    name: Name | None
    email: Email | None
    password: Secret
    question_id: str | None
    answer: Secret | None
    profile: Mapping[str, str]


def read_registration(
    account_type: AccountType, given: Mapping[str, object], policy: Policy, today: date
) -> Registration:
    """Read what a person sends who sets up an account of their own.

    A license whose expiry lies in the past is no reason to refuse: where a license stands decides what the
    application lets an account do, never whether there may be one.

    Args:
        account_type: Which fields are asked for, and how the username comes about.
        given: What the request held. Fields that are not asked for are refused.
        policy: Sets the lengths, and whether a question is asked.
        today: The day on which workers' compensation is judged.
    """
    secrets = (PASSWORD, QUESTION, ANSWER) if policy.question_required else (PASSWORD,)
    fields = (account_type.username_field, *account_type.fields, *secrets)
    form = read_form(fields, given)
    email = _email(account_type, form.texts)
    name, name_problems = _name(account_type, form.texts, email=email, policy=policy)
    username = form.texts.get("username", "") if name is None else name.display
    profile = _profile(account_type, form.texts)
    address = "" if email is None else email.address
    known = known_words.of_facts(username, address, *profile.values(), policy=policy)
    problems = (*name_problems, *_secret_problems(form, known=known, policy=policy))
    if workers_comp_fields_required(account_type, form.texts, today):
        problems += tuple(_workers_comp_problems(form, asked=WORKERS_COMP_FIELDS, today=today))
    return _registration(form, problems=problems, name=name, email=email, profile=profile)


def read_setup(
    account_type: AccountType,
    asks: Sequence[str],
    given: Mapping[str, object],
    policy: Policy,
    account: Account,
    today: date,
) -> Registration:
    """Read what a person sends who finishes set-up: exactly the fields that were asked for.

    Args:
        account_type: The account's type.
        asks: The names of the fields that were asked for; one that the type no longer has is not read.
        given: What the request held. Fields that are not asked for are refused.
        policy: Sets the lengths.
        account: Whose set-up it is; what is already known of it may not serve as password or answer.
        today: The day on which workers' compensation is judged.
    """
    fields = [field for name in asks if (field := account_type.field(name)) is not None]
    form = read_form(fields, given)
    email = _email(account_type, form.texts)
    profile = _profile(account_type, form.texts)
    whole = {**account.profile, **profile}
    addresses = (account.email or "", "" if email is None else email.address)
    known = known_words.of_facts(account.username, *addresses, *whole.values(), policy=policy)
    problems = tuple(_secret_problems(form, known=known, policy=policy))
    if workers_comp_fields_required(account_type, whole, today):
        problems += tuple(_workers_comp_problems(form, asked=asks, today=today))
    return _registration(form, problems=problems, name=None, email=email, profile=profile)


def read_question(
    given: Mapping[str, object], policy: Policy, account: Account, password: Secret
) -> Registration:
    """Read what a signed-in person sends who changes the security question.

    Args:
        given: What the request held, under `question` and `answer`; refused where the city asks no question.
        policy: Says whether one is asked.
        account: Whose question it is.
        password: The account's password, which was just asked for again.
    """
    form = read_form((QUESTION, ANSWER) if policy.question_required else (), given)
    known = known_words.of_account(account, policy)
    problems = tuple(_answer_problems(form, known=known, password=password))
    return _registration(form, problems=problems, name=None, email=None, profile={})


def workers_comp_fields_required(account_type: AccountType, texts: Mapping[str, str], today: date) -> bool:
    """Whether the fields about workers' compensation must be filled in, given what else the form says.

    Pages use it to mark those fields. A type without them is never asked; where the form does not yet say
    whether there are employees, the classes and the kind of business decide alone.

    Args:
        account_type: Whose form it is.
        texts: The form's other fields as read, by name.
        today: The day that the rule is asked about.
    """
    if any(account_type.field(name) is None for name in WORKERS_COMP_FIELDS):
        return False
    classes = parse_classes(texts.get("license_classes", ""))
    return workers_comp_required(
        () if isinstance(classes, Problem) else classes,
        texts.get("business_type", ""),
        has_employees=texts.get("has_employees") == "yes",
        status=LicenseStatus.UNKNOWN,
        on_date=today,
    )


def _registration(
    form: Form,
    *,
    problems: tuple[Problem, ...],
    name: Name | None,
    email: Email | None,
    profile: Mapping[str, str],
) -> Registration:
    answer = form.secrets.get("answer")
    return Registration(
        problems=(*form.problems, *problems),
        name=name,
        email=email,
        password=normalized_password(form.secrets.get("password", Secret(""))),
        question_id=form.texts.get("question"),
        answer=None if answer is None else normalized_answer(answer),
        profile=profile,
    )


def _profile(account_type: AccountType, texts: Mapping[str, str]) -> dict[str, str]:
    """The fields that become a part of the profile: all but name, secrets and the address on file."""
    email = _email_field(account_type)
    left_out = _NOT_PROFILE if email is None else _NOT_PROFILE | {email.name}
    return {key: text for key, text in texts.items() if key not in left_out}


def _name(
    account_type: AccountType, texts: Mapping[str, str], *, email: Email | None, policy: Policy
) -> tuple[Name | None, tuple[Problem, ...]]:
    typed = texts.get("username")
    if typed is None:
        return None, ()
    name = parse_name(account_type, typed)
    if isinstance(name, Problem):
        return None, (name,)
    if not isinstance(account_type.username, Chosen):
        return name, ()
    problems = tuple(username_problems(typed, policy))
    if not problems and _is_strangers_email(account_type, typed, email=email):
        return name, (Problem(Code.USERNAME_NOT_YOUR_EMAIL, "username"),)
    return name, problems


def _is_strangers_email(account_type: AccountType, typed: str, *, email: Email | None) -> bool:
    """Whether the username is an e-mail address, but not the one that this form gives."""
    key = username_key(typed)
    return "@" in key and _email_field(account_type) is not None and (email is None or key != email.key)


def _email_field(account_type: AccountType) -> Field | None:
    """The field that holds the address the city writes to: the first of its kind."""
    return next((field for field in account_type.fields if field.kind is Kind.EMAIL), None)


def _email(account_type: AccountType, texts: Mapping[str, str]) -> Email | None:
    field = _email_field(account_type)
    email = None if field is None else parse_email(texts.get(field.name, ""))
    return email if isinstance(email, Email) else None


def _secret_problems(form: Form, *, known: Sequence[str], policy: Policy) -> Iterator[Problem]:
    """Password and answer, held against what is known and against each other."""
    password = form.secrets.get("password")
    if password is not None:
        yield from password_problems(password, policy, known)
    yield from _answer_problems(form, known=known, password=password)


def _answer_problems(form: Form, *, known: Sequence[str], password: Secret | None) -> Iterator[Problem]:
    answer = form.secrets.get("answer")
    if answer is not None:
        question_id = form.texts.get("question", "")
        yield from answer_problems(answer, question_id, known=known, password=password)


def _workers_comp_problems(form: Form, *, asked: Sequence[str], today: date) -> Iterator[Problem]:
    """The fields that were asked for and are missing, and an expiry that has passed."""
    wrong = {problem.field for problem in form.problems}
    for name in WORKERS_COMP_FIELDS:
        if name in asked and name not in form.texts and name not in wrong:
            yield Problem(Code.WORKERS_COMP, name)
    until = form.texts.get(_WORKERS_COMP_EXPIRY)
    if until is not None and date.fromisoformat(until) < today:
        yield Problem(Code.WORKERS_COMP_EXPIRED, _WORKERS_COMP_EXPIRY)
