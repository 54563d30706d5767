"""The measures computed a second time, in plain Python, from what was told and from the definitions alone. Shares no SQL and reads no model."""
