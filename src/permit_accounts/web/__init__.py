"""Every page of both portal guides, and the same as JSON, for any web framework (extra: web)."""

from permit_accounts.web.request import Handler, Request
from permit_accounts.web.response import Response
from permit_accounts.web.site import Site

__all__ = ["Handler", "Request", "Response", "Site"]
