from __future__ import annotations

from pathlib import Path

import pytest

from evidence.query_debugger.suggest import suggest
from evidence.query_debugger.suggestion import suggestions_text
from indexers.records import Record
from indexers.store import Store
from retrievers.boolean.evaluate import BooleanRetriever
from retrievers.boolean.ovid import parse_ovid
from retrievers.boolean.pubmed import parse_pubmed
from tests.evidence.query_debugger.small_store import small_store
from tests.indexers.fake_encoder import FakeEncoder

QUERY = "#1. fever[tiab]\n#2. paracetamol[tiab]\n#3. #1 AND #2"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return small_store(tmp_path_factory.mktemp("suggest"))


def test_the_other_name_of_a_drug_is_found_for_the_line_of_the_drug(store: Store) -> None:
    found = suggest(parse_pubmed(QUERY), store, ["r1", "r3"])
    assert [s.term for s in found[:2]] == ['"Acetaminophen"[mh]', "acetaminophen[tiab]"]
    first = found[1]
    assert (first.line_number, first.beside) == (2, "paracetamol[tiab]")
    assert first.finds_lost == ("r3",)
    assert (first.hits, first.further_hits) == (2, 0)
    assert first.shared_heading == "Acetaminophen"
    mended = parse_pubmed(QUERY.replace("paracetamol[tiab]", f"paracetamol[tiab] OR {first.term}"))
    assert "r3" in BooleanRetriever(store).search(mended)


def test_a_record_lost_twice_gets_a_term_for_each_part(store: Store) -> None:
    found = suggest(parse_pubmed(QUERY), store, ["r1", "r4"])
    terms = {(s.term, s.line_number): s for s in found}
    drug, fever = terms["acetaminophen[tiab]", 2], terms["pyrexia[tiab]", 1]
    assert drug.finds_lost == fever.finds_lost == ()
    assert drug.overcomes == fever.overcomes == ("r4",)


def test_terms_bring_headings_and_numbers_that_a_search_confirms(store: Store) -> None:
    query = "#1. acetaminophen[tiab] OR ibuprofen[tiab]\n#2. fever[tiab]\n#3. #1 AND #2"
    found = suggest(parse_pubmed(query), store, ["r3", "r4"])
    heading = next(s for s in found if s.term == '"Fever"[mh]')
    assert heading.finds_lost == ("r4",)
    before = set(BooleanRetriever(store).search(parse_pubmed(query)))
    mended = query.replace("#2. fever[tiab]", f"#2. fever[tiab] OR {heading.term}")
    gained = set(BooleanRetriever(store).search(parse_pubmed(mended))) - before
    assert len(gained) == len(heading.finds_lost) + heading.further_hits


def test_terms_of_titles_and_headings_come_before_words_of_abstracts(tmp_path: Path) -> None:
    texts = [("Asthma", "salbutamol"), ("Wheeze", "whistling")]
    texts += [(f"Other {at}", "nothing") for at in range(20)]
    records = [
        Record(record_id=f"r{at}", source="s", title=title, abstract=abstract, pmid=str(at + 1))
        for at, (title, abstract) in enumerate(texts)
    ]
    store = Store.build(tmp_path / "store", records, FakeEncoder(), kind="flat")
    found = suggest(parse_pubmed("asthma[tiab]"), store, ["r0", "r1"])
    assert [s.term for s in found] == ["wheeze[tiab]", "whistling[tiab]"]


def titled(folder: Path, titles: list[str], n_others: int = 90) -> Store:
    titles = [*titles, *(f"Other {at}" for at in range(n_others))]
    records = [
        Record(record_id=f"r{at}", source="s", title=title, pmid=str(at + 1))
        for at, title in enumerate(titles)
    ]
    return Store.build(folder / "store", records, FakeEncoder(), kind="flat")


