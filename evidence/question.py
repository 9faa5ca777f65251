"""The clinical question: PICO and eligibility criteria, read from and written to TOML."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from evidence.errors import SourceError
from indexers.records import Frozen


class Pico(Frozen):
    """Population, intervention, comparator and outcomes.

    Synonyms stand in brackets behind a term: `weakness (asthenia)`; alternatives are joined by
    `or`: `artemether-lumefantrine (AL) or artesunate-mefloquine (AS+MQ)`.
    """

    population: str = ""
    intervention: str = ""
    comparator: str = ""
    outcomes: tuple[str, ...] = ()

    @field_validator("outcomes", mode="before")
    @classmethod
    def _one_outcome_may_stand_alone(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class EligibilityCriterion(Frozen):
    """One condition; a record is excluded when it fails an inclusion or meets an exclusion."""

    criterion_id: str = Field(min_length=1)
    kind: Literal["inclusion", "exclusion"]
    text: str = Field(min_length=1)


class ClinicalQuestion(Frozen):
    """A question in words, its PICO and its eligibility criteria."""

    text: str = Field(min_length=1)
    pico: Pico = Pico()
    criteria: tuple[EligibilityCriterion, ...] = ()

    @model_validator(mode="after")
    def _criterion_ids_differ(self) -> ClinicalQuestion:
        ids = [c.criterion_id for c in self.criteria]
        doubled = sorted({i for i in ids if ids.count(i) > 1})
        if doubled:
            raise ValueError(f"criterion_id {', '.join(doubled)} is used more than once")
        return self


def load_question(path: Path) -> ClinicalQuestion:
    """Read question.toml.

    Raises:
        SourceError: The file is missing, is not TOML, or a field is missing, unknown or wrong.
    """
    try:
        raw = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, f"expected a readable question.toml ({_reason(error)})") from error
    try:
        return ClinicalQuestion.model_validate(tomllib.loads(raw))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found.group(1)) if found else None
        raise SourceError(path, f"expected TOML: {error}", line) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"]]
        where = ".".join(place) or "question"
        line = _line_of(raw, place)
        raise SourceError(path, f"{where}: {first['msg']}", line) from error


def dump_question(question: ClinicalQuestion) -> str:
    """The question as TOML that `load_question` reads back unchanged."""
    import tomlkit

    document = tomlkit.document()
    document["text"] = question.text
    pico = tomlkit.table()
    pico["population"] = question.pico.population
    pico["intervention"] = question.pico.intervention
    pico["comparator"] = question.pico.comparator
    outcomes = tomlkit.array()
    outcomes.extend(question.pico.outcomes)
    pico["outcomes"] = outcomes.multiline(len(question.pico.outcomes) > 1)
    document["pico"] = pico
    if question.criteria:
        criteria = tomlkit.aot()
        for criterion in question.criteria:
            table = tomlkit.table()
            for key, value in criterion.model_dump().items():
                table[key] = value
            criteria.append(table)
        document["criteria"] = criteria
    return tomlkit.dumps(document)


def concept_terms(text: str) -> tuple[str, ...]:
    """The names of a concept as a question writes them, in order and without repeats.

    `weakness (asthenia)` gives both words; `A (x, y) or B` gives A, x, y and B. A time point
    (`on day 7`, `at 28 days`) is no part of a name.
    """
    outside = re.sub(r"\([^)]*\)", "", text)
    inside = re.findall(r"\(([^)]*)\)", text)
    names = re.split(r"\bor\b|;", outside)
    names += [n for group in inside for n in re.split(r",|;|\bor\b", group)]
    cleaned = (TIME_POINT.sub("", n).strip(" .") for n in names)
    return tuple(dict.fromkeys(" ".join(n.split()) for n in cleaned if n))


TIME_POINT = re.compile(
    r"\b(?:on|at|by|within|after|until)?\s*"
    r"(?:(?P<unit_first>day|week|month|year)s?\s+(?P<number_last>\d+)"
    r"|(?P<number_first>\d+)[\s-]*(?P<unit_last>day|week|month|year)s?)\b",
    re.IGNORECASE,
)
_DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}


def time_point_days(text: str) -> float | None:
    """The first time point of a text in days (`on day 7` is 7, `at 6 weeks` is 42), if any."""
    found = TIME_POINT.search(text)
    if found is None:
        return None
    unit = (found["unit_first"] or found["unit_last"]).lower()
    return float(found["number_last"] or found["number_first"]) * _DAYS[unit]


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _line_of(raw: str, place: list[str]) -> int | None:
    """The line that holds the last key of a validation error's place, when it is in the file."""
    keys = [part for part in place if not part.isdigit()]
    for key in reversed(keys):
        for number, line in enumerate(raw.splitlines(), 1):
            if re.match(rf"\s*\[*\s*{re.escape(key)}\b", line):
                return number
    return None
