"""A license as people name it: the state, its board and the number.

An id such as `us-ca-cslb:1012345` is for programs. Boards of several states share an abbreviation, so the
state is named with it.
"""

from __future__ import annotations

from permit_accounts.model.license_id import LicenseId
from permit_accounts.rules.licenses.format import STATE_NAMES
from permit_accounts.rules.licenses.formats import FORMATS


def license_name(license_id: str) -> str:
    """The name of a license, such as `California CSLB 1012345`; a text that names none as it stands.

    Args:
        license_id: An id as records keep it, such as `us-ca-cslb:1012345`.
    """
    meant = LicenseId.parse(license_id)
    known = FORMATS.get(meant.authority)
    if known is None or not meant.number:
        return license_id
    return f"{STATE_NAMES[known.state].title()} {known.board} {meant.number}"
