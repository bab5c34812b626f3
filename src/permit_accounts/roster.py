"""The city's roster of contractors: imported from a CSV file into `License` records, and exported again.

Contractors who were issued a permit by the Building and Safety Division after 1 September 2014 are in the
city's records already and call staff for a temporary password. Who they are is what an import tells the
library. It writes licenses and nothing else: no account, no name, no password and no e-mail. An account that
finished its set-up is never changed by it, and whoever is missing from a later file loses nothing.

The file is read twice, as a stream: once to check it from end to end, so that a file which is refused has
changed nothing, and once to write. An import may be interrupted anywhere, killed or unplugged, and be told
again: what is there already is found unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.model.files import FileRefused
from permit_accounts.model.people import StaffMember
from permit_accounts.model.roster import RosterProgress, RosterReport, RowProblem
from permit_accounts.rules.licenses import FORMATS
from permit_accounts.rules.roster_columns import NAMES, RosterColumns
from permit_accounts.rules.roster_export import PROBLEM_HEADER, license_cells, problem_cells
from permit_accounts.rules.roster_rows import Wanted
from permit_accounts.tools import lookups
from permit_accounts.tools.csv_file import Unreadable
from permit_accounts.tools.roster_file import Reading
from permit_accounts.tools.roster_import import RosterImport
from permit_accounts.tools.row_source import Encoding, Source, opened
from permit_accounts.tools.row_target import Target, rows_to
from permit_accounts.tools.services import Services


def import_roster(
    s: Services,
    source: Source,
    *,
    authority: str | None = None,
    columns: RosterColumns | None = None,
    permits_after: date | None = None,
    division: str | None = None,
    encoding: Encoding | None = None,
    dry_run: bool = False,
    actor: StaffMember | None = None,
    reason: str = "",
    progress: Callable[[RosterProgress], None] | None = None,
    tell: Callable[[RowProblem], None] | None = None,
) -> RosterReport | FileRefused:
    """Read a roster and make its licenses known.

    Each license on it is new, changed or unchanged. The roster replaces what an earlier roster said; what
    staff corrected or a register answered stays. A license that staff took off the roster is on it again
    where the file still names it, for the file is the city's own word. Where an account past its set-up
    holds a license and has another e-mail address than the roster tells, an event and the report say so.

    Rows of one license that say the same count once; rows that differ are all refused, for nobody can say
    which of them is right. The canonical number decides what one license is.

    Args:
        s: The services.
        source: A path, or a file that is open in binary mode. Never a path that a visitor named.
        authority: The board of every row that names none, such as `us-ca-cslb`; by default the one that the
            policy's account types take.
        columns: What the city calls its columns.
        permits_after: Take only rows whose last permit was issued after this day, by this `division`.
        encoding: By default UTF-8 where the whole file is UTF-8, else windows-1252.
        dry_run: Report what would come of it and write nothing.
        actor: Who imports, and `reason` why; by default the library itself.
        progress: Called now and then, and before the first license is written. The report in the last call is
            what was surely written, should the import be interrupted; to stop it, raise.
        tell: Called for every problem with a row, also those beyond the first thousand.

    Returns:
        The report, or why the whole file was refused.

    Raises:
        ConfigurationError: An argument cannot be used.
        OSError: The file is missing or cannot be read.
        Unavailable: The store is out of reach or locked. What was written is written; import the file again.
    """
    reading = Reading(
        columns=columns or RosterColumns(),
        authority=_authority(s, authority),
        wanted=Wanted(permits_after=permits_after, division=division),
        encoding=encoding,
        as_of=s.now(),
    )
    try:
        with opened(source) as file:
            importing = RosterImport(s, file, reading, dry_run=dry_run, progress=progress, tell=tell)
            return importing.run(actor, reason)
    except Unreadable as error:
        return FileRefused(fault=error.fault, line=error.line, params=error.params)


def export_roster(s: Services, target: Target) -> int:
    """Write every license on the roster to a CSV file, and say how many there are.

    UTF-8 with the mark by which spreadsheet programs know it, every cell in quotation marks, and nothing in
    it that a program would run: a leading apostrophe makes text of what looks like a formula. An import
    takes exactly those apostrophes away again, so that importing an export changes nothing.

    Args:
        target: A path, whose file is replaced, or a file that is open in binary mode.

    Raises:
        OSError: The file cannot be written.
        Unavailable: The store is out of reach.
    """
    count = 0
    with rows_to(target, NAMES) as write:
        for record in lookups.all_licenses(s):
            if record.on_roster_since is not None:
                write(license_cells(record))
                count += 1
    return count


@contextmanager
def problem_file(
    s: Services, target: Target, *, language: str = "en"
) -> Iterator[Callable[[RowProblem], None]]:
    """A CSV file of what an import says of its rows, as safe to open as the roster.

        with problem_file(s, "problems.csv") as tell:
            import_roster(s, "roster.csv", tell=tell)

    Each problem is written when it is told, so that a million of them take no memory. The words beside the
    codes are the catalog's.

    Args:
        target: A path, whose file is replaced, or a file that is open in binary mode.
        language: Which of the catalog's.

    Raises:
        OSError: The file cannot be written.
    """
    with rows_to(target, PROBLEM_HEADER) as write:

        def tell(problem: RowProblem) -> None:
            words = s.catalog.text(problem.text_key, language, problem.params)
            write(problem_cells(problem, words))

        yield tell


def _authority(s: Services, given: str | None) -> str:
    boards = s.policy.authorities
    if given is None and len(boards) != 1:
        raise ConfigurationError(
            f"the policy takes licenses of {len(boards)} boards; say which issued those of the roster: "
            "authority='us-ca-cslb'"
        )
    authority = boards[0] if given is None else given
    if not isinstance(authority, str) or authority not in FORMATS:
        raise ConfigurationError(f"authority={authority!r} is no board of the license formats")
    return authority
