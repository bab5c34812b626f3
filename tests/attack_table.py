"""The table of attack cases: which test carries which case, and why a case has none.

`python tests/attack_table.py --write` fills the `test` column of `attack_table.csv` from the markers
`@pytest.mark.attack("TOK-02", …)` in the test files, and keeps the reasons. The file is read by
`test_attack_table.py`, which fails where the two have drifted apart.
"""

from __future__ import annotations

import argparse
import ast
import csv
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

TESTS = Path(__file__).parent
TABLE = TESTS / "attack_table.csv"
COLUMNS = ("id", "test", "reason")


@attrs.frozen
class Row:
    """One case: the tests that carry it, or the reason why none does."""

    id: str
    tests: tuple[str, ...]
    reason: str


def read_table(path: Path = TABLE) -> tuple[Row, ...]:
    """The rows of the table, in their order."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{path.name} must have the columns {', '.join(COLUMNS)}")
        return tuple(Row(row["id"], tuple(row["test"].split()), row["reason"]) for row in reader)


def write_table(rows: Sequence[Row], path: Path = TABLE) -> None:
    """Write the rows back, in their order."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((row.id, " ".join(row.tests), row.reason) for row in rows)


def marked(folder: Path = TESTS) -> Mapping[str, tuple[str, ...]]:
    """The tests that carry each case, as `tests/…/test_x.py::test_y`, read from the source."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        file = path.relative_to(folder.parent).as_posix()
        for name, case in marks_in(ast.parse(path.read_text(encoding="utf-8"))):
            found[case].append(f"{file}::{name}" if name else file)
    return {case: tuple(dict.fromkeys(tests)) for case, tests in found.items()}


def marks_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each `(test, case)` in a file; a mark of the whole file has an empty name."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark":
            marks = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
            yield from (("", case) for mark in marks for case in _cases(mark))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _marks_of(node, node.name)
        elif isinstance(node, ast.ClassDef):
            yield from _marks_of(node, node.name)
            for method in node.body:
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield from _marks_of(method, f"{node.name}::{method.name}")


def _marks_of(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, name: str
) -> Iterator[tuple[str, str]]:
    for decorator in node.decorator_list:
        # also inside pytest.param(..., marks=pytest.mark.attack("…"))
        for part in ast.walk(decorator):
            yield from ((name, case) for case in _cases(part))


def _cases(mark: ast.AST) -> Iterator[str]:
    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.attack":
        for argument in mark.args:
            if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
                raise ValueError(f"line {mark.lineno}: attack(…) takes the ids as plain texts")
            yield argument.value


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill the table, or say what is missing."""
    parser = argparse.ArgumentParser(description="Which test carries which attack case.")
    parser.add_argument("--write", action="store_true", help="fill the test column from the markers")
    wanted = parser.parse_args(arguments)
    tests, rows = marked(), read_table()
    if wanted.write:
        rows = tuple(attrs.evolve(row, tests=tests.get(row.id, ())) for row in rows)
        write_table(rows)
    bare = [row.id for row in rows if not row.tests and not row.reason]
    unknown = sorted(set(tests) - {row.id for row in rows})
    carried = sum(bool(row.tests) for row in rows)
    print(f"{len(rows)} cases: {carried} carried by tests, {len(rows) - carried - len(bare)} with a reason")
    if bare:
        print("neither test nor reason:", *bare)
    if unknown:
        print("marked, but not in the table:", *unknown)
    return 1 if bare or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
