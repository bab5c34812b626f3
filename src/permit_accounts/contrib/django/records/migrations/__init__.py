"""The history of the records' tables."""
