"""The pages of the city's own staff, mounted apart from the public ones (extra: web)."""
