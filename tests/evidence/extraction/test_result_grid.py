"""Results as a grid: what is typed is kept, needs its words, and is written as one act."""

from collections.abc import Mapping
from typing import Any

import pytest

from evidence.errors import EvidenceError
from evidence.extraction.by_person import Source, added, confirmed, corrected
from evidence.extraction.number_places import number_places
from evidence.extraction.origins import origin_of
from evidence.extraction.result_grid import (
    Act,
    Cell,
    GridRow,
    cells_of,
    changed_numbers,
    columns_of,
    entries_of,
    grid_rows,
    typed_over,
    vanished,
)
from evidence.findings import ContinuousData, DichotomousData, GenericData
from evidence.grounding import entry_problems
from evidence.judgements import ExtractedOutcome, ResultRejected
from tests.evidence.trial_factory import dichotomous_outcome, trial_document

DOCUMENT = trial_document(1)
RESULT = dichotomous_outcome(1, DOCUMENT)
OUTCOMES = (RESULT.outcome, "Pain at day 7", "Nausea")
TABLE = Source(words="Relapse by day 28 | 8 (10.5%) | 13")
ROWS = grid_rows([(1, RESULT)], OUTCOMES, "dichotomous")
KEY = RESULT.content_digest


def act(sources: Mapping[tuple[str, str], Source], reason: str = "read it") -> Act:
    return Act("Ada", reason, sources, ("Solvane", "Placebo"))


def written(
    typed: Mapping[str, Mapping[str, Cell]],
    sources: Mapping[tuple[str, str], Source],
    rows: list[GridRow] = ROWS,
    reason: str = "read it",
) -> list[Any]:
    return entries_of(rows, typed, act(sources, reason), "trial-2", DOCUMENT)


def test_every_outcome_has_a_row_and_more_on_request() -> None:
    assert [(r.outcome, r.number) for r in ROWS] == [
        (OUTCOMES[0], 1),
        (OUTCOMES[1], None),
        (OUTCOMES[2], None),
    ]
    more = grid_rows([(1, RESULT)], OUTCOMES, "dichotomous", [OUTCOMES[0], OUTCOMES[2]])
    assert [r.outcome for r in more] == [OUTCOMES[0], *OUTCOMES, OUTCOMES[2]]
    assert len({r.key for r in more}) == 5
    assert all(r.result is None for r in grid_rows([(1, RESULT)], OUTCOMES, "continuous"))


def test_columns_follow_the_kind_and_cells_what_stands() -> None:
    assert columns_of("generic") == ["time_point", "measure", "estimate", "ci_low", "ci_high"]
    assert columns_of("continuous")[-1] == "unit" and columns_of("continuous")[1][:4] == "mean"
    assert cells_of(ROWS[0]) == {
        "time_point": "day 28",
        "events_intervention": 8,
        "total_intervention": 76,
        "events_comparator": 13,
        "total_comparator": 75,
    }
    assert set(cells_of(ROWS[1]).values()) == {None}


def test_edits_are_added_to_what_was_typed_and_what_changes_nothing_falls_out() -> None:
    gone: dict[str, dict[str, Cell]] = {"of a result that is gone": {"events_comparator": 4}}
    typed = typed_over(ROWS, gone, {0: {"events_intervention": 9, "time_point": " day  28 "}})
    assert typed == {**gone, KEY: {"events_intervention": 9}}
    typed = typed_over(ROWS, typed, {0: {"total_comparator": 70}, 7: {"events_comparator": 1}})
    assert typed[KEY] == {"events_intervention": 9, "total_comparator": 70}
    typed = typed_over(ROWS, typed, {0: {"events_intervention": 8, "total_comparator": 75}})
    assert typed == gone == vanished(ROWS, typed)


def test_changed_numbers_tell_before_and_after() -> None:
    typed: dict[str, dict[str, Cell]] = {
        KEY: {"events_intervention": None, "time_point": "week 4"},
        ROWS[1].key: {"events_comparator": 3},
    }
    told = [(c.row.outcome, c.field, c.before, c.after) for c in changed_numbers(ROWS, typed)]
    assert told == [
        (OUTCOMES[0], "events_intervention", 8, None),
        (OUTCOMES[1], "events_comparator", None, 3),
    ]


