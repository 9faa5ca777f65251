"""What a language model is shown of a long report, and what vouches for the number of passages."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from evidence.errors import SourceError
from evidence.question import ClinicalQuestion, EligibilityCriterion
from evidence.quoting import locate
from evidence.reading.marked_reports import certify_passages, read_marked_reports
from evidence.reading.passage_calibration import (
    COUNTS,
    MarkedReport,
    calibrate_passages,
    passage_losses,
)
from evidence.reading.passage_counts import FOR_CRITERIA, PassageCount, passage_count
from evidence.reading.report_passages import (
    LONGEST_PASSAGE,
    RANKER,
    RANKING_DIGEST,
    front,
    rank_passages,
    report_passages,
)
from evidence.stages.screen_contexts import (
    PassageContexts,
    criterion_query,
)
from evidence.stages.screen_model import ModelScreener
from indexers.encoders import named_encoder
from indexers.records import Document, Section, text_digest
from retrievers.certificate import ContextCount, write_certificate
from tests.evidence.llm.scripted import SETTINGS, Scripted

STATIC = named_encoder("static")
FILLER = "The weather station recorded wind and rain on day {} while staff wrote in the diary. " * 6
POPULATION = "All participants were adults older than eighteen years with falciparum malaria."
DESIGN = "Patients were randomly allocated to treatment by sealed opaque envelopes."
CRITERIA = (
    EligibilityCriterion(
        criterion_id="population",
        kind="inclusion",
        text="Participants have falciparum malaria (not: vivax, healthy volunteers)",
    ),
    EligibilityCriterion(
        criterion_id="design", kind="inclusion", text="Randomly allocated to treatment"
    ),
)
QUESTION = ClinicalQuestion(text="Does it work?", criteria=CRITERIA)


def long_report(n_paragraphs: int = 60, *, abstract: bool = True) -> Document:
    """Filler with one paragraph for each criterion far down, and references."""
    parts = [("Title", "A report on stations")]
    if abstract:
        parts.append(("Abstract", "Stations were visited."))
    filler = [FILLER.replace("{}", str(number)) for number in range(n_paragraphs)]
    filler[n_paragraphs * 2 // 3] = POPULATION
    filler[n_paragraphs * 3 // 4] = DESIGN
    parts += [("Methods", "\n\n".join(filler)), ("References", f"1. {DESIGN} {POPULATION}")]
    text, sections = "", []
    for heading, body in parts:
        start = len(text)
        text += f"{heading}\n{body}\n\n"
        sections.append(Section(path=(heading,), start=start, end=len(text)))
    text = text.rstrip()
    last = sections[-1].model_copy(update={"end": len(text)})
    return Document(
        document_digest=text_digest(text),
        record_id="r",
        kind="full_text",
        text=text,
        sections=(*sections[:-1], last),
    )


def certificate(**fields: object) -> ContextCount:
    given: dict[str, object] = {
        **{"k": 3, "alpha": 0.2, "delta": 0.1, "n_calibration": 150, "mean_loss": 0.1},
        **{"loss": "share_of_gold_missed", "p_value": 0.05, "procedure": "fixed_sequence"},
        **{"counts": (3, 5), "retriever": RANKER, "corpus_digest": RANKING_DIGEST},
        **{"encoder_digest": STATIC.digest, "seed": 0},
    }
    return ContextCount.model_validate(given | fields)


def test_passages_hold_all_of_the_report_but_its_references_at_their_offsets() -> None:
    document = long_report()
    passages = report_passages(document)
    assert all(document.text[p.start : p.end] == p.text for p in passages)
    assert all(0 < len(p.text) <= LONGEST_PASSAGE for p in passages)
    assert all(a.end <= b.start for a, b in itertools.pairwise(passages))
    left = document.sections[-1].start
    gaps = document.text[:left]
    for passage in reversed(passages):
        gaps = gaps[: passage.start] + gaps[passage.end :]
    assert not gaps.strip()
    assert {p.section for p in passages} == {"Title", "Abstract", "Methods"}


def test_the_passage_on_a_criterion_comes_first() -> None:
    passages = report_passages(long_report())
    queries = [criterion_query(c.text) for c in CRITERIA]
    population, design = rank_passages(passages, queries, STATIC)
    assert POPULATION in population[0].text
    assert DESIGN in design[0].text
    assert len(population) == len(passages)
    assert rank_passages(passages, queries, STATIC) == [population, design]
    assert rank_passages([], queries, STATIC) == [[], []]


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    common = [f"Weather {number}: weather, and again weather." for number in range(40)]
    text = "\n\n".join([*common, POPULATION])
    document = Document(
        document_digest=text_digest(text), record_id="r", kind="full_text", text=text
    )
    starts = [text.index(part) for part in (*common, POPULATION)]
    passages = [
        document.passage(start, start + len(part))
        for start, part in zip(starts, (*common, POPULATION), strict=True)
    ]
    (ranking,) = rank_passages(passages, ["weather and falciparum malaria in adults"], STATIC)
    assert ranking[0].text == POPULATION


def test_a_criterion_is_asked_without_what_it_is_not() -> None:
    assert criterion_query(CRITERIA[0].text) == "Participants have falciparum malaria ()"
    text = "Falciparum malaria (P. falciparum; not: vivax) in adults"
    assert criterion_query(text) == "Falciparum malaria (P. falciparum) in adults"


def test_a_report_that_fits_is_shown_whole() -> None:
    document = long_report(6)
    size = len(document.text.encode())
    assert PassageContexts().shown(document, QUESTION, size) is None
    assert PassageContexts().shown(document, QUESTION, size - 1) is not None


@pytest.mark.parametrize("limit", [3_000, 6_000, 20_000])
def test_title_abstract_and_the_evidence_are_shown_within_the_limit(limit: int) -> None:
    document = long_report()
    shown = PassageContexts(k=2).shown(document, QUESTION, limit)
    assert shown is not None
    assert len(shown.text.encode()) <= limit
    assert shown.text.startswith("Title\nA report on stations\n\nAbstract\nStations were visited.")
    assert POPULATION in shown.text
    assert DESIGN in shown.text
    assert shown.text.index(POPULATION) < shown.text.index(DESIGN)
    assert "[…]" in shown.text
    assert "References" not in shown.text
    stretches = [part.partition("]\n")[2] or part for part in shown.text.split("\n\n[…]\n\n")]
    assert all(stretch.strip() in document.text for stretch in stretches)
    quote = locate(POPULATION, document)
    assert quote is not None and document.text[quote.start : quote.end] == POPULATION
    assert "(2 a criterion, not calibrated)" in shown.note
    assert f"of {len(document.text):,} characters" in shown.note


def test_a_window_too_small_for_k_voids_what_was_certified(tmp_path: Path) -> None:
    path = tmp_path / "contexts.json"
    write_certificate(path, certificate())
    contexts = PassageContexts(certificate=path)
    roomy = contexts.shown(long_report(), QUESTION, 10_000)
    tight = contexts.shown(long_report(), QUESTION, 1_400)
    assert roomy is not None and tight is not None
    assert len(tight.text.encode()) <= 1_400
    assert "calibrated to miss at most 0.2 of the evidence on average" in roomy.note
    assert "confidence 0.9, n = 150 reports" in roomy.note
    assert "fewer than 3 a criterion fit into the context window: no guarantee" in tight.note
    assert PassageContexts().shown(long_report(), QUESTION, 3) is None


def test_without_an_abstract_the_beginning_is_shown() -> None:
    document = long_report(abstract=False)
    start, end = front(document)
    assert (start, document.text[end - 1]) == (0, ".")
    assert 2_000 < end <= 3_000
    shown = PassageContexts(k=1).shown(document, QUESTION, 9_000)
    assert shown is not None
    assert shown.text.startswith(document.text[:end])


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "8 a criterion, not calibrated"),
        (certificate(retriever="hybrid"), "not calibrated: the certificate is for hybrid"),
        (certificate(encoder_digest="x"), "not calibrated: the certificate is for another encoder"),
        (certificate(corpus_digest="x"), "not calibrated: the certificate is for another encoder"),
        (certificate(k=None, p_value=0.4), "not calibrated: no number could be certified"),
    ],
)
def test_what_was_not_calibrated_for_passages_is_said(given: ContextCount | None, why: str) -> None:
    count = passage_count(given, STATIC.digest, 8)
    assert (count.k, count.certified) == (8, False)
    assert why in count.told


def test_a_certificate_gives_its_count(tmp_path: Path) -> None:
    assert passage_count(certificate(), STATIC.digest, 8).certified
    assert passage_count(certificate(), STATIC.digest, 8).k == 3
    missing = PassageContexts(certificate=tmp_path / "none.json", k=4)
    assert missing.count == PassageCount(4, "4 a criterion, not calibrated")
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(SourceError, match="expected a certificate"):
        _ = PassageContexts(certificate=tmp_path / "bad.json").count


def marked(document: Document) -> MarkedReport:
    evidence = []
    for criterion, text in zip(CRITERIA, (POPULATION, DESIGN), strict=True):
        start = document.text.index(text)
        evidence.append((criterion_query(criterion.text), ((start, start + len(text)),)))
    return MarkedReport(document, tuple(evidence))


def test_losses_are_the_share_of_the_evidence_that_is_not_shown() -> None:
    report = marked(long_report())
    assert passage_losses([report], STATIC, (1, 2)).tolist() == [[0.0, 0.0]]
    start = report.document.text.index(POPULATION)
    filler = report.document.text.index("day 7 ")
    half = MarkedReport(
        report.document,
        ((CRITERIA[0].text, ((start, start + 40), (filler, filler + 40))), report.evidence[1]),
    )
    assert passage_losses([half], STATIC, (1,)).tolist() == [[0.25]]
    low, high = front(report.document)
    in_front = MarkedReport(report.document, ((CRITERIA[0].text, ((low, high),)),))
    assert passage_losses([in_front], STATIC, (1,)).tolist() == [[0.0]]
    losses = passage_losses([half, in_front], STATIC, COUNTS)
    assert losses.shape == (2, len(COUNTS))
    assert (np.diff(losses, axis=1) <= 1e-12).all()


def test_what_is_shown_twice_counts_once() -> None:
    filler = [f"Sentence {number} tells of wind." for number in range(200)]
    before = len(" ".join(filler[:104]))
    text = " ".join([*filler[:104], "A zebrafish swam by there.", *filler[104:]])
    section = Section(path=("Methods",), start=0, end=len(text))
    document = Document(
        document_digest=text_digest(text),
        record_id="r",
        kind="full_text",
        text=text,
        sections=(section,),
    )
    _, end = front(document)
    (nearest,) = (p for p in report_passages(document) if "zebrafish" in p.text)
    assert nearest.start < before < end < nearest.end
    shown_twice, missed = (nearest.start, end), (len(text) - (end - nearest.start), len(text))
    report = MarkedReport(document, (("A zebrafish", (shown_twice, missed)),))
    assert passage_losses([report], STATIC, (1,)).tolist() == [[0.5]]


def test_enough_reports_certify_and_few_abstain() -> None:
    report = marked(long_report(20))
    few = calibrate_passages([report] * 5, STATIC, asked=FOR_CRITERIA, alpha=0.2, delta=0.1)
    assert few.abstains
    many = calibrate_passages([report] * 30, STATIC, asked=FOR_CRITERIA, alpha=0.2, delta=0.1)
    assert many.k == 1
    assert many.n_calibration == 30
    assert passage_count(many, STATIC.digest, 8).certified


ARTICLE = (
    "<article><front><article-meta><title-group><article-title>A trial</article-title>"
    f"</title-group></article-meta></front><body><sec><title>Methods</title><p>{DESIGN}</p>"
    "</sec></body></article>"
)


def test_marked_evidence_is_read_from_named_files_only(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(ARTICLE, encoding="utf-8")
    path = tmp_path / "marked.jsonl"
    line = {"document": "a.xml", "criterion": "Randomised", "quotes": ["sealed opaque envelopes"]}
    path.write_text(json.dumps(line) + "\n\n", encoding="utf-8")
    (report,) = read_marked_reports(path, tmp_path)
    ((criterion, ((start, end),)),) = report.evidence
    assert (criterion, report.document.text[start:end]) == (
        "Randomised",
        "sealed opaque envelopes",
    )
    out = tmp_path / "out" / "contexts.json"
    found = certify_passages(
        path,
        tmp_path,
        0.2,
        0.1,
        out,
        lambda _done, _total: None,
        asked=FOR_CRITERIA,
        query=criterion_query,
    )
    assert found.abstains
    assert out.is_file()
    for change, expected in (
        ({"document": "../a.xml"}, "document"),
        ({"document": "b.xml"}, "readable JATS"),
        ({"quotes": ["never said"]}, "expected words of a.xml"),
        ({"quotes": []}, "quotes"),
    ):
        path.write_text(json.dumps(line | change), encoding="utf-8")
        with pytest.raises(SourceError, match=expected):
            read_marked_reports(path, tmp_path)
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(SourceError, match="at least one line"):
        read_marked_reports(path, tmp_path)


def test_a_model_reads_the_evidence_of_a_report_that_is_longer_than_its_window() -> None:
    document = long_report()
    answers = [
        {"criterion_id": "population", "quote": POPULATION, "verdict": "met"},
        {"criterion_id": "design", "quote": DESIGN, "verdict": "met"},
    ]
    reply = json.dumps({"criteria": answers})
    model = Scripted(reply, reply)
    screener = ModelScreener(model, PassageContexts(k=2))
    decision = screener.screen(QUESTION, document, "full_text")
    sent = model.prompts[0]
    assert len(sent.encode()) <= SETTINGS.prompt_limit_bytes < len(document.text)
    assert "It is shown in excerpts" in sent
    assert POPULATION in sent
    assert DESIGN in sent
    assert decision.verdict == "include"
    (quote,) = decision.criteria[1].quotes
    assert document.text[quote.start : quote.end] == DESIGN
    assert "(2 a criterion, not calibrated)" in decision.provenance.reason
    screener.screen(QUESTION, document, "title_abstract")
    assert "excerpts" not in model.prompts[1]
    assert "Stations were visited" in model.prompts[1]
    assert POPULATION not in model.prompts[1]
