from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from retrievers.boolean.errors import QueryError
from retrievers.boolean.fields import ALL_FIELDS, MULTI_PURPOSE, TITLE_ABSTRACT
from retrievers.boolean.ovid import parse_ovid
from retrievers.boolean.pubmed import parse_pubmed
from retrievers.boolean.to_ovid import to_ovid
from retrievers.boolean.to_pubmed import to_pubmed
from retrievers.boolean.tree import (
    And,
    AutomaticTerm,
    DateRange,
    Field,
    LineReference,
    MeshHeading,
    Near,
    Not,
    Or,
    Query,
    SearchStrategy,
    Term,
)
from retrievers.boolean.tree_json import to_json
from retrievers.boolean.words import word_regex
from tests.retrievers.boolean.trees import only

Parser = Callable[[str], SearchStrategy]
PARSERS = [parse_pubmed, parse_ovid]
TITLE = (Field.TITLE,)


def title(word: str) -> Term:
    return Term((word,), TITLE)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("a[ti] OR b[ti] AND c[ti]", And((Or((title("a"), title("b"))), title("c")))),
        ("a[ti] AND b[ti] OR c[ti]", Or((And((title("a"), title("b"))), title("c")))),
        ("a[ti] NOT b[ti] NOT c[ti]", Not(Not(title("a"), title("b")), title("c"))),
        ("a[ti] AND (b[ti] AND c[ti])", And((title("a"), title("b"), title("c")))),
        ("a[ti] b[TITLE]", And((title("a"), title("b")))),
        ("“Heart Attack”[Title/Abstract]", Term(("heart", "attack"), TITLE_ABSTRACT, True)),
        ("staphylococc*[ti]", Term(("staphylococc*",), TITLE)),
        ("“Asthma\"[Mesh]", MeshHeading("Asthma", descriptor="Asthma")),
        ("asthma[mh:noexp]", MeshHeading("asthma", False, descriptor="Asthma")),
        ("Masks/adverse effects[MAJR]",
         MeshHeading("Masks", True, True, ("adverse effects",), "Masks", True)),
        ("asthma/dt[mh:noexp]", MeshHeading("asthma", False, False, ("drug therapy",), "Asthma")),
        ('"asthma/prevention & control"[mh]',
         MeshHeading("asthma", True, False, ("prevention and control",), "Asthma", True)),
        ("therapy[sh]", Term(("therapy",), (Field.SUBHEADING,), exploded=True)),
        ("therapy[sh:noexp]", Term(("therapy",), (Field.SUBHEADING,))),
        ('"Quinine Sulfate"[nm]', Term(("quinine", "sulfate"), (Field.SUBSTANCE,), True)),
        ("2000:2010[dp]", DateRange("2000", "2010")),
        ('("2000/1/01"[dp] : "3000"[dp])', DateRange("2000/01/01", None)),
        ("review[pt]", Term(("review",), (Field.PUBLICATION_TYPE,), exploded=True)),
        ('"hip pain"[tiab:~2]',
         Near((Term(("hip",), TITLE_ABSTRACT), Term(("pain",), TITLE_ABSTRACT)), 3)),
    ],
)  # fmt: skip
def test_pubmed_is_read_as_pubmed_reads_it(text: str, query: Query) -> None:
    assert only(parse_pubmed(text)) == query


