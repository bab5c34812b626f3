"""The same for those who await: every method of `Accounts`, run in threads of its own."""
