"""The store on SQLAlchemy Core: SQLite by default, PostgreSQL by setting."""