def test_untagged_words_are_mapped_and_the_tree_says_so() -> None:
    query = only(parse_pubmed("heart attack in zebras"))
    assert isinstance(query, AutomaticTerm) and query.text == "heart attack in zebras"
    attack = And((Term(("heart",), ALL_FIELDS), Term(("attack",), ALL_FIELDS)))
    heading = MeshHeading("Myocardial Infarction", descriptor="Myocardial Infarction")
    assert isinstance(query.query, And)
    assert query.query.operands[0] == Or((heading, attack))
    assert to_json(query)["kind"] == "automatic mapping"


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("exp Infant, Newborn/", MeshHeading("Infant, Newborn", descriptor="Infant, Newborn")),
        ("*Malaria/", MeshHeading("Malaria", False, True, (), "Malaria")),
        ("exp *Asthma/dt, th [Drug Therapy, Therapy] (123)",
         MeshHeading("Asthma", True, True, ("drug therapy", "therapy"), "Asthma")),
        ("drug therapy.fs.", Term(("drug", "therapy"), (Field.SUBHEADING,))),
        ("th.xs.", Term(("th",), (Field.SUBHEADING,), exploded=True)),
        ("quinine.nm,rn.", Term(("quinine",), (Field.SUBSTANCE, Field.REGISTRY_NUMBER))),
        ("(04).ti.", title("04")),
        ("randomi?ed.ti.", title("randomi?ed")),
        ("lewy$ bod$2.ti.", Term(("lewy*", "bod*2"), TITLE)),
        ("(a or b.ab.).ti.", Or((title("a"), Term(("b",), (Field.ABSTRACT,))))),
        ("foo.mp. [mp=title, abstract]", Term(("foo",), MULTI_PURPOSE)),
        ("foo", Term(("foo",), MULTI_PURPOSE)),
        ("(a adj b).ti.", Near((title("a"), title("b")), 1, True)),
        ("(a adj3 (b or c)).ti.", Near((title("a"), Or((title("b"), title("c")))), 3)),
        ("a.ti. or b.ti. and c.ti.", Or((title("a"), And((title("b"), title("c")))))),
        ("a.ti. not Wounds and Injuries/",
         Not(title("a"), MeshHeading("Wounds and Injuries", False,
                                     descriptor="Wounds and Injuries"))),
        ("2000:2010.yr.", DateRange("2000", "2010")),
        ("clinical trials as topic.sh.",
         MeshHeading("clinical trials as topic", False, descriptor="Clinical Trials as Topic")),
    ],
)  # fmt: skip
def test_ovid_is_read_as_ovid_reads_it(text: str, query: Query) -> None:
    assert only(parse_ovid(text)) == query


def test_a_pasted_ovid_strategy_is_read_line_by_line() -> None:
    strategy = parse_ovid(
        "Database: Ovid MEDLINE\n\n1\texp Asthma/\t1,234\n2. wheez$.ti,ab. (55)\n"
        "// a comment\n3  or/1-2\n4 limit 3 to (english language and\n"
        'yr="2000 -Current")\n5 1 and (2 or 3)\n'
    )
    assert [line.number for line in strategy.lines] == [1, 2, 3, 4, 5]
    queries = [line.query for line in strategy.lines]
    assert queries[2] == Or((LineReference(1), LineReference(2)))
    english = Term(("english",), (Field.LANGUAGE,))
    assert queries[3] == And((LineReference(3), english, DateRange("2000", None)))
    assert queries[4] == And((LineReference(1), Or((LineReference(2), LineReference(3)))))


def test_pubmed_lines_refer_to_each_other() -> None:
    numbered = parse_pubmed("#1 a[ti]\n#2 b[ti] OR\nc[ti]\n#3 #1 AND #2")
    plain = parse_pubmed("a[ti]\nb[ti] OR c[ti]\n#1 AND #2")
    assert numbered == plain
    assert numbered.lines[2].query == And((LineReference(1), LineReference(2)))
    assert len(parse_pubmed("a[ti] OR\nb[ti]").lines) == 1


