"""Check, inside an environment, that the library brought its four dependencies, what those need, and no more.

With `--lowest pyproject.toml web flask` it prints instead, as pip constraints, the lowest version allowed of
each of the four, and of what these extras need.
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


def lowest(project: str, *extras: str) -> None:
    with Path(project).open("rb") as file:
        declared = tomllib.load(file)["project"]
    lines = declared["dependencies"] + [
        line for extra in extras for line in declared["optional-dependencies"][extra]
    ]
    for line in lines:
        if not line.startswith("permit-accounts["):  # one extra may take in another
            print(re.sub(r"\[.*\]", "", line).replace(">=", "=="))  # a constraint names no extra


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
    lowest(*sys.argv[2:]) if sys.argv[1:2] == ["--lowest"] else check()
