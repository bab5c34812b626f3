"""What things are: words, records, outcomes and errors.

Law of this floor: values only. Nothing here reads a clock, draws a random number, opens a file or imports
any other part of the library.
"""
