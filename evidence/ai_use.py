"""Which judgements machines made, and what people made of them: counted from the log.

The figures of a statement on the use of automation, as the RAISE recommendations (Responsible AI
in Evidence Synthesis, 2025) and the position statement of Cochrane, Campbell, JBI and CEE
(2025) ask for: which system, for which task, and under whose eyes.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from pydantic import Field

from evidence.entries import Entry
from evidence.judgements import (
    CertaintyRating,
    ExtractedOutcome,
    Provenance,
    RecommendationEdit,
    RiskOfBiasJudgement,
    RobinsIJudgement,
    StatedDirection,
    StudyCharacteristics,
)
from evidence.project import Project
from evidence.state import ReviewState
from indexers.records import Frozen

Task = Literal[
    "title_abstract",
    "full_text",
    "characteristics",
    "results",
    "directions",
    "risk_of_bias",
    "certainty",
    "recommendation",
]


class MachineUse(Frozen):
    """What one engine did in one task of a review.

    An item is a record, a study, a result, a domain, an outcome or a version, whatever the task
    judges one by one; of several words of an engine on an item the last one counts.

    Attributes:
        n_items: Items that the engine judged.
        n_checked: Those of them that a person judged too.
        n_changed: Those of them on which the person's judgement is another.
    """

    task: Task
    engine: str
    model: str | None
    n_items: int
    n_checked: int
    n_changed: int


class AiUse(Frozen):
    """The use of machines in a review; `by_people` counts items that only people judged."""

    uses: tuple[MachineUse, ...] = ()
    by_people: dict[Task, int] = Field(default_factory=dict)
    people: tuple[str, ...] = ()


def ai_use(project: Project, state: ReviewState) -> AiUse:
    """Count what engines judged and what people judged, task by task.

    Args:
        project: Its log is read for judgements of engines that a person's overruled.
        state: The state of the same log.
    """
    tasks = {task: _Words() for task in get_args(Task)}
    _hear_screening(tasks, state)
    _hear_results(tasks["results"], state)
    for line in project.lines(*_OTHERS):
        _hear(tasks, line.entry)
    by_people: dict[Task, int] = {}
    for task, words in tasks.items():
        alone = len(words.people.keys() - words.machine.keys())
        if alone:
            by_people[task] = alone
    names = {said.by.actor for words in tasks.values() for said in words.people.values()}
    return AiUse(
        uses=tuple(use for task, words in tasks.items() for use in _uses(task, words)),
        by_people=by_people,
        people=tuple(sorted(names)),
    )


class _Said(NamedTuple):
    """A judgement, to be compared with another on the same item."""

    by: Provenance
    judgement: Hashable


@dataclass
class _Words:
    """The last word of engines and of people on each item of a task."""

    machine: dict[Hashable, _Said] = field(default_factory=dict)
    people: dict[Hashable, _Said] = field(default_factory=dict)

    def hear(self, item: Hashable, by: Provenance, judgement: Hashable) -> None:
        said = self.people if by.by_person else self.machine
        said[item] = _Said(by, judgement)


_OTHERS = (
    StudyCharacteristics,
    StatedDirection,
    RiskOfBiasJudgement,
    RobinsIJudgement,
    CertaintyRating,
    RecommendationEdit,
)
"""What needs no rule on whose word counts; screening and results have one, in the state."""


def _hear(tasks: dict[Task, _Words], entry: Entry) -> None:
    by = entry.provenance
    match entry:
        case StudyCharacteristics():
            tasks["characteristics"].hear(entry.record_id, by, entry.characteristics)
        case StatedDirection():
            tasks["directions"].hear((entry.record_id, entry.outcome), by, entry.direction)
        case RiskOfBiasJudgement():
            tasks["risk_of_bias"].hear((entry.record_id, entry.domain), by, entry.judgement)
        case RobinsIJudgement():
            item = (entry.record_id, "ROBINS-I", entry.domain)
            tasks["risk_of_bias"].hear(item, by, entry.judgement)
        case CertaintyRating():
            tasks["certainty"].hear(entry.outcome, by, (entry.certainty, entry.domains))
        case RecommendationEdit():
            tasks["recommendation"].hear("draft", by, entry.content_digest)
        case _:
            pass


def _hear_screening(tasks: dict[Task, _Words], state: ReviewState) -> None:
    for (record_id, phase), decision in state.machine_decisions.items():
        tasks[phase].hear(record_id, decision.provenance, decision.verdict)
    for (record_id, phase), decision in state.decisions.items():
        if decision.provenance.by_person:
            tasks[phase].hear(record_id, decision.provenance, decision.verdict)


def _hear_results(words: _Words, state: ReviewState) -> None:
    """A result stays the same item while its report, outcome and place there are the same."""
    for results in state.extracted.values():
        for result in results:
            words.hear(_place(result), result.provenance, result.data)
    for record_id, rejections in state.rejections.items():
        for result in state.rejected.get(record_id, ()):
            if result.provenance.by_person:
                continue
            item = _place(result)
            words.machine[item] = _Said(result.provenance, result.data)
            rejected_by = rejections[result.content_digest].provenance
            words.people.setdefault(item, _Said(rejected_by, "rejected"))


def _place(result: ExtractedOutcome) -> tuple[Hashable, ...]:
    first = result.evidence[0].quotes[0]
    return (
        result.record_id,
        result.outcome,
        result.reported_as,
        result.intervention,
        result.comparator,
        first.document_digest,
        first.start,
    )


def _uses(task: Task, words: _Words) -> list[MachineUse]:
    engines: dict[tuple[str, str], list[Hashable]] = {}
    for item, said in words.machine.items():
        engines.setdefault((said.by.engine, said.by.model or ""), []).append(item)
    return [
        MachineUse(
            task=task,
            engine=engine,
            model=model or None,
            n_items=len(items),
            n_checked=sum(item in words.people for item in items),
            n_changed=sum(
                item in words.people
                and words.people[item].judgement != words.machine[item].judgement
                for item in items
            ),
        )
        for (engine, model), items in sorted(engines.items())
    ]
