"""Looking over an installation: settings, keys, the database's file, what is kept in it, and the machine."""
