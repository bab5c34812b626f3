"""The invented people of the tour, and what they type into forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from permit_accounts.model.people import Visitor


@attrs.frozen(kw_only=True)
class Person:
    """Somebody at a browser.

    Args:
        form: What the person would fill into any form, by field.
        password: Chosen at first; `next_password` after a reset.
    """

    form: Mapping[str, str] = attrs.field(repr=False)
    password: str = attrs.field(repr=False)
    next_password: str = attrs.field(repr=False)
    answer: str = attrs.field(repr=False)
    visitor: Visitor

    @property
    def email(self) -> str:
        """Where the person reads mail."""
        return self.form["email"]

    def filled(self, fields: Sequence[str], **other: str) -> dict[str, str]:
        """These fields filled in; what is given by name is typed instead."""
        known = {**self.form, "password": self.password, "answer": self.answer, **other}
        return {name: known[name] for name in fields}


def _person(number: int, form: Mapping[str, str], passwords: tuple[str, str], answer: str) -> Person:
    address = {
        "address": "18 Cedar Row",
        "city": "Sampleton",
        "state": "CA",
        "postal_code": "90069",
        "phone": f"(323) 555-01{number:02}",
    }
    return Person(
        form={**address, **form},
        password=passwords[0],
        next_password=passwords[1],
        answer=answer,
        visitor=Visitor(ip=f"192.0.2.{number}", user_agent="Browser of the tour"),
    )


RESIDENT: Final = _person(
    21,
    {
        "username": "nell.harrow",
        "first_name": "Nell",
        "last_name": "Harrow",
        "email": "nell@harrow.example.org",
        "question": "first-concert",
    },
    ("nine copper kettles sing", "a lighthouse under slow rain"),
    "the ferry orchestra",
)
#: On the roster, without an e-mail address there.
RETURNING: Final = _person(
    1,
    {
        "business_name": "Lantern & Pine Builders",
        "contact_name": "Rosa Imbert",
        "email": "rosa@lanternpine.example.org",
        "license_classes": "B",
        "license_expires_on": "2031-06-30",
        "business_type": "corporation",
        "has_employees": "no",
        "question": "school-trip",
    },
    ("walnut stairs at midnight", "seven gulls above the quay"),
    "the paper mill",
)
#: On the roster, with an e-mail address there.
BY_MAIL: Final = _person(
    2,
    {
        "business_name": "Blue Heron Roofing",
        "contact_name": "Tomas Reyk",
        "email": "office@blueheron.example.org",
        "license_classes": "C-39",
        "license_expires_on": "2030-11-30",
        "business_type": "corporation",
        "has_employees": "yes",
        "workers_comp_carrier": "Sample Mutual",
        "workers_comp_policy": "WC-200311",
        "workers_comp_expires_on": "2031-01-31",
        "question": "stuffed-toy",
    },
    ("slate and copper and sky", "gutters full of october"),
    "admiral button",
)
#: On the roster; staff mail the link.
ACTIVATED: Final = _person(
    3,
    {
        "business_name": "Two Rivers Plumbing",
        "contact_name": "Ines Okoro",
        "email": "ines@tworivers.example.org",
        "license_classes": "C-36",
        "license_expires_on": "2031-03-31",
        "business_type": "sole-owner",
        "has_employees": "no",
        "question": "first-dish",
    },
    ("three wrenches and a tide", "cold springs under the hill"),
    "lentil soup with mint",
)
#: On the roster, with an e-mail address there; calls, and then has no time for three days.
NOT_IN_TIME: Final = _person(
    4,
    {"email": "paul@kitehill.example.org"},
    ("a kite over the long hill", "warm air through every room"),
    "the blue tricycle",
)
#: Never in this city's records, with insurance.
INSURED: Final = _person(
    32,
    {
        "username": "CSLB 1067891",
        "business_name": "Plain Sail Heating",
        "contact_name": "Mira Donlin",
        "email": "mira@plainsail.example.org",
        "license_classes": "C-20",
        "license_expires_on": "2031-02-28",
        "business_type": "corporation",
        "has_employees": "no",
        "workers_comp_carrier": "Sample Mutual",
        "workers_comp_policy": "WC-310477",
        "workers_comp_expires_on": "2030-12-31",
        "question": "first-film",
    },
    ("copper coils in the attic", "thermostats dream of june"),
    "the borrowed submarine",
)
#: Never in this city's records, without insurance.
NEW: Final = _person(
    31,
    {
        "username": "Lic. #1034567",
        "business_name": "Morning Side Framing",
        "contact_name": "Owen Castle",
        "email": "owen@morningside.example.org",
        "license_classes": "B",
        "license_expires_on": "2031-04-30",
        # Without employees a joint venture in class B needs no workers' compensation, in any year of the law.
        "business_type": "joint-venture",
        "has_employees": "no",
        "question": "driving-teacher",
    },
    ("plumb lines and cold coffee", "every stud sixteen inches"),
    "aunt wilhelmina",
)
#: Two accounts, one mailbox.
SHARED: Final = tuple(
    _person(
        number,
        {
            "username": username,
            "first_name": "Ivo",
            "last_name": "Tarn",
            "email": "ivo@tarn.example.org",
            "question": "first-film",
        },
        (password, "an umbrella made of maps"),
        "the glass mountain",
    )
    for number, username, password in (
        (41, "ivo.at.home", "porch swings in november"),
        (42, "ivo.at.work", "twelve elevators humming"),
    )
)
