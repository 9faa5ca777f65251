"""Outcome profiles of Q2CRBench-3: what a reviewer has before rating, and how the panel rated it.

A guideline's folder holds `Evidence_Profiles/outcomeinfo/*.json` (a list of outcomes each) and
`Evidence_Profiles/paperinfo/*.json` (the studies by `paper_uid`); `merged_*.jsonl` repeat them. Of
an outcome's assessment only study design, risks and effects are read as input. The `result` of a
domain is read as the label, its `rationales` not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from eval.tasks.certainty_texts import (
    PrintedEffect,
    first_count,
    measure_named,
    printed_counts,
    printed_effects,
    printed_risk,
)
from evidence.errors import SourceError
from evidence.findings import Certainty, Measure
from evidence.judgements import MACHINE, Provenance, RiskOfBiasJudgement

CERTAINTY_EXPECTED = "a Q2CRBench-3 folder (or one file) with outcomeinfo*.json evidence profiles"
RATED_DOMAINS = (
    *("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias"),
    "certainty",
)
_CERTAINTIES = {"verylow": 3, "low": 2, "moderate": 1, "high": 0}
_NOT_LOWERED = (
    *("none", "no", "notserious", "noserious", "notapplicable", "undetected", "unlikely"),
    *("nonedetected", "low"),
)
_PER = 1000  # the denominator of risks
_ROB_DOMAINS = (
    ("random|allocation|selection bias", "randomisation"),
    ("participants|personnel|performance|deviation", "deviations"),
    ("incomplete|attrition|missing", "missing_outcome_data"),
    ("selective|reporting", "selective_reporting"),
    ("assess|detection|measurement", "measurement"),
)
_ROB_LEVELS = {
    **{"low": "low", "some": "some_concerns", "moderate": "some_concerns", "unclear": "unclear"},
    **{"high": "high", "serious": "high", "critical": "high"},
}


class ProfileStudy(NamedTuple):
    """A study of a profile with its numbers as printed.

    `events_*` and `total_*` are None where no `n/N` is printed for both arms; `effects` hold one
    effect for each arm that is compared with the comparator.
    """

    study_id: str
    measure: Measure | None
    counts: tuple[int, int, int, int] | None
    effects: tuple[PrintedEffect, ...]
    comparator_risk: float | None
    n_participants: int | None
    risk_of_bias: tuple[RiskOfBiasJudgement, ...] = ()


class OutcomeProfile(NamedTuple):
    """An outcome to rate and the panel's levels; a label that was not given is missing.

    `levels` are levels down by domain, and for `certainty` the place in high, moderate, low, very
    low. `failure` says why a profile could not be read.
    """

    unit: str
    profile_id: str
    outcome: str
    start: Certainty
    studies: tuple[ProfileStudy, ...]
    levels: Mapping[str, int]
    n_studies_listed: int = 0
    failure: str | None = None


def load_profiles(path: Path) -> tuple[list[Path], list[OutcomeProfile]]:
    """The files read, and the profiles in the order of the files.

    A file that cannot be read, or an entry that is no profile, becomes a profile with `failure`.

    Args:
        path: The release, one guideline of it, a folder inside, or one file of outcomes.

    Raises:
        SourceError: There are no outcomes at all.
    """
    files = _outcome_files(path)
    if not files:
        raise SourceError(path, f"no outcomeinfo*.json in it; expected {CERTAINTY_EXPECTED}")
    profiles: list[OutcomeProfile] = []
    used = list(files)
    for file in files:
        paper_files = _paper_files(file)
        used += [paper for paper in paper_files if paper not in used]
        profiles += _profiles_of(file, _guideline(file), _papers(paper_files))
    return used, profiles


def _outcome_files(path: Path) -> list[Path]:
    """Outcome files, a folder's merged copy only where it stands alone."""
    if path.is_file():
        return [path]
    found = sorted(
        file
        for file in path.rglob("*")
        if file.suffix in (".json", ".jsonl")
        and ("outcomeinfo" in file.name.casefold() or file.parent.name == "outcomeinfo")
    )
    single = {file.parent for file in found if file.suffix == ".json"}
    return [file for file in found if file.suffix == ".json" or file.parent not in single]


def _paper_files(outcomes: Path) -> list[Path]:
    folder = outcomes.parent.parent / "paperinfo"
    found = sorted(folder.glob("*.json")) or sorted(folder.glob("*.jsonl"))
    return found or sorted(outcomes.parent.glob("*paperinfo*.json"))


