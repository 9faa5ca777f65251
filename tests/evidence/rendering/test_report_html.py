import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as lxml_html
from markupsafe import Markup

from evidence.errors import EvidenceError, GroundingError
from evidence.factuality.verdicts import ClaimCheck, ElementVerdict
from evidence.findings import values
from evidence.grounding import quotes_in
from evidence.rendering.doi_link import doi_url
from evidence.rendering.marks import Span, marked
from evidence.rendering.report_html import inline_svg, plain_number, render_html
from evidence.rendering.source_texts import Citations, anchor, source_text
from evidence.report import Report
from indexers.records import Document, abstract_document
from tests.evidence.report_factory import make_documents, make_forests, make_report
from tests.evidence.trial_factory import HOSTILE, OTHERS, quote, trial_document


@pytest.fixture(scope="module")
def report() -> Report:
    return make_report()


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return render_html(report, make_documents(), make_forests())


@pytest.fixture(scope="module")
def tree(page: str) -> Any:
    return lxml_html.document_fromstring(page)


def text_of(element: Any) -> str:
    return " ".join(element.text_content().split())


def test_the_same_report_gives_the_same_bytes(report: Report, page: str) -> None:
    shuffled = dict(reversed(make_documents().items()))
    assert render_html(report, shuffled, make_forests()).encode() == page.encode()


