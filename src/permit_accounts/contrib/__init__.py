"""What translates between a web framework and the pages; each needs its framework installed."""
