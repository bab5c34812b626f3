"""Every act of a city's portal, by name: one table for pages, JSON endpoints and the OpenAPI document.

The name of an act is also the end of its endpoint's path and stands in `next`, where an answer says how to go
on; so a name is never changed.
"""

from __future__ import annotations

from collections.abc import Mapping

from permit_accounts import Policy
from permit_accounts.web.acts import Act
from permit_accounts.web.own_acts import OWN_ACTS
from permit_accounts.web.visitor_acts import visitor_acts


def acts_of(policy: Policy) -> Mapping[str, Act]:
    """What people can do in this city; there is one registration for each account type."""
    return {act.name: act for act in (*visitor_acts(policy), *OWN_ACTS)}
