from rollcall.sip.option_tags import parse_option_tags


def test_tags_are_lower_case_and_in_order() -> None:
    assert parse_option_tags("Path, outbound,100rel") == ("path", "outbound", "100rel")
    assert parse_option_tags("") == ()


def test_repeated_lines_share_one_value() -> None:
    line = "path, gruu"
    assert parse_option_tags(line) is parse_option_tags("path, " + "gruu")
