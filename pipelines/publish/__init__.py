"""What leaves the warehouse: read-only DuckDB, Parquet, manifest, the publication delivery. No business rule."""
