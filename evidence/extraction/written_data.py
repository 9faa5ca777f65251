"""Outcome data from what a person wrote, with what is wrong told in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import ValidationError

from evidence.errors import EvidenceError
from evidence.findings import (
    ContinuousData,
    DichotomousData,
    GenericData,
    Measure,
    OutcomeData,
)

DataKind = Literal["dichotomous", "continuous", "generic"]
DATA_TYPES: dict[DataKind, type[DichotomousData] | type[ContinuousData] | type[GenericData]] = {
    "dichotomous": DichotomousData,
    "continuous": ContinuousData,
    "generic": GenericData,
}


class ResultError(EvidenceError):
    """A person's word on a result cannot be written as it is."""


def data_of(kind: DataKind, fields: Mapping[str, object]) -> OutcomeData:
    """Outcome data of a kind from what a person wrote.

    Raises:
        ResultError: A number is none, or the numbers contradict each other.
    """
    try:
        return DATA_TYPES[kind].model_validate(dict(fields))
    except ValidationError as error:
        first = error.errors()[0]
        where = f"{str(first['loc'][0]).replace('_', ' ')}: " if first["loc"] else ""
        raise ResultError(f"{where}{first['msg'].removeprefix('Value error, ')}") from error


def other_scale(data: OutcomeData, unit: str | None, measure: Measure | None) -> dict[str, str]:
    """The unit of means or the measure of an effect, where it is another one."""
    if isinstance(data, ContinuousData) and unit is not None:
        told = " ".join(unit.split())
        return {"unit": told} if told != data.unit else {}
    if isinstance(data, GenericData) and measure is not None:
        return {"measure": measure} if measure != data.measure else {}
    return {}
