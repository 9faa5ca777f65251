from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import SettingsError
from evidence.question import ClinicalQuestion, Pico
from evidence.stages.formulate import OfflineFormulator
from evidence.strategy.draft import draft_strategy, raw_strategy
from evidence.strategy.enrich import FirstRetrieval
from evidence.strategy.lines import search_strategy
from evidence.strategy.types import Concept
from indexers.records import Record
from indexers.store import Store
from retrievers.boolean.evaluate import BooleanRetriever
from retrievers.lexical import LexicalRetriever
from tests.evidence.strategy.strategy_store import small_store
from tests.indexers.fake_encoder import FakeEncoder

ASKED = (
    "In adults with overactive bladder, how do anticholinergic drugs (oxybutynin, trospium) compare"
    " in effectiveness and dry mouth?"
)


def drafted(text: str) -> tuple[Concept, ...]:
    return draft_strategy(OfflineFormulator().formulate(text)).concepts


def sources(concept: Concept) -> dict[str, str]:
    return {term.text: term.source for term in concept.terms}


def test_condition_and_intervention_are_concepts_and_outcomes_are_not() -> None:
    population, intervention = drafted(ASKED)
    assert (population.element, intervention.element) == ("population", "intervention")
    assert "overactive bladder*" in sources(population)
    assert {"oxybutynin*", "trospium*", "Cholinergic Antagonists"} <= set(sources(intervention))
    assert not any("mouth" in term.text for c in (population, intervention) for term in c.terms)


def test_every_term_says_where_it_comes_from() -> None:
    population, intervention = drafted(ASKED)
    assert all(term.source for term in (*population.terms, *intervention.terms))
    told = sources(intervention)
    assert told["oxybutynin*"] == "question"
    assert told["ditropan*"] == "drug list"
    assert told["solifenacin*"] == "drug list, -fenacin"
    headings = [t for t in population.terms if t.field == "mesh"]
    assert [(t.text, t.exploded) for t in headings] == [("Urinary Bladder, Overactive", True)]
    assert told["muscarinic antagonist*"] == "MeSH Muscarinic Antagonists"


def test_both_spellings_and_roots_are_searched() -> None:
    told = sources(drafted("Does aspirin reduce stroke in adults with hypertension?")[0])
    assert "hypertens*" in told and told["hypertens*"] == "question"
    assert "hypertension*" not in told  # covered
    anaemia = sources(drafted("Does iron improve fatigue in women with anaemia?")[0])
    assert {"anaemia*", "anemia*"} <= set(anaemia)


def test_a_class_that_only_its_stem_names_is_opened() -> None:
    told = sources(drafted("In adults with migraine, do triptans reduce pain?")[1])
    assert {"triptan*", "rizatriptan*", "sumatriptan*"} <= set(told)


def test_a_question_without_pico_gives_concepts_of_its_nouns() -> None:
    animals, depression = drafted("What animal models of depression have been used?")
    assert {"rat", "mice", "Models, Animal"} <= set(sources(animals))
    assert {"depress*", "Depression", "Depressive Disorder"} <= set(sources(depression))


def test_a_question_with_nothing_to_search_says_what_to_do() -> None:
    with pytest.raises(SettingsError, match=r"fill in pico\.population"):
        draft_strategy(ClinicalQuestion(text="Does it?"))


def test_records_that_one_concept_loses_give_it_terms(tmp_path: Path) -> None:
    store = small_store(tmp_path)
    first = FirstRetrieval(store, LexicalRetriever(store))
    question = OfflineFormulator().formulate(ASKED)
    boolean = BooleanRetriever(store)
    plain, more = draft_strategy(question), draft_strategy(question, first)
    assert boolean.search(search_strategy(plain)) == ["1"]
    new = {t.text: t.source for t in more.concepts[0].terms if t not in plain.concepts[0].terms}
    assert new == {"detrusor instabilit*": "record 4"}
    assert {"1", "2", "3", "4", "5", "6"} <= set(boolean.search(search_strategy(more)))
    assert "7" not in boolean.search(search_strategy(more))


def test_raw_terms_are_the_questions_own_words() -> None:
    concepts = raw_strategy(OfflineFormulator().formulate(ASKED)).concepts
    assert [[t.text for t in c.terms] for c in concepts] == [
        ["overactive bladder"],
        ["anticholinergic drugs", "oxybutynin", "trospium"],
    ]


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=150))
def test_any_text_gives_a_strategy_that_can_be_searched_or_an_error(text: str) -> None:
    try:
        strategy = draft_strategy(OfflineFormulator().formulate(text))
    except SettingsError:
        return
    search_strategy(strategy)


def test_synonyms_are_searched_in_both_spellings() -> None:
    told = sources(drafted("Does digoxin reduce mortality in adults with heart failure?")[0])
    assert {"cardiac edema*", "cardiac oedema*"} <= set(told)
    assert told["cardiac oedema*"].startswith("MeSH Edema, Cardiac")


def test_records_that_the_strategy_finds_anyway_add_nothing(tmp_path: Path) -> None:
    found = [("Colchicine for gout", "A podagra relief trial.") for _ in range(8)]
    others = [("Something else", "Nothing of the kind.") for _ in range(80)]
    records = [
        Record(record_id=str(number), source="test", title=title, abstract=abstract)
        for number, (title, abstract) in enumerate(found + others)
    ]
    store = Store.build(tmp_path / "store", records, FakeEncoder())
    question = OfflineFormulator().formulate("Does colchicine reduce pain in adults with gout?")
    first = FirstRetrieval(store, LexicalRetriever(store))
    assert draft_strategy(question, first) == draft_strategy(question)


def test_of_many_nouns_those_of_a_vocabulary_make_the_concepts() -> None:
    concepts = drafted("Is the enzyme ERAP2 associated with birdshot chorioretinopathy?")
    assert "birdshot chorioretinopathy" in [c.name for c in concepts]
    assert len(concepts) <= 3


@pytest.mark.parametrize("text", ["x" * 400, "成人の高血圧" * 80, "㍿" * 90])
def test_words_too_long_for_a_name_give_no_concept(text: str) -> None:
    for draft in (draft_strategy, raw_strategy):
        with pytest.raises(SettingsError, match="expected a condition or an intervention by name"):
            draft(ClinicalQuestion(text=text))


def test_a_condition_too_long_for_a_name_leaves_the_intervention() -> None:
    pico = Pico(
        population="adults with " + "very recurrent " * 20 + "asthma",
        intervention="budesonide", comparator="", outcomes=(),
    )  # fmt: skip
    drafted = draft_strategy(ClinicalQuestion(text="Does it help?", pico=pico))
    assert [concept.element for concept in drafted.concepts] == ["intervention"]
