"""Contractor license numbers: formats, normal form and workers' compensation, all pure.

Each module has one idea and stands on those before it: `characters` (plain ASCII or a refusal), `normal_form`
(the steps), `classes`, `format` (one board), `boards_*` and `formats` (the table), `labels`, `naming`,
`diagnosis` (what to tell a person), `parsing`, `workers_comp`.
"""

from permit_accounts.rules.licenses.classes import normalized_class, parse_classes
from permit_accounts.rules.licenses.format import Confidence, Format
from permit_accounts.rules.licenses.formats import FORMATS
from permit_accounts.rules.licenses.labels import label_led
from permit_accounts.rules.licenses.naming import license_name
from permit_accounts.rules.licenses.parsing import matches_format, parse_license
from permit_accounts.rules.licenses.workers_comp import (
    WORKERS_COMP_RULES,
    WorkersCompRule,
    workers_comp_required,
)

__all__ = [
    "FORMATS",
    "WORKERS_COMP_RULES",
    "Confidence",
    "Format",
    "WorkersCompRule",
    "label_led",
    "license_name",
    "matches_format",
    "normalized_class",
    "parse_classes",
    "parse_license",
    "workers_comp_required",
]
