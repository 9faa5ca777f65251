from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.findings import DichotomousData, GenericData
from evidence.grounding import quote_problem, value_problems
from evidence.question import ClinicalQuestion, Pico
from evidence.stages.extract import LEAST_SCORE, Extraction, OfflineExtractor
from indexers.records import (
    Document,
    Record,
    Section,
    Table,
    TableCell,
    abstract_document,
    text_digest,
)
from tests.evidence.stages.extract_factory import (
    ABSTRACT,
    FLOW,
    TITLE,
    article,
    asked,
    extracted,
    numbers_of,
    table_wrap,
)


def test_contradicting_results_both_stay_and_say_so(tmp_path: Path) -> None:
    table = table_wrap(
        "Adverse events",
        ["| DP (n = 73) n (%) | AL (n = 71) n (%)"],
        ["Vomiting | 11 (15.1) | 9 (12.7)"],
    )
    text = "<p>Vomiting occurred in 12/73 (16.4%) with DP and 9/71 (12.7%) with AL.</p>"
    found = extracted(article(tmp_path, text + table), "vomiting")
    assert sorted(numbers_of(o)[0] or 0 for o in found) == [11, 12]
    assert all(any("gives another result" in flag for flag in o.flags) for o in found)


def test_sentences_with_the_arm_behind_the_number(tmp_path: Path) -> None:
    text = (
        "<p>Overall, 81 (39%) of 210 patients treated with AL went on to develop recurrent "
        "symptomatic malaria, compared to 52 (25%) of 211 patients treated with DP.</p>"
    )
    (found,) = extracted(article(tmp_path, text), "recurrent malaria")
    assert numbers_of(found) == [52, 211, 81, 210]
    assert any("check that this is the outcome" in flag for flag in found.flags)


def test_sentences_that_tell_the_arms_one_after_the_other(tmp_path: Path) -> None:
    text = (
        "<p>In the DP group fever was observed on day 2 in four cases (5.5%) and three cases "
        "(4.1%) on day 3. In the AL group cases with fever also presented on day 2 (12 study "
        "subjects, 16.4%) and on day 3 (two individuals, 2.7%).</p>"
    )
    (found,) = extracted(article(tmp_path, text), "fever on day 2")
    assert numbers_of(found) == [4, 73, 12, 73]


@pytest.mark.parametrize(
    "sentence",
    [
        "Vomiting was the reason in 5/73 with DP, 7/73 with AL and 3/20 with neither.",
        "Five patients in DP and seven in AL were lost to follow-up: 5/73 (7%) DP, 7/73 (10%) AL.",
        "No difference in headache was seen after vomiting: 5/73 with DP, 7/73 with AL.",
        "Nausea or vomiting occurred in 5/73 with DP and 7/73 with AL.",
        "At baseline vomiting was present in 5/73 with DP and 7/73 with AL.",
        "Vomiting was commoner with DP (7%) than with AL (10%).",
        "Vomiting with DP or AL occurred in 5/73 early and 7/73 late.",
    ],
)
def test_sentences_that_are_not_clear_give_nothing(tmp_path: Path, sentence: str) -> None:
    assert extracted(article(tmp_path, f"<p>{sentence}</p>"), "vomiting") == ()


def test_a_risk_difference_takes_its_sign_from_the_arms(tmp_path: Path) -> None:
    text = (
        "<p>The risk of recurrent parasitemia was lower with DP than with AL after 28 d (11% "
        "versus 29%; risk difference [RD] 18%, 95% confidence interval [CI] 11%–26%) and 42 d "
        "(43% versus 53%; RD 9.6%, 95% CI 0%–19%).</p>"
    )
    first, second = extracted(article(tmp_path, text), "recurrent malaria (recurrent parasitaemia)")
    assert isinstance(first.data, GenericData)
    assert first.data.measure == "RD"
    assert numbers_of(first) == [-0.18, -0.26, -0.11]
    assert first.time_point_days == 28.0
    assert numbers_of(second) == [-0.096, -0.19, 0.0]


def test_a_ratio_needs_arms_and_direction_in_its_sentence(tmp_path: Path) -> None:
    good = "<p>DP reduced recurrent malaria compared with AL (HR 0.75, 95% CI 0.6 to 0.9).</p>"
    (found,) = extracted(article(tmp_path, good), "recurrent malaria")
    assert isinstance(found.data, GenericData)
    assert (found.data.measure, numbers_of(found)) == ("HR", [0.75, 0.6, 0.9])
    turned = good.replace("DP reduced", "AL increased").replace("with AL", "with DP")
    assert extracted(article(tmp_path, turned), "recurrent malaria") == ()
    contradicting = good.replace("reduced", "increased")
    assert extracted(article(tmp_path, contradicting), "recurrent malaria") == ()


def test_comparator_arms_are_kept_apart(tmp_path: Path) -> None:
    table = table_wrap(
        "Adverse events (n, %)",
        ["| DP (n = 50) | AL (n = 51) | AS+AQ (n = 52)"],
        ["Vomiting | 5 (10.0%) | 6 (11.8%) | 7 (13.5%)"],
    )
    both = "artemether-lumefantrine (AL) or artesunate-amodiaquine (AS+AQ)"
    found = extracted(article(tmp_path, table), "vomiting", comparator=both)
    assert [(o.comparator, numbers_of(o)[2:]) for o in found] == [
        ("artemether-lumefantrine", [6, 51]),
        ("AS+AQ", [7, 52]),
    ]


