from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.config import data_folder
from evidence.errors import SourceError
from evidence.extraction.direction_cues import cues, marked_words
from evidence.extraction.direction_heads import (
    HEADS_FILE,
    LABELS,
    load_heads,
    read_heads,
    save_heads,
)
from evidence.extraction.direction_text import read_article, roles_of
from evidence.extraction.effect_direction import direction_in_sentences, effect_direction
from indexers.records import Document, Section, text_digest

TITLE = "A trial of oxaprin against placebo for migraine"
METHODS = "Patients were randomised to oxaprin or placebo. Sleep duration was measured by diary."
RESULTS = (
    "Headache days were significantly lower with oxaprin than with placebo (3.1 vs 5.9, p < 0.001)."
    " Heart rate was significantly higher in the oxaprin group than in the placebo group"
    " (p = 0.01)."
    " There was no significant difference in sleep duration between oxaprin and placebo (p = 0.62)."
)


def document(results: str = RESULTS) -> Document:
    text = f"{TITLE}\n\n{METHODS}\n\n{results}"
    start = len(TITLE) + 2
    middle = start + len(METHODS) + 2
    return Document(
        document_digest=text_digest(text),
        record_id="r1",
        kind="full_text",
        text=text,
        sections=(
            Section(path=("Title",), start=0, end=len(TITLE)),
            Section(path=("Methods",), start=start, end=middle - 2),
            Section(path=("Results",), start=middle, end=len(text)),
        ),
    )


@pytest.mark.parametrize(
    ("outcome", "direction", "begins"),
    [
        ("headache days", "decreased", "Headache days"),
        ("heart rate", "increased", "Heart rate"),
        ("sleep duration", "no_difference", "There was no"),
    ],
)
def test_direction_and_its_sentence(outcome: str, direction: str, begins: str) -> None:
    report = document()
    found = effect_direction(report, "oxaprin", "placebo", outcome)
    assert found.direction == direction
    assert found.quotes[0].text.startswith(begins)
    assert all(report.text[q.start : q.end] == q.text for q in found.quotes)
    assert list(found.quote_scores) == sorted(found.quote_scores, reverse=True)
    assert sum(found.scores.values()) == pytest.approx(1, abs=1e-5)


def test_asked_from_the_other_side_the_direction_turns() -> None:
    assert effect_direction(document(), "placebo", "oxaprin", "headache days").direction == (
        "increased"
    )


def test_nothing_near_the_outcome_is_unclear() -> None:
    found = effect_direction(document(), "oxaprin", "placebo", "serum ferritin")
    assert (found.direction, found.quotes, found.scores) == ("unclear", (), {})


def test_an_empty_outcome_and_an_empty_document_are_unclear() -> None:
    assert effect_direction(document(), "oxaprin", "placebo", " ").direction == "unclear"
    empty = Document(
        document_digest=text_digest(""), record_id="r", kind="abstract", text="", sections=()
    )
    assert effect_direction(empty, "a", "b", "c").direction == "unclear"


def test_given_sentences_alone_are_read() -> None:
    report = document()
    start = report.text.index("There was no")
    place = (start, len(report.text))
    found = direction_in_sentences(report, "oxaprin", "placebo", "sleep duration", [place])
    assert found.direction == "no_difference"
    assert [q.start for q in found.quotes] == [start]
    none = direction_in_sentences(report, "oxaprin", "placebo", "sleep duration", [])
    assert none.direction == "unclear"


def read_cues(sentence: str, outcome: str) -> dict[str, float]:
    article = read_article(document(sentence))
    roles = roles_of(article, "oxaprin", "placebo", outcome)
    return cues(article.sentences[-1], roles, outcome)


@pytest.mark.parametrize(
    ("sentence", "name", "sign"),
    [
        ("Pain was lower with oxaprin than with placebo.", "c_moved", -1),
        ("Pain was lower with placebo than with oxaprin.", "c_moved", 1),
        ("Pain was 3.1 with oxaprin and 5.9 with placebo.", "c_values", -1),
        ("Pain was 5.9 with placebo and 3.1 with oxaprin.", "c_values", -1),
        ("Pain with oxaprin: odds ratio 0.5 (95% CI 0.3 to 0.8).", "s_ratio_clear", -1),
        ("Pain with oxaprin: odds ratio 0.5 (95% CI 0.3 to 1.8).", "s_ratio_clear", 0),
        ("Pain changed with oxaprin (p = 0.03).", "c_p_significant", 1),
        ("Pain changed with oxaprin (p > 0.05).", "c_p_not_significant", 1),
        ("Pain was comparable with oxaprin and placebo.", "c_no_difference", 1),
        ("Pain improved with oxaprin more than ever.", "c_judged", -1),
    ],
)
def test_signs_point_towards_the_intervention(sentence: str, name: str, sign: float) -> None:
    assert read_cues(sentence, "pain")[name] == sign


def test_an_outcome_that_is_a_reduction_turns_the_sign() -> None:
    sentence = "Pain was lower with oxaprin than with placebo."
    assert read_cues(sentence, "reduction in pain")["c_moved"] == 1


def test_abbreviations_of_the_document_mark_the_arms() -> None:
    text = "Oral xylitol therapy (OXT) was given. Pain fell with OXT but not with placebo."
    article = read_article(document(text))
    roles = roles_of(article, "oral xylitol therapy", "placebo", "pain")
    marked = marked_words(article.sentences[-1], roles)
    assert marked[:4] == ["<O>", "fell", "with", "<I>"]
    assert marked[-1] == "<C>"


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "heads.npz"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(SourceError, match=r"heads\.npz"):
        read_heads(path)
    with pytest.raises(SourceError):
        read_heads(tmp_path / "missing.npz")


def test_weights_without_a_sharpness_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.npz"
    with np.load(data_folder() / "heads_direction" / HEADS_FILE) as arrays:
        np.savez(path, **{name: arrays[name] for name in arrays.files if name != "sharpness"})
    with pytest.raises(SourceError, match=r"old\.npz"):
        read_heads(path)


def test_sentences_are_pooled_by_the_roots_of_their_shares_and_sharpened() -> None:
    heads = load_heads()
    shares, read = np.array([0.64, 0.16]), np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]])
    plain = replace(heads, sharpness=1.0).pooled(shares, read)
    assert plain == pytest.approx([0.44 / 1.2, 0.52 / 1.2, 0.24 / 1.2])
    sharp = replace(heads, sharpness=2.0).pooled(shares, read)
    assert sharp == pytest.approx(plain**2 / (plain**2).sum())


def test_a_lone_sentence_of_no_share_is_read_all_the_same() -> None:
    pooled = load_heads().pooled(np.array([1e-300]), np.array([[0.2, 0.5, 0.3]]))
    assert pooled.sum() == pytest.approx(1)
    assert pooled.argmax() == 1


def test_weights_are_written_and_read_back(tmp_path: Path) -> None:
    heads = load_heads()
    save_heads(heads, tmp_path / "again.npz")
    again = read_heads(tmp_path / "again.npz")
    assert again.names == heads.names
    assert np.array_equal(again.weights, heads.weights)
    assert again.sharpness == heads.sharpness
    assert again.weights.shape == (len(LABELS), len(again.names))


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=200), st.text(max_size=20), st.text(max_size=20))
def test_any_text_gets_an_answer_with_verbatim_quotes(text: str, arm: str, outcome: str) -> None:
    report = document(text)
    found = effect_direction(report, arm, "placebo", outcome)
    assert all(report.text[q.start : q.end] == q.text for q in found.quotes)
    assert bool(found.quotes) == (found.direction != "unclear")
