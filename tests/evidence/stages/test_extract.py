from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.findings import ContinuousData, DichotomousData, GenericData, values
from evidence.grounding import quote_problem, value_problems
from evidence.judgements import ExtractedOutcome
from evidence.question import ClinicalQuestion, Pico
from evidence.stages.extract import LEAST_SCORE, Extraction, OfflineExtractor
from indexers.jats import read_jats
from indexers.records import (
    Document,
    Record,
    Section,
    Table,
    TableCell,
    abstract_document,
    text_digest,
)

TITLE = "Dihydroartemisinin-piperaquine versus artemether-lumefantrine: a randomised trial"
ABSTRACT = (
    "We compared dihydroartemisinin-piperaquine (DP) with artemether-lumefantrine (AL) in "
    "children aged 6 months to 12 years in western Kenya."
)
METHODS = (
    "This open-label randomised controlled trial (ISRCTN36463274) followed children up for 28 days."
)
FLOW = "146 patients entered; 73 were randomly allocated to the DP arm and 73 to the AL arm."


def _cells(line: str, tag: str) -> str:
    cells = []
    for cell in line.split("|"):
        text, _, span = cell.strip().partition("{c")
        wide = f' colspan="{span.rstrip("}")}"' if span else ""
        cells.append(f"<{tag}{wide}>{escape(text)}</{tag}>")
    return f"<tr>{''.join(cells)}</tr>"


def _table(caption: str, head: list[str], body: list[str], note: str = "") -> str:
    foot = f"<table-wrap-foot><p>{escape(note)}</p></table-wrap-foot>" if note else ""
    return (
        f"<table-wrap><label>Table</label><caption><p>{escape(caption)}</p></caption><table>"
        f"<thead>{''.join(_cells(row, 'th') for row in head)}</thead>"
        f"<tbody>{''.join(_cells(row, 'td') for row in body)}</tbody></table>{foot}</table-wrap>"
    )


def _article(folder: Path, results: str, abstract: str = ABSTRACT) -> Document:
    path = folder / "article.xml"
    path.write_text(
        "<article><front><article-meta><title-group>"
        f"<article-title>{TITLE}</article-title></title-group>"
        f"<abstract><p>{escape(abstract)}</p></abstract></article-meta></front><body>"
        f"<sec><title>Methods</title><p>{escape(METHODS)}</p></sec>"
        f"<sec><title>Results</title><p>{escape(FLOW)}</p>{results}</sec></body></article>",
        encoding="utf-8",
    )
    return read_jats(path, "r1")


def _question(*outcomes: str, comparator: str = "artemether-lumefantrine (AL)") -> ClinicalQuestion:
    pico = Pico(
        intervention="dihydroartemisinin-piperaquine (DP, DHA-PQP)",
        comparator=comparator,
        outcomes=outcomes,
    )
    return ClinicalQuestion(text="Which treatment?", pico=pico)


def _extract(document: Document, *outcomes: str, **pico: str) -> tuple[ExtractedOutcome, ...]:
    extraction = OfflineExtractor().extract(_question(*outcomes, **pico), document)
    for outcome in extraction.outcomes:
        assert value_problems(outcome) == []
        for evidence in outcome.evidence:
            assert all(quote_problem(q, document) is None for q in evidence.quotes)
    return extraction.outcomes


def _numbers(outcome: ExtractedOutcome) -> list[float | None]:
    return list(values(outcome.data).values())


def test_totals_come_from_an_arms_size_only_where_the_percentage_agrees(tmp_path: Path) -> None:
    table = _table(
        "Summary of adverse events",
        ["Adverse event | DHA-PQP | AL | P-value"],
        [
            "Vomiting | 11 (15.1%) | 9 (12.3%) | 0.806",
            "Abdominal pain | 25 (32.4%) | 26 (35.6%) | 0.862",
            "Cough | 16 (21.9%) | 17 (23.3%) | 0.843",
        ],
    )
    vomiting, pain = _extract(_article(tmp_path, table), "vomiting", "abdominal pain")
    assert _numbers(vomiting) == [11, 73, 9, 73]
    totals = {e.field: e.derivation for e in vomiting.evidence}
    assert "11/73 = 15.1%" in (totals["total_intervention"] or "")
    assert totals["events_intervention"] is None
    assert _numbers(pain) == [25, None, 26, 73]
    assert any("no printed total agrees with 25" in flag for flag in pain.flags)


