"""REST over HTTP, for the console, the command line and other programs."""
