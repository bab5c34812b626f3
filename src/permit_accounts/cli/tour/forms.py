"""The fields that the guides' forms mark with a star, as this city has them."""

from __future__ import annotations

from typing import Final

_ADDRESS: Final = ("address", "city", "state", "postal_code", "phone", "email")
_SIGN_IN: Final = ("password", "question", "answer")

PUBLIC_FORM: Final = ("username", "first_name", "last_name", *_ADDRESS, *_SIGN_IN)
CONTRACTOR_FORM: Final = (
    *("username", "business_name", "contact_name", *_ADDRESS),
    *("license_classes", "license_expires_on", "business_type", "has_employees"),
    *_SIGN_IN,
)
#: Beside them where workers' compensation insurance applies.
INSURANCE: Final = ("workers_comp_carrier", "workers_comp_policy", "workers_comp_expires_on")
