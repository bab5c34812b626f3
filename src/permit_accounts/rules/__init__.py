"""What is allowed: pure rules, each a generator of problems.

Law of this floor: a rule takes values and yields values. It knows no store, no clock and no chance.
"""
