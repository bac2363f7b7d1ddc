"""The revision of rollcall.db that this rollcall reads and writes."""

HEAD = "0001"
"""The newest one in `migrations/versions`; what the tables of `schema` are."""
