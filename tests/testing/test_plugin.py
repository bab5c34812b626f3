"""The kit inside pytest: what it adds for those who use a contract, and that others do not notice it."""

from __future__ import annotations

import importlib
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable

import pytest

from laws.source_tree import PACKAGE, ROOT
from permit_accounts.testing import plugin

pytest_plugins = ("pytester",)

Run = Callable[..., pytest.RunResult]

BROKEN = """
    import pytest

    from permit_accounts.model.records import AttemptCount
    from permit_accounts.stores.memory import MemoryStore
    from permit_accounts.testing import StoreContract


    class Forgetful(MemoryStore):
        def commit(self, *changes):
            for change in changes:
                super().commit(change)


    class TestForgetful(StoreContract):
        kinds = (AttemptCount,)

        @pytest.fixture
        def store(self):
            return Forgetful()

        def test_of_my_own(self):
            assert 1 == 2
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs pytest in a process and a folder of its own, with this plug-in and no other that is installed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE.parent))

    def run(text: str, *options: str, plugin: str = plugin.__name__) -> pytest.RunResult:
        pytester.makepyfile(textwrap.dedent(text))
        named = ["-p", plugin] if plugin else []
        return pytester.runpytest_subprocess(*named, "--strict-markers", *options)

    return run


def test_it_is_announced() -> None:
    """pytest finds it by the name in the package's description."""
    described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = described["project"]["entry-points"]["pytest11"]
    assert {"permit_accounts": plugin.__name__} == named
    assert plugin is importlib.import_module(named["permit_accounts"])


def test_it_loads_nothing_of_the_library() -> None:
    """Whoever tests something else waits for three small modules."""
    program = (
        "import sys, pytest, pkgutil; before = set(sys.modules)\n"
        f"import {plugin.__name__}\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ["permit_accounts", "permit_accounts.testing", plugin.__name__] == run.stdout.split()


def test_a_broken_promise_is_said_in_words(run: Run) -> None:
    """Below the traceback, for the contract's tests and for no others."""
    result = run(BROKEN, "-k", "wherever_it_fails or of_my_own")

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*what is promised*",
            "StoreContract.test_all_or_nothing_wherever_it_fails",
            "A store's second promise: each change has a precondition, and a commit happens*",
            "*",
        ]
    )
    assert 1 == str(result.stdout).count("what is promised")


def test_a_broken_promise_shows_both_sides(run: Run) -> None:
    """The asserts of the kit are rewritten like those of one's own tests."""
    result = run(BROKEN, "-k", "wherever_it_fails")
    result.stdout.re_match_lines([r"E\s+(assert|At index|AssertionError|Left|Right|Full diff).*"])
    assert "AssertionError: assert" in str(result.stdout)


def test_without_it_the_contract_is_the_same(run: Run) -> None:
    """Whoever leaves it out loses the words and the marks."""
    result = run(BROKEN, "-k", "wherever_it_fails", plugin="")
    result.assert_outcomes(failed=1)
    assert "what is promised" not in str(result.stdout)


@pytest.mark.parametrize(
    ("chosen", "shown", "hidden"),
    [
        (plugin.CONTRACT, "test_add_needs_a_free_id", "test_of_my_own"),
        (plugin.RACE, "test_one_thread_adds", "test_add_needs_a_free_id"),
        (f"not {plugin.RACE}", "test_of_my_own", "test_one_thread_adds"),
        (f"not {plugin.CONTRACT}", "test_of_my_own", "test_add_needs_a_free_id"),
    ],
)
def test_a_contract_is_chosen_by_its_marks(run: Run, chosen: str, shown: str, hidden: str) -> None:
    """To run it alone, or everything but what takes longest."""
    result = run(BROKEN, "--collect-only", "-q", "-m", chosen)
    listed = str(result.stdout)
    assert (True, False) == (shown in listed, hidden in listed)


def test_the_fixtures_are_a_city_in_memory(run: Run) -> None:
    """A world, the store behind it, a browser at its pages; and a policy that a project has of its own."""
    result = run(
        """
        import pytest

        from permit_accounts import PUBLIC, SignedIn
        from permit_accounts.model.errors import OutcomeUnknown
        from permit_accounts.testing import PASSWORD, Fault, city_policy, public_form


        def test_registering(permit_accounts_world):
            outcome = permit_accounts_world.accounts.register(PUBLIC, public_form("ann"))
            assert isinstance(outcome, SignedIn)
            (mail,) = permit_accounts_world.deliver()
            assert mail.recipient == "ann@mail.example.org"


        def test_out_of_reach(permit_accounts_world, permit_accounts_store):
            permit_accounts_store.fail(Fault.LOST, at=2)
            with pytest.raises(OutcomeUnknown):
                permit_accounts_world.accounts.register(PUBLIC, public_form("ann"))


        def test_at_the_pages(permit_accounts_world, permit_accounts_browser):
            permit_accounts_world.accounts.register(PUBLIC, public_form("ann"))
            permit_accounts_browser.open("/sign-in")
            page = permit_accounts_browser.submit("Login", {"Username": "ann", "Password": PASSWORD})
            assert page.path == "/dashboard"


        class TestMyCity:
            @pytest.fixture
            def permit_accounts_policy(self):
                return city_policy(city="Elsewhere")

            def test_it_is_mine(self, permit_accounts_world):
                assert permit_accounts_world.policy.city == "Elsewhere"
        """
    )
    result.assert_outcomes(passed=4)


def test_others_do_not_notice_it(run: Run) -> None:
    """Functions, classes and documentation tests of other projects are as they were."""
    result = run(
        """
        import sys


        def twice(number):
            '''Twice as much.

            >>> twice(2)
            5
            '''
            return 2 * number


        def test_alone(request):
            assert [mark.name for mark in request.node.iter_markers()] == []
            assert "permit_accounts.accounts" not in sys.modules


        class TestMore:
            def test_failing(self):
                assert twice(2) == 5
        """,
        "--doctest-modules",
    )
    result.assert_outcomes(passed=1, failed=2)
    assert "promise" not in str(result.stdout)
