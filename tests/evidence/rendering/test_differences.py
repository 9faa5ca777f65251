import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.rendering.differences import differing_words
from evidence.rendering.marks import Span


def texts(one: str, other: str) -> tuple[list[str], list[str]]:
    found = differing_words(one, other)
    assert found is not None
    left, right = found
    return [one[s.start : s.end] for s in left], [other[s.start : s.end] for s in right]


@pytest.mark.parametrize(
    ("one", "other", "left", "right"),
    [
        ("", "", [], []),
        ("A trial of x.", "a TRIAL of x", [], []),
        ("a trial of x", "a trial of y", ["x"], ["y"]),
        ("a long old trial of x", "a trial of x", ["long old"], []),
        ("Müller, naïve – trial", "Muller naive trial", [], []),
        ("relapse at 28 days in 25 of 206", "relapse at 28 days in 88 of 190", ["25", "206"], None),
        ("", "a new trial", [], ["a new trial"]),
    ],
)
def test_words_that_differ(one: str, other: str, left: list[str], right: list[str] | None) -> None:
    found = texts(one, other)
    assert found[0] == left
    assert right is None or found[1] == right


def test_texts_that_share_too_little_have_no_marks() -> None:
    assert differing_words("a b c d", "a x y z", shared=0.35) is None
    assert differing_words("a b c d", "a b y z", shared=0.35) is not None
    assert differing_words("a b c d", "w x y z") is not None


@given(st.text(max_size=60), st.text(max_size=60))
def test_stretches_are_in_order_inside_their_text(one: str, other: str) -> None:
    found = differing_words(one, other)
    assert found is not None
    for text, spans in zip((one, other), found, strict=True):
        ends = [place for span in spans for place in (span.start, span.end)]
        assert ends == sorted(ends)
        assert all(0 <= place <= len(text) for place in ends)


@given(st.text(max_size=60))
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert differing_words(text, text) == ([], [])


def test_a_long_text_is_compared_in_time() -> None:
    found = differing_words("alpha beta " * 20_000, "beta gamma " * 20_000)
    assert found is not None
    assert all(isinstance(span, Span) for span in found[0])
