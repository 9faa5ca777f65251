"""The headline of a recommendation: direction and strength, and between what."""

from __future__ import annotations

import pytest

from evidence.decision.versions import headline, named_headline
from evidence.findings import Recommendation
from evidence.question import ClinicalQuestion, Pico

LONG = "a very long name of an intervention that nobody wants to read twice over"
CONDITIONAL = Recommendation(direction="for", strength="conditional", sentences=(), cited_rows=())


def question(intervention: str, comparator: str = "") -> ClinicalQuestion:
    return ClinicalQuestion(text="q", pico=Pico(intervention=intervention, comparator=comparator))


@pytest.mark.parametrize(
    ("asked", "between"),
    [
        (question("zinc sulphate (Zn)", "placebo (sham)"), "zinc sulphate compared with placebo"),
        (question("zinc"), "zinc compared with the comparator"),
        (question("zinc", LONG), "zinc compared with the comparator"),
        (question(""), "the intervention"),
        (question("10 mg zinc", "placebo"), "the intervention"),
        (question(LONG, "placebo"), "the intervention"),
    ],
)
def test_it_names_both_sides_where_they_are_known(asked: ClinicalQuestion, between: str) -> None:
    assert named_headline(CONDITIONAL, asked) == f"Conditional recommendation for {between}"
    against = CONDITIONAL.model_copy(update={"direction": "against", "strength": "strong"})
    assert named_headline(against, asked) == f"Strong recommendation against {between}"
    nothing = CONDITIONAL.model_copy(update={"abstained": True})
    assert named_headline(nothing, asked) == headline(nothing) == "No recommendation"
