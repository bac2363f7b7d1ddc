"""The wire: SIP bytes to values and back. No I/O, no clock.

Callers import the modules themselves; this package re-exports nothing, so that importing one
header type never costs the others.
"""
