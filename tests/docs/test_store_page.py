"""The page on stores: its Python is a file of tests that pass, and the kit notices a broken line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.documents import ROOT, blocks
from laws.source_tree import PACKAGE

PAGE = ROOT / "docs/how-to/write-your-own-store.md"
TEXT = PAGE.read_text(encoding="utf-8")
FILE = "\n\n".join(block.text for block in blocks(TEXT) if block.language == "python")

#: A line of the store, what is wrong in its place, and the test that has to notice.
BROKEN = {
    "looks past the draft": (
        "row = draft.get((kind, record_id), self._rows[kind].get(record_id))",
        "row = self._rows[kind].get(record_id)",
        "test_changes_of_one_commit_follow_each_other",
    ),
    "sorts one way only": (
        "rows.sort(key=place, reverse=newest_first)",
        "rows.sort(key=place)",
        "test_every_comes_in_the_order_of_code_points",
    ),
    "keeps what is removed": (
        "rows.pop(record_id, None)",
        "rows.get(record_id)",
        "test_what_is_removed_is_found_by_nothing",
    ),
    "asks for too little": (
        "draft[kind, record_id] = replaced_row(record, change.new)",
        "draft[kind, record_id] = layout_of(kind).to_row(change.new)",
        "test_replace_grows_the_version_by_one",
    ),
    "reads on behind half a line": (
        "if rest:",
        "if False:",
        "test_a_commit_that_was_cut_short_was_never_made",
    ),
    "trusts the disk": (
        "os.fsync(file.fileno())",
        "pass",
        "test_a_disk_that_fails_is_told_apart_from_one_that_is_full",
    ),
}


def ran(folder: Path, text: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Keep this as the page says, and run pytest on it, with the kit's plug-in and no other."""
    (folder / "test_journal_store.py").write_text(text, encoding="utf-8")
    rest = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "permit_accounts.testing.plugin", *options],
        cwd=folder,
        env={**rest, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_page_is_a_file_of_tests_that_pass(tmp_path: Path) -> None:
    """The whole contract, races between processes included, and what the page tests beside it."""
    run = ran(tmp_path, FILE)
    assert (0, "") == (run.returncode, run.stderr), run.stdout
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed is not None
    assert int(passed[1]) > 400
    assert "skipped" not in run.stdout


@pytest.mark.parametrize(("line", "wrong", "test"), BROKEN.values(), ids=BROKEN)
def test_a_broken_line_is_noticed(tmp_path: Path, line: str, wrong: str, test: str) -> None:
    """Each line matters, and one test or another says so."""
    assert 1 == FILE.count(line)
    run = ran(tmp_path, FILE.replace(line, wrong), "-x", "-k", test)
    assert 1 == run.returncode, run.stdout
    assert re.search(rf"^FAILED .*{test}", run.stdout, re.MULTILINE)


def test_the_page_shows_what_a_reader_sees(tmp_path: Path) -> None:
    """The words below a failed test are those that it prints."""
    line, wrong, test = BROKEN["looks past the draft"]
    shown = next(block.text for block in blocks(TEXT) if block.text.startswith(f"StoreContract.{test}"))
    run = ran(tmp_path, FILE.replace(line, wrong), "-x", "-k", test)
    assert shown in run.stdout
    assert wrong in [block.text.strip() for block in blocks(TEXT)]