def test_a_heading_that_spells_an_abbreviation_out_is_flagged(tmp_path: Path) -> None:
    rows = ["Vomiting | 11 (15.1%) | 9 (12.3%) | 0.8"]
    spelled = _table("Adverse events", ["Event | DHA-PQP | ALN | P-value"], rows)
    (vomiting,) = _extract(_article(tmp_path, spelled), "vomiting")
    assert _numbers(vomiting) == [11, 73, 9, 73]
    assert any("'ALN' is taken for" in note for note in vomiting.notes)
    other = _table("Adverse events", ["Event | DHA-PQP | AL+PQ | P-value"], rows)
    assert _extract(_article(tmp_path, other), "vomiting") == ()


def test_the_size_that_most_of_a_column_agrees_with_is_the_columns(tmp_path: Path) -> None:
    treated = "<p>Safety: DP (n = 73) and AL (n = 71).</p>"
    table = _table(
        "Adverse events",
        ["| DP | AL"],
        ["Nausea | 17 (23%) | 23 (32.4%)", "Vomiting | 4 (5%) | 10 (14%)"],
    )
    (found,) = _extract(_article(tmp_path, treated + table), "vomiting")
    assert _numbers(found) == [4, 73, 10, 71]


def test_sizes_that_a_sentence_mixes_up_are_those_of_the_tables(tmp_path: Path) -> None:
    abstract = ABSTRACT + " They were randomised to DP (n = 71) or AL (n = 75)."
    table = _table("Outcomes", ["| DP (n = 75) | AL (n = 71)"], ["Cough | 5 (6.7%) | 5 (7.0%)"])
    path = _article(tmp_path, table, abstract)
    arms = OfflineExtractor().extract(_question("cough"), path).characteristics.arms
    assert 71 not in (arms[0].size, -1)
    assert 75 not in (arms[1].size, -1)


def test_a_row_goes_to_the_outcome_it_names_and_carries_its_note(tmp_path: Path) -> None:
    table = _table(
        "Adverse events",
        ["Event | DP (n = 101) n (%) | AL (n = 49) n (%)"],
        [
            "Malaria^2 | 5 (5.0%) | 7 (14.3%)",
            "At least one SAE | 5 (5.0%) | 1 (2.0%)",
            "At least one drug-related SAE | 4 (4.0%) | 1 (2.0%)",
            "Severe anaemia | 2 (2.0%) | 1 (2.0%)",
        ],
        "^1Frequency > 5%.^2Reporting of malaria was not complete.",
    )
    found = _extract(_article(tmp_path, table), "malaria", "serious adverse events (SAE)", "anemia")
    assert [(o.reported_as, _numbers(o)) for o in found] == [
        ("Malaria^2", [5, 101, 7, 49]),
        ("At least one SAE", [5, 101, 1, 49]),
    ]
    assert found[0].flags == ("note: Reporting of malaria was not complete.",)


def test_days_under_a_heading_and_never_day_zero(tmp_path: Path) -> None:
    table = _table(
        "Gametocytes during the study (ITT population)",
        [" | DP n/N (%) | AL n/N (%)"],
        [
            "Gametocyte prevalence{c3}",
            "Day 0 | 10/101 (9.9) | 5/49 (10.2)",
            "Day 7 | 7/98 (7.1) | 0/46 (0.0)",
            "Overall (day 0 – day 7) | 12/98 (12.2) | 1/46 (2.2)",
        ],
    )
    document = _article(tmp_path, table)
    (day7,) = _extract(document, "gametocyte carriage on day 7 (gametocytes)")
    assert _numbers(day7) == [7, 98, 0, 46]
    assert (day7.time_point, day7.time_point_days, day7.analysis_population) == (
        "Day 7",
        7.0,
        "ITT",
    )
    every = _extract(document, "gametocyte carriage (gametocytes)")
    assert [o.time_point_days for o in every] == [7.0, None]


