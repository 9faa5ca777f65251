from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from eval.conll import LabelledAbstract, read_abstracts, read_conll
from eval.tasks.pico import counts_of, run_pico
from evidence.errors import EngineError, SourceError
from evidence.reading.span_heads import Element, Span

LABELLED = """-DOCSTART- (11)

Zinc NN O I-INT
for NN O O
acute NN O I-PAR
diarrhoea NN O I-PAR

We NN O O
measured NN O O
stool NN O I-OUT
output NN O I-OUT


-DOCSTART- (12)

Adults NN O I-PAR
"""


def written(tmp_path: Path, text: str, name: str = "labels.txt") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def span(text: str, part: str, element: Element) -> Span:
    return Span(element, start := text.index(part), start + len(part), 0.9)


class Reader:
    """Finds given parts of texts; fails on texts that hold a given word."""

    def __init__(
        self, parts: dict[str, Element], learnt: Sequence[str] = (), fails_on: str = "\0"
    ) -> None:
        self.parts, self.learnt, self.fails_on = parts, learnt, fails_on

    def read(self, texts: Sequence[str]) -> list[tuple[Span, ...]]:
        if any(self.fails_on in text for text in texts):
            raise EngineError("cannot read")
        return [
            tuple(span(text, part, e) for part, e in self.parts.items() if part in text)
            for text in texts
        ]

    def learnt_from(self, text: str) -> bool:
        return text in self.learnt


RIGHT: dict[str, Element] = {
    "Zinc": "intervention",
    "acute diarrhoea": "population",
    "stool output": "outcome",
    "Adults": "population",
}


def no_progress(step: str, done: int, total: int) -> None:
    pass


def test_documents_sentences_and_labels_are_read(tmp_path: Path) -> None:
    first, second = read_conll(written(tmp_path, LABELLED))
    assert (first.abstract_id, second.abstract_id) == ("11", "12")
    assert [len(sentence) for sentence in first.sentences] == [4, 4]
    assert first.labels[:4] == ("intervention", "", "population", "population")
    assert first.begins[:4] == (True, False, True, False)
    assert first.text == "Zinc for acute diarrhoea We measured stool output"
    assert second.labels == ("population",)


def test_a_broken_abstract_ends_at_its_fault_and_the_next_is_whole(tmp_path: Path) -> None:
    path = written(tmp_path, LABELLED.replace("for NN O O\n", "for\n"))
    _, found = read_abstracts(path)
    (_, first), (_, second) = found
    assert first.tokens == ("Zinc",)
    assert first.failure is not None
    assert first.failure.line == 4
    assert (second.failure, second.labels) == (None, ("population",))
    with pytest.raises(SourceError, match="expected a token and its label"):
        read_conll(path)


@pytest.mark.parametrize(
    ("label", "element"),
    [
        ("P", "population"),
        ("I", "intervention"),
        ("B-O", "outcome"),
        ("1_p", "population"),
        ("1_i", "intervention"),
        ("B-PAR", "population"),
        ("I-Intervention", "intervention"),
        ("B-1_o", "outcome"),
        ("I-OUT", "outcome"),
        ("C", "intervention"),
    ],
)
def test_spellings_of_labels(tmp_path: Path, label: str, element: str) -> None:
    (abstract,) = read_conll(written(tmp_path, f"of\tO\nzinc\t{label}\n"))
    assert abstract.labels == ("", element)


@pytest.mark.parametrize("end", ["\u2028", "\x85", "\x0c"])
def test_a_token_may_hold_what_unicode_calls_the_end_of_a_line(tmp_path: Path, end: str) -> None:
    path = tmp_path / "a.conll"
    path.write_bytes(f"25{end}mg\tI-INT\r\nzinc\tO\r\n".encode())
    (abstract,) = read_conll(path)
    assert abstract.tokens == (f"25{end}mg", "zinc")
    assert abstract.labels == ("intervention", "")


