"""The history of the bridge's table."""
