"""Templates become pages here; whatever a person typed is escaped on its way into one (ASVS 5.0, 1.2.1).

A city puts templates of its own into a folder. One of the same name takes the place of the shipped one, and
can extend it under its full name, `{% extends "permit_accounts/layout.html" %}`, to change a block only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined

from permit_accounts import ConfigurationError

_SHIPPED: Final = "permit_accounts"


class Templates:
    """The templates of a site.

    Args:
        package: Where the shipped templates are, such as `permit_accounts.web`; several are looked through
            in turn.
        folder: A folder with a city's own, or None.

    Raises:
        ConfigurationError: There is no such folder.
    """

    def __init__(self, *packages: str, folder: str | Path | None = None) -> None:
        shipped = ChoiceLoader([PackageLoader(package) for package in packages])
        loaders = [shipped, PrefixLoader({_SHIPPED: shipped})]
        if folder is not None:
            if not Path(folder).is_dir():
                raise ConfigurationError(f"templates={str(folder)!r} is no folder")
            loaders = [FileSystemLoader(folder), *loaders]
        self._environment = Environment(
            loader=ChoiceLoader(loaders),
            autoescape=True,
            # Looking whether any of its ten files has changed would be a tenth of what a page takes.
            auto_reload=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, template: str, context: Mapping[str, object]) -> str:
        """The page that this template makes."""
        return self._environment.get_template(template).render(context)


@cache
def static_files(package: str) -> Mapping[str, tuple[bytes, str]]:
    """The files in a package's `static` folder, by name: their bytes and a short digest of them."""
    found = {}
    for entry in sorted(files(package).joinpath("static").iterdir(), key=lambda file: file.name):
        body = entry.read_bytes()
        found[entry.name] = (body, hashlib.sha256(body).hexdigest()[:12])
    return found