def test_arms_as_row_groups_with_days_in_columns(tmp_path: Path) -> None:
    table = _table(
        "Occurrence of gametocytes in the study groups",
        ["Gametocyte positive samples | Day 0 | Day 7"],
        [
            "DP group microscopy (n = 67) | |",
            "Total number of positive cases | 3 | 7",
            "Number of new cases observed | | 3",
            "AL group microscopy (n = 66) | |",
            "Total number of positive cases | 6 | 2",
            "Number of new cases observed | | 1",
        ],
    )
    (found,) = _extract(_article(tmp_path, table), "gametocytes on day 7")
    assert _numbers(found) == [7, 67, 2, 66]


def test_cure_is_the_complement_of_failure_only_where_the_question_says_so(tmp_path: Path) -> None:
    table = _table(
        "Cure rates at day 63 by site and overall",
        [" | PCR-corrected{c2}", " | DP | AL", " | N (%) | N (%)", " | 95% CI | 95% CI"],
        [
            "ITT population{c3}",
            "Goa | 19 (100) | 8 (88.9)",
            "(DP=19, AL=9) | n.a. | 68.4; 100",
            "Total | 81 (80.2) | 41 (83.7)",
            "(DP=101, AL=49) | 72.4; 88.0 | 73.3; 94.0",
        ],
    )
    document = _article(tmp_path, table)
    assert _extract(document, "treatment failure") == ()
    (failure,) = _extract(document, "treatment failure (not cured)")
    assert _numbers(failure) == [20, 101, 8, 49]
    derivation = {e.field: e.derivation for e in failure.evidence}["events_intervention"]
    assert derivation is not None
    assert derivation.startswith("101 - 81")
    assert any("PCR-corrected" in flag for flag in failure.flags)


def test_means_with_n_from_a_row_of_its_own(tmp_path: Path) -> None:
    table = _table(
        "Haemoglobin changes from day 0 to day 14",
        [" | | DP | AL"],
        [
            "Day 0 | n | 101 | 49",
            "Day 0 | mean (SD) | 105.8 (25.1) | 104.5 (24.5)",
            "Day 7 | n | 98 | 46",
            "Day 7 | mean (SD) | 103.2 (23.2) | 100.6 (26.2)",
        ],
    )
    (found,) = _extract(_article(tmp_path, table), "hemoglobin")
    assert isinstance(found.data, ContinuousData)
    assert _numbers(found) == [103.2, 23.2, 98, 100.6, 26.2, 46]
    assert found.time_point_days == 7.0


def test_several_rows_of_numbers_analysed_are_not_mixed_up(tmp_path: Path) -> None:
    table = _table(
        "Outcomes at week 4",
        [" | DP | AL"],
        ["n | 98 | 46", "Haemoglobin, mean (SD) | 10.0 (2.0) | 9.5 (3.0)", "n | 91 | 42"],
    )
    (found,) = _extract(_article(tmp_path, table), "haemoglobin")
    assert _numbers(found) == [10.0, 2.0, None, 9.5, 3.0, None]


def test_a_standard_error_becomes_a_derived_sd(tmp_path: Path) -> None:
    table = _table(
        "Outcomes at week 4",
        [" | DP (n = 100) mean (SE) | AL (n = 49) mean (SE)"],
        ["Haemoglobin | 10.0 (0.2) | 9.5 (0.3)"],
    )
    (found,) = _extract(_article(tmp_path, table), "haemoglobin")
    assert isinstance(found.data, ContinuousData)
    assert found.data.sd_intervention == pytest.approx(2.0)
    assert any("square root" in (e.derivation or "") for e in found.evidence)


