from __future__ import annotations

from eval.evidence_inference import DirectionData, DirectionPrompt, article_document
from eval.tasks.contexts import ContextsSettings
from eval.tasks.result_contexts import marked_articles, run_result_contexts
from evidence.extraction.by_model.contexts import FOR_RESULTS
from evidence.reading.report_passages import front
from indexers.encoders import named_encoder

RESULT = "Pain was significantly lower with oxaprin than with placebo (P < 0.001)."
WEATHER = "The weather station recorded wind and rain while staff wrote in the diary. " * 8
TEXT = (
    "TITLE: \nA trial\n\nABSTRACT.AIM:\nOxaprin was tried.\n\nABSTRACT.CONCLUSION:\nIt may help."
    f"\n\nBODY.METHODS:\n{WEATHER}\n\n{WEATHER}\n\nBODY.RESULTS:\n{WEATHER}\n\n{RESULT}\n\n{WEATHER}"
)


def data(n_articles: int) -> DirectionData:
    start = TEXT.index(RESULT)
    span = ((start, start + len(RESULT)),)
    prompts = [
        DirectionPrompt(f"{a}-{n}", str(a), "oxaprin", "placebo", outcome, "decreased", evidence)
        for a in range(n_articles)
        for n, (outcome, evidence) in enumerate((("pain", span), ("pain score", span), ("x", ())))
    ]
    documents = {str(a): article_document(str(a), TEXT) for a in range(n_articles)}
    return DirectionData("validation", tuple(prompts), documents, len(prompts), n_articles)


def test_the_unit_is_the_article_and_its_abstract_is_one_section() -> None:
    reports = marked_articles(data(3), lambda prompt: prompt.outcome)
    assert [report.document.record_id for report in reports] == ["PMC0", "PMC1", "PMC2"]
    assert [query for query, _ in reports[0].evidence] == ["pain", "pain score"]
    start, end = front(reports[0].document)
    assert "It may help." in TEXT[start:end]
    assert RESULT not in TEXT[start:end]


def test_certificates_and_what_fixed_counts_miss_stand_in_the_scores() -> None:
    settings = ContextsSettings(n_resplits=20)
    result = run_result_contexts(data(30), named_encoder("static"), settings, lambda *_: None)
    ours = [name for name in result.scores if name.startswith("offline")]
    assert ours == ["offline", "offline:outcome", "offline:question"]
    assert result.scores["baseline:fixed_10"].metrics["mean_k"].value == 10
    assert result.scores["offline"].by_unit["PMC0"]["missed_at_used"] == 0
    metrics = result.scores["offline"].metrics
    assert (metrics["certified_k"].value, metrics["certified_k"].n) == (1, 30)
    assert metrics["missed_at_1"].value == 0
    certificates = {item["engine"]: item["certificate"] for item in result.items}
    assert certificates["offline"]["retriever"] == FOR_RESULTS
    assert certificates["offline:question"]["retriever"] != FOR_RESULTS
    assert "30 articles with 60 prompts" in result.notes[0]
