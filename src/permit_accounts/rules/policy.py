"""What a city decides, in one frozen value on safe numbers.

`Policy(…)` is what the portal guides ask for; `Policy.strict(…)` gives up what the guides ask for wherever a
standard refuses it. Every number's source stands beside it. Wrong combinations fail when the policy is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import attrs

from permit_accounts.model.codes import QuestionUse
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.values import Value
from permit_accounts.rules.account_types import (
    CONTRACTOR,
    PUBLIC,
    AccountType,
    LicenseNumber,
)
from permit_accounts.rules.patterns import Pattern

T = TypeVar("T")
Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def _span(low: timedelta, high: timedelta | None = None) -> Validator:
    def check(policy: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, timedelta):
            raise ConfigurationError(f"Policy({attribute.name}=…) takes a timedelta, not {value!r}")
        if value < low or (high is not None and value > high):
            most = f" to {high}" if high is not None else " or more"
            raise ConfigurationError(f"Policy({attribute.name}={value!r}) must be {low}{most}")

    return check


def _number(low: int, high: int | None = None) -> Validator:
    def check(policy: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ConfigurationError(f"Policy({attribute.name}=…) takes a whole number, not {value!r}")
        if value < low or (high is not None and value > high):
            most = f" to {high}" if high is not None else " or more"
            raise ConfigurationError(f"Policy({attribute.name}={value}) must be {low}{most}")

    return check


def _word(policy: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not value.strip() or any(ord(c) < 32 for c in value):
        raise ConfigurationError(f"Policy({attribute.name}=…) takes a line of text, not {value!r}")


def _flag(policy: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, bool):
        raise ConfigurationError(f"Policy({attribute.name}=…) takes True or False, not {value!r}")


# Cost: with `converter=tuple` attrs would read the signature of `tuple`, which takes 5 ms at every import.
def _types(items: Iterable[AccountType]) -> tuple[AccountType, ...]:
    return tuple(items)


def _words(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(items)


def _setting(default: T, check: Validator) -> T:
    field: T = attrs.field(default=default, validator=check)
    return field


_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_PATH: Final = Pattern(r"/[A-Za-z0-9._~/-]*")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Links(Value):
    """The paths that e-mails point to, below `Policy.base_url`; `?token=…` is added."""

    setup: str = "/setup"
    reset: str = "/reset-password"
    confirm: str = "/confirm-email"
    change: str = "/confirm-email"
    cancel: str = "/cancel-email-change"
    sign_in: str = "/sign-in"
    forgot: str = "/forgot-password"

    def __attrs_post_init__(self) -> None:
        for name, path in attrs.asdict(self).items():
            if not isinstance(path, str) or not _PATH.fullmatch(path) or path.startswith("//"):
                raise ConfigurationError(f"Links({name}={path!r}) must be a path such as '/reset-password'")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Limit(Value):
    """At most so many of something within a span of time."""

    count: int = attrs.field(validator=attrs.validators.gt(0))
    within: timedelta


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Argon2Cost(Value):
    """What one hash costs: passes, memory in KiB, lanes (RFC 9106, second recommended option).

    Less than the OWASP minimum (2 passes of 19,456 KiB, or 1 of 47,104) is refused.
    """

    time_cost: int = 3
    memory_cost: int = 65536
    parallelism: int = 4

    def __attrs_post_init__(self) -> None:
        t, m, p = self.time_cost, self.memory_cost, self.parallelism
        if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 1 for n in (t, m, p)):
            raise ConfigurationError("Argon2Cost takes whole numbers of 1 or more")
        if not ((t >= 1 and m >= 47104) or (t >= 2 and m >= 19456)):
            raise ConfigurationError(
                f"Argon2Cost(time_cost={t}, memory_cost={m}) is below the OWASP minimum of "
                "2 passes of 19456 KiB or 1 pass of 47104 KiB"
            )


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Policy(Value):
    """A city's decisions. Keyword-only, frozen, checked when it is made.

    `city`, `support_phone` and `base_url` have no useful default: `Accounts.open` demands them, except with
    the memory and console e-mail backends. Durations are `timedelta`.

    Raises:
        ConfigurationError: A value or a combination of values is wrong; the message names the setting.
    """

    # the city
    city: str = _setting("this city", _word)
    support_phone: str = _setting("the city's permit counter", _word)
    base_url: str = _setting("http://127.0.0.1:8000", _word)
    links: Links = attrs.field(factory=Links, validator=attrs.validators.instance_of(Links))
    mail_from: str = _setting("no-reply@localhost", _word)
    staff_email: str | None = None
    account_types: tuple[AccountType, ...] = attrs.field(default=(PUBLIC, CONTRACTOR), converter=_types)
    languages: tuple[str, ...] = attrs.field(default=("en", "es", "ru"), converter=_words)
    context_words: tuple[str, ...] = attrs.field(default=("permit", "permits", "etrakit"), converter=_words)
    unique_email: bool = _setting(False, _flag)

    # passwords: NIST SP 800-63B-4, 3.1.1.2 (15 alone, 8 beside an enforced second factor; at least 64 taken)
    password_min: int = _setting(15, _number(8, 64))
    password_max: int = _setting(256, _number(64, 1024))
    password_max_bytes: int = _setting(1024, _number(256, 4096))
    breach_check: Callable[[str], bool] | None = attrs.field(default=None, repr=False)
    argon2: Argon2Cost = attrs.field(factory=Argon2Cost)
    hash_concurrency: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(_number(1, 1024))
    )
    hash_queue: int = _setting(16, _number(1, 1024))
    hash_wait: timedelta = _setting(timedelta(seconds=10), _span(timedelta(seconds=1), _MINUTE))

    # the security question: a declared deviation from ASVS 5.0, 6.4.2; OFF in Policy.strict()
    security_question: QuestionUse = QuestionUse.EXTRA_STEP
    staff_may_check_answers: bool = _setting(True, _flag)
    answer_tries_per_day: int = _setting(10, _number(1, 10))

    # registration and set-up
    sign_in_after_registration: bool = _setting(True, _flag)
    setup_by_mail: bool = _setting(True, _flag)
    setup_grant: timedelta = _setting(15 * _MINUTE, _span(_MINUTE, _HOUR))
    setup_grant_in_all: timedelta = _setting(_HOUR, _span(_MINUTE, _HOUR))
    setup_link_ttl: timedelta = _setting(_DAY, _span(_MINUTE, _DAY))
    temporary_symbols: int = _setting(16, _number(15, 40))
    temporary_ttl: timedelta = _setting(timedelta(hours=72), _span(_MINUTE, timedelta(hours=72)))
    temporary_ttl_by_post: timedelta = _setting(21 * _DAY, _span(_MINUTE, 30 * _DAY))
    temporary_spent_at_first_use: bool = _setting(False, _flag)
    temporary_only_without_email: bool = _setting(False, _flag)
    temporary_issues: Limit = Limit(count=30, within=_HOUR)

    # links: NIST SP 800-63B-4, 4.2.1.2 (24 hours by e-mail at the most)
    reset_ttl: timedelta = _setting(_HOUR, _span(_MINUTE, _DAY))
    confirm_ttl: timedelta = _setting(_DAY, _span(_MINUTE, _DAY))
    change_email_ttl: timedelta = _setting(_DAY, _span(_MINUTE, _DAY))
    cancel_email_ttl: timedelta = _setting(7 * _DAY, _span(_DAY, 7 * _DAY))

    # throttling: NIST SP 800-63B-4, 3.2.2; OWASP device cookies
    throttle_free: int = _setting(10, _number(1, 100))
    throttle_first_wait: timedelta = _setting(timedelta(seconds=30), _span(timedelta(seconds=1), _HOUR))
    throttle_max_wait: timedelta = _setting(_HOUR, _span(_MINUTE, _DAY))
    throttle_decay: timedelta = _setting(_DAY, _span(_HOUR, 30 * _DAY))
    throttle_settle: timedelta = _setting(timedelta(seconds=10), _span(timedelta(0), _MINUTE))
    throttle_unsettled: timedelta = _setting(_MINUTE, _span(timedelta(seconds=10), _HOUR))
    notify_failures: int = _setting(50, _number(1, 100))
    hard_cap: int = _setting(100, _number(1, 100))
    source_failures: Limit = Limit(count=20, within=10 * _MINUTE)
    source_wait: timedelta = _setting(10 * _MINUTE, _span(_MINUTE, _DAY))
    spray_names: Limit = Limit(count=10, within=_HOUR)
    failure_rate_alarm: Limit = Limit(count=1000, within=10 * _MINUTE)
    device_token_ttl: timedelta = _setting(180 * _DAY, _span(_DAY, 400 * _DAY))
    reset_mails_hour: Limit = Limit(count=3, within=_HOUR)
    reset_mails_day: Limit = Limit(count=10, within=_DAY)
    reset_requests_source: Limit = Limit(count=20, within=_HOUR)
    username_reminders: Limit = Limit(count=3, within=_HOUR)
    confirmation_mails: Limit = Limit(count=3, within=_HOUR)
    registrations_source: Limit = Limit(count=10, within=_HOUR)

    # sessions: NIST SP 800-63B-4, 2.1.3 and 5.1; WCAG 2.2, 2.2.1
    session_idle: timedelta = _setting(30 * _MINUTE, _span(_MINUTE, 30 * _DAY))
    session_absolute: timedelta = _setting(_DAY, _span(_MINUTE, 30 * _DAY))
    session_touch: timedelta = _setting(5 * _MINUTE, _span(timedelta(seconds=1), 10 * _MINUTE))
    remember_me: bool = _setting(True, _flag)
    remembered_absolute: timedelta = _setting(30 * _DAY, _span(_HOUR, 30 * _DAY))
    reauth_window: timedelta = _setting(15 * _MINUTE, _span(_MINUTE, _HOUR))
    max_sessions: int = _setting(10, _number(1, 1000))

    # e-mail
    outbox_lease: timedelta = _setting(5 * _MINUTE, _span(_MINUTE, _HOUR))
    outbox_attempts: int = _setting(12, _number(1, 100))
    outbox_first_pause: timedelta = _setting(_MINUTE, _span(timedelta(seconds=1), _HOUR))
    outbox_max_pause: timedelta = _setting(6 * _HOUR, _span(_MINUTE, _DAY))
    outbox_mails_per_minute: int = _setting(600, _number(1, 1_000_000))

    # retention
    audit_retention: timedelta | None = timedelta(days=730)
    audit_visitor_retention: timedelta | None = timedelta(days=90)

    @classmethod
    def strict(cls, **settings: Any) -> Self:
        """The policy that gives up what the guides ask for wherever a standard refuses it.

        No security question, no sign-in before the mailbox is confirmed, no remember-me; a temporary
        password only for people without an e-mail address on file, of 26 symbols (128 bits), good for
        24 hours and spent at its first right use.

        Args:
            **settings: Any field of `Policy`; what is given wins.
        """
        strict: dict[str, Any] = {
            "security_question": QuestionUse.OFF,
            "staff_may_check_answers": False,
            "sign_in_after_registration": False,
            "remember_me": False,
            "temporary_symbols": 26,
            "temporary_ttl": _DAY,
            "temporary_spent_at_first_use": True,
            "temporary_only_without_email": True,
        }
        return cls(**(strict | settings))

    @property
    def question_required(self) -> bool:
        """Whether a security question is collected."""
        return self.security_question is not QuestionUse.OFF

    @property
    def authorities(self) -> tuple[str, ...]:
        """The license boards of all account types, each once."""
        named = (
            authority
            for account_type in self.account_types
            if isinstance(account_type.username, LicenseNumber)
            for authority in account_type.username.authorities
        )
        return tuple(dict.fromkeys(named))

    def account_type(self, wanted: AccountType | str) -> AccountType:
        """The account type of this id.

        Raises:
            ConfigurationError: This policy has no such type.
        """
        wanted_id = wanted if isinstance(wanted, str) else wanted.id
        for account_type in self.account_types:
            if account_type.id == wanted_id:
                return account_type
        known = ", ".join(repr(account_type.id) for account_type in self.account_types)
        raise ConfigurationError(
            f"this policy has no account type {wanted_id!r}; Policy(account_types=…) names {known}"
        )

    def __attrs_post_init__(self) -> None:
        _check_types(self)
        _check_base_url(self.base_url)
        if "en" not in self.languages:
            raise ConfigurationError("Policy(languages=…) must contain 'en', which every text falls back to")
        if not isinstance(self.security_question, QuestionUse):
            raise ConfigurationError("Policy(security_question=…) takes a QuestionUse")
        if self.throttle_max_wait < self.throttle_first_wait:
            raise ConfigurationError("Policy(throttle_max_wait=…) is shorter than throttle_first_wait")
        if self.setup_grant_in_all < self.setup_grant:
            raise ConfigurationError("Policy(setup_grant_in_all=…) is shorter than setup_grant")
        if self.notify_failures > self.hard_cap:
            raise ConfigurationError("Policy(notify_failures=…) must not be over hard_cap")
        if self.session_absolute < self.session_idle:
            raise ConfigurationError("Policy(session_absolute=…) is shorter than session_idle")
        for name in ("audit_retention", "audit_visitor_retention"):
            span = getattr(self, name)
            if span is not None and (not isinstance(span, timedelta) or span <= timedelta(0)):
                raise ConfigurationError(f"Policy({name}=…) takes a positive timedelta, or None for ever")


def _check_types(policy: Policy) -> None:
    types = policy.account_types
    if not types or not all(isinstance(account_type, AccountType) for account_type in types):
        raise ConfigurationError("Policy(account_types=…) takes at least one AccountType")
    ids = [account_type.id for account_type in types]
    if len(set(ids)) < len(ids):
        raise ConfigurationError("Policy(account_types=…) names one id twice")


def _check_base_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_fits = urlsplit(""), False
    loopback = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    plain = not (parts.query or parts.fragment or parts.username or parts.password) and port_fits
    safe = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    if not plain or not parts.hostname or not safe:
        raise ConfigurationError(
            f"Policy(base_url={url!r}) must be an https address such as 'https://permits.example.gov' "
            "(http only on this machine's own loopback address)"
        )
