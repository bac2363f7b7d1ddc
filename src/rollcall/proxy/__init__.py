"""Calls to bindings. Empty until calls are built."""
