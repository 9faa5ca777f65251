from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import EngineError
from evidence.findings_text import printed
from evidence.grounding import quote_problem, sentence_problems
from evidence.stages.recommend_model import ModelRecommender
from tests.evidence.findings_factory import DOCUMENT, TEXT
from tests.evidence.stages.recommend_model_factory import (
    ANSWER,
    CONTEXTS,
    GUIDELINE,
    MAIN,
    NO_REPAIR,
    QUESTION,
    ROWS,
    SOURCE,
    considering,
    drafted,
    said,
    scripted,
)

DOCUMENTS = {document.document_digest: document for document in (SOURCE, DOCUMENT)}


def test_a_grounded_draft_is_taken_with_what_it_cites() -> None:
    draft = drafted(ANSWER)
    assert (draft.direction, draft.strength, draft.abstained) == ("for", "conditional", False)
    assert draft.sentences[0].text == MAIN["text"]
    assert len(draft.sentences) == 3
    assert draft.sentences[1].computed[0].text == "100 fewer per 1000"
    assert draft.sentences[2].quotes[0].text == TEXT[:44]
    assert draft.cited_rows == ("row-relapse", "row-vomiting")  # the rules' judgements cite both
    assert draft.decision is not None
    assert draft.decision.judged("desirable_effects").judgement == "moderate"
    assert draft.decision.judged("certainty").judgement == "moderate"
    assert draft.decision.judged("balance").judgement == "probably favours the intervention"


@pytest.mark.parametrize(
    "sentence",
    [
        said("It halves relapse (risk ratio 0.50).", ("row-relapse", "effect.estimate")),
        said("It prevents 9 of 10 relapses.", ("row-relapse", "k_studies")),
        said("It is very good."),
        said("Risk ratio 0.70.", ("row-other", "effect.estimate")),
        said("Risk ratio 0.70.", ("row-relapse", "effect.weights")),
        said("Risk ratio 0.70.", ("row-relapse", "__class__")),
        said("With zinc 12 of 60 relapsed.", quotes=("Q99",)),
        said("With zinc 13 of 60 relapsed.", quotes=("Q1",)),
    ],
)
def test_a_sentence_that_is_not_grounded_is_shown_once_and_dropped(
    sentence: dict[str, Any],
) -> None:
    answer = ANSWER | {"sentences": [sentence, *ANSWER["sentences"]]}  # type: ignore[misc]
    again = {"sentences": [{"number": 2, "sentence": sentence}]}
    model = scripted(answer, again)
    draft = ModelRecommender(model).recommend(QUESTION, ROWS)
    assert [s.text for s in draft.sentences] == [
        MAIN["text"],
        "100 fewer per 1000 relapse.",
        "With zinc 12 of 60 relapsed.",
    ]
    assert len(model.prompts) == 2
    assert f"2 | {sentence['text']} | " in model.prompts[1]
    assert draft.decision is not None
    counts = draft.decision.drafting
    assert counts is not None
    assert (counts.sentences, counts.supported, counts.repaired, counts.removed) == (4, 3, 0, 1)
    falls = drafted(ANSWER | {"direction_sentence": sentence}, ROWS, NO_REPAIR)
    assert falls.abstained
    assert "main sentence is not grounded" in falls.sentences[0].text


def test_a_repaired_sentence_that_holds_takes_its_place() -> None:
    wrong = said("It halves relapse (risk ratio 0.50).", ("row-relapse", "effect.estimate"))
    right = said("Relapse: risk ratio 0.70.", ("row-relapse", "effect.estimate"))
    answer = ANSWER | {"sentences": [wrong, *ANSWER["sentences"]]}  # type: ignore[misc]
    other = said("Risk ratio 0.70 again.", ("row-relapse", "effect.estimate"))
    repair = {
        "sentences": [
            {"number": 3, "sentence": other},  # nobody asked for this one
            {"number": 2, "sentence": right},
            {"number": 2, "sentence": other},
        ]
    }
    draft = drafted(answer, ROWS, repair)
    assert [s.text for s in draft.sentences][1:3] == [right["text"], "100 fewer per 1000 relapse."]
    assert draft.decision is not None
    assert draft.decision.drafting is not None
    assert draft.decision.drafting.repaired == 1
    main = drafted(ANSWER | {"direction_sentence": wrong}, ROWS, _renumbered(repair, 1))
    assert (main.direction, main.sentences[0].text) == ("for", right["text"])


def _renumbered(repair: dict[str, Any], number: int) -> dict[str, Any]:
    return {"sentences": [{**repair["sentences"][1], "number": number}]}


