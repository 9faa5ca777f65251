from __future__ import annotations

from pathlib import Path

import pytest

from evidence.decision.contexts import DecisionContexts
from evidence.decision.guideline_ranking import MOST_PASSAGES, ranked_guideline_passages
from evidence.question import ClinicalQuestion, Pico
from evidence.stages.recommend import OfflineRecommender
from indexers.guidelines import read_guideline
from indexers.records import Document
from tests.evidence.findings_factory import effect, row
from tests.indexers.fake_encoder import FakeEncoder

QUESTION = ClinicalQuestion(
    text="q",
    pico=Pico(
        population="children with cholera",
        intervention="zinc (zinc sulphate)",
        outcomes=("relapse",),
    ),
)
FILLER = "".join(f"## Note {n}\n\nThe panel met in room {n} of the house.\n\n" for n in range(60))
GUIDELINE = f"""# Cholera

{FILLER}
## Economics

The costs of zinc are low: 3 USD for each child.

## Opinions

Zinc is acceptable to caregivers of children.
"""


@pytest.fixture
def guideline(tmp_path: Path) -> Document:
    path = tmp_path / "guideline.md"
    path.write_text(GUIDELINE, encoding="utf-8")
    return read_guideline(path, "guideline")


def test_passages_on_the_criteria_come_before_the_rest(guideline: Document) -> None:
    found = ranked_guideline_passages(QUESTION, [guideline], FakeEncoder())
    assert len(found) == MOST_PASSAGES
    first = [passage.text for passage in found[:8]]
    assert any("costs of zinc" in text for text in first)
    assert any("acceptable to caregivers" in text for text in first)
    assert len(set(found)) == len(found)
    assert found == ranked_guideline_passages(QUESTION, [guideline], FakeEncoder())


def test_no_guideline_gives_no_passage() -> None:
    assert ranked_guideline_passages(QUESTION, [], FakeEncoder()) == ()


def test_what_was_ranked_is_quoted_in_the_document(guideline: Document) -> None:
    passages = ranked_guideline_passages(QUESTION, [guideline], FakeEncoder())
    rows = (row("relapse", effect(0.7, 0.6, 0.9)),)
    draft = OfflineRecommender().recommend(QUESTION, rows, DecisionContexts(passages=passages))
    assert draft.decision is not None
    assert [s.text for s in draft.decision.judged("resources").evidence] == [
        "The costs of zinc are low: 3 USD for each child."
    ]
    assert draft.decision.judged("acceptability").evidence
    assert draft.decision.judged("equity").evidence == ()