@pytest.mark.parametrize(
    ("parser", "text", "line", "character", "expected"),
    [
        (parse_pubmed, "a AND (b OR c", 1, 7, "not closed"),
        (parse_pubmed, "a\nOR b)", 2, 5, "closes nothing"),
        (parse_pubmed, "a AND\n  b[xyz]", 2, 4, "no field tag"),
        (parse_pubmed, "a[titel]", 1, 2, "did you mean title"),
        (parse_pubmed, "a AND OR b", 1, 7, "between AND and OR"),
        (parse_pubmed, "a OR", 1, 3, "after OR"),
        (parse_pubmed, "NOT a", 1, 1, "before NOT"),
        (parse_pubmed, "()", 1, 2, "between brackets"),
        (parse_pubmed, 'a OR "b', 1, 6, "quotation mark"),
        (parse_pubmed, "a[ti", 1, 2, "not closed"),
        (parse_pubmed, "col*r[ti]", 1, 1, "end of a word"),
        (parse_pubmed, "last 5 years[dp]", 1, 1, "depends on the day"),
        (parse_pubmed, "2010:2000[dp]", 1, 1, "before it starts"),
        (parse_pubmed, "a[ti]\n#1 AND #7", 2, 8, "no line 7"),
        (parse_pubmed, "#1 #2 OR a\n#2 #1", 2, 4, "leads back"),
        (parse_pubmed, "a[ti]\nb[ti]\n#1 AND #7", 3, 8, "no line 7; expected lines 1 to 2"),
        (parse_ovid, "1 a.ti.\n2 b.ti.\n3 or/1-5", 3, 3, "no line 4; expected lines 1 to 2"),
        (parse_ovid, "1. a.ti.\n2. 1 and 2", 2, 10, "line 2 refers to itself; expected 1"),
        (parse_ovid, "limit 1 to english", 1, 7, "refers to itself; no line stands before"),
        (parse_ovid, "1 a.ti.\n2 b.ti.\n4 1 and 2", 3, 1, "line 3 is missing"),
        (parse_ovid, "1 a.ti.\n2 b.ti.\n6 1 and 2", 3, 1, "lines 3 to 5 are missing"),
        (parse_ovid, "$malaria.tw.", 1, 1, "not before"),
        (parse_ovid, "a.ti. or anti-?alaria.ti.", 1, 10, "not before"),
        (parse_ovid, "a b adj c.tw.", 1, 5, "put brackets around them"),
        (parse_ovid, "20190101:20191231.ed.", 1, 18, "write 2019:2020.yr."),
        (parse_ovid, "20190101:20191231.dt.", 1, 18, "write 2019:2020.yr."),
        (parse_ovid, "a.zz.", 1, 2, "expected one of ab, af,"),
        (parse_pubmed, "#1 a\n#1 b", 2, 1, "there twice"),
        (parse_pubmed, " \n ", 1, 1, "empty"),
        (parse_ovid, "1 a.ti.\n2 1 use ppez", 2, 5, "`use ppez`"),
        (parse_ovid, "a.ti,xx.", 1, 2, ".xx. is no field"),
        (parse_ovid, "(a or b.ti.", 1, 1, "not closed"),
        (parse_ovid, "a.ti. b.ti.", 1, 7, "expected and, or, not"),
        (parse_ovid, "1. a.ti.\n2. limit 1 to tuesdays", 2, 15, "limit 'tuesdays'"),
        (parse_ovid, "1. a.ti.\n2. or/1,3", 2, 4, "no line 3"),
        (parse_ovid, "exp Asthma or b.ti.", 1, 1, "expected / behind"),
        (parse_ovid, "(a and b) adj2 c", 1, 11, "adj joins"),
        (parse_ovid, "a adj200 b", 1, 3, "adj1 to adj99"),
        (parse_ovid, "a.ab. /freq=2", 1, 7, "/freq"),
    ],
)
def test_errors_point_at_the_place_and_say_what_was_expected(
    parser: Parser, text: str, line: int, character: int, expected: str
) -> None:
    with pytest.raises(QueryError) as caught:
        parser(text)
    assert (caught.value.line, caught.value.character) == (line, character)
    assert expected in caught.value.message and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("parser", "text", "expected"),
    [
        (parse_pubmed, "a[ti] OR b[ti] AND c[ti]", "without brackets"),
        (parse_pubmed, "a[ti] and b[ti]", "capitals"),
        (parse_pubmed, "a[ti] b[ti]", "joined by AND"),
        (parse_pubmed, "*coccus[ti]", "ignored"),
        (parse_pubmed, "Zzyzx[mh]", "no MeSH heading"),
        (parse_pubmed, "Asthma/zzyzx[mh]", "no MeSH subheading"),
        (parse_ovid, "a.ti. or b.ti. and c.ti.", "without brackets"),
        (parse_ovid, "foo", "searched in .mp."),
        (parse_pubmed, "1. a[ti]\n2. b[ti]\n4. #1 AND #2", "line 3 is missing before line 4"),
        (parse_ovid, "1. a.ti.\n2. b.ti.\n5. 1 and 2", "lines 3 to 4 are missing before line 5"),
        (parse_pubmed, "a adj3 b[tiab]", "adj3 is no operator of PubMed"),
        (parse_pubmed, "a adj3 b[tiab]", "[tiab:~2]"),
        (parse_pubmed, "a[tiab] NEAR/3 b[tiab]", "NEAR/3 is no operator of PubMed"),
        (parse_ovid, "a near/3 b.ti.", "near/3 is no operator of Ovid"),
        (parse_pubmed, "randomi?ed[tiab]", "randomi?ed: PubMed's only wildcard"),
        (parse_pubmed, '"wom#n"[tiab]', "wom#n: PubMed's only wildcard"),
        (parse_pubmed, "Randomised Controlled Trial[pt]", "mean randomized controlled trial?"),
        (parse_ovid, "randomised controlled trial.pt.", "no publication type of MeSH"),
        (parse_ovid, "1 a.ti.\n2 b.ti.\n3 #1 and 2", "Ovid writes 1 for a line"),
        (parse_ovid, "exp Heart Attack/", "read as Myocardial Infarction/"),
        (parse_ovid, "heart attack.sh.", "read as Myocardial Infarction/"),
        (parse_ovid, "a.ti,ab,kw.", "read as .kf."),
        (parse_pubmed, "malaria.ti,ab.", ".ti,ab. is Ovid's syntax"),
        (parse_pubmed, "exp Malaria/", "exp and / are Ovid's"),
        (parse_ovid, "malaria[tiab]", "[tiab] is PubMed's syntax"),
        (parse_pubmed, "1 AND a[ti]", "write #1 for line 1, 1[pmid] for a PMID"),
    ],
)
def test_what_is_doubtful_is_a_notice_not_an_error(
    parser: Parser, text: str, expected: str
) -> None:
    assert any(expected in notice.message for notice in parser(text).notices)


