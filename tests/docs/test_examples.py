"""Every `python` block of README and docs runs as it is printed.

The blocks of one document share a namespace, from top to bottom, as a reader who types them in would have
it. They run in an empty folder, so that a file they make is theirs. What is not to be run is marked `text`
or `pycon`; `sh` blocks are the gate's affair.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from docs.documents import blocks, documents, name
from permit_accounts import Keyring


def run(text: str, source: str) -> int:
    """Run the Python blocks of a document; how many there were."""
    module = types.ModuleType("__example__")
    module.__file__ = source
    count = 0
    sys.modules[module.__name__] = module
    try:
        for block in blocks(text):
            if block.language == "python":
                # Empty lines before the block, so that a traceback shows the document's own line numbers.
                code = compile("\n" * (block.line - 1) + block.text, source, "exec", dont_inherit=True)
                exec(code, vars(module))
                count += 1
    finally:
        del sys.modules[module.__name__]
    return count


@pytest.mark.parametrize("document", documents(), ids=name)
def test_examples_run(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader copies works, and what it asserts is so, with the variables that a city's service has."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PERMIT_ACCOUNTS_DATABASE", "sqlite:///accounts.db")
    monkeypatch.setenv("PERMIT_ACCOUNTS_SCRATCH", "redis://portal:a-password@127.0.0.1:6379/0")
    monkeypatch.setenv("PERMIT_ACCOUNTS_KEYS", Keyring.new().to_text())
    monkeypatch.setenv("PERMIT_ACCOUNTS_SMTP_PASSWORD", "of the mail server")
    run(document.read_text(encoding="utf-8"), str(document))


def test_blocks_share_a_namespace() -> None:
    """A later block goes on where an earlier one stopped; other languages are left alone."""
    assert 2 == run("```python\nx = 1\n```\nand\n```sh\nexit 1\n```\n```python\nassert x == 1\n```\n", "page")


def test_a_wrong_example_fails() -> None:
    """An assertion in a page is one, with the page's line number."""
    with pytest.raises(AssertionError) as caught:
        run("Words.\n\n```python\nassert 1 == 2\n```\n", "page.md")
    place = caught.traceback[-1]
    assert ("page.md", 4) == (place.frame.code.raw.co_filename, place.lineno + 1)


def test_an_indented_block_runs() -> None:
    """A block inside a list stands under its item."""
    assert 1 == run("1. First:\n\n   ```python\n   x = 1\n   ```\n", "page")
