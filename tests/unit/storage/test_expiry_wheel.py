"""`rollcall.storage.expiry_wheel`: what waits in which second."""

from rollcall.storage.expiry_wheel import ExpiryWheel


def test_gives_out_what_is_due_and_nothing_later() -> None:
    wheel = ExpiryWheel()
    wheel.add("early", 10)
    wheel.add("late", 20)
    assert wheel.pop(9) is None
    assert wheel.pop(15) == ("early", 10)
    assert wheel.pop(15) is None
    assert len(wheel) == 1


def test_next_second_is_the_earliest_with_something_in_it() -> None:
    wheel = ExpiryWheel()
    assert wheel.next_second() == float("inf")
    wheel.add("a", 30)
    wheel.add("b", 20)
    assert wheel.next_second() == 20
    wheel.take("b", 20)
    assert wheel.next_second() == 30


def test_what_is_taken_is_gone_and_can_be_added_again() -> None:
    wheel = ExpiryWheel()
    wheel.add("a", 10)
    wheel.take("a", 10)
    assert len(wheel) == 0
    wheel.add("a", 12)
    assert wheel.pop(12) == ("a", 12)


def test_gives_back_the_string_object_it_was_given() -> None:
    kept, other = "".join(["sip:", "a"]), "".join(["sip:", "a"])
    assert kept is not other
    wheel = ExpiryWheel()
    wheel.add(kept, 10)
    assert wheel.peek(other, 10) is kept
    assert wheel.take(other, 10) is kept


def test_taking_what_does_not_wait_changes_nothing() -> None:
    wheel = ExpiryWheel()
    wheel.add("a", 10)
    assert wheel.take("b", 10) == "b"
    assert wheel.take("a", 11) == "a"
    assert len(wheel) == 1


def test_a_bucket_that_is_emptied_and_filled_again_is_found() -> None:
    wheel = ExpiryWheel()
    wheel.add("a", 10)
    assert wheel.pop(10) == ("a", 10)
    wheel.add("b", 10)
    assert wheel.pop(10) == ("b", 10)
    assert wheel.pop(10) is None
    wheel.add("c", 10)
    assert wheel.next_second() == 10