def _guideline(file: Path) -> str:
    """The guideline's folder, which holds Evidence_Profiles; else the file's own folder."""
    for parent in file.parents:
        if parent.name == "Evidence_Profiles":
            return parent.parent.name
    return file.resolve().parent.name


def _entries(file: Path) -> list[Any]:
    """The entries of a JSON list, or of a file with one entry a line.

    Raises:
        SourceError: It is neither.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        entries = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        told = " ".join(str(error).split())
        raise SourceError(file, f"expected JSON ({told})") from error
    if isinstance(entries, dict) and "outcome" not in entries:
        entries = [one for value in entries.values() for one in _as_list(value)]
    return _as_list(entries)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _papers(files: Sequence[Path]) -> dict[str, Mapping[str, Any]]:
    """Studies by id; a file that cannot be read leaves its studies without characteristics."""
    papers: dict[str, Mapping[str, Any]] = {}
    for file in files:
        try:
            entries = _entries(file)
        except SourceError:
            continue
        for entry in entries:
            if isinstance(entry, dict) and "paper_uid" in entry:
                papers[str(entry["paper_uid"])] = entry
    return papers


def _profiles_of(
    file: Path, guideline: str, papers: Mapping[str, Mapping[str, Any]]
) -> Iterator[OutcomeProfile]:
    try:
        entries = _entries(file)
    except SourceError as error:
        yield _failed(f"{guideline}: {file.name}", file.name, str(error))
        return
    for number, entry in enumerate(entries, 1):
        place = f"{file.name}:{number}"
        assessment = _assessment(entry)
        if assessment is None:
            told = f"{file}: entry {number}: expected an outcome with assessment_results"
            yield _failed(f"{guideline}: {file.name}", place, told)
        else:
            yield _profile(entry, assessment, guideline, place, papers)


def _failed(unit: str, profile_id: str, failure: str) -> OutcomeProfile:
    return OutcomeProfile(unit, profile_id, "", "high", (), {}, failure=failure)


def _assessment(entry: Any) -> Mapping[str, Any] | None:
    """The fields of an outcome's GRADE assessment by plain name: `riskofbias`."""
    results = entry.get("assessment_results") if isinstance(entry, dict) else None
    if isinstance(results, dict):
        results = results.get("GRADE", results)
    if not isinstance(results, dict):
        return None
    return {_plain_name(name): value for name, value in results.items()}


def _plain_name(text: object) -> str:
    return re.sub(r"[^a-z]", "", str(text).casefold())


def _profile(
    entry: Mapping[str, Any],
    assessment: Mapping[str, Any],
    guideline: str,
    place: str,
    papers: Mapping[str, Mapping[str, Any]],
) -> OutcomeProfile:
    question = str(entry.get("clinical_question") or place.split(":")[0])
    listed = [str(paper) for paper in _as_list(entry.get("related_paper_list") or [])]
    cells = _cells(assessment)
    named = listed or list(dict.fromkeys(study for study, _ in cells if study))
    studies = [_study(name, cells, papers.get(name, {})) for name in named]
    if not any(study.counts or study.effects for study in studies) and ("", "effect") in cells:
        studies = [_study("", cells, {})]  # one row for all studies, as GRADEpro prints it
    design = str(assessment.get("studydesign") or "") or " ".join(
        str(papers.get(name, {}).get("study_design", "")) for name in named
    )
    return OutcomeProfile(
        unit=f"{guideline}: {' '.join(question.split())}",
        profile_id=str(entry.get("outcome_uid") or place),
        outcome=str(entry.get("outcome") or ""),
        start=_start(design),
        studies=tuple(studies),
        levels=_levels(assessment),
        n_studies_listed=len(named),
    )


def _start(design: str) -> Certainty:
    """High for randomised trials, low where a design says otherwise."""
    observational = re.search(
        r"observational|cohort|case|cross.?sectional|non.?randomi|registry", design, re.IGNORECASE
    )
    return "low" if observational else "high"


