"""The assets of the night, one module per layer: sources, ledger state, models, checks, publication."""
