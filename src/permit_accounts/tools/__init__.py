"""What flows work with: keys, hashes, look-ups, tokens, sessions, counts, messages and the audit trail.

Law of this floor: a tool reads and computes; it prepares changes, but only a flow (and the throttle, which
belongs to the front door) commits them.
"""