def _cells(assessment: Mapping[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """Column and text by study and kind (`comparator`, `intervention`, `effect`).

    The study is empty where a cell stands for all studies.
    """
    cells: dict[tuple[str, str], tuple[str, str]] = {}
    for field in ("risk", "effect"):
        columns = assessment.get(field)
        if not isinstance(columns, dict):
            columns = {field: columns}
        for place, (column, value) in enumerate(columns.items()):
            kind = field if field == "effect" else _arm(str(column), place)
            by_study = value if isinstance(value, dict) else {"": value}
            for study, text in by_study.items():
                if text not in (None, ""):
                    cells.setdefault((str(study), kind), (str(column), str(text)))
    return cells


def _arm(column: str, place: int) -> str:
    """The arm of a column of risks; the comparator stands first where nothing names it."""
    for arm, pattern in (
        ("comparator", r"comparator|control"),
        ("intervention", r"intervention|treatment with"),
        ("comparator", r"placebo|no treatment|usual care"),
    ):
        if re.search(pattern, column, re.IGNORECASE):
            return arm
    return "intervention" if place else "comparator"


def _study(
    name: str, cells: Mapping[tuple[str, str], tuple[str, str]], paper: Mapping[str, Any]
) -> ProfileStudy:
    texts = {
        kind: cells.get((name, kind), ("", "")) for kind in ("intervention", "comparator", "effect")
    }
    column, effect = texts["effect"]
    first, second = (printed_counts(texts[arm][1]) for arm in ("intervention", "comparator"))
    characteristics = paper.get("characteristics")
    known = characteristics if isinstance(characteristics, dict) else {}
    n_reported = _n_participants(known)
    counts = (*first, *second) if first and second else None
    if counts and counts[1] == counts[3] == _PER and n_reported != 2 * _PER:
        counts = None  # risks per 1000, not events
    n = counts[1] + counts[3] if counts else n_reported
    effects = printed_effects(effect)
    if not name and any(printed.ci_low is not None for printed in effects):
        counts = None  # of all studies together: their pooled effect says more
    risks = [printed_risk(texts[arm][1]) for arm in ("intervention", "comparator")]
    measure = measure_named(effect) or measure_named(column)
    if measure is None:
        measure = "RR" if counts or None not in risks else "MD"
    if measure in ("MD", "SMD") and None not in risks and measure_named(effect) is None:
        measure = "RR"  # counts of events have no mean, whatever the column is called
    return ProfileStudy(
        study_id=name,
        measure=measure,
        counts=counts,
        effects=effects,
        comparator_risk=risks[1],
        n_participants=n,
        risk_of_bias=_risk_of_bias(name, {**known, **paper}),
    )


def _n_participants(characteristics: Mapping[str, Any]) -> int | None:
    for pattern in (r"randomi[sz]ed", r"total|sample size|number of|participants", r"^n$"):
        for name, value in characteristics.items():
            if re.search(pattern, str(name), re.IGNORECASE):
                count = first_count(str(value))
                if count:
                    return count
    return None


def _risk_of_bias(study: str, fields: Mapping[str, Any]) -> tuple[RiskOfBiasJudgement, ...]:
    """Judgements on the study that stand among its characteristics as data."""
    provenance = Provenance(actor=MACHINE, engine="release")
    judgements = []
    for name, value in fields.items():
        level = _ROB_LEVELS.get(str(value).casefold().split()[0]) if str(value).split() else None
        risk = re.search(r"bias|blinding|allocation|sequence|attrition", str(name), re.IGNORECASE)
        if level is None or risk is None:
            continue
        domain = next((d for p, d in _ROB_DOMAINS if re.search(p, name, re.IGNORECASE)), None)
        judgements.append(
            RiskOfBiasJudgement.model_validate(
                {
                    "record_id": study,
                    "domain": domain or "randomisation",
                    "judgement": level,
                    "provenance": provenance,
                }
            )
        )
    return tuple(judgements)


def _levels(assessment: Mapping[str, Any]) -> dict[str, int]:
    """The panel's levels by domain, those that can be read."""
    levels = {}
    for domain in RATED_DOMAINS:
        given = assessment.get(domain.replace("_", ""))
        if isinstance(given, dict):
            given = given.get("result")
        level = certainty_place(given) if domain == "certainty" else levels_down(given)
        if level is not None:
            levels[domain] = level
    return levels


def levels_down(result: object) -> int | None:
    """`NOT_SERIOUS` is 0, `SERIOUS` 1, `VERY_SERIOUS` 2, `EXTREMELY_SERIOUS` 3; None if unknown.

    `NOT_APPLICABLE` (one study cannot be inconsistent) takes nothing off.
    """
    name = "" if result is None else _plain_name(result)
    if name in _NOT_LOWERED or name.startswith(("not", "noserious")):
        return 0
    for level, words in ((3, ("extremely",)), (2, ("very",)), (1, ("serious", "suspected"))):
        if any(word in name for word in words):
            return level
    return {"likely": 1, "detected": 1, "high": 1}.get(name)


def certainty_place(result: object) -> int | None:
    """The place among high, moderate, low and very low; None if it is none of them."""
    name = _plain_name(result)
    for words, place in _CERTAINTIES.items():
        if name.startswith(words) or name.endswith(words):
            return place
    return None
