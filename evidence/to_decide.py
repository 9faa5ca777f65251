"""What a person can decide now, what is worth most first, and where.

An engine that settles everything leaves the impression that nothing is left to do. Each line here
counts judgements that a person can still make or check.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

from evidence.appraisal.tools import domains_to_judge
from evidence.config import ScreeningSettings
from evidence.doubtful_exclusions import doubtful_exclusions
from evidence.number_words import counted
from evidence.overview import Drafted
from evidence.page_names import PageName
from evidence.prisma import count
from evidence.question import ClinicalQuestion
from evidence.state import ReviewState
from evidence.to_look_at import given_up

Part = Literal["waiting results", "unclear records", "doubtful exclusions", "unclear domains"]
"""Of its page, what is to be shown; the whole page where there is no part."""


class ToDecide(NamedTuple):
    """Something that a person can decide now.

    Attributes:
        task: What to do, with how many, as a sentence.
        why: What hangs on it.
        page: Where.
    """

    task: str
    why: str
    page: PageName
    part: Part | None = None


def to_decide(
    state: ReviewState,
    question: ClinicalQuestion,
    screening: ScreeningSettings,
    drafted: Drafted,
) -> tuple[ToDecide, ...]:
    """All that a person can decide now.

    First what holds the review up, then what changes its result, then what was left to the engine,
    and the signature last, for it stands under all of it.
    """
    return (
        *_of_screening(state, screening),
        *_of_studies(state, drafted),
        *_left_to_the_engine(state, question, screening, drafted),
        *_of_the_recommendation(state, drafted),
    )


def _of_screening(state: ReviewState, screening: ScreeningSettings) -> Iterator[ToDecide]:
    counts = count(state)
    conflicts = counts.conflicts_title_abstract + counts.conflicts_full_text
    fates = Counter(map(state.fate, state.records))
    if conflicts:
        task = f"Settle {counted(conflicts, 'record')} that two reviewers judged differently"
        yield ToDecide(task, "What is in conflict is neither in nor out.", "conflicts")
    due = counts.to_screen + fates["to_assess"] if screening.decided_by == "people" else 0
    if due:
        why = "People decide in this review; the engine puts the most relevant first."
        yield ToDecide(f"Screen {counted(due, 'record')}", why, "screening")
    if counts.awaiting:
        task = f"Decide on {counted(counts.awaiting, 'full text')} left unclear"
        yield ToDecide(
            task, "The engine found nothing that decides.", "screening", "unclear records"
        )
    lacking = sum(not given_up(state, r) for r in state.with_fate("not_retrieved"))
    if lacking:
        task = f"Attach {counted(lacking, 'full text')} that the store does not have"
        yield ToDecide(task, "A study without its report cannot count.", "full-texts")


def _of_studies(state: ReviewState, drafted: Drafted) -> Iterator[ToDecide]:
    if drafted.results_waiting:
        task = f"Check {counted(drafted.results_waiting, 'flagged result')}"
        why = "Each holds a doubt, so that none is pooled before a person has looked."
        yield ToDecide(task, why, "studies", "waiting results")
    unrated = domains_to_judge(state)
    if unrated:
        task = f"Judge {counted(unrated, 'domain')} of risk of bias left unclear"
        why = "The certainty of the evidence rests on it."
        yield ToDecide(task, why, "risk-of-bias", "unclear domains")


def _left_to_the_engine(
    state: ReviewState,
    question: ClinicalQuestion,
    screening: ScreeningSettings,
    drafted: Drafted,
) -> Iterator[ToDecide]:
    shown = screening.decided_by == "machine" and not screening.hide_machine
    doubtful = len(doubtful_exclusions(state, question)) if shown else 0
    if doubtful:
        task = f"Check {counted(doubtful, 'doubtful exclusion')}"
        why = "One criterion alone keeps each out; where the engine misread it, a study is lost."
        yield ToDecide(task, why, "screening", "doubtful exclusions")
    if drafted.results_unseen:
        task = f"Look at {counted(drafted.results_unseen, 'result')} that nobody has checked"
        why = "The synthesis takes what the engine read; the quotes stand beside the numbers."
        yield ToDecide(task, why, "studies")
    pairs = count(state).suspected_duplicates
    if pairs:
        task = f"Tell of {counted(pairs, 'pair')} of records whether they are one report"
        yield ToDecide(task, "Both are counted meanwhile.", "duplicates")


def _of_the_recommendation(state: ReviewState, drafted: Drafted) -> Iterator[ToDecide]:
    last = state.recommendation
    outdated = last is not None and drafted.inputs_digest not in (None, last.inputs_digest)
    if not state.with_fate("included"):
        return
    if last is not None and not outdated and not state.signed_off_by:
        why = "Every export says draft until a person has signed."
        yield ToDecide("Read and sign the recommendation", why, "recommendation")
