"""A sample of the damages; `python -m tests.faults` damages every file."""

from __future__ import annotations

import random
from pathlib import Path

from tests.faults.damage import (
    DAMAGES,
    Place,
    files_of,
    one_damage,
    prepared_certificate,
    prepared_project,
    prepared_store,
)


def damaged(place: Place, name: str, times: int, scratch: Path, *damages: str) -> list[str]:
    rng = random.Random(4)  # noqa: S311
    whole, file = place.reading(), place.folder / name
    assert file in files_of(place.folder)
    found = [
        one_damage(place, file, DAMAGES[damage], rng, whole, scratch / "notes")
        for damage in damages or DAMAGES
        for _ in range(times)
    ]
    assert place.reading() == whole  # it was put back
    return [fault for _, wrong in found for fault in wrong]


def test_a_damaged_store_or_certificate_is_named(tmp_path: Path) -> None:
    store = prepared_store(tmp_path)
    assert damaged(store, "manifest.json", 1, tmp_path) == []
    assert damaged(store, "vectors.f32", 1, tmp_path, "a bit turned over") == []
    assert damaged(prepared_certificate(tmp_path), "contexts.json", 60, tmp_path) == []


def test_a_damaged_project_is_named(tmp_path: Path) -> None:
    project = prepared_project(tmp_path)
    for name in ("manifest.json", "review.db"):
        assert damaged(project, name, 2, tmp_path, "a bit turned over") == []
