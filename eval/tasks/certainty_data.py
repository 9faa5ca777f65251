"""Outcome profiles of Q2CRBench-3: what a reviewer has before rating, and how the panel rated it.

A guideline's folder holds `Evidence_Profiles/outcomeinfo/*.json` (a list of outcomes each) and
`Evidence_Profiles/paperinfo/*.json` (the studies by `paper_uid`); `merged_*.jsonl` repeat them. Of
an outcome's assessment only study design, risks and effects are read as input. The `result` of a
domain is read as the label, its `rationales` not at all.

Protocol. The unit is the outcome profile; intervals resample clinical questions. A domain is right
at the panel's level (`eval.tasks.certainty`). The ceiling is below 1: panels use what no profile
holds. Where the release has no risk of bias by study, none is invented. Domains that the panel left
open are not scored. There is no pool: the studies are the profile's own. A profile that cannot be
read counts as of the panel's most common levels, and as answered by the farthest from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from eval.formats.json_items import Broken, JsonItem, read_json_items
from eval.tasks.certainty_levels import levels_of, plain_name
from eval.tasks.certainty_studies import ProfileStudy, cells_of, study_of
from evidence.errors import SourceError
from evidence.findings import Certainty

CERTAINTY_EXPECTED = "a Q2CRBench-3 folder (or one file) with outcomeinfo*.json evidence profiles"


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


def _entries(file: Path) -> tuple[list[JsonItem], list[Broken]]:
    """The entries of a JSON list, an object of lists, or a file with one entry a line; the faults.

    Raises:
        SourceError: It cannot be read at all.
    """
    items, broken = read_json_items(file)
    if len(items) == 1 and isinstance(items[0].value, dict) and "outcome" not in items[0].value:
        listed = [one for value in items[0].value.values() for one in _as_list(value)]
        if all(isinstance(one, dict) for one in listed):
            items = [JsonItem(1, n, "", one) for n, one in enumerate(listed, 1)]
    return items, broken


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _papers(files: Sequence[Path]) -> dict[str, Mapping[str, Any]]:
    """Studies by id; a file that cannot be read leaves its studies without characteristics."""
    papers: dict[str, Mapping[str, Any]] = {}
    for file in files:
        try:
            items, _ = _entries(file)
        except SourceError:
            continue
        for item in items:
            if isinstance(item.value, dict) and "paper_uid" in item.value:
                papers[str(item.value["paper_uid"])] = item.value
    return papers


def _profiles_of(
    file: Path, guideline: str, papers: Mapping[str, Mapping[str, Any]]
) -> Iterator[OutcomeProfile]:
    try:
        items, broken = _entries(file)
    except SourceError as error:
        yield _failed(f"{guideline}: {file.name}", file.name, str(error))
        return
    for item in items:
        assessment = _assessment(item.value)
        if assessment is None:
            told = "expected an outcome with assessment_results"
            broken.append(Broken(item.line, item.entry, told))
        else:
            place = f"{file.name}:{item.entry}"
            yield _profile(item.value, assessment, guideline, place, papers)
    for fault in broken:
        place = f"{file.name}:{fault.entry}"
        yield _failed(f"{guideline}: {file.name}", place, fault.told(file))


def _failed(unit: str, profile_id: str, failure: str) -> OutcomeProfile:
    return OutcomeProfile(unit, profile_id, "", "high", (), {}, failure=failure)


def _assessment(entry: Any) -> Mapping[str, Any] | None:
    """The fields of an outcome's GRADE assessment by plain name: `riskofbias`."""
    results = entry.get("assessment_results") if isinstance(entry, dict) else None
    if isinstance(results, dict):
        results = results.get("GRADE", results)
    if not isinstance(results, dict):
        return None
    return {plain_name(name): value for name, value in results.items()}


def _profile(
    entry: Mapping[str, Any],
    assessment: Mapping[str, Any],
    guideline: str,
    place: str,
    papers: Mapping[str, Mapping[str, Any]],
) -> OutcomeProfile:
    question = str(entry.get("clinical_question") or place.split(":")[0])
    listed = [str(paper) for paper in _as_list(entry.get("related_paper_list") or [])]
    cells = cells_of(assessment)
    named = listed or list(dict.fromkeys(study for study, _ in cells if study))
    studies = [study_of(name, cells, papers.get(name, {})) for name in named]
    if not any(study.counts or study.effects for study in studies) and ("", "effect") in cells:
        studies = [study_of("", cells, {})]  # one row for all studies, as GRADEpro prints it
    design = str(assessment.get("studydesign") or "") or " ".join(
        str(papers.get(name, {}).get("study_design", "")) for name in named
    )
    return OutcomeProfile(
        unit=f"{guideline}: {' '.join(question.split())}",
        profile_id=str(entry.get("outcome_uid") or place),
        outcome=str(entry.get("outcome") or ""),
        start=_start(design),
        studies=tuple(studies),
        levels=levels_of(assessment),
        n_studies_listed=len(named),
    )


def _start(design: str) -> Certainty:
    """High for randomised trials, low where a design says otherwise."""
    observational = re.search(
        r"observational|cohort|case|cross.?sectional|non.?randomi|registry", design, re.IGNORECASE
    )
    return "low" if observational else "high"