@pytest.mark.parametrize(
    "caption",
    ["Baseline characteristics of the patients", "Demographic data", "Characteristics of children"],
)
def test_baseline_tables_give_no_results(tmp_path: Path, caption: str) -> None:
    table = _table(
        caption, ["| DP (n = 73) n (%) | AL (n = 73) n (%)"], ["Vomiting | 11 (15.1) | 9 (12.3)"]
    )
    assert _extract(_article(tmp_path, table), "vomiting") == ()


def test_subgroup_columns_give_way_to_those_of_all(tmp_path: Path) -> None:
    head = [
        "| Children{c2} | Overall{c2}",
        "| DP (n = 40) | AL (n = 42) | DP (n = 73) | AL (n = 71)",
    ]
    table = _table(
        "Adverse events, n (%)", head, ["Vomiting | 4 (10.0) | 2 (4.8) | 11 (15.1) | 9 (12.7)"]
    )
    (found,) = _extract(_article(tmp_path, table), "vomiting")
    assert _numbers(found) == [11, 73, 9, 71]


def test_a_total_that_the_percentage_contradicts_is_left_out(tmp_path: Path) -> None:
    table = _table(
        "Adverse events", ["| DP (n = 73) | AL (n = 71)"], ["Vomiting | 11 (20.1%) | 9 (12.7%)"]
    )
    (found,) = _extract(_article(tmp_path, table), "vomiting")
    assert _numbers(found) == [11, None, 9, 71]
    assert any("11 of 73 is not the printed 20.1%" in flag for flag in found.flags)


def test_more_events_than_participants_are_never_given(tmp_path: Path) -> None:
    table = _table("Adverse events, n", ["| DP (n = 7) n | AL (n = 71) n"], ["Vomiting | 11 | 9"])
    assert _extract(_article(tmp_path, table), "vomiting") == ()


def test_contradicting_results_both_stay_and_say_so(tmp_path: Path) -> None:
    table = _table(
        "Adverse events",
        ["| DP (n = 73) n (%) | AL (n = 71) n (%)"],
        ["Vomiting | 11 (15.1) | 9 (12.7)"],
    )
    text = "<p>Vomiting occurred in 12/73 (16.4%) with DP and 9/71 (12.7%) with AL.</p>"
    found = _extract(_article(tmp_path, text + table), "vomiting")
    assert sorted(_numbers(o)[0] or 0 for o in found) == [11, 12]
    assert all(any("gives another result" in flag for flag in o.flags) for o in found)


def test_sentences_with_the_arm_behind_the_number(tmp_path: Path) -> None:
    text = (
        "<p>Overall, 81 (39%) of 210 patients treated with AL went on to develop recurrent "
        "symptomatic malaria, compared to 52 (25%) of 211 patients treated with DP.</p>"
    )
    (found,) = _extract(_article(tmp_path, text), "recurrent malaria")
    assert _numbers(found) == [52, 211, 81, 210]
    assert any("check that this is the outcome" in flag for flag in found.flags)


def test_sentences_that_tell_the_arms_one_after_the_other(tmp_path: Path) -> None:
    text = (
        "<p>In the DP group fever was observed on day 2 in four cases (5.5%) and three cases "
        "(4.1%) on day 3. In the AL group cases with fever also presented on day 2 (12 study "
        "subjects, 16.4%) and on day 3 (two individuals, 2.7%).</p>"
    )
    (found,) = _extract(_article(tmp_path, text), "fever on day 2")
    assert _numbers(found) == [4, 73, 12, 73]


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
    assert _extract(_article(tmp_path, f"<p>{sentence}</p>"), "vomiting") == ()


