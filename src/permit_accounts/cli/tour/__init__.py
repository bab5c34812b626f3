"""Both log-in guides, step by step, with an invented city: done, read back, and held against the guides."""
