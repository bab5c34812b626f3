"""`manage.py accounts_…`: each the command of `permit-accounts` with that name."""
