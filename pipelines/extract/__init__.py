"""Reading sources. PURE: a source becomes a Delivery of record batches. No Dagster, no DuckDB, no writing."""
