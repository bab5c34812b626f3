"""What importing the library costs, beside its four dependencies alone.

Each run is a whole process of its own; the cases take turns, so that a slow minute of the machine falls on
all of them alike, and medians are compared:

    python tests/benchmarks/import_time.py            # 21 turns
    python tests/benchmarks/import_time.py --turns 61
    python tests/benchmarks/import_time.py --modules  # and the own time of each module, in one import

The table's last column is the time over a bare interpreter, in units of what the four dependencies take over
a bare interpreter. `import permit_accounts` loads a public name when it is first asked for, so "every public
name" is what a program that uses all of the library pays in the end.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence

BARE = "bare interpreter"
DEPENDENCIES = "the four dependencies"
LIBRARY = "permit_accounts"
WHOLE = "permit_accounts, every public name"
CASES: Mapping[str, Sequence[str]] = {
    BARE: ("-c", "pass"),
    DEPENDENCIES: ("-c", "import argon2, email_validator, itsdangerous, attrs"),
    LIBRARY: ("-c", "import permit_accounts"),
    WHOLE: ("-c", "from permit_accounts import *"),
    "permit_accounts.stores.sqlite": ("-c", "import permit_accounts.stores.sqlite"),
    "permit_accounts.cli --help": ("-c", "from permit_accounts.cli import main; main()", "--help"),
}
#: Compiled modules are kept, as where the library is installed, even if this shell is told otherwise.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
_LINE = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)")


def seconds(arguments: Sequence[str]) -> float:
    """How long a process with these arguments takes, from its start to its end."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def medians(turns: int) -> dict[str, float]:
    """The median time of each case in seconds, after one turn that fills the caches."""
    taken: dict[str, list[float]] = {name: [] for name in CASES}
    for turn in range(turns + 1):
        for name, arguments in CASES.items():
            taken[name].append(seconds(arguments))
            if turn == 0:
                taken[name].clear()
    return {name: statistics.median(times) for name, times in taken.items()}


def print_table(median: Mapping[str, float]) -> None:
    """One line for each case."""
    unit = median[DEPENDENCIES] - median[BARE]
    print(f"{'':<36}{'median':>10}{'over bare':>12}{'x':>7}")
    for name, whole in median.items():
        over = whole - median[BARE]
        print(f"{name:<36}{whole * 1000:>7.1f} ms{over * 1000:>9.1f} ms{over / unit:>7.2f}")


def print_modules(most: int = 40) -> None:
    """The modules that take longest to run when the library is imported, without what they import."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", *CASES[WHOLE]],
        check=True,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
    )
    own = Counter({name: int(taken) for taken, name in _LINE.findall(run.stderr)})
    ours = [name for name in own if name.partition(".")[0] == LIBRARY]
    print(f"\n{len(own)} modules {own.total() / 1000:.1f} ms, of which {len(ours)} our own ", end="")
    print(f"{sum(own[name] for name in ours) / 1000:.1f} ms; the {most} longest:")
    for name, taken in own.most_common(most):
        print(f"{taken / 1000:>7.2f} ms  {name}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=21, help="how often each case is run")
    parser.add_argument("--modules", action="store_true", help="also print the modules that take longest")
    given = parser.parse_args()
    print_table(medians(given.turns))
    if given.modules:
        print_modules()


if __name__ == "__main__":
    main()
