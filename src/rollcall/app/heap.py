"""What glibc does with memory that Python has given back. Elsewhere these do nothing."""

import ctypes

_M_ARENA_MAX = -8  # mallopt(3), malloc.h

_libc = ctypes.CDLL(None)


def share_one_heap() -> None:
    """Let threads that begin later use the same heap.

    Otherwise each gets its own, up to 8 per core, and each heap keeps what was once needed.
    """
    mallopt = getattr(_libc, "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def return_unused() -> None:
    """Give the system what is free in the heap; some milliseconds."""
    trim = getattr(_libc, "malloc_trim", None)
    if trim is not None:
        trim(0)
