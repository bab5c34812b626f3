"""Check, inside an environment, that the library brought its four dependencies, what those need, and no more.

With `--lowest pyproject.toml` it prints instead, as pip constraints, the lowest version allowed of each.
"""

import re
import sys
import tomllib
from importlib.metadata import distributions, requires
from pathlib import Path

FOUR = {"argon2-cffi", "attrs", "email-validator", "itsdangerous"}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(name: str) -> set[str]:
    """What a distribution needs by itself: names without an extra's condition."""
    plain = (line for line in requires(name) or () if "extra ==" not in line.replace("'", '"'))
    return {canonical(re.match(r"[A-Za-z0-9._-]+", line)[0]) for line in plain}


def lowest(project: str) -> None:
    with Path(project).open("rb") as file:
        for line in tomllib.load(file)["project"]["dependencies"]:
            print(line.replace(">=", "=="))


def check() -> None:
    direct = needed("permit-accounts")
    if direct != FOUR:
        sys.exit(f"the core depends on {sorted(direct)}, not on {sorted(FOUR)}")
    allowed, new = set(), set(FOUR)
    while new:
        allowed |= new
        new = set().union(*(needed(name) for name in new & installed())) - allowed
    extra = installed() - allowed - {"permit-accounts", "pip", "setuptools", "wheel"}
    if extra:
        sys.exit(f"installed although nothing needs it: {sorted(extra)}")
    print("dependencies:", *sorted(installed() & allowed))


def installed() -> set[str]:
    return {canonical(found.metadata["Name"]) for found in distributions()}


if __name__ == "__main__":
    lowest(sys.argv[2]) if sys.argv[1:2] == ["--lowest"] else check()
