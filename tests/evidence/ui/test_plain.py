"""Text for places that read Markdown stays text."""

import pytest

from evidence.ui.cards import plain

JOINER = "\u2060"


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("see http://evil.example", "http:"),
        ("see HTTPS://evil.example", "HTTPS:"),
        ("see www.evil.example", "www."),
        ("write to ada@evil.example", "ada@"),
    ],
)
def test_no_address_stands_whole(text: str, linked: str) -> None:
    told = plain(text).replace("\\", "")
    assert linked not in told
    assert told.replace(JOINER, "") == text


def test_signs_are_escaped_and_words_are_not_touched() -> None:
    assert plain("# [a](b) $x$") == "\\# \\[a\\]\\(b\\) \\$x\\$"
    assert plain("as 5 of 10 died") == "as 5 of 10 died"