def test_a_term_that_adds_less_comes_before_one_that_adds_more(tmp_path: Path) -> None:
    lost = ["Wheeze, stridor and zinc", "Wheeze and zinc"]
    titles = [*["Asthma zinc"] * 4, *lost, *["Wheeze by zinc"] * 14, *["Zinc"] * 30]
    store = titled(tmp_path, titles)
    found = suggest(parse_pubmed("asthma[tiab] AND zinc[tiab]"), store, ["r0", "r4", "r5"])
    assert [(s.term, len(s.finds_lost), s.further_hits) for s in found] == [
        ("stridor[tiab]", 1, 0),
        ("wheeze[tiab]", 2, 14),
    ]


def test_what_another_part_searches_is_not_suggested(tmp_path: Path) -> None:
    titles = ["Asthma zinc", "Zinc tablets stridor", *["Zinc"] * 5]
    found = suggest(
        parse_pubmed("asthma[tiab] AND zinc[tiab]"), titled(tmp_path, titles), ["r0", "r1"]
    )
    assert found
    assert not [s for s in found if "zinc" in s.term]


def test_a_word_that_is_common_elsewhere_is_not_suggested(tmp_path: Path) -> None:
    titles = ["Asthma zinc", "Stridor, bronze and zinc", *["Zinc"] * 9, *["Bronze"] * 4]
    found = suggest(
        parse_pubmed("asthma[tiab] AND zinc[tiab]"), titled(tmp_path, titles), ["r0", "r1"]
    )
    assert [s.term for s in found] == ["stridor[tiab]"]


def test_for_a_record_lost_twice_wide_words_are_no_suggestion_either(tmp_path: Path) -> None:
    titles = ["Asthma copper", "Stridor, bronze", *["Bronze"] * 9]
    found = suggest(
        parse_pubmed("asthma[tiab] AND copper[tiab]"), titled(tmp_path, titles), ["r0", "r1"]
    )
    assert {s.term for s in found} == {"stridor[tiab]"}


def test_a_word_that_lets_nearly_everything_in_is_not_suggested(tmp_path: Path) -> None:
    titles = [*["Asthma zinc"] * 4, "Stridor, powder and zinc", *["Powder of zinc"] * 8]
    found = suggest(
        parse_pubmed("asthma[tiab] AND zinc[tiab]"), titled(tmp_path, titles), ["r0", "r4"]
    )
    assert [s.term for s in found] == ["stridor[tiab]"]


def test_nothing_lost_or_nothing_known_gives_nothing(store: Store) -> None:
    assert suggest(parse_pubmed(QUERY), store, ["r1"]) == ()
    assert suggest(parse_pubmed(QUERY), store, ["nowhere"]) == ()
    assert suggestions_text(()) == "No term of the lost records would bring one back."


def test_words_of_every_abstract_are_no_suggestion(tmp_path: Path) -> None:
    texts = [
        ("Asthma trial of patients", "budesonide"),
        ("Wheeze trial of patients", "fluticasone"),
    ]
    texts += [(f"Trial {at} of patients", "other") for at in range(20)]
    records = [
        Record(record_id=f"r{at}", source="s", title=title, abstract=abstract, pmid=str(at + 1))
        for at, (title, abstract) in enumerate(texts)
    ]
    store = Store.build(tmp_path / "store", records, FakeEncoder(), kind="flat")
    found = suggest(parse_pubmed("asthma[tiab]"), store, ["r0", "r1"])
    assert {s.term for s in found} == {"wheeze[tiab]", "fluticasone[tiab]"}


def test_terms_are_written_in_the_syntax_of_the_strategy(store: Store) -> None:
    strategy = parse_ovid("1 fever.ti,ab.\n2 paracetamol.ti,ab.\n3 1 and 2")
    found = suggest(strategy, store, ["r1", "r3"], syntax="ovid")
    assert [s.term for s in found[:2]] == ["acetaminophen.ti,ab,kf.", "exp Acetaminophen/"]


def test_a_not_and_a_limit_of_dates_are_no_place_for_terms(store: Store) -> None:
    assert suggest(parse_pubmed("fever[tiab] NOT children[tiab]"), store, ["r1"]) == ()
    assert suggest(parse_pubmed("fever[tiab] AND 2001:2002[dp]"), store, ["r1"]) == ()
