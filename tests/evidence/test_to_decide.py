"""What a person can decide now: what is worth most first, and only what is there."""

from __future__ import annotations

from evidence.config import ScreeningSettings
from evidence.doubtful_exclusions import doubtful_exclusions
from evidence.entries import Entry
from evidence.judgements import CriterionVerdict, Provenance, ScreeningDecision
from evidence.overview import Drafted
from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.state import fold
from evidence.to_decide import ToDecide, to_decide
from tests.evidence.test_overview import (
    ADA,
    MACHINE_DECIDES,
    OFFLINE,
    PEOPLE,
    SEARCH,
    draft,
    found,
    included,
    judged,
    read,
    said,
)

QUESTION = ClinicalQuestion(
    text="Does a help?",
    pico=Pico(population="p", intervention="a", comparator="b", outcomes=("o",)),
    criteria=(
        EligibilityCriterion(criterion_id="design", kind="inclusion", text="a trial"),
        EligibilityCriterion(criterion_id="people", kind="inclusion", text="adults"),
        EligibilityCriterion(criterion_id="animals", kind="exclusion", text="animals"),
    ),
)


def excluded(
    name: str, score: float, by: Provenance = OFFLINE, **verdicts: str
) -> tuple[Entry, Entry]:
    """A record that was excluded, with the verdicts on its criteria."""
    criteria = [
        CriterionVerdict.model_validate({"criterion_id": name, "verdict": verdict, "quotes": ()})
        for name, verdict in verdicts.items()
    ]
    decision = ScreeningDecision(
        record_id=name,
        phase="title_abstract",
        verdict="exclude",
        criteria=tuple(criteria),
        score=score,
        provenance=by,
    )
    return found(name), decision


EXCLUDED: tuple[Entry, ...] = (
    *excluded("two speak against", 0.9, design="not_met", people="not_met"),
    *excluded("one, low", 0.3, design="not_met", people="unclear"),
    *excluded("one, high", 0.6, design="met", people="not_met", animals="not_met"),
    *excluded("of exclusion", 0.5, design="met", people="met", animals="met"),
    *excluded("of exclusion and one", 0.5, design="met", people="not_met", animals="met"),
    *excluded("a person's", 0.8, ADA, design="not_met", people="met"),
)


def told(
    *entries: Entry,
    screening: ScreeningSettings = MACHINE_DECIDES,
    drafted: Drafted = Drafted(0, 0, None),  # noqa: B008 - a tuple
) -> tuple[ToDecide, ...]:
    return to_decide(fold(entries, screening), QUESTION, screening, drafted)


def test_an_exclusion_is_doubtful_where_one_criterion_alone_speaks_against_the_record() -> None:
    state = fold(EXCLUDED, MACHINE_DECIDES)
    assert doubtful_exclusions(state, QUESTION) == ["one, high", "of exclusion", "one, low"]


def test_a_person_who_agrees_settles_a_doubtful_exclusion() -> None:
    state = fold([*EXCLUDED, said("one, high", "exclude", ADA)], MACHINE_DECIDES)
    assert doubtful_exclusions(state, QUESTION) == ["of exclusion", "one, low"]


def test_what_holds_the_review_up_comes_first_and_the_signature_last() -> None:
    entries = (*SEARCH, *included("a"), read("a"), *judged("a", "unclear"), draft(), *EXCLUDED)
    now = told(*entries, drafted=Drafted(2, 1, "now", results_unseen=1))
    assert [(item.task, item.page) for item in now] == [
        ("Check 2 flagged results", "studies"),
        ("Judge 1 domain of risk of bias left unclear", "risk-of-bias"),
        ("Check 3 doubtful exclusions", "screening"),
        ("Look at 1 result that nobody has checked", "studies"),
        ("Read and sign the recommendation", "recommendation"),
    ]


def test_what_an_engine_may_not_tell_is_not_counted() -> None:
    for screening in (PEOPLE, ScreeningSettings(hide_machine=True)):
        pages = [item.part for item in told(*EXCLUDED, screening=screening)]
        assert "doubtful exclusions" not in pages


def test_an_outdated_recommendation_is_not_to_be_signed() -> None:
    entries = (*SEARCH, *included("a"), read("a"), *judged("a"), draft("before"))
    assert told(*entries, drafted=Drafted(0, 1, "now")) == ()
    assert [item.page for item in told(*entries)] == ["recommendation"]


def test_without_an_included_study_there_is_nothing_to_sign() -> None:
    assert "recommendation" not in [item.page for item in told(*EXCLUDED, draft())]
