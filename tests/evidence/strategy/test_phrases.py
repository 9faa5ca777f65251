import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.strategy.expand import Expander
from evidence.strategy.phrases import concept_phrases, condition_phrases, question_phrases
from evidence.strategy.terms import shipped_terminology

KNOWN = Expander(shipped_terminology()).known


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("oral and injectable triptans (sumatriptan, rizatriptan)",
         ("triptans", "sumatriptan", "rizatriptan")),
        ("newer (second-generation) antihistamines such as cetirizine and loratadine",
         ("antihistamines", "cetirizine", "loratadine")),
        ("drug treatments (stimulants such as methylphenidate, clonidine)",
         ("stimulants", "methylphenidate", "clonidine")),
        ("cyclo-oxygenase-2 inhibitors and other non-steroidal anti-inflammatory drugs",
         ("cyclo-oxygenase-2 inhibitors", "non-steroidal anti-inflammatory drugs")),
        ("usual care or placebo", ()),
    ],
)  # fmt: skip
def test_a_list_with_examples_gives_each_name(text: str, expected: tuple[str, ...]) -> None:
    assert concept_phrases(text, KNOWN) == expected


@pytest.mark.parametrize(
    ("population", "expected"),
    [
        ("adults with seasonal or perennial allergic rhinitis or urticaria",
         ("seasonal allergic rhinitis", "perennial allergic rhinitis", "urticaria")),
        ("adults with chronic pain from osteoarthritis", ("chronic pain", "osteoarthritis")),
        ("peri- and postmenopausal women", ("perimenopausal women", "postmenopausal women")),
        ("children, adolescents and adults with gout", ("gout",)),
        ("adults", ()),
        ("type 2 diabetes", ("type 2 diabetes",)),
    ],
)  # fmt: skip
def test_a_population_gives_what_people_have(population: str, expected: tuple[str, ...]) -> None:
    assert condition_phrases(population, KNOWN) == expected


def test_a_question_without_elements_gives_its_nouns() -> None:
    asked = "What non-human animal models of depression have been used, with which outcomes?"
    assert question_phrases(asked, KNOWN) == ("animal models", "depression")


@given(st.text(max_size=120))
def test_no_text_breaks_the_phrases(text: str) -> None:
    for found in (concept_phrases, condition_phrases, question_phrases):
        assert all(phrase.strip() for phrase in found(text, lambda _: False))
