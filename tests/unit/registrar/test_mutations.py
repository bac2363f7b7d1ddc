"""Every rule of RFC 3261 section 10.3, broken once, must fail the test that is named for it.

The table says what to break: a piece of source and what it becomes. A piece that is no longer
found exactly once fails loudly: then the code has changed, and its line here must follow.
"""

import pytest

from harness.mutation import FAILED, Mutation, mutate, run

UNIT = "tests/unit/registrar"


def row(module: str, snippet: str, mutated: str, test: str) -> Mutation:
    """One line: `test` is `file::name` without `test_` before the file."""
    name = f"{UNIT}/test_{test.replace('::', '.py::test_', 1)}"
    return Mutation(f"rollcall.registrar.{module}", snippet, mutated, name)


MUTATIONS = [
    # Step 1: the Request-URI
    row(
        "request",
        "if not domains.serve(target.host):",
        "if False:",
        "request::request_uri_of_a_foreign_domain_is_404",
    ),
    row(
        "request",
        "if not isinstance(target, SipUri):\n        return Refusal",
        "if isinstance(target, SipUri):\n        return Refusal",
        "request::request_uri_of_another_scheme_is_416",
    ),
    # Step 2: Require
    row(
        "request",
        "if tag not in SUPPORTED_EXTENSIONS]",
        "if tag in SUPPORTED_EXTENSIONS]",
        "request::unknown_required_extensions_are_420_with_unsupported",
    ),
    row(
        "request",
        '(("Unsupported", tags),)',
        "()",
        "request::unknown_required_extensions_are_420_with_unsupported",
    ),
    # Step 4: permission
    row(
        "request",
        "if user == number:",
        "if True:",
        "request::a_user_may_change_only_its_own_aor",
    ),
    # Step 5: To
    row(
        "request",
        "if not domains.serve(to.host):",
        "if False:",
        "request::to_of_a_foreign_domain_is_404",
    ),
    row(
        "request",
        "return unescape(to.user)",
        "return to.user",
        "request::escapes_in_the_user_of_to_are_resolved",
    ),
    row(
        "request",
        "_written_once(name.lower())",
        "_written_once(name)",
        "request::to_is_normalised",
    ),
    # Step 6: fetch and star
    row(
        "decision",
        "    if request.star:\n",
        "    if request.star or not request.contacts:\n",
        "decision::fetch_lists_all_bindings_and_changes_nothing",
    ),
    row(
        "decision",
        "    if request.contacts:\n        return Refusal",
        "    if False:\n        return Refusal",
        "decision::star_beside_contacts_is_400",
    ),
    row(
        "request",
        'if "*" in values and len(values) > 1:',
        "if False:",
        "request::star_beside_contacts_is_named_as_such",
    ),
    row(
        "decision",
        "if request.expires != 0:",
        "if request.expires is None:",
        "decision::star_without_expires_zero_is_400",
    ),
    row(
        "decision",
        "if is_late(request, binding):",
        "if False:",
        "decision::star_of_the_same_call_id_needs_a_higher_cseq",
    ),
    row(
        "decision",
        "        draft.unregister(binding, request.call_id, request.cseq)",
        "        pass",
        "decision::star_with_expires_zero_removes_everything",
    ),
    row(
        "decision",
        "if stone.contact == binding.contact and is_late(request, stone):",
        "if False:",
        "decision::late_copy_of_a_star_does_not_remove_what_came_after_it",
    ),
    # Step 7: expiry
    row(
        "expiry",
        "    if contact is not None:\n        return contact\n",
        "",
        "contacts::contact_expires_counts_before_the_header",
    ),
    row(
        "expiry",
        "    if header is not None:\n        return header\n",
        "",
        "contacts::expires_header_zero_removes",
    ),
    row(
        "expiry",
        "return max(policy.expires_default, policy.expires_min)",
        "return policy.expires_max",
        "contacts::without_any_expires_the_default_is_granted",
    ),
    row(
        "contacts",
        "if asked < minimum:",
        "if False:",
        "contacts::too_brief_is_423_with_min_expires",
    ),
    row(
        "contacts",
        "if asked < minimum:",
        "if asked <= minimum:",
        "contacts::exactly_the_minimum_is_granted",
    ),
    row(
        "contacts",
        '(("Min-Expires", str(minimum)),)',
        "()",
        "contacts::too_brief_is_423_with_min_expires",
    ),
    row(
        "contacts",
        "        if asked:\n            refusal = self._may_bind(asked)",
        "        if True:\n            refusal = self._may_bind(asked)",
        "contacts::removing_is_never_too_brief",
    ),
    row(
        "expiry",
        "granted = min(asked, policy.expires_max)",
        "granted = asked",
        "expiry::more_than_the_maximum_is_shortened_to_it",
    ),
    row(
        "expiry",
        "    if nat_udp and granted > policy.expires_nat:\n",
        "    if False:\n",
        "contacts::the_cap_for_nat_may_be_below_the_minimum",
    ),
    row(
        "expiry",
        "return max(jittered, policy.expires_min)",
        "return jittered",
        "expiry::jitter_never_goes_below_the_minimum",
    ),
    # Step 7: which binding
    row(
        "device",
        "return equivalent(contact.uri, uri_of(text) if uri is None else uri)",
        "return False",
        "contacts::an_equivalent_contact_is_the_same_binding",
    ),
    row(
        "device",
        "return contact.instance_id == known.instance_id and contact.reg_id == known.reg_id",
        "return contact.instance_id == known.instance_id",
        "contacts::flows_of_one_instance_are_apart",
    ),
    row(
        "device",
        "    if len(request.contacts) != 1 or not",
        "    if not",
        "device::several_contacts_of_one_call_id_stay_apart",
    ),
    row(
        "device",
        "            and binding.behind_nat\n",
        "",
        "device::it_has_not_moved_when_the_old_binding_was_not_behind_nat",
    ),
    row(
        "contacts",
        "index = find_moved(draft.bindings, contact, self._request)",
        "index = -1",
        "contacts::device_behind_nat_that_moved_is_one_binding",
    ),
    # Step 7: order
    row(
        "order",
        "return request.cseq <= known.cseq and",
        "return False and",
        "contacts::lower_cseq_of_the_same_call_id_fails",
    ),
    row(
        "order",
        "return request.cseq <= known.cseq and request.call_id == known.call_id",
        "return request.cseq <= known.cseq",
        "contacts::another_call_id_means_a_restart_and_is_accepted",
    ),
    row(
        "order",
        "return request.cseq <= known.cseq and",
        "return request.cseq < known.cseq and",
        "contacts::equal_cseq_with_other_content_fails",
    ),
    row(
        "order",
        "        and contact.text == binding.contact\n",
        "",
        "contacts::equal_cseq_with_other_content_fails",
    ),
    row(
        "contacts",
        "if self._repeated is not None and self._worked:",
        "if False:",
        "contacts::equal_cseq_with_other_content_fails",
    ),
    row(
        "contacts",
        "if asked and is_same(self._request, contact, binding):",
        "if False:",
        "contacts::retransmission_is_answered_from_the_record",
    ),
    row(
        "contacts",
        "            if stone is not None:\n",
        "            if False:\n",
        "contacts::late_copy_of_a_register_does_not_undo_the_removal",
    ),
    row(
        "contacts",
        "if draft.tombstones and (asked or index >= 0):",
        "if draft.tombstones:",
        "contacts::retransmission_of_a_removal_is_granted_again",
    ),
    row(
        "contacts",
        "draft.bury(draft.bindings[index], EndReason.REPLACED)",
        "pass",
        "contacts::late_copy_from_where_a_device_was_does_not_bind_it_there",
    ),
    # Step 7: what is done
    row(
        "contacts",
        "            draft.unregister(binding, self._request.call_id, self._request.cseq)",
        "            pass",
        "contacts::expires_zero_removes_that_contact_only",
    ),
    row(
        "contacts",
        "            if asked:\n                self._add_or_move(contact, asked)",
        "            self._add_or_move(contact, asked)",
        "contacts::removing_what_is_not_bound_is_granted",
    ),
    row(
        "contacts",
        "        draft.bindings[index] = new\n",
        "",
        "contacts::refresh_prolongs_and_keeps_the_binding",
    ),
    # Step 7: all or nothing
    row(
        "decision",
        "    if refusal is not None:\n        return refusal\n    return draft",
        "    return draft",
        "decision::several_contacts_are_bound_or_none",
    ),
    row(
        "contacts",
        "            refusal = self._contact(contact)\n            if refusal is not None:\n",
        "            refusal = self._contact(contact)\n            if False:\n",
        "decision::several_contacts_are_bound_or_none",
    ),
    # The limit, the block, what has ended
    row(
        "contacts",
        "return make_room(self._draft, frozenset(self.own), self._policy)",
        "return None",
        "places::without_replace_a_new_device_is_refused_with_503",
    ),
    row(
        "contacts",
        "        if self._new_devices:\n",
        "        if True:\n",
        "places::refreshes_are_never_refused_nor_replace_anyone",
    ),
    row(
        "places",
        "oldest = [device for device in devices if device not in mine][:over]",
        "oldest = [device for device in devices if device not in mine][-over:]",
        "places::with_replace_a_new_device_replaces_the_oldest",
    ),
    row(
        "contacts",
        "        if draft.blocked_until:\n",
        "        if False:\n",
        "contacts::blocked_phones_may_only_fetch_and_remove",
    ),
    row(
        "draft",
        "if binding.ends_at <= now:",
        "if False:",
        "decision::what_ended_is_gone_in_that_very_decision",
    ),
    row(
        "draft",
        "if stone.until > now]",
        "if True]",
        "contacts::tombstones_are_forgotten_after_32_seconds",
    ),
    # Step 8: the answer
    row(
        "decision",
        "            for binding in bindings\n",
        "            for binding in bindings[:1]\n",
        "decision::the_200_lists_every_contact_as_written_with_its_own_expires",
    ),
    row(
        "decision",
        "seconds_left(binding.ends_at, now)",
        "binding.granted_expires",
        "decision::the_200_lists_every_contact_as_written_with_its_own_expires",
    ),
    row(
        "decision",
        "key=lambda binding: binding.id not in own",
        "key=lambda binding: binding.id in own",
        "decision::the_asking_devices_own_contact_is_listed_first",
    ),
]


@pytest.fixture(scope="module")
def statuses() -> list[int]:
    """Exit statuses of all mutations' tests; they were seen to pass unbroken."""
    return run(MUTATIONS, timeout=100)


@pytest.mark.parametrize("number", range(len(MUTATIONS)))
def test_a_broken_rule_fails_its_test(number: int, statuses: list[int]) -> None:
    mutation = MUTATIONS[number]
    assert mutate(mutation)
    assert statuses[number] == FAILED, f"{mutation.test} did not notice {mutation.mutated!r}"


def test_a_snippet_that_is_gone_is_noticed() -> None:
    with pytest.raises(LookupError, match="0 times"):
        mutate(Mutation("rollcall.registrar.draft", "no such text", "", ""))
