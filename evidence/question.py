"""The clinical question: PICO, eligibility criteria and search strategy, kept in TOML."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from evidence.errors import SourceError
from evidence.strategy.types import Strategy
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
    """A question in words, its PICO, its eligibility criteria and, if there is one, its search."""

    text: str = Field(min_length=1)
    pico: Pico = Pico()
    criteria: tuple[EligibilityCriterion, ...] = ()
    strategy: Strategy | None = None

    @model_serializer(mode="wrap")
    def _without_an_absent_strategy(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A question without a strategy is written as it was before there were any."""
        fields: dict[str, Any] = handler(self)
        if self.strategy is None:
            fields.pop("strategy", None)
        return fields

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
        raw = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, f"expected a readable question.toml ({_reason(error)})") from error
    try:
        return ClinicalQuestion.model_validate(tomllib.loads(raw))
    except RecursionError as error:
        raise SourceError(path, "expected TOML that is not nested so deeply") from error
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


def dump_question(question: ClinicalQuestion, over: str = "") -> str:
    """The question as TOML that `load_question` reads back unchanged.

    Args:
        question: What is written.
        over: The file as it is now: its comments, its order and its way of writing stay
            wherever a value stays. Empty writes a new file.

    Raises:
        SettingsError: `over` is no TOML.
    """
    from evidence.question_toml import written_over

    return written_over(question.model_dump(mode="json"), over)


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
