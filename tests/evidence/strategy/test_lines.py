from pathlib import Path

from evidence.searching.strategy_text import in_one_query, lines_of
from evidence.strategy.lines import search_strategy, strategy_lines, to_pubmed
from evidence.strategy.types import Concept, Limits, NamedFilter, StrategyTerm
from retrievers.boolean.evaluate import BooleanRetriever
from retrievers.boolean.pubmed import parse_pubmed
from tests.evidence.strategy.strategy_store import bladder_strategy, small_store


def test_one_line_a_concept_then_the_combination() -> None:
    assert to_pubmed(bladder_strategy()) == (
        '#1. "overactive bladder*"[tiab] OR "urinary incontinence*"[tiab]\n'
        "#2. oxybutynin*[tiab] OR tolterodine*[tiab] OR trospium*[tiab]\n"
        "#3. #1 AND #2"
    )


def test_headings_filters_and_limits_have_lines_of_their_own() -> None:
    strategy = bladder_strategy()
    heading = StrategyTerm(text="Urinary Bladder, Overactive", field="mesh", exploded=True)
    narrow = StrategyTerm(text="Urinary Incontinence", field="mesh")
    first = strategy.concepts[0].model_copy(update={"terms": (heading, narrow)})
    strategy = strategy.model_copy(
        update={
            "concepts": (first, strategy.concepts[1]),
            "filters": (NamedFilter(name="cochrane-humans-not-animals", version="2008"),),
            "limits": Limits(year_from=1995, languages=("English", "German")),
        }
    )
    lines = strategy_lines(strategy)
    assert [line.kind for line in lines] == [
        *("concept", "concept", "combination", "filter", "combination"),
        *("limit", "limit", "result"),
    ]
    assert lines[0].text == (
        '"Urinary Bladder, Overactive"[Mesh] OR "Urinary Incontinence"[Mesh:NoExp]'
    )
    assert lines[4].text == "#3 NOT #4"
    assert lines[5].text == "1995:3000[dp]"
    assert lines[6].text == "english[la] OR german[la]"
    assert lines[7].text == "#5 AND #6 AND #7"
    assert search_strategy(strategy).notices == ()


def test_the_lines_and_the_one_query_find_the_same(tmp_path: Path) -> None:
    strategy = bladder_strategy().model_copy(
        update={"combination": "1 OR 2", "limits": Limits(year_to=1997)}
    )
    boolean = BooleanRetriever(small_store(tmp_path))
    by_lines = boolean.search(search_strategy(strategy))
    assert by_lines == ["1", "2", "3", "4", "5", "6"]
    assert (
        boolean.search(parse_pubmed(in_one_query(lines_of(to_pubmed(strategy), "pubmed"))))
        == by_lines
    )


def test_a_word_that_is_an_operator_is_quoted() -> None:
    odd = Concept(name="odd", terms=(StrategyTerm(text="or"), StrategyTerm(text="stop and go")))
    strategy = bladder_strategy().model_copy(update={"concepts": (odd,)})
    assert to_pubmed(strategy) == '#1. "or"[tiab] OR "stop and go"[tiab]'
    assert search_strategy(strategy).notices == ()
