"""Before the contractor guide begins: the city's records become the roster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from permit_accounts import roster
from permit_accounts.cli.city import operator
from permit_accounts.cli.row_files import row_line
from permit_accounts.cli.tour.city import DIVISION, PERMITS_AFTER, STAFF, TourCity
from permit_accounts.cli.tour.telling import Readings, Step, came_to, expect, recorded, returned, there
from permit_accounts.model.codes import Code
from permit_accounts.model.license_id import LicenseId
from permit_accounts.model.roster import RosterReport, RowReason
from permit_accounts.rules.roster_columns import RosterColumns
from permit_accounts.tools import lookups

COLUMNS: Final = RosterColumns(
    license="LIC_NO",
    business_name="BUSINESS",
    business_type="BUS_TYPE",
    classes="CLASSES",
    status="LIC_STATUS",
    license_expires_on="LIC_EXPIRES",
    contact_name="CONTACT",
    email="EMAIL_ADDR",
    phone="PHONE",
    address="ADDRESS",
    workers_comp_carrier="WC_CARRIER",
    workers_comp_policy="WC_POLICY",
    workers_comp_expires_on="WC_EXPIRES",
    division="DIVISION",
    last_permit_on="LAST_PERMIT",
)
_TAKEN: Final = ("1012345", "1023456", "1045678", "665544")
_WHY: Final = {
    RowReason.PERMIT_TOO_OLD: 2,
    RowReason.OTHER_DIVISION: 1,
    RowReason.PERMIT_UNKNOWN: 1,
    Code.LICENSE_LOOKALIKE: 1,
}


class RosterDay:
    """The import of a sample roster with rows on both sides of the date."""

    title = "The city's records"

    def __init__(self, city: TourCity) -> None:
        self._city = city

    def steps(self) -> Sequence[Step]:
        """A dry run, the import, and the same import again."""
        return (
            Step(
                "Roster, dry run",
                "Who had a permit of Building and Safety after September 1, 2014 is in the records already.",
                self.tries,
            ),
            Step("Roster import", "Those contractors are on the roster; the others are not.", self.imports),
            Step("Roster import again", "The same file a second time changes nothing.", self.imports_again),
        )

    def tries(self) -> Readings:
        """A dry run tells everything and writes nothing."""
        report = self._imported(dry_run=True)
        expect((report.rows, report.added) == (10, len(_TAKEN)), f"{report.added} of {report.rows} rows fit")
        found = Counter(problem.reason for problem in report.problems)
        expect(found == _WHY, f"rows were left for other reasons: {dict(found)}")
        yield returned(f"{report.rows} rows: {report.added} to add, {report.duplicates} said twice")
        for problem in report.problems:
            yield returned(row_line(problem))
        expect(not list(lookups.all_licenses(self._city.file)), "a dry run wrote licenses")
        yield recorded("nothing has been written")

    def imports(self) -> Readings:
        """Licenses are written, and nothing but licenses."""
        before = self._city.accounts_in_file()
        report = self._imported(dry_run=False)
        expect(report.added == len(_TAKEN), f"{report.added} licenses were added")
        written = {record.id for record in lookups.all_licenses(self._city.file)}
        meant = {str(LicenseId("us-ca-cslb", number)) for number in _TAKEN}
        expect(written == meant, f"the file has {', '.join(sorted(written))}")
        for license_id in sorted(meant):
            record = there(lookups.license_record(self._city.file, license_id), license_id)
            expect(record.on_roster_since is not None, f"{license_id} is not on the roster")
            business = there(record.business, "business name")
            yield recorded(f"{record.id}, {business.name}, last permit {record.last_permit_on}")
        left = report.left_out + report.refused
        yield returned(f"{left} rows left: {report.left_out} not wanted, {report.refused} refused")
        expect(self._city.accounts_in_file() == before, "the import made an account")

    def imports_again(self) -> Readings:
        """Everything is as it was."""
        report = self._imported(dry_run=False)
        expect((report.added, report.changed) == (0, 0), "the second import changed something")
        yield returned(
            f"{report.unchanged} licenses as before, {report.added} added, {report.changed} changed"
        )

    def _imported(self, *, dry_run: bool) -> RosterReport:
        path = self._city.folder / "roster.csv"
        if not path.exists():
            _put_sample(path)
        outcome = roster.import_roster(
            self._city.accounts.services,
            path,
            columns=COLUMNS,
            permits_after=PERMITS_AFTER,
            division=DIVISION,
            dry_run=dry_run,
            actor=operator(STAFF),
        )
        return came_to(RosterReport, outcome)


def _put_sample(path: Path) -> None:
    path.write_bytes(files("permit_accounts.cli.tour").joinpath("roster.csv").read_bytes())
