"""Whatever a model answers, nothing comes out that the document does not print."""

from __future__ import annotations

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.extraction.abbreviations import abbreviations
from evidence.extraction.arms import find_arms
from evidence.extraction.by_model.answers import (
    EffectMeasure,
    NumberAnswer,
    NumbersAnswer,
    ResultAnswer,
    What,
)
from evidence.extraction.by_model.arm_fit import ArmNames
from evidence.extraction.by_model.results import Asked, outcomes_of
from evidence.extraction.by_model.shown_tables import RankedTables, show_tables
from evidence.extraction.outcomes import outcome_concept
from evidence.grounding import entry_problems
from evidence.judgements import Provenance
from tests.evidence.extraction.by_model.trial_report import ABSTRACT, QUESTION, REPORT

TABLES = show_tables(RankedTables(REPORT.tables, {}), 9, 10**6)
DEFINITIONS = abbreviations(REPORT)
ARMS = find_arms(REPORT, QUESTION.pico, DEFINITIONS)
CONCEPTS = tuple(outcome_concept(text, DEFINITIONS) for text in QUESTION.pico.outcomes)
PROVENANCE = Provenance(actor="machine", engine="language_model")

IN_THE_REPORT = (
    *("12", "24", "20", "40", "50", "48", "47", "3.1", "1.2", "4.4", "1.5", "2.5", "0.2"),
    *("9", "18", "0.48", "0.22", "0.98", "100"),
)
CELLS = st.one_of(
    st.builds("T{} R{} C{}".format, st.integers(0, 3), st.integers(0, 4), st.integers(0, 4)),
    st.sampled_from(("", "", "x")),
)
PRINTED = st.one_of(
    st.sampled_from(IN_THE_REPORT),
    st.text(alphabet="0123456789.,-%e ", max_size=8),
    st.just("9" * 400),
)
QUOTES = st.one_of(
    st.just(""),
    st.tuples(st.integers(0, len(ABSTRACT)), st.integers(1, 80)).map(
        lambda at: ABSTRACT[at[0] : at[0] + at[1]]
    ),
)
NUMBERS = st.lists(
    st.builds(
        NumberAnswer,
        cell=CELLS,
        quote=QUOTES,
        what=st.sampled_from(get_args(What)),
        printed=PRINTED,
    ),
    max_size=6,
).map(tuple)
NAMES = st.sampled_from(("aspirin", "placebo", "Aspirin (n = 50)", "adults", "nobody", ""))
RESULTS = st.builds(
    ResultAnswer,
    intervention_arm=NAMES,
    comparator_arm=NAMES,
    time_point=st.sampled_from(("", "week 4", "week 8", "week 99")),
    analysis_population=st.sampled_from(("", "adults", "per protocol")),
    unit=st.sampled_from(("", "mmHg", "%", "n")),
    intervention_numbers=NUMBERS,
    comparator_numbers=NUMBERS,
    effect_measure=st.sampled_from(get_args(EffectMeasure)),
    effect_adjusted=st.booleans(),
    effect_numbers=NUMBERS,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(RESULTS, max_size=3), st.sampled_from(CONCEPTS))
def test_every_answer_gives_grounded_outcomes_or_reasons(results, concept) -> None:  # type: ignore[no-untyped-def]
    answer = NumbersAnswer(results=tuple(results))
    asked = Asked(REPORT, CONCEPTS, ArmNames(REPORT, ARMS), 100)
    outcomes, dropped = outcomes_of(answer, concept, asked, TABLES, PROVENANCE)
    for outcome in outcomes:
        assert entry_problems(outcome, lambda _: REPORT) == []
        assert outcome.outcome == concept.text
    assert all("\n" not in reason and len(reason) < 300 for reason in dropped)