def test_every_link_inside_the_page_has_its_target(tree: Any) -> None:
    ids = [element.get("id") for element in tree.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    targets = {a.get("href")[1:] for a in tree.xpath("//a[starts-with(@href, '#')]")}
    assert targets <= set(ids)


def test_every_quote_is_marked_verbatim_and_leads_back(report: Report, tree: Any) -> None:
    quotes = {anchor(q): q for q in quotes_in(report)}
    assert len(quotes) > 40
    for name, found in quotes.items():
        mark = tree.get_element_by_id(name)
        assert mark.tag == "mark"
        pieces = [mark, *tree.xpath(f"//mark[@class='{name}']")]
        shown = "".join(piece.text_content() for piece in pieces)
        assert shown == "".join(re.split(r" \| |\n", found.text))
        assert tree.xpath(f"//a[starts-with(@href, '#use-{name}-')]")


def test_nested_and_crossing_quotes_are_each_marked_whole(tree: Any) -> None:
    document = trial_document(0)
    outer = quote(document, "Relapse occurred in 12 of 120 adults given solvane and in 24 of 118")
    nested = tree.xpath("//mark[.//mark]")
    assert any("24 of 118 given placebo." in mark.text_content() for mark in nested)
    crossing = anchor(quote(document, "assigned 238 adults"))
    assert tree.xpath(f"//mark[@class='{crossing}']")
    rules = " ".join(style.text for style in tree.xpath("//style"))
    assert f":root:has(#{crossing}:target) mark.{crossing}" in rules
    assert outer.text in re.sub(r"\s+", " ", tree.text_content())


def test_every_extracted_number_links_to_a_quote(report: Report, tree: Any) -> None:
    numbers = [
        plain_number(value)
        for study in report.included
        for outcome in study.outcomes
        for value in values(outcome.data).values()
        if value is not None
    ]
    links = tree.xpath("//table[@class='numbers']//a[starts-with(@class, 'number')]")
    assert sorted(link.text_content() for link in links) == sorted(numbers)
    assert all(link.get("href").startswith("#q-") for link in links)


def test_missing_numbers_derivations_and_flags_are_shown(tree: Any) -> None:
    brandt = text_of(tree.get_element_by_id("study-2"))
    assert "mean 2.6 points, SD –, n 76" in brandt
    assert "check no standard deviation in the intervention arm" in brandt
    chukwu = text_of(tree.get_element_by_id("study-3"))
    assert "Derived n intervention: taken from the head of the table" in chukwu


def test_the_recommendation_shows_its_standing_and_its_support(tree: Any) -> None:
    section = tree.get_element_by_id("recommendation")
    text = text_of(section)
    assert "In favour of Solvane compared with Placebo" in text
    assert "conditional recommendation" in text
    assert "⊕⊕⊕◯ moderate certainty" in text
    sentences = section.xpath(".//ol[@class='sentences']/li")
    assert len(sentences) == 2
    for sentence in sentences:
        assert sentence.xpath(".//a[starts-with(@href, '#q-') or starts-with(@href, '#row-')]")
    assert "a person decides" in text_of(tree)
    assert "Engine: offline" in text_of(tree)


def test_the_summary_of_findings_has_the_columns_of_grade(tree: Any) -> None:
    cells = [text_of(cell) for cell in tree.xpath("//tr[@id='row-1']/*")]
    assert cells == [
        "Relapse at 28 days",
        "865 (3)",
        "RR 0.63 (0.47 to 0.85)",
        "189",
        "120",
        "69 fewer (100 fewer to 27 fewer)",
        "⊕⊕⊕◯ moderate",
    ]
    continuous = [text_of(cell) for cell in tree.xpath("//tr[@id='row-2']/*")]
    assert continuous[2] == "–"
    assert continuous[5] == "MD −0.94 (−1.42 to −0.46)"
    assert "not estimable" in text_of(tree.xpath("//tr[@id='row-3']")[0])


def test_directions_of_effect_are_told_with_their_sentence_and_their_score(tree: Any) -> None:
    lists = tree.xpath("//ul[@class='directions']")
    lines = [text_of(line) for line in lists[0]]
    assert len(lists) == 1 and len(lines) == 2  # that of the first study is unclear
    assert all("significantly less with the intervention" in line for line in lines)
    assert all("0.87" in line for line in lines)
    assert all(line.xpath(".//a[@class='quote']") for line in lists[0])


def test_screened_records_search_and_provenance_are_there(report: Report, tree: Any) -> None:
    assert "What we know" not in text_of(tree.get_element_by_id("excluded"))
    assert "no sentence tells of random assignment" in text_of(tree.get_element_by_id("awaiting"))
    excluded = text_of(tree.get_element_by_id("excluded"))
    assert "Experiments in animals only" in excluded
    assert "We gave solvane to 24 mice." in excluded
    assert "Dr. Ngozi" in excluded
    assert '("gleam fever"[tiab])' in text_of(tree.get_element_by_id("search"))
    assert report.index_digest in text_of(tree.get_element_by_id("methods"))
    assert "Licence: CC BY 4.0" in text_of(tree.get_element_by_id("study-1"))


def test_hostile_text_is_inert(page: str, tree: Any) -> None:
    assert tree.xpath("//script | //img | //iframe | //object | //link | //form") == []
    assert tree.xpath("//@*[starts-with(name(), 'on')]") == []
    assert HOSTILE in tree.get_element_by_id("excluded").text_content()
    assert "DOI as given: javascript:alert(1)" in tree.text_content()


def test_on_paper_an_excluded_record_has_a_line_and_its_text_no_page(report: Report) -> None:
    page = render_html(report, make_documents(), make_forests(), for_paper=True)
    tree = lxml_html.document_fromstring(page)
    lines = [
        [text_of(cell) for cell in line]
        for line in tree.xpath("//table[@class='excluded']/tbody/tr")
    ]
    assert len(lines) == len(report.excluded) > 0
    for item in report.excluded:
        (line,) = (line for line in lines if line[0].startswith(item.record.record_id))
        assert line[1] == " ".join(item.record.title.split())
        assert line[2].startswith(" ".join(item.reason.split()))
    assert "We gave solvane to 24 mice." not in tree.text_content()
    included = tree.get_element_by_id("studies").text_content()
    assert all(study.study in included for study in report.included)


def test_the_page_asks_nobody_for_anything(page: str, tree: Any) -> None:
    policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy.startswith("default-src 'none';")
    assert "script-src" not in policy
    outside = {link for link in tree.xpath("//@href") if not link.startswith("#")}
    assert outside
    assert all(link.startswith("https://doi.org/10.") for link in outside)
    assert tree.xpath("//@src") == []
    assert re.findall(r"@import|url\((?!#)", page) == []


def test_a_quote_that_is_not_in_its_document_stops_the_report(report: Report) -> None:
    documents = make_documents()
    document = trial_document(0)
    del documents[document.document_digest]
    with pytest.raises(GroundingError, match="not in the project"):
        render_html(report, documents, {})
    sentence = report.recommendation.sentences[0]  # type: ignore[union-attr]
    forged = sentence.quotes[0].model_copy(update={"text": "Relapse is rare."})
    draft = report.recommendation.model_copy(  # type: ignore[union-attr]
        update={"sentences": (sentence.model_copy(update={"quotes": (forged,)}),)}
    )
    with pytest.raises(GroundingError, match=r"Relapse is rare\."):
        render_html(report.model_copy(update={"recommendation": draft}), make_documents(), {})


def test_an_empty_report_is_a_report(report: Report) -> None:
    empty = report.model_copy(
        update={
            **dict.fromkeys(("included", "awaiting", "excluded", "rows", "searches"), ()),
            "recommendation": None,
            "recommendation_by": None,
        }
    )
    text = text_of(lxml_html.document_fromstring(render_html(empty, {}, {})))
    assert "No recommendation" in text
    assert "No study is included." in text


def test_an_abstention_is_not_dressed_as_a_recommendation(report: Report) -> None:
    draft = report.recommendation.model_copy(  # type: ignore[union-attr]
        update={"direction": "none", "strength": "none", "abstained": True}
    )
    changed = report.model_copy(update={"recommendation": draft})
    tree = lxml_html.document_fromstring(render_html(changed, make_documents(), {}))
    section = text_of(tree.get_element_by_id("recommendation"))
    assert "No recommendation" in section
    assert "abstained" in section
    assert "In favour" not in section


@pytest.mark.parametrize(
    ("doi", "url"),
    [
        ("10.1000/abc(1)", "https://doi.org/10.1000/abc(1)"),
        ('10.1000/a"><b', "https://doi.org/10.1000/a%22%3E%3Cb"),
        ("10.1000/a b", None),
        ("javascript:alert(1)//10.1000/x", None),
        ("10.1/x", None),
        ("10.1000/x\n", None),
        (None, None),
    ],
)
def test_only_a_doi_becomes_a_link(doi: str | None, url: str | None) -> None:
    assert doi_url(doi) == url


def test_a_plot_is_inlined_with_ids_of_its_own_and_without_anything_active() -> None:
    svg = (
        '<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" onload="alert(1)"><defs><path id="m"/></defs>'
        '<script>alert(1)</script><use xlink:href="#m" clip-path="url(#m)"/>'
        '<a href="https://example.org"><text>A &amp; B</text></a></svg>'
    )
    cleaned = str(inline_svg(svg, "f1-"))
    assert "alert" not in cleaned
    assert "example.org" not in cleaned
    assert 'id="f1-m"' in cleaned
    assert 'href="#f1-m"' in cleaned
    assert "url(#f1-m)" in cleaned
    for wrong in ("no svg", "<p/>"):
        with pytest.raises(EvidenceError, match=r"SVG|<svg>"):
            inline_svg(wrong, "f1-")


def test_a_table_reads_as_a_table(tree: Any) -> None:
    table = tree.xpath("//article[@class='source']//table")[0]
    rows = [[text_of(cell) for cell in row] for row in table.xpath(".//tr")]
    assert rows[1] == ["Relapse by day 28", "12 (10.0%)", "24"]
    assert [cell.tag for cell in table.xpath(".//tr")[1]] == ["th", "td", "td"]


@given(
    text=st.text(alphabet="ab<&\n| ", min_size=1, max_size=40),
    cuts=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 40)), max_size=6),
)
def test_marking_loses_no_character_and_marks_each_stretch(
    text: str, cuts: list[tuple[int, int]]
) -> None:
    spans = [
        Span(start, min(start + length, len(text)), f"s{n}")
        for n, (start, length) in enumerate(cuts)
        if start < len(text)
    ]
    marks = marked(
        *(text, 0, len(text), spans),
        lambda span: Markup('<mark class="{}">').format(span.name),
        lambda _span: Markup("</mark>"),
    )
    tree = etree.fromstring(f"<div>{marks}</div>")  # an HTML parser would drop white space
    assert "".join(tree.itertext()) == text
    for span in spans:
        shown = "".join("".join(m.itertext()) for m in tree.xpath(f"//mark[@class='{span.name}']"))
        assert shown == text[span.start : span.end]


