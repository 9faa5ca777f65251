from __future__ import annotations

from pathlib import Path

import pytest

from evidence.errors import SettingsError, SourceError
from evidence.question import ClinicalQuestion, Pico, dump_question, load_question
from evidence.strategy.types import Concept, Limits, NamedFilter, Strategy, StrategyTerm

STRATEGY = Strategy(
    concepts=(
        Concept(
            name="gout",
            element="population",
            terms=(
                StrategyTerm(text="Gout", field="mesh", exploded=True, source="MeSH Gout"),
                StrategyTerm(text="gout*", source="question"),
            ),
        ),
        Concept(name="colchicine", terms=(StrategyTerm(text="colchicine*", source="question"),)),
    ),
    filters=(NamedFilter(name="cochrane-humans-not-animals", version="2008"),),
    limits=Limits(year_from=2000),
)
QUESTION = ClinicalQuestion(
    text="Does colchicine help?", pico=Pico(population="gout"), strategy=STRATEGY
)


def test_a_question_with_its_strategy_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "question.toml"
    path.write_text(dump_question(QUESTION), encoding="utf-8")
    assert load_question(path) == QUESTION
    assert path.read_text().count("[[strategy.concepts]]") == 2


def test_a_question_without_a_strategy_is_written_as_before() -> None:
    plain = QUESTION.model_copy(update={"strategy": None})
    assert dump_question(plain) == (
        'text = "Does colchicine help?"\n\n[pico]\npopulation = "gout"\nintervention = ""\n'
        'comparator = ""\noutcomes = []\n'
    )
    assert "strategy" not in plain.model_dump()
    assert "strategy" not in plain.model_dump_json()


def test_comments_and_order_survive_a_change() -> None:
    edited = dump_question(QUESTION)
    edited = "# our question\n" + edited.replace("[pico]", "[pico] # as agreed in May")
    edited = edited.replace('    {text = "gout*"', '    # wide on purpose\n    {text = "gout*"')
    assert dump_question(QUESTION, over=edited) == edited
    gout, colchicine = STRATEGY.concepts
    more = (*gout.terms[1:], StrategyTerm(text="podagra", source="person"))
    changed = QUESTION.model_copy(
        update={
            "pico": Pico(population="adults with gout"),
            "strategy": STRATEGY.model_copy(
                update={"concepts": (gout.model_copy(update={"terms": more}), colchicine)}
            ),
        }
    )
    written = dump_question(changed, over=edited)
    assert ClinicalQuestion.model_validate(__import__("tomllib").loads(written)) == changed
    for comment in ("# our question", "# as agreed in May", "# wide on purpose"):
        assert comment in written
    assert "MeSH Gout" not in written and "podagra" in written


def test_a_strategy_can_be_taken_out_again() -> None:
    without = dump_question(
        QUESTION.model_copy(update={"strategy": None}), over=dump_question(QUESTION)
    )
    assert "strategy" not in without


def test_a_wrong_strategy_gives_one_line_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "question.toml"
    path.write_text(dump_question(QUESTION).replace('"population"', '"peoples"'))
    with pytest.raises(SourceError) as caught:
        load_question(path)
    assert "strategy.concepts.0.element" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_over_a_file_that_is_no_toml() -> None:
    with pytest.raises(SettingsError, match="expected TOML"):
        dump_question(QUESTION, over="[pico\n")
