"""Great Expectations suites as plain Python: the landing border and the published border. No Dagster, no logic of models."""
