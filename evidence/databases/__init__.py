"""Where the log of a project is kept: SQLite in its folder, or PostgreSQL by an address."""
