"""What a stage did in a run, in a line for the reader."""

from __future__ import annotations

from collections import Counter

from evidence.judgements import Stage
from evidence.prisma import count
from evidence.project import Project
from evidence.state import ReviewState, read_state
from evidence.summary import summary_rows
from indexers.records import Frozen


class StageOutcome(Frozen):
    """What a stage did in this run: units judged now, and a line for the reader."""

    stage: Stage
    judged: int
    summary: str


def stage_outcome(project: Project, stage: Stage, judged: int) -> StageOutcome:
    """The outcome of a stage as the log stands now."""
    return StageOutcome(stage=stage, judged=judged, summary=_summary(project, stage))


def _summary(project: Project, stage: Stage) -> str:
    state = read_state(project)
    included = state.with_fate("included")
    match stage:
        case "search":
            left = count(state).not_found
            outside = f", {left:,} of the store not found by the search" if left else ""
            return f"{len(state.records)} records identified{outside}"
        case "deduplicate":
            open_pairs = len(state.duplicate_links.open_pairs)
            pairs = [(open_pairs, "pairs left to a person")] if open_pairs else []
            return _listed((len(state.duplicates), "duplicates"), *pairs)
        case "screen":
            return _screening_summary(state) + _how_people_go_on(project, state)
        case "extract":
            results = sum(len(state.extracted.get(r, ())) for r in included)
            return f"{results} results with quotes from {len(included)} studies"
        case "appraise":
            return f"risk of bias of {len(included)} studies"
        case "synthesise":
            rows = summary_rows(project)
            pooled = [row for row in rows if row.effect is not None and row.k_studies > 1]
            return f"{len(pooled)} of {len(rows)} outcomes pooled from two or more studies"
        case _:
            return _recommendation_summary(state)


def _screening_summary(state: ReviewState) -> str:
    fates = Counter(map(state.fate, state.records))
    conflicts = fates["conflict_title_abstract"] + fates["conflict_full_text"]
    given_up = sum(state.reports[r].provenance.by_person for r in state.with_fate("not_retrieved"))
    waiting = fates["awaiting"] + fates["not_retrieved"] - given_up
    when_any = (
        (fates["to_screen"], "titles and abstracts for people to screen"),
        (fates["to_retrieve"], "full texts to retrieve"),
        (given_up, "not to be had"),
        (fates["to_assess"], "full texts for people to assess"),
        (conflicts, "in conflict"),
        (fates["not_screened"], "left out as the certificate allows"),
    )
    return _listed(
        (fates["included"], "included"),
        (fates["excluded_title_abstract"] + fates["excluded_full_text"], "excluded"),
        (waiting, "left to a person"),
        *(part for part in when_any if part[0]),
    )


def _how_people_go_on(project: Project, state: ReviewState) -> str:
    """What people do next where they decide; later stages go on with what they included so far."""
    if project.manifest.settings.screening.decided_by != "people":
        return ""
    steps = []
    if state.with_fate("to_screen", "to_assess"):
        steps.append(f"screen with `evidence screening next {project.path} --by NAME`")
    if state.with_fate("conflict_title_abstract", "conflict_full_text"):
        steps.append(f"settle with `evidence screening conflicts {project.path}`")
    if state.with_fate("to_retrieve"):
        steps.append(f"see what to get with `evidence reports list {project.path}`")
    if not steps:
        return ""
    return f"; {', '.join(steps)}, or open `evidence serve {project.path}`"


def _recommendation_summary(state: ReviewState) -> str:
    edit = state.recommendation
    if edit is None or edit.recommendation.abstained:
        return "no recommendation: the evidence does not carry one"
    return f"{edit.recommendation.strength} recommendation {edit.recommendation.direction}"


def _listed(*counts: tuple[int, str]) -> str:
    return ", ".join(f"{number} {words}" for number, words in counts)
