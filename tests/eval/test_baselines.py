"""The rules that stand beside the program: each does what its name says, and no more."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from eval.baselines.fixed_contexts import fixed_counts
from eval.baselines.retrieval import baseline_orders
from eval.baselines.span_words import baseline_readers
from eval.baselines.study_fields import first_matches, majority_values
from eval.baselines.table_rows import readable_rows, row_rules
from eval.numeric_data import NumbersQuestion
from eval.resplits import resplit
from eval.tasks.characteristics_data import LABELLED_FIELDS, LabelledStudy
from eval.tasks.synthesis import System, pooled_outcome
from eval.tasks.synthesis_data import PublishedEstimate, PublishedOutcome
from indexers.jats import read_jats
from indexers.records import Document, Record, text_digest

HEADS = "<tr><th>Outcome</th><th>Drug (n=50)</th><th>Placebo (n = 1,048)</th></tr>"
TABLES = f"""<article><front><article-meta>
<title-group><article-title>T</article-title></title-group></article-meta></front><body><sec><title>Results</title><p>Words.</p>
<table-wrap id="t1"><table><thead>{HEADS}</thead><tbody>
<tr><td>Sex</td><td>all</td><td>all</td></tr>
<tr><td>Deaths</td><td>4 (8%)</td><td>9 (1%)</td></tr>
<tr><td>Pain score at week 12</td><td>3.5 (1.2)</td><td>4.1 (1.3)</td></tr>
</tbody></table></table-wrap>
<table-wrap id="t2"><table><thead><tr><th>Outcome</th><th>Ratio</th></tr></thead><tbody>
<tr><td>Deaths</td><td>0.8 (0.6 to 1.1)</td></tr></tbody></table></table-wrap>
</sec></body></article>"""


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "PMC1.xml"
    path.write_text(TABLES, encoding="utf-8")
    return read_jats(path, "PMC1")


def question(outcome: str, number: int = 0) -> NumbersQuestion:
    return NumbersQuestion(f"q{number}", "PMC1", "drug", "placebo", outcome, "continuous", {})


def test_a_row_is_read_in_its_printed_order_with_the_sizes_of_its_heads(report) -> None:
    deaths, pain = readable_rows(report, "dichotomous")
    assert (deaths.label, pain.label) == ("Deaths", "Pain score at week 12")
    assert deaths.numbers == {
        "events_intervention": 4, "total_intervention": 50,
        "events_comparator": 9, "total_comparator": 1048,
    }  # fmt: skip
    assert readable_rows(report, "continuous")[1].numbers["sd_comparator"] == 1.3
    (effect,) = readable_rows(report, "generic")[-1:]
    assert effect.numbers == {"estimate": 0.8, "ci_low": 0.6, "ci_high": 1.1}


def test_rows_are_chosen_by_place_by_chance_and_by_words(report) -> None:
    rows, rules = readable_rows(report, "continuous"), row_rules(0)
    pain = question("the pain score")
    assert rules["baseline:first_row"](rows, pain).label == "Deaths"
    assert rules["baseline:nearest_row"](rows, pain).label == "Pain score at week 12"
    assert rules["baseline:nearest_row"](rows, question("fever")).label == "Deaths"
    drawn = Counter(rules["baseline:random_row"](rows, question("x", n)).label for n in range(200))
    assert min(drawn[row.label] for row in rows) > 60
    again = [row_rules(0)["baseline:random_row"](rows, question("x", n)) for n in range(9)]
    assert again == [rules["baseline:random_row"](rows, question("x", n)) for n in range(9)]
    assert again != [row_rules(1)["baseline:random_row"](rows, question("x", n)) for n in range(9)]


def study(pmcid: str, **labels: tuple[str, ...]) -> LabelledStudy:
    return LabelledStudy(pmcid, None, dict.fromkeys(LABELLED_FIELDS, ()) | labels)


def test_the_majority_value_needs_labels_in_most_studies() -> None:
    studies = [
        study("1", country=("Spain",), blinding=("double",)),
        study("2", country=("Spain",)),
        study("3", country=("Italy",)),
    ]
    given = majority_values(studies)
    assert given["country"] == ["Spain"]
    assert given["blinding"] == given["funding"] == []


def test_the_first_match_of_each_pattern_is_given() -> None:
    text = (
        "An open-label crossover trial (ISRCTN 12345678) of 60 elderly patients in Denmark, not 9."
    )
    document = Document(
        document_digest=text_digest(text), record_id="r", kind="abstract", text=text
    )
    assert first_matches(document) == {
        "intervention_model": ["crossover"],
        "blinding": ["open-label"],
        "country": ["Denmark"],
        "number_randomised": ["60"],
        "registration": ["ISRCTN 12345678"],
        "funding": [],
    }


def test_the_readers_of_spans() -> None:
    readers = baseline_readers()
    text = "Women with breast neoplasms took tamoxifen ; mortality fell ."
    assert readers["baseline:majority"].read([text]) == [()]
    (every,) = readers["baseline:every_token"].read([text])
    assert [(s.element, s.start, s.end) for s in every] == [
        (element, 0, len(text)) for element in ("population", "intervention", "outcome")
    ]
    (named,) = readers["baseline:dictionary"].read([text])
    found = [(s.element, text[s.start : s.end]) for s in named]
    assert ("population", "breast neoplasms") in found  # the longest name, not `breast`
    assert ("intervention", "tamoxifen") in found
    assert not any(reader.learnt_from(text) for reader in readers.values())


RECORDS = [
    Record(
        record_id="a", source="s", title="Zinc for colds", abstract="Zinc and colds.", year=1999
    ),
    Record(record_id="b", source="s", title="Zinc for colds", abstract="In children.", year=2010),
    Record(record_id="c", source="s", title="Zinc", abstract="Growth of children."),
    Record(record_id="d", source="s", title="Tea", abstract="Sleep."),
]


def test_rankings_by_words_and_by_chance() -> None:
    orders = baseline_orders(RECORDS, 0)
    asked = "Does zinc help in colds?"
    assert orders["baseline:all_words"](asked, 9) == []  # no record says `help`
    assert orders["baseline:all_words"]("Zinc for colds?", 9) == ["b", "a"]  # newest first
    assert orders["baseline:all_words"]("What is it?", 9) == []
    assert orders["baseline:bm25"](asked, 9) == ["a", "b", "c"]
    assert orders["baseline:bm25"](asked, 1) == ["a"]
    drawn = [orders["baseline:random"](f"question {n}", 4) for n in range(200)]
    assert all(sorted(order) == ["a", "b", "c", "d"] for order in drawn)
    first = Counter(order[0] for order in drawn)
    assert min(first.values()) > 25 and len(first) == 4


def test_bm25_is_okapi() -> None:
    """The score of Robertson & Zaragoza 2009, worked out here by hand, orders the records."""
    long = Record(record_id="e", source="s", title="Zinc zinc zinc zinc", abstract="and more " * 60)
    records = [*RECORDS, long]
    docs = {
        r.record_id: f"{r.title} {r.abstract}".lower().replace(".", "").split() for r in records
    }
    mean = sum(map(len, docs.values())) / 5

    def score(words: list[str]) -> float:
        total = 0.0
        for term in ("children", "growth", "zinc"):
            n, f = sum(term in d for d in docs.values()), words.count(term)
            idf = math.log(1 + (5 - n + 0.5) / (n + 0.5))
            total += idf * f * 2.2 / (f + 1.2 * (0.25 + 0.75 * len(words) / mean))
        return total

    expected = sorted((i for i in docs if score(docs[i])), key=lambda i: -score(docs[i]))
    assert baseline_orders(records, 0)["baseline:bm25"]("zinc children growth", 9) == expected


def test_a_fixed_count_is_judged_on_the_splits_of_the_certificates() -> None:
    counts = (1, 5, 10, 20)
    losses = np.array([[1.0, 0.6, 0.3, 0.0], [1.0, 0.6, 0.0, 0.0], [1.0, 0.6, 0.0, 0.0]] * 4)
    runs = resplit(losses, counts, alpha=0.2, delta=0.1, n_resplits=50, n_calibration=6, seed=0)
    found = fixed_counts([f"q{i}" for i in range(12)], losses, counts, runs, 0.2)
    assert list(found) == ["baseline:fixed_5", "baseline:fixed_10", "baseline:fixed_20"]
    five, ten = found["baseline:fixed_5"], found["baseline:fixed_10"]
    assert five.metrics["violation_rate"].value == five.metrics["violation_rate_overall"].value == 1
    assert ten.metrics["violation_rate_overall"].value == 0.0  # 0.1 on average
    assert (ten.metrics["mean_k"].value, ten.metrics["certified_share"].value) == (10.0, 0.0)
    assert ten.by_unit["q0"] == {"missed_at_used": 0.3}


def test_studies_are_put_together_without_weights() -> None:
    names = ("n_treatment", "n_total", "n_control", "n_total_control")
    rows = [
        dict(zip(names, map(str, row), strict=True)) for row in ((1, 10, 2, 10), (40, 100, 10, 100))
    ]
    rows.append(dict.fromkeys(names, "0") | {"n_total": "9", "n_total_control": "9"})  # no event
    outcome = PublishedOutcome("1", "x", tuple(rows), PublishedEstimate("RR", 2.0, 1.0, 4.0))
    unweighted = pooled_outcome(outcome, System(way="unweighted"))
    assert unweighted.estimate == pytest.approx(math.sqrt(0.5 * 4.0))
    summed = pooled_outcome(outcome, System(way="summed"))
    assert summed.estimate == pytest.approx((41 / 119) / (12 / 119))
    assert (unweighted.k_studies, summed.k_studies) == (2, 3)
    hazard = PublishedOutcome(
        "1", "y", ({"HR": "0.5", "n": "9"},), PublishedEstimate("HR", 0.5, 0.4, 0.6)
    )
    assert pooled_outcome(hazard, System(way="summed")).estimate is None
    assert pooled_outcome(hazard, System(way="unweighted")).estimate == pytest.approx(0.5)
