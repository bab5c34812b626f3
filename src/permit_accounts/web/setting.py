"""What the pages are made with, shared by all requests: the city's accounts, their addresses, the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import SplitResult, urlsplit

from permit_accounts import Accounts, ConfigurationError
from permit_accounts.web import cookies
from permit_accounts.web.cookies import CookieRules
from permit_accounts.web.form_seal import FormSeal
from permit_accounts.web.proxies import TrustedProxies
from permit_accounts.web.times import Times


class Setting:
    """What does not change from one request to the next.

    Args:
        accounts: The city's accounts.
        trusted_proxies: Whose word on a visitor's address is taken; see `TrustedProxies`.
        prefix: What every path of the pages begins with; the path of the base address by default.
        cookie_mark: What the names of the cookies begin with.
        cookie_names: The cookies that are read; see `CookieRules`.

    Raises:
        ConfigurationError: No such time zone is known here as the policy names, or browsers would write its
            address in another way than can be told here.
    """

    def __init__(
        self,
        accounts: Accounts,
        *,
        trusted_proxies: Iterable[str] = (),
        prefix: str | None = None,
        cookie_mark: str = "",
        cookie_names: Iterable[str] = cookies.NAMES,
    ) -> None:
        services = accounts.services
        parts = urlsplit(accounts.policy.base_url)
        self.accounts: Final = accounts
        self.policy: Final = accounts.policy
        self.now: Final = services.now
        self.catalog: Final = services.catalog
        self.times: Final = Times(accounts.policy.time_zone)
        self._everywhere: Final = {"city": accounts.policy.city, "phone": accounts.policy.support_phone}
        #: The prefix that every path of the pages begins with; empty where they sit at the top.
        self.prefix: Final = parts.path.rstrip("/") if prefix is None else prefix
        #: What browsers send as `Host`, and as `Origin` from our own pages.
        self.host: Final = _host(parts)
        self.origin: Final = f"{parts.scheme}://{self.host}"
        #: Whether this is a demonstration on loopback; only there is http allowed at all.
        self.plain_http: Final = parts.scheme == "http"
        self.cookies: Final = CookieRules(plain_http=self.plain_http, mark=cookie_mark, names=cookie_names)
        self.seal: Final = FormSeal(services.keyring, now=services.now, random=services.random)
        self.proxies: Final = TrustedProxies(trusted_proxies)

    def text(self, key: str, language: str, params: Mapping[str, str]) -> str:
        """A text of the catalog; the city's name and telephone number are known to each."""
        return self.catalog.text(
            key, language, {**self._everywhere, **params} if params else self._everywhere
        )

    def path(self, below: str) -> str:
        """A path of the pages as the browser sees it."""
        return f"{self.prefix}{below}" if below != "/" else self.prefix or "/"


def _host(address: SplitResult) -> str:
    """The host as browsers write it (RFC 6454, 6.2): in lower case and ASCII, and with its port only where it
    is another than the scheme's own."""
    name = address.hostname or ""
    if ":" in name:
        name = f"[{name}]"
    elif not name.isascii():
        name = _in_ascii(name)
    own = {"https": 443, "http": 80}[address.scheme]
    return name if address.port in (None, own) else f"{name}:{address.port}"


def _in_ascii(name: str) -> str:
    """A name with other letters as browsers write it, where the older rules (RFC 3490) and theirs agree."""
    try:
        written = name.encode("idna")
        if written.decode("idna") == name:
            return written.decode("ascii")
    except UnicodeError:  # no name at all, such as one with a part of more than 63 characters
        pass
    raise ConfigurationError(
        f"Policy(base_url=…) must have the host {name} as browsers write it, in ASCII: xn--…"
    )
