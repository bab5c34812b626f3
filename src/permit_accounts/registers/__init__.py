"""Where the standing of a license can be looked up.

Law of this floor: a register tells facts and their moment. It knows no rule, opens no account and verifies
nobody; absent is not invalid, and a word that it does not know is never read as active.
"""

from permit_accounts.registers.cslb import CslbRegister
from permit_accounts.registers.cslb_index import IndexReport, index_cslb
from permit_accounts.registers.cslb_lines import SkippedRow
from permit_accounts.registers.memory import MemoryRegister

__all__ = ["CslbRegister", "IndexReport", "MemoryRegister", "SkippedRow", "index_cslb"]
