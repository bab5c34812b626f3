"""The pages of the city's own staff, mounted apart from the public ones (extra: web)."""

from permit_accounts.staff_console.console import StaffConsole

__all__ = ["StaffConsole"]