def test_several_rows_are_one_act_with_a_correction_and_a_new_result() -> None:
    new = ROWS[2].key
    entries = written(
        {
            KEY: {"events_intervention": 13, "time_point": "week 4"},
            new: {"events_intervention": 8, "total_intervention": 76},
        },
        {
            (KEY, "events_intervention"): TABLE,
            (new, "events_intervention"): TABLE,
            (new, "total_intervention"): Source(words="8 of 76 adults"),
        },
    )
    corrected_one, aside, fresh = entries
    assert isinstance(aside, ResultRejected) and aside.result_digest == KEY
    assert (corrected_one.time_point, corrected_one.time_point_days) == ("week 4", 28)
    assert isinstance(fresh, ExtractedOutcome) and isinstance(fresh.data, DichotomousData)
    assert (fresh.outcome, fresh.intervention, fresh.comparator) == ("Nausea", "Solvane", "Placebo")
    assert (fresh.data.events_intervention, fresh.data.total_comparator) == (8, None)
    assert fresh.reported_as == "Relapse by day 28 | 8 (10.5%) | 13"
    assert {entry.provenance.actor for entry in entries} == {"Ada"}
    for entry in entries:
        assert entry_problems(entry, {DOCUMENT.document_digest: DOCUMENT}.get) == []


@pytest.mark.parametrize(
    ("typed", "sources", "reason", "told"),
    [
        ({}, {}, "x", "nothing was changed; type"),
        ({KEY: {"events_intervention": 9}}, {}, "x", "result 1: events intervention = 9 has no"),
        ({KEY: {"events_intervention": 9}}, {(KEY, "events_intervention"): TABLE}, "x",
         "is not in its quote"),
        ({KEY: {"events_intervention": 13}}, {(KEY, "events_intervention"): TABLE}, " ",
         "please write why you change"),
        ({ROWS[2].key: {"events_intervention": 8}}, {}, "x", "new result: events intervention = 8"),
        ({ROWS[2].key: {"time_point": "day 3"}}, {}, "x", "the new result has no number"),
        ({ROWS[2].key: {"events_intervention": 8}},
         {(ROWS[2].key, "events_intervention"): TABLE}, "", "please write why you add"),
        ({ROWS[2].key: {"events_intervention": 8.5}},
         {(ROWS[2].key, "events_intervention"): TABLE}, "x", "valid integer"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_told_with_its_outcome(
    typed: dict[str, dict[str, Cell]],
    sources: dict[tuple[str, str], Source],
    reason: str,
    told: str,
) -> None:
    with pytest.raises(EvidenceError, match=told) as refused:
        written(typed, sources, reason=reason)
    assert "\n" not in str(refused.value)


def test_units_and_measures_are_written_too() -> None:
    means = grid_rows([], OUTCOMES, "continuous")
    row = means[1]
    source = Source(words="2.6 (1.4)")
    (told,) = written(
        {row.key: {"mean_intervention": 2.6, "unit": "points"}},
        {(row.key, "mean_intervention"): source},
        means,
    )
    assert told.data == ContinuousData(mean_intervention=2.6, unit="points")
    effects = grid_rows([], OUTCOMES, "generic")
    key = effects[1].key
    sources = {(key, "estimate"): source}
    with pytest.raises(EvidenceError, match="name its measure: OR, RR"):
        written({key: {"estimate": 2.6}}, sources, effects)
    (told,) = written({key: {"estimate": 2.6, "measure": "MD"}}, sources, effects)
    assert told.data == GenericData(measure="MD", estimate=2.6)
    again = grid_rows([(1, told)], OUTCOMES, "generic")
    other, _ = written({again[1].key: {"measure": "SMD"}}, {}, again)
    assert other.data == GenericData(measure="SMD", estimate=2.6)


def test_a_picked_place_is_quoted_as_it_was_picked_and_must_stand_in_the_report() -> None:
    (place,) = [p for p in number_places(13, DOCUMENT) if p.where == "Table 2"]
    picked = Source(words=place.quote.text, quote=place.quote)
    told, _ = corrected(
        RESULT, {"events_intervention": 13}, {"events_intervention": picked}, DOCUMENT, "Ada", "x"
    )
    assert told.evidence[0].quotes == (place.quote,)
    moved = place.quote.model_copy(update={"start": 0, "end": 5})
    with pytest.raises(EvidenceError, match="are not in the report"):
        corrected(
            RESULT,
            {"events_intervention": 13},
            {"events_intervention": Source(words="", quote=moved)},
            DOCUMENT,
            "Ada",
            "x",
        )


def test_a_new_result_names_its_arms() -> None:
    with pytest.raises(EvidenceError, match="name both arms"):
        added(
            "trial-2",
            "Nausea",
            DichotomousData(events_intervention=8),
            {"events_intervention": TABLE},
            DOCUMENT,
            "Ada",
            "x",
            intervention="Solvane",
            comparator=" ",
        )


def test_where_a_result_comes_from() -> None:
    same = confirmed(RESULT, "Ada", "x")
    sources = {"events_intervention": TABLE}
    other, aside = corrected(RESULT, {"events_intervention": 13}, sources, DOCUMENT, "Ada", "why")
    (new,) = written(
        {ROWS[2].key: {"events_intervention": 8}}, {(ROWS[2].key, "events_intervention"): TABLE}
    )
    every = [RESULT, same, other, new]
    told = [origin_of(result, every, [aside]) for result in every]
    assert told == ["engine", "confirmed", "corrected", "added"]