def test_a_risk_difference_takes_its_sign_from_the_arms(tmp_path: Path) -> None:
    text = (
        "<p>The risk of recurrent parasitemia was lower with DP than with AL after 28 d (11% "
        "versus 29%; risk difference [RD] 18%, 95% confidence interval [CI] 11%–26%) and 42 d "
        "(43% versus 53%; RD 9.6%, 95% CI 0%–19%).</p>"
    )
    first, second = _extract(_article(tmp_path, text), "recurrent malaria (recurrent parasitaemia)")
    assert isinstance(first.data, GenericData)
    assert first.data.measure == "RD"
    assert _numbers(first) == [-0.18, -0.26, -0.11]
    assert first.time_point_days == 28.0
    assert _numbers(second) == [-0.096, -0.19, 0.0]


def test_a_ratio_needs_arms_and_direction_in_its_sentence(tmp_path: Path) -> None:
    good = "<p>DP reduced recurrent malaria compared with AL (HR 0.75, 95% CI 0.6 to 0.9).</p>"
    (found,) = _extract(_article(tmp_path, good), "recurrent malaria")
    assert isinstance(found.data, GenericData)
    assert (found.data.measure, _numbers(found)) == ("HR", [0.75, 0.6, 0.9])
    turned = good.replace("DP reduced", "AL increased").replace("with AL", "with DP")
    assert _extract(_article(tmp_path, turned), "recurrent malaria") == ()
    contradicting = good.replace("reduced", "increased")
    assert _extract(_article(tmp_path, contradicting), "recurrent malaria") == ()


def test_comparator_arms_are_kept_apart(tmp_path: Path) -> None:
    table = _table(
        "Adverse events (n, %)",
        ["| DP (n = 50) | AL (n = 51) | AS+AQ (n = 52)"],
        ["Vomiting | 5 (10.0%) | 6 (11.8%) | 7 (13.5%)"],
    )
    both = "artemether-lumefantrine (AL) or artesunate-amodiaquine (AS+AQ)"
    found = _extract(_article(tmp_path, table), "vomiting", comparator=both)
    assert [(o.comparator, _numbers(o)[2:]) for o in found] == [
        ("artemether-lumefantrine", [6, 51]),
        ("AS+AQ", [7, 52]),
    ]


def test_characteristics_and_arms_are_quoted(tmp_path: Path) -> None:
    document = _article(tmp_path, "")
    found = OfflineExtractor().extract(_question("vomiting"), document).characteristics
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
    table = _table(
        "Adverse events", ["| DP (n = 73) | AL (n = 71)"], ["Vomiting | 11 (15%) | 9 (13%)"]
    )
    document = _article(tmp_path, table)
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
    question = _question("vomiting (not well)", "fever on day 7")
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
    document = _article(tmp_path, "", abstract=f"{ABSTRACT} {_WORSE}")
    extraction = OfflineExtractor(read_pico=False).extract(_question("vomiting"), document)
    (told,) = extraction.directions
    assert (told.outcome, told.direction, told.quotes[0].text) == ("vomiting", "decreased", _WORSE)
    assert told.score is not None and told.score >= LEAST_SCORE
    assert extraction.entries[-1] == told
    nothing = OfflineExtractor(read_pico=False).extract(_question("blood pressure"), document)
    assert nothing.directions == ()


def test_numbers_that_contradict_themselves_are_flagged(tmp_path: Path) -> None:
    head = ["Adverse event | DHA-PQP (n = 73) | AL (n = 73)"]
    rows = ["Vomiting | 11 (15.1%) | 9 (12.3%)", "Cough | 16 (21.9%) | 31 (23.3%)"]
    table = _table("Adverse events", head, rows)
    vomiting, cough = _extract(_article(tmp_path, table), "vomiting", "cough")
    assert not vomiting.flags
    assert any("31" in flag and "23.3" in flag for flag in cough.flags)


def test_population_and_arms_come_from_the_abstract_when_asked(tmp_path: Path) -> None:
    document = _article(tmp_path, "")
    fields = {
        c.field for c in OfflineExtractor().extract(_question("x"), document).characteristics
        .characteristics
    }  # fmt: skip
    assert {"population", "intervention", "design"} <= fields
    plain = OfflineExtractor(read_pico=False).extract(_question("x"), document)
    assert "population" not in {c.field for c in plain.characteristics.characteristics}
