import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from evidence.config import data_folder
from evidence.errors import EngineError
from evidence.reading.span_heads import (
    SpanReader,
    pico_spans,
    shipped_reader,
    spans_of,
    text_digest,
)
from evidence.reading.word_states import SIGN, WordStates, word_states
from indexers.encoder import minilm_encoder

ABSTRACT = (
    "Oral zinc for acute diarrhoea in children: a randomised trial. We randomly assigned 120 "
    "children aged 6 to 24 months with acute diarrhoea to oral zinc sulphate 20 mg daily or "
    "placebo. The primary outcome was duration of diarrhoea. Stool frequency and vomiting were "
    "recorded for 7 days."
)


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    """A copy of the shipped heads that a test may damage."""
    return Path(shutil.copytree(data_folder() / "heads", tmp_path / "heads"))


def test_population_intervention_and_outcome_are_found() -> None:
    found = pico_spans(ABSTRACT)
    by_element = {
        element: " | ".join(ABSTRACT[s.start : s.end] for s in found if s.element == element)
        for element in ("population", "intervention", "outcome")
    }
    assert "children" in by_element["population"]
    assert "zinc" in by_element["intervention"]
    assert "placebo" in by_element["intervention"]
    assert "duration of diarrhoea" in by_element["outcome"]


def test_spans_stand_in_the_text_in_order_and_apart() -> None:
    found = pico_spans(ABSTRACT)
    assert all(0 <= span.start < span.end <= len(ABSTRACT) for span in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(ABSTRACT[s.start : s.end] == ABSTRACT[s.start : s.end].strip() for s in found)
    assert all(0 < span.score <= 1 for span in found)


@pytest.mark.parametrize("text", ["", " \n\t", "\x00", "\u200b"])
def test_a_text_without_words_has_no_spans(text: str) -> None:
    assert pico_spans(text) == ()


def test_company_does_not_change_a_reading() -> None:
    alone = pico_spans(ABSTRACT)
    among = shipped_reader().read(["", "Zinc.", ABSTRACT, ABSTRACT * 3])
    assert [(s.element, s.start, s.end) for s in among[2]] == [
        (s.element, s.start, s.end) for s in alone
    ]
    assert pico_spans(ABSTRACT) == alone


def test_spacing_moves_offsets_but_not_words() -> None:
    spaced = ABSTRACT.replace(".", " .").replace(":", " :").replace(" ", "  ")
    parts = [ABSTRACT[s.start : s.end] for s in pico_spans(ABSTRACT)]
    again = [spaced[s.start : s.end] for s in pico_spans(spaced)]
    assert ["".join(p.split()) for p in again] == ["".join(p.split()) for p in parts]


def test_offsets_are_characters_of_the_text_as_given() -> None:
    text = "Naïve ﬁbrosis — 𝛼-blockers in Müller’s children"
    (words,) = word_states(minilm_encoder(), [text])
    found = [text[a:b] for a, b in words.places]
    assert "".join(found) == "".join(text.split())
    assert {"Naïve", "Müller", "children"} <= set(found)


def test_a_long_text_is_read_to_its_end() -> None:
    filler = "Nothing was measured here at all . " * 150
    found = pico_spans(filler + ABSTRACT)
    assert any(
        s.element == "intervention" and "zinc" in (filler + ABSTRACT)[s.start : s.end].lower()
        for s in found
        if s.start >= len(filler)
    )


def test_each_piece_of_a_long_text_has_states() -> None:
    short, long = word_states(minilm_encoder(), ["zinc " * 100, "zinc " * 1000])
    assert len(short.endings) == 100
    assert len(long.endings) == 1000
    assert (np.abs(long.states.astype(np.float32)).sum(axis=1) > 0).all()


def test_signs_alone_are_no_span() -> None:
    words = words_at((0, 1), (2, 6))
    words.shapes[0, SIGN] = 1
    shares = np.array([[0, 0, 1, 0], [0, 1, 0, 0]], np.float32)
    assert [span.element for span in spans_of(words, shares, (1, 1, 1, 1))] == ["population"]


def words_at(*places: tuple[int, int]) -> WordStates:
    n = len(places)
    return WordStates(
        np.array(places, dtype=np.int32),
        np.zeros((n, 3), dtype=np.float16),
        np.zeros((n, 10), dtype=np.float32),
        np.zeros(n, dtype=np.int64),
    )


def test_a_span_is_a_run_of_words_and_its_score_their_mean() -> None:
    words = words_at((0, 4), (5, 9), (10, 12), (13, 20))
    shares = np.array(
        [[0.1, 0.8, 0.1, 0], [0.3, 0.6, 0.1, 0], [0.1, 0, 0.9, 0], [0.9, 0, 0, 0.1]], np.float32
    )
    first, second = spans_of(words, shares, (1, 1, 1, 1))
    assert (first.element, first.start, first.end, first.score) == ("population", 0, 9, 0.7)
    assert (second.element, second.start, second.end) == ("intervention", 10, 12)
    (third,) = list(spans_of(words, shares, (1, 1, 1, 20)))[-1:]
    assert third.element == "outcome"


def test_what_was_learnt_from_is_known_by_its_letters() -> None:
    assert text_digest("Zinc  for\nchildren.") == text_digest("zinc for children .")
    assert text_digest("Zinc for children.") != text_digest("Zinc for adults.")
    assert not shipped_reader().learnt_from(ABSTRACT)


def test_a_text_on_the_list_was_learnt_from(heads: Path) -> None:
    (heads / "trained_on.txt").write_text(f"{text_digest(ABSTRACT)}\n")
    assert SpanReader(heads, minilm_encoder()).learnt_from(ABSTRACT.replace(" ", "  "))


def test_heads_for_another_encoder_are_refused(heads: Path) -> None:
    path = heads / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"encoder_digest": "0" * 64}))
    with pytest.raises(EngineError, match="fit another encoder"):
        SpanReader(heads, minilm_encoder())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"heads": 3}'])
def test_damaged_settings_are_told_in_a_line(heads: Path, text: str) -> None:
    (heads / "config.json").write_text(text)
    with pytest.raises(EngineError, match=r"config\.json: expected the settings") as caught:
        SpanReader(heads, minilm_encoder())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("cut", [0, 7, 5000])
def test_damaged_weights_are_told_in_a_line(heads: Path, cut: int) -> None:
    weights = sorted(heads.glob("*.safetensors"))[0]
    weights.write_bytes(weights.read_bytes()[:cut])
    with pytest.raises(EngineError, match="expected the weights of a span head") as caught:
        SpanReader(heads, minilm_encoder()).read([ABSTRACT])
    assert "\n" not in str(caught.value)


def test_the_heads_are_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in (data_folder() / "heads").iterdir()) < 10_000_000
