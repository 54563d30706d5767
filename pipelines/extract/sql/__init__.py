"""Any SQL database behind a mapping: PostgreSQL, MySQL and MariaDB, SQLite."""
