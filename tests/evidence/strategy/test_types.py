import pytest
from pydantic import ValidationError

from evidence.strategy.types import Limits, Strategy, StrategyTerm
from tests.evidence.strategy.strategy_store import bladder_strategy, concept


@pytest.mark.parametrize("text", ['a "quoted" word', "a[tiab]", "in*side", "***", " "])
def test_a_term_that_cannot_be_searched_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        StrategyTerm(text=text)


def test_only_a_heading_explodes() -> None:
    assert StrategyTerm(text="Asthma", field="mesh", exploded=True).exploded
    with pytest.raises(ValidationError, match="only a MeSH heading"):
        StrategyTerm(text="asthma", exploded=True)


@pytest.mark.parametrize("combination", ["1 AND 2", "(1 OR 2)", "1 NOT (2 AND 1)"])
def test_a_combination_of_concepts_is_taken(combination: str) -> None:
    strategy = bladder_strategy().model_dump() | {"combination": combination}
    assert Strategy.model_validate(strategy).combined == combination


@pytest.mark.parametrize(
    ("combination", "expected"),
    [
        ("1 AND 3", "there is no concept 3"),
        ("1 AND", "ends too early"),
        ("1 2", "wrong place"),
        ("(1 OR 2", "ends too early"),
        ("1) OR 2", r"\) closes nothing"),
        ("1 XOR 2", "expected numbers of concepts from 1 to 2"),
    ],
)
def test_a_combination_that_cannot_be_read_says_why(combination: str, expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        Strategy(concepts=bladder_strategy().concepts, combination=combination)


def test_limits_that_exclude_everything_are_refused() -> None:
    with pytest.raises(ValidationError, match="year_from 2020 is after year_to 2010"):
        Limits(year_from=2020, year_to=2010)
    with pytest.raises(ValidationError, match="expected a language"):
        Limits(languages=("en] OR all[sb",))


def test_concepts_are_joined_by_and_unless_said_otherwise() -> None:
    assert Strategy(concepts=(concept("a", "x"), concept("b", "y"))).combined == "1 AND 2"
