"""Kinds of accounts, as data: which fields they ask for and how the username comes about.

`PUBLIC` and `CONTRACTOR` are shipped, as the guides of eTRAKiT portals describe them. A city adds a kind of
its own in ten lines, by data alone. One schema feeds validation, pages, JSON and its description.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

import attrs

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.values import Value


class Kind(StrEnum):
    """What a field holds, and so which rule reads it."""

    NAME = "name"
    TEXT = "text"
    PHONE = "phone"
    POSTAL_CODE = "postal-code"
    DATE = "date"
    CHOICE = "choice"
    EMAIL = "email"
    USERNAME = "username"
    LICENSE = "license"
    CLASSES = "classes"
    PASSWORD = "password"
    QUESTION = "question"
    ANSWER = "answer"


#: Kinds whose text must never be shown again, logged or kept as it was typed.
SECRET_KINDS: Final = frozenset({Kind.PASSWORD, Kind.ANSWER})


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Field(Value):
    """One field of a form.

    Args:
        name: Its key in the form, in lower case with underscores.
        kind: Which rule reads it.
        required: Whether it must be filled in; a page prints the star and its meaning.
        autocomplete: The HTML autocomplete token (WCAG 2.2, 1.3.5).
        choices: For a choice, the words allowed.
        max_length: How many code points at the most.
        reason: The key of the text that says why the city asks; `field.<name>.reason` by default.
        label: The key of its label; `field.<name>` by default.
    """

    name: str = attrs.field(validator=attrs.validators.matches_re(r"[a-z][a-z0-9_]{0,63}"))
    kind: Kind = Kind.TEXT
    required: bool = False
    autocomplete: str = "off"
    choices: tuple[str, ...] = ()
    max_length: int = attrs.field(default=200, validator=attrs.validators.gt(0))
    # Not by the decorator `@label.default`, which only mypy understands: pyright would demand both.
    label: str = attrs.field(default=attrs.Factory(lambda self: f"field.{self.name}", takes_self=True))
    reason: str = attrs.field(
        default=attrs.Factory(lambda self: f"field.{self.name}.reason", takes_self=True)
    )


@attrs.frozen(eq=False, repr=False)
class Chosen(Value):
    """The person chooses the username; names are `<prefix>:<key>`, such as `public:ann`."""

    prefix: str = "public"


@attrs.frozen(eq=False, repr=False)
class LicenseNumber(Value):
    """The license number is the username; names are `license:<authority id>:<number>`.

    Args:
        authorities: The boards whose numbers are taken, by id. Bare digits resolve only where there is one.
    """

    authorities: tuple[str, ...] = ("us-ca-cslb",)


@attrs.frozen(eq=False, repr=False)
class CityNumber(Value):
    """A number that the city itself issued is the username; names are `<prefix>:<number>`.

    The number is upper-cased, and spaces and hyphens are dropped, before the whole of it must match.

    Args:
        prefix: Which kind of name this is, such as `design_professional`.
        pattern: What a number looks like, such as `AEC[1-9][0-9]{0,6}`.
    """

    prefix: str
    pattern: str

    def __attrs_post_init__(self) -> None:
        try:
            re.compile(self.pattern, re.ASCII)
        except re.error as error:
            raise ConfigurationError(
                f"CityNumber(pattern={self.pattern!r}) is no regular expression: {error}"
            ) from None


NameRule = Chosen | LicenseNumber | CityNumber


@attrs.frozen(kw_only=True, eq=False, repr=False)
class AccountType(Value):
    """A kind of account.

    Args:
        id: In lower case with underscores, such as `design_professional`; stands in every account.
        username: How the username comes about.
        fields: What the set-up page asks for beside username, password, question and answer, which every
            type has. An account type without an `email` field has accounts that only staff can recover.
        label: The key of its name; `account-type.<id>` by default.
        self_registration: Whether people may register themselves; else staff make every account.
    """

    id: str = attrs.field(validator=attrs.validators.matches_re(r"[a-z][a-z0-9_]{0,31}"))
    username: NameRule
    fields: tuple[Field, ...]
    label: str = attrs.field(default=attrs.Factory(lambda self: f"account-type.{self.id}", takes_self=True))
    self_registration: bool = True

    def __attrs_post_init__(self) -> None:
        names = [field.name for field in (*self.fields, *_EVERY_TYPE)]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ConfigurationError(
                f"AccountType({self.id!r}) has more than one field named {', '.join(twice)}; "
                "username, password, question and answer come by themselves"
            )

    @property
    def username_field(self) -> Field:
        """The field that holds the username: chosen, or the number itself, of a license or of the city's."""
        if isinstance(self.username, Chosen):
            return USERNAME
        return LICENSE_USERNAME if isinstance(self.username, LicenseNumber) else CITY_USERNAME

    def field(self, name: str) -> Field | None:
        """The field of this name, or None."""
        return next((field for field in (*self.fields, *_EVERY_TYPE) if field.name == name), None)


