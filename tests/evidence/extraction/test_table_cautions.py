"""What keeps a number of a table from being taken for another arm's, visit's or outcome's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from evidence.extraction.abbreviations import abbreviations
from evidence.extraction.arm_concepts import agreement, arm_concept, telling, tokens
from evidence.extraction.arm_mentions import Size, mentions
from evidence.extraction.arms import find_arms
from evidence.extraction.numbers import layout_of
from evidence.extraction.outcomes import match_label, outcome_concept
from evidence.question import Pico
from indexers.jats import read_jats
from tests.evidence.extraction.table_factory import ARMS, document, numbers, ranked, strict

SIZED = tuple(
    replace(arm, sizes=(Size(n, "randomised", 0, 1),))
    for arm, n in zip(ARMS, (11, 12), strict=True)
)
PAIN = ["Pain, mean (SD)|2.1 (1.0)|3.4 (1.2)"]


def _roles(folder: Path, methods: str, heads: list[str], asked: tuple[str, str]) -> list[str]:
    """The role of each heading of an article with one table."""
    cells = "".join(f"<th>{escape(head)}</th>" for head in ("Variable", *heads))
    values = "".join(f"<td>{i}.1 (1.1)</td>" for i in range(len(heads)))
    path = folder / "article.xml"
    path.write_text(
        "<article><front><article-meta><title-group><article-title>A randomised trial"
        "</article-title></title-group></article-meta></front><body><sec><title>Methods</title>"
        f"<p>{escape(methods)}</p></sec><sec><title>Results</title><table-wrap><label>Table 1"
        f"</label><caption><p>Results</p></caption><table><thead><tr>{cells}</tr></thead><tbody>"
        f"<tr><td>Pain</td>{values}</tr></tbody></table></table-wrap></sec></body></article>",
        encoding="utf-8",
    )
    article = read_jats(path, "r1")
    pico = Pico(intervention=asked[0], comparator=asked[1], outcomes=("pain",))
    arms = find_arms(article, pico, abbreviations(article))
    return [" ".join(m.arm.role for m in mentions(head, arms)) for head in heads]


@pytest.mark.parametrize(
    ("asked", "methods", "heads", "roles"),
    [
        # One word tells an arm that the other arm, or a label beside it, opposes.
        (("low-flow anaesthesia", "high-flow anaesthesia"),
         "We compared high-flow anaesthesia (Group H) and low-flow anaesthesia (Group L).",
         ["Group H", "Group L"], ["comparator", "intervention"]),
        (("high-dose somatrem (1800 mg/day)", "placebo"), "Somatrem was given.",
         ["High-dose group", "Low-dose group", "Placebo group"],
         ["intervention", "", "comparator"]),
        # A line break was lost in the heading.
        (("safer sex webpage", "no-content control"), "Men were assigned to webpages.",
         ["SaferWebpage", "No-ContentControl"], ["intervention", "comparator"]),
    ],
)  # fmt: skip
def test_headings_of_arms(
    tmp_path: Path, asked: tuple[str, str], methods: str, heads: list[str], roles: list[str]
) -> None:
    assert _roles(tmp_path, methods, heads, asked) == roles


def test_comparatives_say_what_the_plain_words_say() -> None:
    assert tokens("lower goal") == tokens("low goal")
    lower = arm_concept("lower blood pressure goal", ())
    usual = arm_concept("usual blood pressure goal", ())
    assert agreement(tokens("Low BP goal"), lower, [usual]) > 0.4
    assert agreement(tokens("Low BP goal"), usual, [lower]) == 0
    assert telling("low", frozenset()) < telling("low", frozenset(("high",))) == 1


def test_the_names_of_one_cell_break_nothing() -> None:
    # Capitals inside a name are no lost line break.
    assert tokens("HbA1c ProSeal") == tokens("hba1c proseal")


def test_a_p_value_over_both_rows_is_no_result(tmp_path: Path) -> None:
    head = ["Scale|Group|Before|After|P"]
    body = [
        "Behaviour, mean ± SD|Acupuncture|2.2 ± 2.1|1.3 ± 1.8|0.03",
        "|Sham|2.0 ± 1.6|1.6 ± 1.3|0.04",
    ]
    (found,) = strict(document(tmp_path, head, body), "behaviour")
    assert numbers(found)["mean_intervention"] == 1.3


@pytest.mark.parametrize(
    ("head", "first", "second"),
    [("P", "<td>0.04</td>", "<td>0.03</td>"), ("Trend", "<td rowspan='2'>0.04</td>", "")],
)
def test_a_test_beside_arms_in_rows_does_not_take_the_place_of_the_visit(
    tmp_path: Path, head: str, first: str, second: str
) -> None:
    path = tmp_path / "rows.xml"
    path.write_text(
        "<article><body><sec><title>Results</title><table-wrap><label>Table 1</label><caption>"
        "<p>Mean scores before and after 12 weeks</p></caption><table><thead><tr><th>Scale</th>"
        f"<th>Group</th><th>Before</th><th>After</th><th>{head}</th></tr></thead><tbody><tr>"
        "<td rowspan='2'>Behaviour, mean ± SD</td><td>Acupuncture</td><td>2.2 ± 2.1</td>"
        f"<td>1.3 ± 1.8</td>{first}</tr><tr><td>Sham</td><td>2.0 ± 1.6</td><td>1.6 ± 1.3</td>"
        f"{second}</tr></tbody></table></table-wrap></sec></body></article>",
        encoding="utf-8",
    )
    (found,) = ranked(read_jats(path, "r1"), "behaviour after 12 weeks")
    assert numbers(found)["mean_intervention"] == 1.3


def test_a_blank_label_goes_on_from_the_row_above(tmp_path: Path) -> None:
    head = ["Outcome|Time|Acupuncture|Sham"]
    body = [
        "Mobility, mean (SD)|2 weeks|2.1 (1.0)|3.4 (1.2)", "|4 weeks|2.6 (1.1)|3.5 (1.3)",
        "Balance, mean (SD)|2 weeks|5.1 (1.0)|6.4 (1.2)", "|4 weeks|5.6 (1.1)|6.5 (1.3)",
    ]  # fmt: skip
    (found,) = strict(document(tmp_path, head, body), "mobility at 4 weeks")
    assert numbers(found)["mean_intervention"] == 2.6


def test_rows_of_results_marked_as_heads_are_results(tmp_path: Path) -> None:
    head = [
        "Outcome, n (%)|Acupuncture|Sham",
        "Diagnosis|0 (0%)|2 (10%)",
        "Referral|1 (5%)|3 (15%)",
    ]
    made = document(tmp_path, head, ["Death|0 (0%)|1 (5%)"])
    (found,) = strict(made, "diagnosis")
    assert numbers(found)["events_comparator"] == 2


def test_a_listed_outcome_is_none_of_its_parts() -> None:
    concept = outcome_concept("psychiatric diagnosis", ())
    assert match_label(concept, "Psychiatric diagnosis, consultation, or referral") is None
    assert match_label(concept, "Psychiatric diagnosis, n (%)") is not None


def test_the_outcome_itself_stands_before_its_parts(tmp_path: Path) -> None:
    body = ["Motor function|18.0 ± 9.4|7.5 ± 5.5", "Motor function elbow|9.1 ± 6.3|3.4 ± 2.6"]
    made = document(tmp_path, ["Score, mean ± SD|Acupuncture|Sham"], body)
    (found,) = strict(made, "motor function")
    assert numbers(found)["mean_intervention"] == 18


def test_what_was_measured_at_a_visit_is_no_change(tmp_path: Path) -> None:
    head = ["|Acupuncture{c2}|Sham{c2}", "Variable|Pre|Post|Pre|Post"]
    body = ["Pain, mean (SD)|14.6 (2)|11.2 (3)|14.2 (2)|11.7 (3)"]
    made = document(tmp_path, head, body)
    assert strict(made, "change in pain") == []
    assert numbers(strict(made, "pain")[0])["mean_intervention"] == 11.2
    changed = document(tmp_path, head, body, caption="Change in scores")
    assert strict(changed, "change in pain") != []


def test_columns_beside_a_baseline_column_are_not_of_it(tmp_path: Path) -> None:
    caption = "Participant characteristics at baseline"
    made = document(tmp_path, ["|Acupuncture|Sham"], PAIN, caption=f"{caption} and afterwards")
    assert strict(made, "pain") == []
    body = ["Pain, mean (SD)|5.0 (1.0)|2.1 (1.0)|3.4 (1.2)"]
    made = document(
        tmp_path, ["|Baseline|Acupuncture|Sham"], body, caption=f"{caption} and after treatment"
    )
    assert numbers(strict(made, "pain")[0])["mean_intervention"] == 2.1


def test_a_column_of_changes_is_not_of_the_start(tmp_path: Path) -> None:
    head = ["Score, mean (SD)|Acupuncture change|Sham change"]
    made = document(tmp_path, head, PAIN, caption="Characteristics at baseline, with changes")
    assert strict(made, "change in pain") != []


def test_a_number_in_the_rows_of_the_outcome_is_nearer_than_the_heading(tmp_path: Path) -> None:
    path = tmp_path / "block.xml"
    path.write_text(
        "<article><body><sec><title>Results</title><table-wrap><label>Table 1</label><caption>"
        "<p>Outcomes</p></caption><table><thead><tr><th>Scale</th><th>Acupuncture (N = 26)</th>"
        "<th>Sham (N = 33)</th></tr></thead><tbody><tr><td rowspan='2'>Pain, mean (SD)</td>"
        "<td>5.1 (1.0)</td><td>6.4 (1.2)</td></tr><tr><td>N = 20</td><td>N = 23</td></tr>"
        "<tr><td>Sleep, mean (SD)</td><td>7.1 (1.0)</td><td>8.4 (1.2)</td></tr>"
        "</tbody></table></table-wrap></sec></body></article>",
        encoding="utf-8",
    )
    made = read_jats(path, "r1")
    assert numbers(strict(made, "pain")[0])["n_comparator"] == 23
    assert numbers(strict(made, "sleep")[0])["n_comparator"] == 33


def test_a_caption_that_counts_fewer_people_leaves_the_number_analysed_open(tmp_path: Path) -> None:
    head = ["|Acupuncture|Sham"]
    (found,) = strict(
        document(tmp_path, head, PAIN, caption="Scores of participants"), "pain", SIZED
    )
    assert numbers(found)["n_comparator"] == 12
    (found,) = strict(
        document(tmp_path, head, PAIN, caption="Scores of 20 participants"), "pain", SIZED
    )
    assert "n_comparator" not in numbers(found)


def test_a_number_in_brackets_behind_the_arm_is_its_number(tmp_path: Path) -> None:
    made = document(
        tmp_path, ["Group|G0, n (%)|G1, n (%)"], ["Acupuncture (107)|5 (4.7)|26 (24.3)",
        "Sham (108)|0 (0.0)|15 (13.9)"], caption="Grades of mucositis",
    )  # fmt: skip
    (found,) = strict(made, "G1")
    assert (numbers(found)["total_intervention"], numbers(found)["total_comparator"]) == (107, 108)


def test_a_row_of_totals_has_no_events(tmp_path: Path) -> None:
    head = ["Impact|Acupuncture (n = 40), n (%)|Sham (n = 41), n (%)"]
    body = ["Negative impact||", "Small|3 (7.5)|9 (22.0)", "Totals|40 (100)|41 (100)"]
    assert all(
        numbers(f)["events_intervention"] != 40
        for f in strict(document(tmp_path, head, body), "negative impact")
    )


@pytest.mark.parametrize(
    ("head", "layout"),
    [("Number (and percentage) of students", "count_percent"), ("Frequency", "count"),
     ("Infection rate (case)", "count"), ("Frequency of use", None)],
)  # fmt: skip
def test_wordings_of_counts(head: str, layout: str | None) -> None:
    assert layout_of([head]) == layout


def test_arms_below_the_row_of_their_outcome(tmp_path: Path) -> None:
    body = [
        "Pain|34.3|15.6", "Acupuncture|35.9|12.3", "Sham|32.7|19.3",
        "Sleep|22.7|2.9", "Acupuncture|23.8|3.5", "Sham|21.6|2.5",
    ]  # fmt: skip
    made = document(tmp_path, ["Outcome|Baseline mean|Follow-up mean"], body)
    (found,) = strict(made, "pain")
    assert (numbers(found)["mean_intervention"], numbers(found)["mean_comparator"]) == (12.3, 19.3)


def test_a_table_with_later_heads_is_not_of_the_start(tmp_path: Path) -> None:
    caption = "Characteristics of the two groups"
    made = document(tmp_path, ["|Acupuncture|Sham"], PAIN, caption=caption)
    assert strict(made, "pain") == []
    head = ["|12 months' follow-up{c2}", "|Acupuncture|Sham"]
    assert strict(document(tmp_path, head, PAIN, caption=caption), "pain") != []
