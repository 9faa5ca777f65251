import pytest

from evidence.errors import SettingsError
from evidence.strategy.translate import NAMES, translate
from evidence.strategy.types import Concept, Limits, NamedFilter, Strategy, StrategyTerm
from retrievers.boolean.ovid import parse_ovid
from tests.evidence.strategy.strategy_store import concept

HEADING = StrategyTerm(text="Heart Failure", field="mesh", exploded=True, source="MeSH")
ALONE = StrategyTerm(text="Heart Failure", field="mesh", source="MeSH")
STRATEGY = Strategy(
    concepts=(
        Concept(
            name="heart failure",
            terms=(HEADING, StrategyTerm(text="heart failure*"), StrategyTerm(text="chf")),
        ),
        concept("digoxin", "digoxin*"),
    ),
    filters=(NamedFilter(name="cochrane-rct-sensitivity-maximising", version="2008"),),
    limits=Limits(year_from=2000, year_to=2010, languages=("English",)),
)


def test_ovid_parses_and_uses_the_filter_published_for_it() -> None:
    found = translate(STRATEGY, "ovid")
    assert found.lines[0].startswith("1. exp Heart Failure/ or ")
    assert found.lines[2] == "3. 1 and 2"
    assert "exp randomized controlled trial/" in found.lines[3]
    assert found.lines[5:] == ("6. 2000:2010.yr.", "7. english.la.", "8. 5 and 6 and 7")
    assert parse_ovid(found.text).lines[-1].number == 8
    assert [u.reason for u in found.untranslated] == [
        "published for Ovid as version 2023; that is used"
    ]


def test_embase_names_the_headings_it_cannot_explode() -> None:
    found = translate(STRATEGY, "embase")
    assert found.lines == (
        "#1 'heart failure*':ti,ab OR chf:ti,ab",
        "#2 digoxin*:ti,ab",
        "#3 #1 AND #2",
        "#4 [2000-2010]/py",
        "#5 [english]/lim",
        "#6 #3 AND #4 AND #5",
    )
    told = {u.text: u for u in found.untranslated}
    assert "Emtree" in told['"Heart Failure"[Mesh]'].reason
    assert told['"Heart Failure"[Mesh]'].place == "heart failure"
    assert told["cochrane-rct-sensitivity-maximising 2008"].place == "filter"


def test_central_has_mesh_next_and_no_filter() -> None:
    both = STRATEGY.concepts[0].model_copy(update={"terms": (*STRATEGY.concepts[0].terms, ALONE)})
    found = translate(STRATEGY.model_copy(update={"concepts": (both,)}), "central")
    assert found.lines == (
        '#1 [mh "Heart Failure"] OR (heart NEXT failure*):ti,ab OR chf:ti,ab '
        'OR [mh ^"Heart Failure"]',
    )
    assert [u.place for u in found.untranslated] == ["filter", "limit", "limit"]


def test_scopus_says_that_nothing_is_exploded() -> None:
    found = translate(STRATEGY, "scopus")
    assert found.lines[0] == (
        '#1 INDEXTERMS("heart failure") OR TITLE-ABS("heart failure*") OR TITLE-ABS("chf")'
    )
    assert found.lines[3] == "#4 PUBYEAR > 1999 AND PUBYEAR < 2011"
    assert "without narrower ones" in found.untranslated[0].reason


def test_web_of_science_through_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("search_query")
    found = translate(STRATEGY, "wos")
    assert found.lines[0] == (
        '#1 TI="heart failure*" OR TI="chf" OR AB="heart failure*" OR AB="chf"'
    )
    assert found.lines[3:5] == ("#4 PY=2000-2010", "#5 LA=English")
    assert [u.place for u in found.untranslated] == ["heart failure", "filter"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("platform", ["embase", "wos"])
def test_a_concept_that_cannot_be_said_at_all_is_an_error(platform: str) -> None:
    only = Strategy(concepts=(Concept(name="heart failure", terms=(HEADING,)),))
    with pytest.raises(SettingsError, match="concept 'heart failure' holds nothing"):
        translate(only, platform)  # type: ignore[arg-type]


def test_nothing_is_dropped_without_a_word() -> None:
    fields = ("tiab", "ti", "tw", "mesh", "majr", "pt", "nm")
    terms = tuple(StrategyTerm(text="asthma", field=field) for field in fields)
    strategy = Strategy(concepts=(Concept(name="c", terms=terms),))
    for platform in NAMES:
        found = translate(strategy, platform)
        said = (
            len(found.lines[0].split(" OR "))
            if platform != "ovid"
            else len(found.lines[0].split(" or "))
        )
        if platform != "wos":  # there, a term is written once for each field
            assert said + len({u.text for u in found.untranslated}) >= len(terms), platform
        else:
            assert {u.text for u in found.untranslated} >= {"asthma[pt]", "asthma[nm]"}