def test_characteristics_and_arms_are_quoted(tmp_path: Path) -> None:
    document = article(tmp_path, "")
    found = OfflineExtractor().extract(asked("vomiting"), document).characteristics
    by_field = {c.field: c.value for c in found.characteristics}
    assert by_field["country"] == "Kenya"
    assert by_field["registration"] == "ISRCTN36463274"
    assert by_field["design"] == "open-label randomised controlled trial"
    assert by_field["age"] == "aged 6 months to 12 years"
    assert by_field["follow_up"] == "followed children up for 28 days"
    assert [(a.role, a.size) for a in found.arms] == [("intervention", 73), ("comparator", 73)]
    assert "DP" in found.arms[0].abbreviations
    for quote in [q for c in found.characteristics for q in c.quotes] + [
        q for a in found.arms for q in a.quotes
    ]:
        assert quote_problem(quote, document) is None
    assert found.provenance.engine == "offline"
    assert found.provenance.at is None


def test_an_abstract_alone_is_enough() -> None:
    record = Record(
        record_id="r2",
        source="test",
        title="Drug A versus placebo",
        abstract="Methods: 100 were randomised. Results: Vomiting occurred in 5/50 (10%) with drug "
        "A and 7/50 (14%) with placebo.",
    )
    pico = Pico(intervention="drug A", comparator="placebo", outcomes=("vomiting",))
    question = ClinicalQuestion(text="?", pico=pico)
    (found,) = OfflineExtractor().extract(question, abstract_document(record)).outcomes
    assert found.data == DichotomousData(
        events_intervention=5, total_intervention=50, events_comparator=7, total_comparator=50
    )


def test_a_trial_of_something_else_gives_nothing(tmp_path: Path) -> None:
    table = table_wrap(
        "Adverse events", ["| DP (n = 73) | AL (n = 71)"], ["Vomiting | 11 (15%) | 9 (13%)"]
    )
    document = article(tmp_path, table)
    pico = Pico(intervention="aspirin", comparator="warfarin", outcomes=("vomiting",))
    extraction = OfflineExtractor().extract(ClinicalQuestion(text="?", pico=pico), document)
    assert extraction.outcomes == ()
    assert extraction.characteristics.arms == ()


_CELL = st.sampled_from(
    (
        *("", "DP", "AL (n = 71)", "DP (n = 73) n (%)", "Vomiting", "Day 7", "mean (SD)", "n"),
        *("Total", "11 (15.1%)", "9/71 (12.7)", "7", "99 (1)", "12.3 ± 4", "1.2 (0.3)"),
        *("(DP=3, AL=4)", "–", "34a"),
    )
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(_CELL, min_size=1, max_size=5), min_size=1, max_size=6),
    st.text(max_size=60),
)
def test_no_table_breaks_it_and_every_number_is_quoted(rows: list[list[str]], extra: str) -> None:
    document = _hostile(rows, extra)
    question = asked("vomiting (not well)", "fever on day 7")
    first = OfflineExtractor().extract(question, document)
    for outcome in first.outcomes:
        assert value_problems(outcome) == []
    again: Extraction = OfflineExtractor().extract(question, document)
    assert first.model_dump_json() == again.model_dump_json()


def _hostile(rows: list[list[str]], extra: str) -> Document:
    text = f"{TITLE}\n\n{extra}\n\n{FLOW}\n\n"
    start = len(text)
    cells = []
    for row, line in enumerate(rows):
        for column, cell in enumerate(line):
            cells.append(
                TableCell(
                    row=row, column=column, header=row == 0, text=cell,
                    start=len(text), end=len(text) + len(cell),
                )
            )  # fmt: skip
            text += cell + " | "
        text += "\n"
    table = Table(
        table_id="t", label="", caption="", start=start, end=len(text), cells=tuple(cells)
    )
    return Document(
        document_digest=text_digest(text),
        record_id="r",
        kind="full_text",
        text=text,
        sections=(Section(path=("Title",), start=0, end=len(TITLE)),),
        tables=(table,),
    )


_WORSE = (
    "Vomiting was significantly less frequent with DP than with AL (12% versus 25%; p = 0.003)."
)


def test_the_direction_that_the_text_tells_is_given_with_its_sentence(tmp_path: Path) -> None:
    document = article(tmp_path, "", abstract=f"{ABSTRACT} {_WORSE}")
    extraction = OfflineExtractor(read_pico=False).extract(asked("vomiting"), document)
    (told,) = extraction.directions
    assert (told.outcome, told.direction, told.quotes[0].text) == ("vomiting", "decreased", _WORSE)
    assert told.score is not None and told.score >= LEAST_SCORE
    assert extraction.entries[-1] == told
    nothing = OfflineExtractor(read_pico=False).extract(asked("blood pressure"), document)
    assert nothing.directions == ()


def test_numbers_that_contradict_themselves_are_flagged(tmp_path: Path) -> None:
    head = ["Adverse event | DHA-PQP (n = 73) | AL (n = 73)"]
    rows = ["Vomiting | 11 (15.1%) | 9 (12.3%)", "Cough | 16 (21.9%) | 31 (23.3%)"]
    table = table_wrap("Adverse events", head, rows)
    vomiting, cough = extracted(article(tmp_path, table), "vomiting", "cough")
    assert not vomiting.flags
    assert any("31" in flag and "23.3" in flag for flag in cough.flags)


def test_population_and_arms_come_from_the_abstract_when_asked(tmp_path: Path) -> None:
    document = article(tmp_path, "")
    fields = {
        c.field for c in OfflineExtractor().extract(asked("x"), document).characteristics
        .characteristics
    }  # fmt: skip
    assert {"population", "intervention", "design"} <= fields
    plain = OfflineExtractor(read_pico=False).extract(asked("x"), document)
    assert "population" not in {c.field for c in plain.characteristics.characteristics}