def test_a_failed_repair_drops_the_sentence_and_nothing_else() -> None:
    wrong = said("It halves relapse (risk ratio 0.50).", ("row-relapse", "effect.estimate"))
    draft = drafted(ANSWER | {"sentences": [wrong]}, ROWS, EngineError("HTTP 500"))
    assert [s.text for s in draft.sentences] == [MAIN["text"]]
    assert draft.direction == "for"


def test_citations_are_counted() -> None:
    wrong = said("Risk ratio 0.70.", ("row-other", "effect.estimate"), quotes=("Q1", "Q99"))
    draft = drafted(ANSWER | {"sentences": [wrong]}, ROWS, NO_REPAIR)
    assert draft.decision is not None
    counts = draft.decision.drafting
    assert counts is not None
    assert (counts.citations, counts.citations_held) == (4, 2)
    assert counts.citation_precision == 0.5
    assert counts.citation_recall == 0.5


def test_what_guidelines_say_is_judged_where_it_is_cited() -> None:
    considered = [
        considering("resources", "Zinc costs 3 USD a course.", judgement="moderate costs"),
        considering("equity", "Zinc is equitable.", judgement="increased", quotes=("Q1",)),
        considering("feasibility", "It costs 4 USD.", judgement="yes"),
        considering("acceptability", "Zinc is acceptable.", judgement="yes", quotes=("G2",)),
        considering("acceptability", "Some refuse zinc.", judgement="no", quotes=("G2",)),
        considering("monitoring", "Watch the costs of zinc.", quotes=("G1",)),
    ]
    draft = drafted(ANSWER | {"considerations": considered}, ROWS, NO_REPAIR, contexts=CONTEXTS)
    assert draft.decision is not None
    resources = draft.decision.judged("resources")
    assert (resources.judgement, resources.judged_by) == ("moderate costs", "language_model")
    assert [s.text for s in resources.considerations] == ["Zinc costs 3 USD a course."]
    assert resources.considerations[0].quotes[0].text == GUIDELINE[:26]
    assert draft.decision.judged("equity").judgement is None  # a trial is no guideline
    assert draft.decision.judged("feasibility").judgement is None  # an invented number
    assert draft.decision.judged("acceptability").judgement is None  # it contradicts itself
    assert len(draft.decision.judged("acceptability").considerations) == 2
    monitoring = next(c for c in draft.decision.conclusions if c.part == "monitoring")
    assert monitoring.sentences[-1].text == "Watch the costs of zinc."
    for sentence in draft.every_sentence:
        assert sentence_problems(sentence) == []


TEXTS = st.one_of(
    st.sampled_from(
        [
            "Relapse: risk ratio 0.70.",
            "Risk ratio 0.07, not 0.70.",
            "100 fewer per 1000 of 1,234 participants.",
            "Zinc costs 3 USD a course.",
            "In 12 of 60.",
            "Good.",
        ]
    ),
    st.text(max_size=40),
)
VALUES = st.lists(
    st.tuples(
        st.sampled_from(["row-relapse", "row-vomiting", "row-"]),
        st.sampled_from(["effect.estimate", "difference_per_1000", "n_participants", "studies"]),
    ),
    max_size=3,
)
IDS = st.lists(st.sampled_from(["Q1", "Q2", "G1", "G9", ""]), max_size=2).map(tuple)
SENTENCES = st.builds(lambda t, v, i: said(t, *v, quotes=i), TEXTS, VALUES, IDS)
PLACES = st.sampled_from(["values", "resources", "monitoring"])


@settings(max_examples=150, deadline=None)
@given(
    SENTENCES, st.lists(SENTENCES, max_size=3), st.lists(st.tuples(PLACES, SENTENCES), max_size=2)
)
def test_whatever_the_model_writes_no_sentence_of_the_draft_lacks_its_support(
    main: dict[str, Any],
    others: list[dict[str, Any]],
    considered: list[tuple[str, dict[str, Any]]],
) -> None:
    considerations = [{"about": a, "judgement": None, "sentence": s} for a, s in considered]
    answer = ANSWER | {
        "direction_sentence": main,
        "sentences": others,
        "considerations": considerations,
    }
    repair = {"sentences": [{"number": n, "sentence": s} for n, s in enumerate(others)]}
    draft = drafted(answer, ROWS, repair, contexts=CONTEXTS)
    by_id = {row.row_id: row for row in ROWS}
    for sentence in draft.every_sentence:
        assert sentence_problems(sentence) == []
        assert all(quote_problem(q, DOCUMENTS[q.document_digest]) is None for q in sentence.quotes)
        for value in sentence.computed:
            assert printed(by_id[value.row_id], value.field) == value.text
