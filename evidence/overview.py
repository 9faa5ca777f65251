"""A review at a glance: where each stage stands, what comes next, who did what, what to look at.

Computed from the state of the log; nothing here is written or guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from evidence.appraisal.rob2_questions import Domain
from evidence.appraisal.tools import domains_to_judge, studies_judged_with
from evidence.config import ScreeningSettings
from evidence.number_words import counted
from evidence.page_names import PageName
from evidence.prisma import PrismaCounts, count
from evidence.state import ReviewState
from evidence.to_look_at import Note, given_up, notes

StageName = Literal[
    "Search",
    "Duplicates",
    "Titles and abstracts",
    "Full texts",
    "Extraction",
    "Risk of bias",
    "Recommendation",
]
Waiting = Literal["done", "engine", "people", "later"]
"""Whom a stage waits for; `later` waits for the stages before it."""


@dataclass(frozen=True)
class StageStanding:
    """Where a stage stands, in words.

    Attributes:
        page: Where people do their part of it.
        task: What comes next in it, as a sentence; empty where nothing does.
    """

    name: StageName
    waiting: Waiting
    told: str
    task: str = ""
    page: PageName | None = None


class NextStep(NamedTuple):
    """What to do now; `page` is None where the engine does it, or where all is done."""

    sentence: str
    by_engine: bool
    page: PageName | None


@dataclass(frozen=True)
class Overview:
    """A review at a glance."""

    counts: PrismaCounts
    stages: tuple[StageStanding, ...]
    next_step: NextStep
    notes: tuple[Note, ...]


class Drafted(NamedTuple):
    """What has to be computed beside the state.

    Attributes:
        results_waiting: Results of included studies that a person has to settle.
        outcomes_with_effect: Outcomes of the question with an effect, pooled or of one study.
        inputs_digest: Of what a recommendation would be written from now; None where that cannot
            be told.
        results_unseen: Results that the synthesis takes as an engine read them.
        to_search: How many records the first search will bring in, as a sentence; empty once it
            was run, or where that cannot be told.
    """

    results_waiting: int
    outcomes_with_effect: int
    inputs_digest: str | None
    results_unseen: int = 0
    to_search: str = ""


def overview(state: ReviewState, screening: ScreeningSettings, drafted: Drafted) -> Overview:
    """Where the review stands now."""
    counts = count(state)
    stages = (
        _search(state, counts, drafted),
        _duplicates(state, counts),
        _titles(state, counts, screening),
        _full_texts(state, counts, screening),
        _extraction(state, drafted),
        _risk_of_bias(state),
        _recommendation(state, drafted),
    )
    return Overview(counts, stages, next_step(stages, screening), notes(state))


def next_step(stages: Sequence[StageStanding], screening: ScreeningSettings) -> NextStep:
    """The first thing to do, of what can be done now.

    A run does all that the engine can do, so it comes before what people check; where people
    screen, they come before what is made of the studies that they include. Pairs of records that
    may be one wait until then: both are screened meanwhile.
    """
    first = [s for s in stages if s.name == "Search" and s.waiting == "engine"]
    screened = [s for s in stages if s.name in ("Titles and abstracts", "Full texts")]
    by_readers = [s for s in screened if s.waiting == "people"]
    of_screening = [s for s in screened if s.waiting == "engine"]
    later = [s for s in stages if s.waiting == "engine" and s not in (*first, *screened)]
    checks = [s for s in stages if s.waiting == "people" and s not in screened]
    if screening.decided_by == "people":
        middle = [*by_readers, *of_screening, *later]
    else:
        middle = [*of_screening, *later, *by_readers]
    for stage in (*first, *middle, *checks):
        return NextStep(stage.task, stage.waiting == "engine", stage.page)
    if all(stage.waiting == "done" for stage in stages):
        return NextStep("The review is through: its recommendation is signed.", False, None)
    return NextStep("No study is included yet, so there is nothing to extract.", False, None)


def _search(state: ReviewState, counts: PrismaCounts, drafted: Drafted) -> StageStanding:
    if "search" not in state.completed and not state.records:
        task = "Run the engine: it takes in the records, removes duplicates and reads the rest."
        task = f"{drafted.to_search} {task}" if drafted.to_search else task
        return StageStanding("Search", "engine", "not run yet", task)
    told = (
        counted(len(state.records), "record")
        + " from "
        + counted(len(state.searches), "search", "es")
        + _open(counts.not_found, "of the store not found")
    )
    return StageStanding("Search", "done", told)


def _duplicates(state: ReviewState, counts: PrismaCounts) -> StageStanding:
    told = f"{counts.duplicates:,} removed"
    pairs = counts.suspected_duplicates
    if not state.records:
        return StageStanding("Duplicates", "later", "after the search")
    if pairs:
        task = f"{counted(pairs, 'pair')} of records may be one report: please tell."
        return StageStanding(
            "Duplicates",
            "people",
            f"{told}, {counted(pairs, 'pair')} to confirm",
            task,
            "duplicates",
        )
    return StageStanding("Duplicates", "done", told)


def _titles(
    state: ReviewState, counts: PrismaCounts, screening: ScreeningSettings
) -> StageStanding:
    name: StageName = "Titles and abstracts"
    if not state.records:
        return StageStanding(name, "later", "after the search")
    told = f"{counts.screened:,} screened, {counts.excluded_title_abstract:,} excluded"
    if counts.ineligible_by_automation:
        told += f", {counts.ineligible_by_automation:,} left out by the certificate"
    due, conflicts = counts.to_screen, counts.conflicts_title_abstract
    told += _open(due, "to screen") + _open(conflicts, "in conflict")
    if due and screening.decided_by == "machine":
        task = f"Run the engine: {counted(due, 'title and abstract', 's')} to screen."
        return StageStanding(name, "engine", told, task)
    if due:
        task = f"{counted(due, 'record')} {_wait(due)} for people to screen."
        return StageStanding(name, "people", told, task, "screening")
    if conflicts:
        return StageStanding(name, "people", told, _settle(conflicts), "conflicts")
    return StageStanding(name, "done", told)


def _full_texts(
    state: ReviewState, counts: PrismaCounts, screening: ScreeningSettings
) -> StageStanding:
    name: StageName = "Full texts"
    fates = Counter(map(state.fate, state.records))
    to_get, to_read = fates["to_retrieve"], fates["to_assess"]
    unclear, conflicts = counts.awaiting, counts.conflicts_full_text
    lacking = [r for r in state.with_fate("not_retrieved") if not given_up(state, r)]
    if not counts.sought and not conflicts:
        return StageStanding(name, "later", "none sought yet")
    told = f"{counts.included:,} included, {counts.excluded_full_text:,} excluded"
    told += _open(to_get, "to get") + _open(to_read, "to read") + _open(unclear, "unclear")
    told += _open(conflicts, "in conflict") + _open(len(lacking), "not in the store")
    by_machine = screening.decided_by == "machine"
    if by_machine and to_get + to_read:
        task = f"Run the engine: {counted(to_get + to_read, 'full text')} to get and read."
        return StageStanding(name, "engine", told, task)
    if to_read + unclear:
        task = f"{counted(to_read + unclear, 'full text')} {_wait(to_read + unclear)} for a person."
        return StageStanding(name, "people", told, task, "screening")
    if conflicts:
        return StageStanding(name, "people", told, _settle(conflicts), "conflicts")
    if to_get:
        task = (
            f"{counted(to_get, 'full text')} to get: a run takes what the store has; "
            "attach the others on the page Full texts."
        )
        return StageStanding(name, "engine", told, task)
    if lacking:
        task = (
            f"{counted(len(lacking), 'full text')} the store does not have: attach them, "
            "or say that they cannot be had."
        )
        return StageStanding(name, "people", told, task, "full-texts")
    return StageStanding(name, "done", told)


def _extraction(state: ReviewState, drafted: Drafted) -> StageStanding:
    included = state.with_fate("included")
    if not included:
        return StageStanding("Extraction", "later", "no study included yet")
    unread = sum(record_id not in state.characteristics for record_id in included)
    results = sum(len(state.extracted.get(record_id, ())) for record_id in included)
    told = f"{counted(results, 'result')} from {counted(len(included), 'study', plural='studies')}"
    told += _open(unread, "to read") + _open(drafted.results_waiting, "to settle")
    if unread:
        studies = counted(unread, "included study", plural="included studies")
        return StageStanding("Extraction", "engine", told, f"Run the engine: {studies} to read.")
    if drafted.results_waiting:
        task = (
            f"{counted(drafted.results_waiting, 'result')} cannot be pooled before a person looks."
        )
        return StageStanding("Extraction", "people", told, task, "studies")
    return StageStanding("Extraction", "done", told, page="studies")


def _risk_of_bias(state: ReviewState) -> StageStanding:
    name: StageName = "Risk of bias"
    included = state.with_fate("included")
    if not included:
        return StageStanding(name, "later", "no study included yet")
    by_engine = studies_judged_with(state, "rob-2")
    lacking = sum(len(state.risk_of_bias.get(r, {})) < len(get_args(Domain)) for r in by_engine)
    unclear = domains_to_judge(state)
    told = f"{counted(len(included) - lacking, 'study', plural='studies')} judged"
    told += _open(lacking, "to judge") + _open(unclear, "unclear")
    if lacking:
        studies = counted(lacking, "study", plural="studies")
        return StageStanding(name, "engine", told, f"Run the engine: {studies} to judge.")
    if unclear:
        domains = f"{counted(unclear, 'domain')} of risk of bias"
        task = f"{domains} {_wait(unclear)} for a person's judgement."
        return StageStanding(name, "people", told, task, "risk-of-bias")
    return StageStanding(name, "done", told, page="risk-of-bias")


def _recommendation(state: ReviewState, drafted: Drafted) -> StageStanding:
    name: StageName = "Recommendation"
    last = state.recommendation
    pooled = f"{counted(drafted.outcomes_with_effect, 'outcome')} with an effect"
    if not state.with_fate("included"):
        return StageStanding(name, "later", "no study included yet")
    if last is None:
        task = "Run the engine: it pools, rates the certainty and drafts the recommendation."
        return StageStanding(name, "engine", f"{pooled}, not drafted yet", task)
    if drafted.inputs_digest not in (None, last.inputs_digest):
        task = "Run the engine: the evidence changed since the recommendation was written."
        return StageStanding(name, "engine", f"{pooled}, the evidence changed since", task)
    if not state.signed_off_by:
        task = "The recommendation is drafted: a person checks and signs it."
        told = f"{pooled}, not signed"
        return StageStanding(name, "people", told, task, "recommendation")
    told = f"{pooled}, signed by {', '.join(state.signed_off_by)}"
    return StageStanding(name, "done", told, page="recommendation")


def _settle(conflicts: int) -> str:
    return f"{counted(conflicts, 'record')} two reviewers judged differently: please settle."


def _open(number: int, words: str) -> str:
    return f", {number:,} {words}" if number else ""


def _wait(number: int) -> str:
    return "waits" if number == 1 else "wait"
