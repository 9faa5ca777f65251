"""Whole reviews with a language model whose server fails: from the question to the export."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unittest import mock

from typer.testing import CliRunner

from evidence.cli import app
from evidence.entries import Entry
from evidence.findings import values
from evidence.judgements import (
    ExtractedOutcome,
    Provenance,
    RecommendationEdit,
    RiskOfBiasJudgement,
    ScreeningDecision,
    StudyCharacteristics,
)
from evidence.llm.protocol import ENGINE
from evidence.project import Project
from evidence.state import read_state
from evidence.summary import summary_rows
from evidence.verification import verify
from tests.evidence.llm.faults import FAULTS, SAID, TIMEOUT_SECONDS
from tests.evidence.llm.openai_server import (
    KEY,
    KEY_VARIABLE,
    FakeServer,
    Turn,
    serving,
)
from tests.faults.model_answers import good
from tests.faults.synthetic import N_TRIALS, review, trial_store

Plan = Callable[[int], str | None]
"""From the number of a call, from 0, to the fault that it meets; None is a good answer."""
EXPORTS = ("md", "html", "docx", "json", "csv", "ris")
_ANSWERED = {"not JSON", "wrong schema", "refusal", "ids of nothing"}
"""The faults in which the model answered: the same request is not made again."""
_BY_RULES = " they are by offline instead"
_PATIENT = TIMEOUT_SECONDS


class WholeRun(NamedTuple):
    """What a fault did to a review.

    Attributes:
        fault: Its name, and when it came.
        n_faulty: How many calls met it.
        n_invented: Verdicts of the model that its good answers do not give.
        told: What the log says of it.
        wrong: What is not as it should be: exit codes, the chain, what is silent or lost, and,
            where the model was only not reached, a review that a healthy server does not end as if
            nothing had been.
        n_left: Records that wait for a person after the first run.
    """

    fault: str
    n_faulty: int
    n_invented: int
    told: str
    wrong: tuple[str, ...]
    n_left: int


def always(fault: str) -> Plan:
    """A fault from the first call on."""
    return lambda _call: fault


def after(n_good: int, fault: str) -> Plan:
    """A fault once so many calls were answered."""
    return lambda call: fault if call >= n_good else None


def mixed(seed: int) -> Plan:
    """Another fault, or none, with each call."""
    choices = (None, None, *FAULTS)
    return lambda call: random.Random(f"{seed} {call}").choice(choices)  # noqa: S311


def plans(n_calls: int, n_seeds: int) -> dict[str, Plan]:
    """Every case: each fault at once and after a third and two thirds of the calls, and mixtures.

    Args:
        n_calls: What a review takes when nothing fails.
        n_seeds: How many mixtures.
    """
    found = {f"{fault}, always": always(fault) for fault in FAULTS}
    for n_good in (n_calls // 3, 2 * n_calls // 3):
        found |= {f"{fault}, after {n_good} calls": after(n_good, fault) for fault in FAULTS}
    return found | {f"another with each call, seed {n}": mixed(n) for n in range(n_seeds)}


class Scripted:
    """Gives good answers, except where the plan names a fault."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan: Plan = plan or (lambda _call: None)
        self.n_calls = self.n_faulty = 0
        self.faults: set[str] = set()

    def __call__(self, request: dict[str, Any]) -> Turn:
        fault = self.plan(self.n_calls)
        self.n_calls += 1
        if fault is None:
            return good(request)
        self.n_faulty += 1
        self.faults.add(fault)
        return FAULTS[fault](request)


class HealthyRun(NamedTuple):
    """A review whose server never fails: its calls, its verdicts, and how it ends.

    Where the model gave no characteristics the offline rules do, and the log says so; theirs are
    among the verdicts that a run may give.
    """

    n_calls: int
    verdicts: set[str]
    end: dict[str, object]


