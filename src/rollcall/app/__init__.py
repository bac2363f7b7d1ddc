"""Configuration, wiring, the two processes and the command line."""
