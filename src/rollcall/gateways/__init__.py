"""Outbound registrations at providers. Empty until they are built."""
