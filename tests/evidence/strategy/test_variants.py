import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.strategy.variants import covers, hyphenations, singular, spellings, truncated


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hypoglycaemic agents", "hypoglycemic agents"),
        ("estrogens", "oestrogens"),
        ("anemia", "anaemia"),
        ("behavior", "behaviour"),
        ("randomization", "randomisation"),
        ("Diarrhoea", "diarrhea"),
    ],
)
def test_both_spellings_are_given(text: str, expected: str) -> None:
    assert expected in spellings(text)
    assert text.lower() in spellings(text)


@pytest.mark.parametrize("text", ["them", "theme", "temporal", "feta", "academic", "premium"])
def test_a_word_with_one_spelling_stays(text: str) -> None:
    assert spellings(text) == (text,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("non-steroidal", ("non steroidal", "nonsteroidal")),
        ("cyclo-oxygenase", ("cyclo oxygenase", "cyclooxygenase")),
        ("postmenopausal", ("postmenopausal",)),
        ("weight-loss", ("weight loss",)),
    ],
)
def test_hyphens_are_blanks_or_nothing(text: str, expected: tuple[str, ...]) -> None:
    assert hyphenations(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("serotonin agonists", "serotonin agonist*"),
        ("therapies", "therap*"),
        ("arthritis", "arthriti*"),
        ("diabetes", "diabetes"),
        ("lupus", "lupus*"),
        ("pain", "pain"),
        ("abscess", "abscess*"),
        ("gastr*", "gastr*"),
    ],
)
def test_the_last_word_is_open_for_its_plural(text: str, expected: str) -> None:
    assert truncated(text) == expected


@given(st.text(max_size=60))
def test_truncation_never_breaks_a_term(text: str) -> None:
    plain = " ".join(text.replace("*", " ").split())
    open_ended = truncated(plain)
    assert open_ended.count("*") <= 1
    assert open_ended.rstrip("*")[:3] == plain[:3] or len(plain) < 5


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("hypertens*", "pulmonary hypertension", True),
        ("heart failure*", "congestive heart failure*", True),
        ("failure heart", "heart failure", False),
        ("heart", "hearts", False),
        ("hypertension", "hypertens*", False),
        ("ace inhibitor*", "ace", False),
    ],
)
def test_a_term_covers_what_it_finds_anyway(wide: str, narrow: str, expected: bool) -> None:
    assert covers(wide, narrow) is expected


def test_words_that_only_look_like_plurals() -> None:
    assert [singular(w) for w in ("diabetes", "virus", "illness", "studies", "drugs")] == [
        *("diabetes", "virus", "illness", "study", "drug")
    ]
