"""What was written since a version, as each person may read it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from evidence.audit import HIDDEN
from evidence.config import ScreeningSettings
from evidence.entries import Entry
from evidence.events import RecordIdentified
from evidence.findings import Recommendation
from evidence.judgements import MACHINE, Provenance, RecommendationEdit, ScreeningDecision
from evidence.project import LogLine
from evidence.state import fold
from evidence.ui.recommendation.since import written_since
from indexers.records import Record

OFFLINE = Provenance(actor=MACHINE, engine="offline")
VERSION = RecommendationEdit(
    recommendation=Recommendation(direction="none", strength="none", sentences=(), cited_rows=()),
    inputs_digest="0",
    provenance=OFFLINE,
)
DECISION = ScreeningDecision(
    record_id="R1",
    phase="full_text",
    verdict="include",
    provenance=Provenance(actor="Ada", engine="person"),
)


def test_a_blind_reviewer_reads_nothing_of_the_other() -> None:
    screening = ScreeningSettings(decided_by="people", reviewers=2)
    found = RecordIdentified(
        record=Record(record_id="R1", source="test", title="A trial"),
        score=1.0,
        ranks={},
        provenance=OFFLINE,
    )
    entries: list[Entry] = [found, VERSION, DECISION]

    def lines(*kinds: type, after: int = 0) -> list[LogLine]:
        numbered = enumerate(entries, 1)
        return [LogLine(n, "", e) for n, e in numbered if n > after and isinstance(e, kinds)]

    manifest = SimpleNamespace(settings=SimpleNamespace(screening=screening))
    project: Any = SimpleNamespace(lines=lines, manifest=manifest)
    state = fold(entries, screening)
    (to_ada,) = written_since(project, state, VERSION, "Ada")
    (to_bob,) = written_since(project, state, VERSION, "Bob")
    assert "include" in to_ada
    assert "include" not in to_bob and HIDDEN in to_bob
