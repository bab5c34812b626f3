"""How the tables came to be what they are, as Alembic's migrations, and what runs them.

They are run by `permit-accounts db upgrade`, by a program with `running.upgrade`, or in the host's own tree
of migrations, which names the folder `VERSIONS` and the branch `BRANCH`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
"""Where Alembic finds `env.py`."""

VERSIONS: Final = FOLDER / "versions"
"""Where the migrations lie: for `version_locations` of a host's own tree."""

BRANCH: Final = "permit_accounts"
"""The label of their branch: `alembic upgrade permit_accounts@head`."""