USERNAME: Final = Field(
    name="username", kind=Kind.USERNAME, required=True, autocomplete="username", max_length=64
)
LICENSE_USERNAME: Final = Field(
    name="username",
    kind=Kind.LICENSE,
    required=True,
    autocomplete="username",
    max_length=64,
    label="field.username.license",
    reason="field.username.license.reason",
)
CITY_USERNAME: Final = attrs.evolve(
    LICENSE_USERNAME, label="field.username.city-number", reason="field.username.city-number.reason"
)
PASSWORD: Final = Field(
    name="password", kind=Kind.PASSWORD, required=True, autocomplete="new-password", max_length=256
)
QUESTION: Final = Field(name="question", kind=Kind.QUESTION, required=True, max_length=64)
ANSWER: Final = Field(name="answer", kind=Kind.ANSWER, required=True, max_length=256)
_EVERY_TYPE: Final = (USERNAME, PASSWORD, QUESTION, ANSWER)

EMAIL: Final = Field(name="email", kind=Kind.EMAIL, required=True, autocomplete="email", max_length=254)

_ADDRESS: Final = (
    Field(name="address", required=True, autocomplete="street-address"),
    Field(name="city", required=True, autocomplete="address-level2", max_length=100),
    Field(name="state", required=True, autocomplete="address-level1", max_length=50),
    Field(
        name="postal_code",
        kind=Kind.POSTAL_CODE,
        required=True,
        autocomplete="postal-code",
        max_length=10,
    ),
)

PUBLIC: Final = AccountType(
    id="public",
    username=Chosen(),
    fields=(
        Field(name="first_name", kind=Kind.NAME, required=True, autocomplete="given-name", max_length=100),
        Field(name="last_name", kind=Kind.NAME, required=True, autocomplete="family-name", max_length=100),
        Field(name="business_name", kind=Kind.NAME, autocomplete="organization"),
        *_ADDRESS,
        Field(name="phone", kind=Kind.PHONE, required=True, autocomplete="tel", max_length=30),
        EMAIL,
    ),
)

CONTRACTOR: Final = AccountType(
    id="contractor",
    username=LicenseNumber(),
    fields=(
        Field(name="business_name", kind=Kind.NAME, required=True, autocomplete="organization"),
        Field(name="contact_name", kind=Kind.NAME, required=True, autocomplete="name"),
        *_ADDRESS,
        Field(name="phone", kind=Kind.PHONE, required=True, autocomplete="tel", max_length=30),
        Field(name="phone_2", kind=Kind.PHONE, autocomplete="tel", max_length=30),
        EMAIL,
        Field(name="license_classes", kind=Kind.CLASSES, required=True),
        Field(name="license_expires_on", kind=Kind.DATE, required=True, max_length=10),
        Field(
            name="business_type",
            kind=Kind.CHOICE,
            required=True,
            choices=(
                "sole-owner",
                "corporation",
                "partnership",
                "limited-liability",
                "joint-venture",
            ),
        ),
        Field(name="has_employees", kind=Kind.CHOICE, required=True, choices=("yes", "no")),
        Field(name="workers_comp_carrier", kind=Kind.NAME),
        Field(name="workers_comp_policy", max_length=60),
        Field(name="workers_comp_expires_on", kind=Kind.DATE, max_length=10),
        Field(name="city_business_license", max_length=40),
    ),
)
