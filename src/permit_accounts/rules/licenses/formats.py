"""The table: every authority whose numbers the library knows, by id.

Four formats that circulate are left out, because nothing public shows what their numbers look like: Florida's
registered contractors and its electrical contractors, West Virginia and Pennsylvania. A city that needs one
describes the pattern itself (`CityNumber`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from permit_accounts.model.errors import ConfigurationError
from permit_accounts.rules.licenses.boards_east import EAST
from permit_accounts.rules.licenses.boards_south import SOUTH
from permit_accounts.rules.licenses.boards_west import WEST
from permit_accounts.rules.licenses.format import Format

#: Authority id to format, in the order of states.
FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {row.id: row for row in sorted((*WEST, *SOUTH, *EAST), key=lambda row: (row.state, row.id))}
)


def formats_of(authorities: Iterable[str]) -> tuple[Format, ...]:
    """The formats of these authorities, each once.

    Raises:
        ConfigurationError: One is not in the table.
    """
    wanted = tuple(dict.fromkeys(authorities))
    unknown = [authority for authority in wanted if authority not in FORMATS]
    if unknown:
        raise ConfigurationError(
            f"no license format has the id {unknown[0]!r}; the ids, such as 'us-ca-cslb', are in FORMATS"
        )
    return tuple(FORMATS[authority] for authority in wanted)
