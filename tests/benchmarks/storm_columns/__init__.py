"""What `storm.py` measures: this library, its rivals, and the bare hash."""
