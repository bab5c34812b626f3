"""The city of the demonstration: its accounts, its roster, and one contractor who has just called staff."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import ClassVar, Final

import attrs

from permit_accounts.accounts import Accounts
from permit_accounts.cli.demo.folder import DemoFolder
from permit_accounts.email_backends.file import FileBackend
from permit_accounts.model.codes import Permission, Standing
from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.outcomes import Refused, TemporaryPasswordIssued
from permit_accounts.model.people import StaffMember
from permit_accounts.model.roster import RosterReport
from permit_accounts.rules.account_types import CONTRACTOR
from permit_accounts.rules.policy import Policy
from permit_accounts.staff import StaffDesk

#: Whoever sits at this machine is the demonstration's staff, and may do everything.
STAFF: Final = StaffMember(id="demo.desk", may=frozenset(Permission))
#: The contractor of the roster who has no e-mail address there.
LICENSE: Final = "1012345"
_REASON: Final = "the demonstration was started"


@attrs.frozen(kw_only=True)
class Returning:
    """The returning contractor, as staff leave them at the start.

    Args:
        license: The license number.
        temporary: What staff read out over the telephone; None once set-up is finished.
        account: The username of an account that is set up.
    """

    license: str
    temporary: str | None = attrs.field(default=None, repr=False)
    account: str = ""


def city_of(folder: DemoFolder, base_url: str) -> Accounts:
    """The accounts in the folder, with the roster loaded where it is not there yet."""
    policy = Policy(
        city="Sampleton",
        support_phone="(323) 555-0199",
        base_url=base_url,
        mail_from="permits@sampleton.example.gov",
    )
    accounts = Accounts.open(
        f"sqlite:///{folder.database}",
        create=True,
        keys=folder.keyring,
        policy=policy,
        email=_MailForTrial(folder.mail),
    )
    if isinstance(StaffDesk(accounts, actor=STAFF).find(LICENSE, CONTRACTOR), Refused):
        _load_roster(accounts)
    return accounts


def returning_contractor(accounts: Accounts) -> Returning:
    """Give the contractor a fresh temporary password while set-up is pending."""
    desk = StaffDesk(accounts, actor=STAFF)
    found = desk.find(LICENSE, CONTRACTOR)
    assert not isinstance(found, Refused)  # it is on the roster
    for holder in (one.account for one in found if one.account is not None):
        if holder.standing is not Standing.SETUP:
            return Returning(license=LICENSE, account=holder.username)
    issued = desk.issue_temporary_password(
        LICENSE, CONTRACTOR, reason=_REASON, checked_how="sits at this machine"
    )
    if isinstance(issued, TemporaryPasswordIssued):
        return Returning(license=LICENSE, temporary=issued.password)
    return Returning(license=LICENSE)


class _MailForTrial(FileBackend):
    """Nobody gets it, so the city may be where a policy has it by default: at port 8000 of this machine."""

    for_trial: ClassVar[bool] = True


def _load_roster(accounts: Accounts) -> None:
    with as_file(files("permit_accounts.cli.demo").joinpath("sample_roster.csv")) as roster:
        report = StaffDesk(accounts, actor=STAFF).import_roster(roster, reason=_REASON)
    if not isinstance(report, RosterReport):
        raise ConfigurationError("the sample roster cannot be loaded: install the package again")