@settings(deadline=None)
@given(start=st.integers(0, 300), length=st.integers(1, 400))
def test_any_stretch_of_a_document_can_be_found_again(start: int, length: int) -> None:
    document: Document = trial_document(0)
    start = len(document.text) - 600 + start
    found = document.quote(start, min(start + length, len(document.text)))
    citations = Citations()
    citations.cite(found)
    source = source_text(document, citations)
    tree = lxml_html.fragment_fromstring(str(source.html), create_parent="div")
    first = tree.xpath(f"//mark[@id='{anchor(found)}']")
    assert len(first) == 1
    pieces = [*first, *tree.xpath(f"//mark[@class='{anchor(found)}']")]
    shown = "".join(piece.text_content() for piece in pieces)
    letters = re.compile(r"[\s|]+")
    assert letters.sub("", shown) == letters.sub("", found.text)


def test_an_abstract_without_sections_is_shown_whole() -> None:
    document = abstract_document(OTHERS[2][0])
    bare = document.model_copy(update={"sections": ()})
    source = source_text(bare, Citations())
    tree = lxml_html.fragment_fromstring(str(source.html), create_parent="div")
    assert text_of(tree) == " ".join(document.text.split())


def test_doubts_on_a_sentence_are_told_as_advice(report: Report) -> None:
    doubt = ElementVerdict(
        element="direction", status="contradicted", severity="warning",
        claim_words="raises <b>relapse</b>", quote_words="lowered", reason="the quote says fewer",
    )  # fmt: skip
    checks = (
        ClaimCheck(claim="It raises <b>relapse</b>.", verdicts=(doubt,), supporting=(True,)),
        ClaimCheck(claim="It is cheap.", verdicts=(), supporting=(True,)),
    )
    checked = report.model_copy(update={"sentence_checks": checks})
    page = render_html(checked, make_documents(), make_forests())
    (panel,) = lxml_html.document_fromstring(page).xpath("//details[@class='checks']")
    assert "2 sentences checked against what they cite: 1 to look at" in text_of(panel)
    assert "direction of effect contradicted: the quote says fewer" in text_of(panel)
    assert "<b>relapse</b>" in text_of(panel) and not panel.xpath(".//li//b")
