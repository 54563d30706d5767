"""Faults planted in a copy of the SQL, to see whether any test goes red. Runs by hand: `python -m tests.mutations`."""
