"""rollcall: a SIP registrar and the operator's console around it."""

__version__ = "0.1.0"