def test_without_documents_a_blank_line_ends_an_abstract(tmp_path: Path) -> None:
    found = read_conll(written(tmp_path, "zinc B-I\n\nadults B-P\nmen B-P\n"))
    assert [abstract.abstract_id for abstract in found] == ["labels.txt:1", "labels.txt:2"]
    assert found[1].begins == (True, True)


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("gene NN O B-Disease\n", ":1", "marks entities, not PICO elements"),
        ("zinc B-I\nwhat B-WHAT\n", ":2", "unknown label 'B-WHAT'"),
        ("zinc B-I\nalone\n", ":2", "expected a token and its label"),
        ("zinc O\n", "", "no PICO label"),
    ],
)
def test_what_is_no_pico_file_is_refused_in_one_line(
    tmp_path: Path, text: str, place: str, says: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SourceError) as caught:
        read_conll(path)
    assert str(caught.value).startswith(f"{path}{place}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_read_without_its_licence(tmp_path: Path) -> None:
    written(tmp_path, LABELLED, "b.txt")
    written(tmp_path, "zinc B-I\n", "a.conll")
    written(tmp_path, "Terms and conditions\n", "LICENSE.txt")
    files, found = read_abstracts(tmp_path)
    assert [path.name for path in files] == ["a.conll", "b.txt"]
    assert len(found) == 3


def abstract(labels: str, begins: str = "") -> LabelledAbstract:
    """One token a letter: p, i, o, or a dot outside; `begins` marks tokens with an x."""
    names = {"p": "population", "i": "intervention", "o": "outcome", ".": ""}
    read = tuple(names[letter] for letter in labels)
    if not begins:
        before = "." + labels[:-1]
        begins = "".join(
            "x" if now not in (".", last) else "." for now, last in zip(labels, before, strict=True)
        )
    tokens = tuple(f"w{n}" for n in range(len(labels)))
    return LabelledAbstract("1", (tokens,), read, tuple(mark == "x" for mark in begins))


def test_counts_of_tokens_exact_and_overlapping_spans() -> None:
    # Labelled: w0-w1, w3 and w5; found: w1 to w3 in one span, and w5.
    labelled = abstract("pp.p.p")
    text = labelled.text
    found = [span(text, "w1 w2 w3", "population"), span(text, "w5", "population")]
    token, exact, overlap = counts_of(labelled, found)[:, 0].tolist()
    assert token == [3, 4, 3, 4]
    assert exact == [1, 2, 1, 3]
    assert overlap == [2, 2, 3, 3]


def test_adjacent_spans_are_two_where_the_file_says_so() -> None:
    labelled = abstract("pp", "xx")
    both = [span(labelled.text, "w0 w1", "population")]
    assert counts_of(labelled, both)[1, 0].tolist() == [0, 1, 0, 2]


def test_a_span_inside_a_token_is_not_that_token() -> None:
    labelled = LabelledAbstract("1", (("randomised",),), ("population",), (True,))
    inside = [Span("population", 3, 6, 0.5)]
    assert counts_of(labelled, inside)[0, 0].tolist() == [0, 0, 0, 1]


def test_a_right_reading_scores_one_and_says_held_out(tmp_path: Path) -> None:
    _, found = read_abstracts(written(tmp_path, LABELLED))
    result = run_pico(found, {"offline": Reader(RIGHT)}, 0, no_progress)
    metrics = result.scores["offline"].metrics
    assert {metric.value for metric in metrics.values()} == {1.0}
    assert metrics["token_f1_macro"].n == 2
    assert "Held out" in " ".join(result.notes)
    assert list(result.scores["offline"].by_unit) == ["labels.txt:1:11", "labels.txt:2:12"]


def test_a_failure_counts_as_nothing_found_and_spares_the_others(tmp_path: Path) -> None:
    _, found = read_abstracts(written(tmp_path, LABELLED))
    result = run_pico(found, {"offline": Reader(RIGHT, fails_on="Adults")}, 0, no_progress)
    metrics = result.scores["offline"].metrics
    assert metrics["token_recall_population"].value == pytest.approx(2 / 3)
    assert metrics["token_f1_intervention"].value == 1.0
    assert [item["failure"] for item in result.items] == [None, "cannot read"]


def test_abstracts_that_were_learnt_from_are_told(tmp_path: Path) -> None:
    _, found = read_abstracts(written(tmp_path, LABELLED))
    reader = Reader(RIGHT, learnt=[found[0][1].text])
    assert any(
        "NOT HELD OUT" in note
        for note in run_pico(found, {"offline": reader}, 0, no_progress).notes
    )
    last = run_pico(found, {"offline": reader}, 0, no_progress, last=1)
    assert not any("NOT HELD OUT" in note for note in last.notes)
    assert len(last.items) == 1
    assert last.items[0]["unit"].endswith(":12")


def test_elements_without_labels_are_left_out(tmp_path: Path) -> None:
    _, found = read_abstracts(written(tmp_path, "zinc B-I\nin O\nadults B-P\n"))
    result = run_pico(found, {"offline": Reader({"zinc": "intervention"})}, 0, no_progress)
    metrics = result.scores["offline"].metrics
    assert "token_f1_outcome" not in metrics
    assert metrics["token_f1_macro"].value == pytest.approx(0.5)
    assert any("outcome" in note for note in result.notes)


def test_figures_sum_counts_over_abstracts_and_the_interval_holds_them() -> None:
    many = [(Path("a.txt"), abstract("p" * n + "i.o")) for n in range(1, 30)]
    reader = Reader({"w0": "population"})
    metrics = run_pico(many, {"offline": reader}, 0, no_progress).scores["offline"].metrics
    recall = metrics["token_recall_population"]
    assert recall.value == pytest.approx(29 / sum(range(1, 30)))
    assert recall.ci95[0] < recall.value < recall.ci95[1]
    assert np.isclose(metrics["token_precision_population"].value, 1.0)
