from __future__ import annotations

from typing import Any

import pytest

from evidence.stages.deduplicate import find_duplicates
from tests.evidence.stages.deduplicate_factory import COMPANIONS, HEAD, TEAM, TITLE, WORDS, record

OTHER_WORDS = " ".join(reversed(WORDS.split()))


def judged(one: dict[str, Any], other: dict[str, Any]) -> tuple[str, str]:
    """What two records are to each other, and the reason."""
    result = find_duplicates([record("a", **one), record("b", **other)])
    if result.clusters:
        return "duplicate", result.clusters[0].pairs[0].reason
    if result.near_duplicates:
        return "near", result.near_duplicates[0].reason
    return "distinct", ""


# --- identifiers ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"pmid": "123"}, {"pmid": " 0123 "}),
        ({"pmcid": "PMC77"}, {"pmcid": "77"}),
        ({"doi": "10.1000/ABC"}, {"doi": "https://doi.org/10.1000/abc."}),
    ],
)
def test_one_identifier_is_enough(one: dict[str, str], other: dict[str, str]) -> None:
    far = {"title": TITLE.upper(), "year": 1999, "authors": (), "journal": "BMJ"}
    verdict, reason = judged(one, {**far, **other})
    assert verdict == "duplicate"
    assert reason == f"same {next(iter(one)).upper()}"


@pytest.mark.parametrize("name", ["pmid", "doi", "pmcid"])
def test_other_identifiers_never_merge_but_are_shown(name: str) -> None:
    numbers = {"pmid": ("1", "2"), "pmcid": ("PMC1", "PMC2"), "doi": ("10.1000/a", "10.1000/b")}
    one, other = ({name: number} for number in numbers[name])
    assert judged(one, other) == ("near", f"same title, but another {name.upper()}")


def test_identifiers_that_contradict_each_other_are_for_a_person() -> None:
    verdict, reason = judged({"doi": "10.1000/a", "pmid": "1"}, {"doi": "10.1000/a", "pmid": "2"})
    assert (verdict, reason) == ("near", "same DOI, but another PMID")


def test_abstracts_of_a_supplement_share_its_doi() -> None:
    other = {"title": "Statins after myocardial infarction in women", "authors": ("Berg A",)}
    assert judged({"doi": "10.1000/s"}, {"doi": "10.1000/s", **other})[0] == "near"


def test_a_translated_title_under_the_same_doi() -> None:
    german = {"title": "[Acetylsalicylsäure bei Erkältungen Erwachsener]", "doi": "10.1000/s"}
    assert judged({"doi": "10.1000/s"}, german)[0] == "duplicate"


def test_an_erratum_with_the_doi_of_its_article_is_for_a_person() -> None:
    verdict, reason = judged(
        {"doi": "10.1000/a"}, {"doi": "10.1000/a", "title": f"Erratum: {TITLE}"}
    )
    assert verdict == "near"
    assert "notice" in reason


# --- the same title ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({}, "same title, first author, journal and year"),
        ({"year": 2011}, "same title, first author, journal and year within 1"),
        ({"authors": ("Smith J",), "journal": None}, "same title, first author and year"),
        ({"authors": ()}, "same title, journal and year, the authors are missing"),
        ({"year": None}, "same title, first author and journal, a year is missing"),
        ({"authors": TEAM[::-1]}, "same title, first author, journal and year"),
        ({"title": TITLE.upper() + "."}, "same title, first author, journal and year"),
    ],
)
def test_the_same_title_with_support_is_merged(other: dict[str, Any], reason: str) -> None:
    assert judged({}, other) == ("duplicate", reason)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"year": 2012}, "same title, but years apart"),
        ({"journal": "Value in Health"}, "same title, but another journal"),
        ({"journal": "medRxiv"}, "same title, but another kind of publication"),
        (
            {"publication_types": ("Conference Abstract",)},
            "same title, but another kind of publication",
        ),
        ({"authors": ("Berg A",)}, "same title, but another first author"),
        ({"authors": (), "journal": None}, "same title, too little else to tell"),
        ({"journal": None, "year": 2011}, "same title, too little else to tell"),
    ],
)
def test_the_same_title_with_a_doubt_is_for_a_person(other: dict[str, Any], reason: str) -> None:
    assert judged({}, other) == ("near", reason)


def test_a_conference_abstract_of_the_same_title_has_another_text() -> None:
    verdict, reason = judged({"abstract": WORDS}, {"abstract": OTHER_WORDS})
    assert (verdict, reason) == ("near", "same title, but another abstract")


def test_title_and_abstract_alone_are_enough() -> None:
    bare = {"authors": (), "journal": None, "year": None}
    assert judged({"abstract": WORDS}, {**bare, "abstract": WORDS[:300] + " …"}) == (
        "duplicate",
        "same title and abstract",
    )
    assert judged({"abstract": WORDS}, {**bare, "abstract": ""})[0] == "near"


