"""Which addresses are pages: exactly the handler's own paths, compared as a whole.

A pattern for each path would have to leave out the prefix under which the project runs (`SCRIPT_NAME`), which
a server tells with each request only. So one pattern asks, for each address, whether it is one of the paths.
"""

from __future__ import annotations

from django.urls import get_script_prefix, register_converter

from permit_accounts.contrib.django.settings import configured


class _Page:
    """What is left of an address once Django has taken the prefix and the first slash away."""

    regex = ".*"

    def to_python(self, value: str) -> str:
        """The complete path.

        Raises:
            ValueError: It is no page, so Django goes on to the next pattern.
        """
        path = f"{get_script_prefix()}{value}"
        if path not in self.paths():
            raise ValueError
        return path

    def to_url(self, value: str) -> str:
        """What is left of a complete path, for `reverse`."""
        return value.removeprefix(get_script_prefix())

    def paths(self) -> frozenset[str]:
        """All pages."""
        return configured().site.paths


class _ConsolePage(_Page):
    def paths(self) -> frozenset[str]:
        """All pages of the console; none where there is no console."""
        console = configured().console
        return console.paths if console is not None else frozenset()


register_converter(_Page, "permit_accounts_page")
register_converter(_ConsolePage, "permit_accounts_console_page")
