"""The ports' adapters: memory, journal, SQLite."""
