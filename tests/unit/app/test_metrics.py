"""Prometheus' text from the SIP process' status."""

from prometheus_client.parser import text_string_to_metric_families

from rollcall.app.metrics import render


def samples(status: dict[str, object], behind: int = 0) -> dict[str, float]:
    families = text_string_to_metric_families(render(status, behind).decode())
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_without_a_sip_process() -> None:
    assert samples({}, 3) == {"rollcall_ready": 0.0, "rollcall_groups_behind": 3.0}


def test_counters_gauges_and_families() -> None:
    found = samples(
        {
            "ready": True,
            "aors": 7,
            "counters": {
                "answers_200": 3,
                "answers_401": 1,
                "refused_bad_request": 2,
                "memo_contact_hits": 5,
                "groups": 4,
                "sources": 6,
            },
        }
    )
    assert found == {
        "rollcall_ready": 1.0,
        "rollcall_aors": 7.0,
        "rollcall_groups_behind": 0.0,
        "rollcall_answers_total{200}": 3.0,
        "rollcall_answers_total{401}": 1.0,
        "rollcall_refusals_total{bad_request}": 2.0,
        "rollcall_memo_hits_total{contact}": 5.0,
        "rollcall_groups_total": 4.0,
        "rollcall_sources": 6.0,
    }
