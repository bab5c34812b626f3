"""Django's Argon2 hasher at the cost that all columns have."""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class SameCost(Argon2PasswordHasher):
    """As `permit_accounts.Policy` has it by default."""

    time_cost, memory_cost, parallelism = 3, 65536, 4
