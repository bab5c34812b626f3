"""The portal: its settings, its views, and where the accounts are put together."""
