"""A recommendation that a person words is checked against its quotes in the report."""

from __future__ import annotations

from pathlib import Path

from evidence.events import ReportSought
from evidence.findings import Recommendation, Sentence
from evidence.judgements import Provenance, RecommendationEdit
from evidence.report import build_report
from tests.evidence.pooled_factory import make_pooled_project


def test_sentences_by_a_person_are_checked_and_templates_are_not(tmp_path: Path) -> None:
    project = make_pooled_project(tmp_path / "p")
    sought = project.entries(ReportSought)[0]
    document = project.document(sought.document_digest or "")
    assert document is not None
    quote = document.quote(0, len(document.text))
    sentence = Sentence(text="Children on zinc did not die.", quotes=(quote,))
    draft = Recommendation(
        direction="none", strength="none", sentences=(sentence,), cited_rows=(), abstained=False
    )
    for engine, actor, n_checked in (("offline", "machine", 0), ("person", "Ada", 1)):
        project.append(
            RecommendationEdit(
                recommendation=draft,
                inputs_digest="0",
                provenance=Provenance(actor=actor, engine=engine),
            )
        )
        checks = build_report(project).sentence_checks
        assert len(checks) == n_checked
    assert checks[0].flags
