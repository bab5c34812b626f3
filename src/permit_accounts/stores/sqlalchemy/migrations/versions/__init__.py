"""Each change of the tables, in a module that never changes again."""
