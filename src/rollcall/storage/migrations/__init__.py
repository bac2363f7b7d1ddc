"""Steps from one schema of rollcall.db to the next, run by `rollcall.storage.database`."""