@pytest.mark.parametrize(
    ("parser", "text"),
    [
        (parse_pubmed, "near death[tiab] OR what is pain? OR omega n 3[tiab]"),
        (parse_pubmed, "Randomized Controlled Trial[pt] AND review*[pt] AND Heart Attack[mh]"),
        (parse_pubmed, "humans[filter] AND hasabstract"),
        (parse_pubmed, "90000001 90000002"),
        (parse_pubmed, "#1 a[ti]\n#2 b[ti]\n#3 #1 AND #2"),
        (parse_ovid, "exp infant, newborn/ and randomi?ed.ti. and a.kf. and review.pt."),
    ],
)
def test_what_is_in_order_gives_no_notice(parser: Parser, text: str) -> None:
    assert parser(text).notices == ()


@pytest.mark.parametrize(
    ("word", "fits", "fits_not"),
    [
        ("wom#n", ["woman", "women"], ["womn", "wooman"]),
        ("colo?r", ["color", "colour"], ["colouur"]),
        ("dog*", ["dog", "dogmatic"], ["do"]),
        ("dog*1", ["dog", "dogs"], ["doggy"]),
    ],
)
def test_wildcards_stand_for_as_many_characters_as_they_say(
    word: str, fits: list[str], fits_not: list[str]
) -> None:
    pattern = re.compile(word_regex(word))
    assert all(pattern.fullmatch(w) for w in fits)
    assert not any(pattern.fullmatch(w) for w in fits_not)


@pytest.mark.parametrize(
    ("ovid", "pubmed"),
    [
        ("exp *Asthma/dt", '"Asthma/drug therapy"[majr]'),
        (
            "Asthma/th, pc",
            '("Asthma/therapy"[mh:noexp] OR "Asthma/prevention and control"[mh:noexp])',
        ),
        ("exp Asthma/co, sc", '"Asthma/complications"[mh]'),
        ("therapy.xs.", "therapy[sh]"),
        ("therapy.fs.", "therapy[sh:noexp]"),
    ],
)
def test_subheadings_in_the_other_syntax(ovid: str, pubmed: str) -> None:
    if ovid != "exp Asthma/co, sc":
        assert to_pubmed(parse_ovid(ovid)) == pubmed
    if "pc" not in ovid:
        assert to_ovid(parse_pubmed(pubmed)) == ovid


def test_an_exploded_heading_with_a_wide_subheading_has_no_words_in_pubmed() -> None:
    with pytest.raises(QueryError, match="PubMed explodes therapy together with the heading"):
        to_pubmed(parse_ovid("exp Asthma/th"))


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000 + "a" + ")" * 100_000,
        "a AND b OR " * 30_000 + "c",
        '"' + "a " * 200_000,
        "[" * 200_000,
        "exp " * 100_000,
        "a/" * 200_000,
        "a." * 200_000,
        "* " * 200_000,
        "x" * 600_000,
        "\n".join(["1. a"] + [f"{n}. #{n - 1} and #{n - 1}" for n in range(2, 60)]),
        "\n".join(["1. a"] + [f"{n}. #{n - 1} or b" for n in range(2, 900)]),
    ],
    ids=lambda text: text[:12],
)
def test_hostile_queries_are_refused(parser: Parser, text: str) -> None:
    with pytest.raises(QueryError):
        parser(text)


@pytest.mark.parametrize("parser", PARSERS)
def test_thousands_of_terms_are_read(parser: Parser) -> None:
    strategy = parser(" OR ".join(f"word{i}" for i in range(10_000)))
    assert isinstance(only(strategy), Or)
