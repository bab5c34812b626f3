"""Pictures of pages for people to look at, where a folder for them is given."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

VARIABLE = "PERMIT_ACCOUNTS_SCREENSHOTS"
#: Widths in CSS pixels.
PHONE, DESKTOP = 390, 1280


def shoot(page: Page, name: str) -> None:
    """Write `name-phone.png` and `name-desktop.png`, each the whole page; without a folder do nothing."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        return
    before = page.viewport_size
    for width, label in ((PHONE, "phone"), (DESKTOP, "desktop")):
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=Path(folder) / f"{name}-{label}.png", full_page=True, animations="disabled")
    if before:
        page.set_viewport_size(before)
