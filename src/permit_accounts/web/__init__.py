"""Every page of both portal guides, and the same as JSON, for any web framework (extra: web)."""
