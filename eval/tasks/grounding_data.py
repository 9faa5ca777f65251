"""Claims with their quotes, true and altered, as JSON lines.

Protocol. The unit is the claim; intervals resample articles. A claim is judged right when it is
flagged if altered and left alone if not (`eval.tasks.grounding`). There is no pool: a claim comes
with its quotes. The ceiling is 1, as the alterations were made on purpose. A line that cannot be
read counts as an altered claim that was missed, or as a false alarm.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field, ValidationError, model_validator

from eval.datasets import data_files
from evidence.config import data_folder
from indexers.errors import SourceError
from indexers.records import Frozen

GROUNDING_EXPECTED = "a .jsonl file of claims with their quotes, or a folder of them"
Kind = Literal[
    "unaltered",
    "number",
    "direction",
    "significance",
    "negation",
    "population",
    "intervention",
    "outcome",
    "time_point",
    "certainty",
    "citation",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
ALTERED: tuple[Kind, ...] = KINDS[1:]


class CitedQuote(Frozen):
    """A quote that a claim cites, with the article it is from; `supports` by construction."""

    pmcid: str
    text: str = Field(min_length=1)
    supports: bool


class ClaimCase(Frozen):
    """One line: a claim with its quotes, and how it was made."""

    case_id: str
    pmcid: str
    kind: Kind
    manner: str
    claim: str = Field(min_length=1)
    quotes: tuple[CitedQuote, ...] = Field(min_length=1)
    paraphrased_by: tuple[str, ...]
    place: tuple[int, int] | None
    was: str

    @model_validator(mode="after")
    def _place_is_in_the_claim(self) -> ClaimCase:
        if self.place is not None and not 0 <= self.place[0] <= self.place[1] <= len(self.claim):
            raise ValueError(f"place {self.place} is not in a claim of {len(self.claim)} letters")
        return self


@dataclass(frozen=True)
class GroundingCase:
    """A case to score; `failure` says why its line could not be read.

    A line whose kind is not readable either is scored as an unaltered claim that is flagged.
    """

    case_id: str
    unit: str
    kind: Kind
    case: ClaimCase | None
    failure: str | None = None


def default_claims() -> Path:
    """The shipped part that no rule was written on."""
    return data_folder() / "altered_claims" / "test.jsonl"


def load_claims(data: Path) -> tuple[list[Path], list[GroundingCase]]:
    """The files that were read, and the cases in them.

    Raises:
        SourceError: There is no file, it is not text, or no line of it can be read.
    """
    files = data_files(data, (".jsonl",), GROUNDING_EXPECTED)
    cases: list[GroundingCase] = []
    for path in files:
        try:
            lines = path.read_text(encoding="utf-8-sig").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(path, f"expected {GROUNDING_EXPECTED} in UTF-8") from error
        cases += [_read(path, n, line) for n, line in enumerate(lines, 1) if line.strip()]
    _check(files[0], cases)
    return files, cases


def _check(path: Path, cases: Sequence[GroundingCase]) -> None:
    if not any(case.failure is None for case in cases):
        why = cases[0].failure if cases else "it is empty"
        raise SourceError(path, f"expected {GROUNDING_EXPECTED}; {why}")
    known: set[str] = set()
    for case in cases:
        if case.case_id in known:
            raise SourceError(path, f"case {case.case_id!r} stands there twice")
        known.add(case.case_id)


def _read(path: Path, number: int, line: str) -> GroundingCase:
    try:
        case = ClaimCase.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        why = f"{path.name}:{number}: {place + ': ' if place else ''}{first['msg']}"
        kind = _kind_of(line)
        return GroundingCase(f"{path.name}:{number}", f"{path.name}:{number}", kind, None, why)
    return GroundingCase(case.case_id, case.pmcid, case.kind, case)


def _kind_of(line: str) -> Kind:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return "unaltered"
    kind = found.get("kind") if isinstance(found, dict) else None
    return next((known for known in KINDS if known == kind), "unaltered")