def healthy_run(folder: Path) -> HealthyRun:
    """Run it in a folder."""
    script = Scripted()
    with _serving(script) as server:
        project = _review(folder, server)
        _run(project, [])
        verdicts = set(_verdicts(project))
        if read_state(project).recommendation is None or len(verdicts) < N_TRIALS:
            raise AssertionError(f"{folder}: the healthy run judged nothing")
        if told := _told(project):
            raise AssertionError(f"{folder}: the healthy run tells of a fault: {told}")
        end = standing(project)
        project.close()
    return HealthyRun(script.n_calls, verdicts | _offline_characteristics(folder), end)


def whole_run(name: str, plan: Plan, healthy: HealthyRun, folder: Path) -> WholeRun:
    """A review against a failing server, then against the same server when it is well again."""
    script = Scripted(plan)
    wrong: list[str] = []
    with _serving(script) as server:
        project = _review(folder, server)
        _run(project, wrong)
        wrong += verify(project)
        invented = [v for v in _verdicts(project) if v not in healthy.verdicts]
        left = read_state(project).with_fate("awaiting")
        n_faulty, head, told = script.n_faulty, project.head(), _told(project)
        if n_faulty and not told:
            wrong.append("the log does not say what happened")
        script.plan = lambda _call: None
        _run(project, wrong)
        if not script.faults & _ANSWERED:
            wrong += differences(standing(project), healthy.end)
            left = read_state(project).with_fate("awaiting")
        for record_id in left:
            project.append(_included_by_a_person(record_id))
        _run(project, wrong)
        wrong += verify(project)
        if not project.goes_on_from(*head):
            wrong.append("the log does not go on from the first run")
        wrong += _unfinished(project, len(left))
        wrong += _exported(project)
        invented += [v for v in _verdicts(project) if v not in healthy.verdicts]
        project.close()
    return WholeRun(name, n_faulty, len(set(invented)), told, tuple(wrong), len(left))


def whole_runs(n_seeds: int = 6) -> Iterator[WholeRun]:
    """Every case of `plans`, each when its turn comes."""
    with TemporaryDirectory(prefix="whole-runs-") as scratch:
        healthy = healthy_run(Path(scratch) / "healthy")
        for n, (name, plan) in enumerate(plans(healthy.n_calls, n_seeds).items()):
            yield whole_run(name, plan, healthy, Path(scratch) / str(n))


def standing(project: Project) -> dict[str, object]:
    """Every judgement that counts at the end of a log, without its time and place in the log."""
    state = read_state(project)
    return {
        "fates": dict(state.fates),
        "decisions": {f"{r} {phase}": _bare(d) for (r, phase), d in state.decisions.items()},
        "characteristics": {r: _bare(c) for r, c in state.characteristics.items()},
        "results": {r: [_bare(o) for o in found] for r, found in state.extracted.items()},
        "directions": {
            r: {outcome: _bare(d) for outcome, d in told.items()}
            for r, told in state.directions.items()
        },
        "risk of bias": {
            r: {domain: _bare(j) for domain, j in judged.items()}
            for r, judged in state.risk_of_bias.items()
        },
        # A rating of an outcome that is not pooled any more stays in the log and counts nowhere.
        "rows": [row.model_dump_json() for row in summary_rows(project)],
        "recommendation": state.recommendation and _bare(state.recommendation),
    }


def _bare(entry: Entry) -> str:
    return entry.model_dump_json(exclude={"provenance": {"at"}})


def differences(found: dict[str, object], expected: dict[str, object]) -> list[str]:
    """A line for each kind of judgement that is another one than in an undisturbed review."""
    return [
        f"after the faults: {name} are not those of an undisturbed review"
        for name in expected
        if found[name] != expected[name]
    ]


def _offline_characteristics(folder: Path) -> set[str]:
    project = review(folder / "offline", folder / "store")
    _run(project, [])
    found = {
        f"{text}{_BY_RULES}"
        for entry in project.entries(StudyCharacteristics)
        for text in _verdicts_of(entry)
    }
    project.close()
    return found


def _serving(script: Scripted) -> Any:
    return serving(by_request=script)


