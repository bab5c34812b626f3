"""Clock and chance come from `Services`: a test that holds these two holds everything."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from laws.source_tree import Module, dotted, imported, modules, planted, violations

#: Where a clock or a source of chance is named, and why.
ALLOWED = {
    "accounts.py": {"os.urandom"},  # the default of `Accounts.open(random=…)`
    "tools/services.py": {"datetime.datetime.now", "os.urandom", "time.sleep"},  # the one place
    "tools/keyring.py": {"os.urandom"},  # new keys, before there are services
    "tools/hashing.py": {"os.urandom", "time.monotonic"},  # salts, and how long a queue was waited in
    "tools/throttle/circuit_breaker.py": {"time.monotonic"},  # how long a store is left alone
    "tools/batch_commits.py": {"time.monotonic"},  # for how long an import meets conflicts
    "tools/throttle/backoff.py": {"time.monotonic"},  # for how long one caller meets conflicts
    "email_backends/punctual.py": {"time.monotonic"},  # the deadline of one e-mail, which no record keeps
}

_READS = {
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "email.utils.localtime",
    "email.utils.make_msgid",
    "os.getrandom",
    "os.times",
    "os.urandom",
    "time.gmtime",
    "time.localtime",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.sleep",
    "time.time",
    "time.time_ns",
}
_MODULES = ("numpy.random", "random", "secrets", "uuid")


def clocks_and_dice(module: Module) -> Iterator[str]:
    """Every use of a clock, a pause or a source of chance, under whatever name it was imported."""
    names: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                origin = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
                names[alias.asname or alias.name] = f"{origin}{alias.name}"
    for node, name in imported(module.tree):
        if name.split(".")[0] in _MODULES:
            yield module.at(node, f"imports {name}")
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute):
            first, _, rest = dotted(node).partition(".")
            full = names.get(first, first) + (f".{rest}" if rest else "")
            if full in _READS and full not in ALLOWED.get(module.path, set()):
                yield module.at(node, f"uses {full}")


def test_clock_and_chance_come_from_services() -> None:
    """No rule, flow, store or command reads the time of day or draws a number for itself.

    The testing kit stands on the other side: it has clocks to give, and servers to wait for.
    """
    rest = [module for module in modules() if not module.path.startswith("testing/")]
    assert [] == violations(clocks_and_dice, rest)


@pytest.mark.attack("TOK-24")
@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\nx = datetime.now()\n",
        "import datetime\nx = datetime.datetime.utcnow()\n",
        "import datetime as d\nx = d.date.today()\n",
        "from time import time\nx = time()\n",
        "from time import time as clock\nx = clock()\n",
        "import time\ndef f(now=time.time):\n    return now()\n",
        "import secrets\n",
        "from uuid import uuid4\n",
        "from random import choice\n",
        "import os\nx = os.urandom(32)\n",
        "from email.utils import make_msgid\nx = make_msgid()\n",
    ],
)
def test_another_clock_or_die_is_found(text: str) -> None:
    """By module, by name, under another name, or only as a default value."""
    assert [] != list(clocks_and_dice(planted(text)))
