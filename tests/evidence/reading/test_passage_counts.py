from __future__ import annotations

from pathlib import Path

import pytest

from evidence.errors import SourceError
from evidence.extraction.by_model.contexts import (
    FIELD_QUERIES,
    FOR_RESULTS,
    ExtractionContexts,
    result_query,
)
from evidence.extraction.by_model.study import FIELD_MEANINGS, STUDY_FIELDS, field_groups
from evidence.reading.passage_calibration import (
    COUNTS,
    MarkedReport,
    calibrate_passages,
    passage_losses,
)
from evidence.reading.passage_counts import FOR_CRITERIA, certificate_at, passage_count
from evidence.reading.report_passages import RANKING_DIGEST
from indexers.encoders import named_encoder
from indexers.records import Document, Section, text_digest
from retrievers.certificate import ContextCount, write_certificate

STATIC = named_encoder("static")
FILLER = "The weather station recorded wind and rain on day {} while staff wrote in the diary. " * 6
RESULT = "Headache was significantly less frequent with aspirin (P = 0.01)."


def long_report() -> Document:
    parts = [("Title", "A trial"), ("Abstract", "Aspirin was tried.")]
    filler = [FILLER.replace("{}", str(n)) for n in range(40)]
    parts.append(("Results", "\n\n".join([*filler[:30], RESULT, *filler[30:]])))
    text, sections = "", []
    for heading, body in parts:
        start = len(text)
        text += f"{heading}\n{body}\n\n"
        sections.append(Section(path=(heading,), start=start, end=len(text)))
    return Document(
        document_digest=text_digest(text),
        record_id="r",
        kind="full_text",
        text=text,
        sections=tuple(sections),
    )


def marked(query: str) -> MarkedReport:
    document = long_report()
    start = document.text.index(RESULT)
    return MarkedReport(document, ((query, ((start, start + len(RESULT)),)),))


def certificate(**fields: object) -> ContextCount:
    given: dict[str, object] = {
        **{"k": 3, "alpha": 0.2, "delta": 0.1, "n_calibration": 43, "mean_loss": 0.1},
        **{"loss": "share_of_gold_missed", "p_value": 0.05, "procedure": "fixed_sequence"},
        **{"counts": (3, 5), "retriever": FOR_RESULTS, "corpus_digest": RANKING_DIGEST},
        **{"encoder_digest": STATIC.digest, "seed": 0},
    }
    return ContextCount.model_validate(given | fields)


def test_the_results_of_an_outcome_are_found_and_certified() -> None:
    report = marked(result_query("headache"))
    assert passage_losses([report], STATIC).tolist() == [[0.0] * len(COUNTS)]
    found = calibrate_passages([report] * 30, STATIC, asked=FOR_RESULTS, alpha=0.2, delta=0.1)
    assert (found.k, found.retriever, found.n_calibration) == (1, FOR_RESULTS, 30)
    few = calibrate_passages([report] * 5, STATIC, asked=FOR_RESULTS, alpha=0.2, delta=0.1)
    assert few.abstains
    lost = passage_losses([marked("wind and rain in the diary")], STATIC, (1, 41))
    assert lost.tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("given", "k", "why"),
    [
        (certificate(), 3, "3 an outcome, calibrated to miss at most 0.2"),
        (None, 5, "5 an outcome, not calibrated"),
        (certificate(retriever=FOR_CRITERIA), 5, "not for report-passages:results"),
        (certificate(encoder_digest="x"), 5, "another encoder"),
        (certificate(corpus_digest="x"), 5, "another way to cut reports"),
        (certificate(k=None, p_value=0.4), 5, "no number could be certified"),
    ],
)
def test_only_a_certificate_for_results_gives_their_count(
    given: ContextCount | None, k: int, why: str
) -> None:
    count = passage_count(given, STATIC.digest, 5, asked=FOR_RESULTS, each="an outcome")
    assert (count.k, count.certified) == (k, k == 3)
    assert why in count.told


def test_a_certificate_of_a_project_is_used_and_told(tmp_path: Path) -> None:
    path = tmp_path / "contexts_results.json"
    assert certificate_at(None) is None
    assert ExtractionContexts(certificate=path).count.k == 5
    write_certificate(path, certificate(k=3))
    contexts = ExtractionContexts(certificate=path)
    shown = contexts.for_outcome(long_report(), "headache", 20_000)
    assert shown is not None
    assert RESULT in shown.text
    assert "3 passages (3 an outcome, calibrated to miss at most 0.2" in shown.note
    tight = contexts.for_outcome(long_report(), "headache", 900)
    assert tight is not None
    assert "no guarantee" in tight.note
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(SourceError, match="expected a certificate"):
        _ = ExtractionContexts(certificate=path).count


def test_every_field_has_a_query_and_a_meaning_and_is_asked_once() -> None:
    assert set(FIELD_QUERIES) == set(STUDY_FIELDS) == set(FIELD_MEANINGS)
    for tokens in (1, 500, 1024, 100_000):
        assert [f for group in field_groups(tokens) for f in group] == list(STUDY_FIELDS)
    assert len(field_groups(1024)) == 2
    assert len(field_groups(2048)) == 1
