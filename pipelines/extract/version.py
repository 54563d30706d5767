"""The version of extract itself: it is part of every mapping version, beside what the mapping says and the company's time zone.

Belongs here: that number. Does not: anything that reads. Raise it in the commit after which some file could land other rows than before:
another value, key, refusal or row number. A `reparse` then reads the archived originals anew and supersedes; without it the ledger refuses
two contents under one delivery id (FNL-312). Nights leave known originals alone, whatever the version. A declared number and not a hash of
the code: a comment must not make the whole archive be read again. `tests/structure/test_extract_version.py` asks whenever the code changed.
"""

EXTRACT_VERSION = 1
