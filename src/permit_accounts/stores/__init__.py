"""Where records are kept.

Law of these rooms: a store has no opinions. No rule, clock, generated id, default or trigger, and no unique
index but the id.
"""
