"""Findings told to people or programs, the worst of them in the exit code."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable
from typing import Final

import click

from permit_accounts.cli.doctor.findings import Finding, Level
from permit_accounts.cli.endings import Ending
from permit_accounts.cli.report import Report
from permit_accounts.cli.shown import document

_LEVEL: Final = 9
_TOPIC: Final = 28
_COLORS: Final = {Level.OK: "green", Level.NOTE: "blue", Level.WARNING: "yellow", Level.ERROR: "red"}


def tell(report: Report, found: Iterable[Finding]) -> Ending:
    """Say each finding as it comes, then how many there were of each level."""
    findings: list[Finding] = []
    for finding in found:
        findings.append(finding)
        if not report.as_json:
            click.echo(f"{click.style(f'{finding.level:<7}', fg=_COLORS[finding.level])}  ", nl=False)
        report.lines(*_lines(finding))
    counts = Counter(finding.level for finding in findings)
    report.lines("", ", ".join(f"{counts[level]} {level}" for level in Level))
    report.document({"findings": document(findings)})
    return Ending.REFUSED if counts[Level.ERROR] else Ending.DONE


def _lines(finding: Finding) -> list[str]:
    """One line for programs that search in it; at a terminal as many as it takes."""
    words = f"{finding.topic:<17}  {finding.words}"
    if not sys.stdout.isatty():
        return [words]
    columns = max(shutil.get_terminal_size((80, 24)).columns, 60)
    return textwrap.wrap(words, columns - _LEVEL, subsequent_indent=" " * _TOPIC, drop_whitespace=True)
