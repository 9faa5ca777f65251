from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence.findings import ContinuousData, DichotomousData, GenericData, StudyResult

Data = DichotomousData | ContinuousData | GenericData
REFERENCE = Path(__file__).parents[2] / "reference" / "metafor.json"


@pytest.fixture(scope="session")
def metafor() -> dict[str, Any]:
    """The numbers that tests/reference/metafor.R pinned."""
    return json.loads(REFERENCE.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def reference_studies(
    metafor: dict[str, Any],
) -> Callable[[str, str], tuple[list[str], list[Data]]]:
    """Labels and outcome data of a reference data set."""

    def studies(dataset: str, measure: str) -> tuple[list[str], list[Data]]:
        data: list[Data] = []
        rows = metafor["datasets"][dataset]
        for row in rows:
            numbers = {name: value for name, value in row.items() if name != "study"}
            if "events_intervention" in row:
                data.append(DichotomousData(**numbers))
            elif "sd_intervention" in row:
                data.append(ContinuousData(**numbers))
            else:
                data.append(GenericData(measure=measure, **numbers))
        return [row["study"] for row in rows], data

    return studies


@pytest.fixture(scope="session")
def reference_results(
    reference_studies: Callable[[str, str], tuple[list[str], list[Data]]],
) -> Callable[[str, str], list[StudyResult]]:
    """A reference data set as results of studies."""

    def results(dataset: str, measure: str) -> list[StudyResult]:
        names, data = reference_studies(dataset, measure)
        return [
            StudyResult(record_id=f"record-{place}", study=name, data=item, comparator="placebo")
            for place, (name, item) in enumerate(zip(names, data, strict=True))
        ]

    return results
