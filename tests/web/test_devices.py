"""Browsers and systems by the names that they send."""

from __future__ import annotations

import pytest

from permit_accounts.web.devices import browser_and_system

MOZILLA = "Mozilla/5.0"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = f"{MOZILLA} (Windows NT 10.0; Win64; x64)"
ANDROID = f"{MOZILLA} (Linux; Android 10; K)"
CHROMEBOOK = f"{MOZILLA} (X11; CrOS x86_64 14541.0.0)"
MAC = f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7)"
IPHONE = f"{MOZILLA} (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        (
            f"{WINDOWS} {WEBKIT} Chrome/131.0.0.0 Safari/537.36",
            ("Chrome", "Windows"),
        ),
        (
            f"{WINDOWS} {WEBKIT} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
            ("Edge", "Windows"),
        ),
        (f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15", ("Safari", "Mac")),
        (f"{MOZILLA} (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", ("Firefox", "Linux")),
        (
            f"{CHROMEBOOK} {WEBKIT} Chrome/131.0.0.0 Safari/537.36",
            ("Chrome", "ChromeOS"),
        ),
        (f"{IPHONE} Version/18.1 Mobile/15E148 Safari/604.1", ("Safari", "iPhone")),
        (f"{IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1", ("Chrome", "iPhone")),
        (
            f"{ANDROID} {WEBKIT} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
            ("Samsung Internet", "Android"),
        ),
        (
            f"{ANDROID} {WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36",
            ("Chrome", "Android"),
        ),
        ("curl/8.11.0", ("", "")),
        ("", ("", "")),
        (f"{MOZILLA} (Windows NT 10.0)", ("", "Windows")),
    ],
)
def test_browser_and_system(sent, known):
    """The last name counts, since each browser also gives the names of those before it."""
    assert known == browser_and_system(sent)
