"""`rollcall.storage.phone_cache`; bounds are tested in test_directory."""

from rollcall.model.phone import Phone, Policy
from rollcall.storage.phone_cache import PhoneCache


def phone(number: str) -> Phone:
    return Phone(number=number, aor=f"sip:{number}@example.com", policy=Policy())


def test_keeps_replaces_and_forgets() -> None:
    cache = PhoneCache(1000, 10)
    first, second = phone("1001"), phone("1001")
    cache.put(first)
    cache.put(second)
    assert cache.get("1001") is second
    assert len(cache) == 1
    cache.forget("1001")
    cache.forget("1001")
    assert cache.get("1001") is None
    assert len(cache) == 0


def test_a_number_is_either_a_phone_or_missing() -> None:
    cache = PhoneCache(1000, 10)
    cache.put_missing("1001")
    assert cache.missing("1001")
    cache.put(phone("1001"))
    assert not cache.missing("1001")
    cache.put_missing("1002")
    cache.forget("1002")
    assert not cache.missing("1002")


def test_clearing_forgets_everything() -> None:
    cache = PhoneCache(1000, 10)
    cache.put(phone("1001"))
    cache.put_missing("1002")
    cache.clear()
    assert (cache.get("1001"), cache.missing("1002"), len(cache)) == (None, False, 0)


def test_asking_again_for_a_missing_number_pushes_nobody_out() -> None:
    cache = PhoneCache(1000, 2)
    for number in ("a", "b", "b", "b"):
        cache.put_missing(number)
    assert cache.missing("a")