def test_an_abstract_in_another_language_tells_nothing() -> None:
    german = (
        "Erkältungen sind häufig, und Acetylsalicylsäure wird dagegen oft genommen, obwohl ihr"
        " Nutzen nicht bekannt ist. Vierhundert Erwachsene erhielten fünf Tage lang dreimal täglich"
        " Acetylsalicylsäure oder ein Scheinmedikament; Zielgröße war die Dauer der Beschwerden."
    )
    assert judged({"abstract": WORDS}, {"abstract": german})[0] == "duplicate"


def test_a_review_that_is_updated_keeps_its_title() -> None:
    journal = {"journal": "Cochrane Database Syst Rev"}
    verdict, reason = judged(journal, {**journal, "year": 2011})
    assert verdict == "near"
    assert "updated" in reason
    assert judged(journal, journal)[0] == "duplicate"


def test_short_titles_are_not_enough() -> None:
    reply = {"title": "In reply"}
    assert judged(reply, reply)[0] == "near"
    assert judged({"title": "Migraine"}, {"title": "Migraine", "authors": ("Berg A",)}) == (
        "distinct",
        "",
    )
    short = {"title": "Levetiracetam monotherapy trial"}
    assert judged(short, short)[0] == "duplicate"
    assert judged({**short, "authors": ("Smith J",)}, short)[0] == "near"


# --- shortened and misspelt titles ---------------------------------------------------------------
def test_a_subtitle_that_was_dropped() -> None:
    assert judged({"abstract": WORDS}, {"title": HEAD, "abstract": WORDS[:400]}) == (
        "duplicate",
        "same title up to a subtitle, first author and abstract",
    )
    assert judged({}, {"title": HEAD}) == (
        "duplicate",
        "same title up to a subtitle, authors, journal and year",
    )
    assert judged({}, {"title": HEAD, "authors": TEAM[:1]})[0] == "near"
    assert judged({}, {"title": HEAD, "journal": "BMJ"})[0] == "distinct"
    assert judged({"abstract": WORDS}, {"title": HEAD, "abstract": OTHER_WORDS})[0] == "distinct"


def test_a_title_that_was_cut_off() -> None:
    cut = {"title": TITLE[:60] + "...", "abstract": WORDS}
    assert judged({"abstract": WORDS}, cut)[0] == "duplicate"


@pytest.mark.parametrize(
    "subtitle", ["study protocol", "five-year follow-up", "cost-effectiveness analysis"]
)
def test_a_subtitle_that_may_name_another_report(subtitle: str) -> None:
    other = {"title": f"{HEAD}: {subtitle}"}
    assert judged({"title": HEAD}, other)[0] == "near"
    start = {"abstract": WORDS[:300]}
    assert judged({"title": HEAD, **start}, {**other, **start})[0] == "near"
    whole = {"abstract": WORDS}
    assert judged({"title": HEAD, **whole}, {**other, **whole})[0] == "duplicate"


@pytest.mark.parametrize("word", ["treatmen", "treattment", "treamtent", "treatments"])
def test_a_misspelt_title(word: str) -> None:
    misspelt = {"title": TITLE.replace("treatment", word)}
    assert judged({}, misspelt) == ("duplicate", "title misspelt, same authors, journal and year")
    assert judged({}, {**misspelt, "year": 2011})[0] == "near"
    assert judged({"abstract": WORDS}, {**misspelt, "year": 2011, "abstract": WORDS})[0] == (
        "duplicate"
    )
    assert judged({}, {**misspelt, "authors": ("Berg A",)})[0] == "distinct"


# --- what is not the same ------------------------------------------------------------------------


@pytest.mark.parametrize("title", COMPANIONS)
@pytest.mark.parametrize("abstract", ["", WORDS])
def test_companions_are_never_merged(title: str, abstract: str) -> None:
    assert judged({"abstract": abstract}, {"title": title, "abstract": abstract})[0] != "duplicate"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("hypertension", "hypotension"),
        ("I", "II"),
        ("1", "2"),
        ("A", "B"),
        ("2 of 2", "2"),
        ("prednisone", "prednisolone"),
        ("citalopram", "escitalopram"),
        ("dysphagia", "dysphasia"),
        ("NCT 12345678", "NCT 1234567"),
        ("hepatitis B", "hepatitis C"),
        ("IL-6", "IL-8"),
        ("[ISRCTN11111111]", "[ISRCTN22222222]"),
    ],
)
def test_words_and_numbers_that_mean_another_study_are_told_apart(one: str, two: str) -> None:
    long = "A multicentre double blind placebo controlled comparison of aspirin, study {}"
    fields = {"abstract": WORDS}
    for more in ({}, fields):
        titles = ({**more, "title": long.format(word)} for word in (one, two))
        assert judged(*titles)[0] != "duplicate"
