"""What the pages name can be imported from where they say: the root, or what is optional."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import permit_accounts
from docs.documents import ROOT, blocks, documents, name, without_blocks

# What is plugged in is a module of its own, so that nobody loads what is not used; authors have the ports.
_OPTIONAL = re.compile(
    r"permit_accounts\.(ports|stores|email_backends|registers|texts|testing|web|staff_console|contrib)\b"
)
_TYPE = re.compile(r"`([A-Z][A-Za-z]*[a-z][A-Za-z]*)\b")


def test_every_type_of_the_reference_is_public() -> None:
    """Whoever reads of an outcome can name it in a `match` without looking for its module."""
    page = (ROOT / "docs/reference/api.md").read_text(encoding="utf-8")
    assert [] == sorted(set(_TYPE.findall(without_blocks(page))) - {*permit_accounts.__all__, "None"})


@pytest.mark.parametrize("document", documents(), ids=name)
def test_examples_import_from_the_root(document: Path) -> None:
    """A module that a page names is a promise; the root and the plugs are the only ones."""
    modules = {
        node.module
        for block in blocks(document.read_text(encoding="utf-8"))
        if block.language == "python"
        for node in ast.walk(ast.parse(block.text))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("permit_accounts.")
    }
    assert [] == sorted(module for module in modules if not _OPTIONAL.match(module))
