"""What can go wrong before the first message.

    TransportError
      BindError      an address cannot be listened on; also an OSError, as what caused it

Once messages flow nothing is raised: what cannot be sent is counted.
"""


class TransportError(Exception):
    """Root of the tree."""


class BindError(TransportError, OSError):
    """A listener that cannot be opened. The text, one line, names it and says what to do."""
