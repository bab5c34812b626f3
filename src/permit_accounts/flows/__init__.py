"""What people do: one module each, read → decide → compute → commit once → return a value.

Law of this floor: a flow commits at most once and does nothing after it but return.
"""