def _review(folder: Path, server: FakeServer) -> Project:
    store = trial_store(folder / "store", folder / "articles")
    engine = server.engine(timeout_seconds=_PATIENT, max_tries=1, n_at_once=1)
    return review(folder / "project", store, engine)


def _run(project: Project, wrong: list[str]) -> None:
    """`evidence run`, which ends with exit code 0 whatever the server does."""
    with mock.patch.dict(os.environ, {KEY_VARIABLE: KEY}):
        ran = CliRunner().invoke(app, ["run", str(project.path), "--json"])
    if ran.exit_code != 0:
        wrong.append(f"`evidence run` ended with {ran.exit_code}: {ran.exception!r}")


def _exported(project: Project) -> list[str]:
    wrong = []
    for name in EXPORTS:
        ran = CliRunner().invoke(app, ["export", str(project.path), "--format", name])
        if ran.exit_code != 0:
            wrong.append(f"`evidence export --format {name}` ended with {ran.exit_code}")
    return wrong


def _unfinished(project: Project, n_left: int) -> list[str]:
    """What a review still lacks once the server is well and people judged what was left."""
    state = read_state(project)
    wrong = []
    if state.recommendation is None:
        wrong.append("there is no recommendation")
    included = state.with_fate("included")
    if n_left == N_TRIALS and len(included) != N_TRIALS:
        wrong.append(f"{len(included)} of {N_TRIALS} trials are included")
    unread = [r for r in included if r not in state.characteristics or r not in state.risk_of_bias]
    if unread:
        wrong.append(f"nothing was extracted or appraised of {', '.join(unread)}")
    return wrong


def _included_by_a_person(record_id: str) -> ScreeningDecision:
    signed = Provenance(actor="Ada", engine="person")
    return ScreeningDecision(
        record_id=record_id, phase="full_text", verdict="include", provenance=signed
    )


def _verdicts(project: Project) -> list[str]:
    """Each verdict of the model as text; unclear, no information and abstaining are none."""
    found: list[str] = []
    for line in project.lines():
        if line.entry.provenance.engine == ENGINE:
            found += _verdicts_of(line.entry)
    return found


def _verdicts_of(entry: Entry) -> list[str]:
    match entry:
        case ScreeningDecision():
            said = [f"{c.criterion_id} {c.verdict}" for c in entry.criteria if _says(c.verdict)]
            said += [entry.verdict] if _says(entry.verdict) else []
            return [f"{entry.record_id} {entry.phase} {text}" for text in said]
        case StudyCharacteristics():
            fields = [f"{c.field} {c.value}" for c in entry.characteristics]
            by = _BY_RULES if _BY_RULES in entry.provenance.reason else ""
            said = [*fields, *(arm.name for arm in entry.arms)]
            return [f"{entry.record_id} {text}{by}" for text in said]
        case ExtractedOutcome():
            return [f"{entry.record_id} {entry.outcome} {values(entry.data)}"]
        case RiskOfBiasJudgement():
            said = [f"{a.question_id} {a.answer}" for a in entry.answers if _says(a.answer)]
            said += [f"{entry.domain} {entry.judgement}"] if _says(entry.judgement) else []
            return [f"{entry.record_id} {text}" for text in said]
        case RecommendationEdit() if not entry.recommendation.abstained:
            return [f"{entry.recommendation.direction} {entry.recommendation.strength}"]
    return []


def _says(verdict: str) -> bool:
    return verdict not in ("unclear", "NI", "NA")


def _told(project: Project) -> str:
    """The first words of the log that tell of a fault."""
    signs = [sign for fault, signs in SAID.items() if fault != "ids of nothing" for sign in signs]
    signs += [
        "the model gave no answer",
        "the model did not answer on it",
        "not asked for",
        "of no ",
    ]
    for line in project.lines():
        body = line.entry.model_dump_json()
        for sign in signs:
            at = body.find(sign)
            if at >= 0:
                return body[max(0, at - 40) : at + 60]
    return ""
