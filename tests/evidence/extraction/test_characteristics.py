from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.extraction.characteristic_conduct import follow_up_days
from evidence.extraction.characteristic_design import design_code
from evidence.extraction.characteristic_people import number_named
from evidence.extraction.characteristic_pico import pico_characteristics
from evidence.extraction.characteristic_places import country_named
from evidence.extraction.characteristics import FIELDS, characteristics
from evidence.grounding import quote_problem
from evidence.judgements import Arm
from evidence.reading.span_heads import Span
from indexers.records import Document, Record, Section, abstract_document, text_digest


def _document(**parts: str) -> Document:
    """A full text of headed parts."""
    text, sections = "", []
    for name, body in parts.items():
        start = len(text)
        text += f"{body}\n\n" if name in ("Title", "Abstract") else f"{name}\n{body}\n\n"
        sections.append(Section(path=(name,), start=start, end=len(text)))
    return Document(
        document_digest=text_digest(text),
        record_id="r1",
        kind="full_text",
        text=text,
        sections=tuple(sections),
    )


def _values(document: Document) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in characteristics(document):
        assert item.value in item.quotes[0].text
        assert all(quote_problem(quote, document) is None for quote in item.quotes)
        found.setdefault(item.field, []).append(item.value)
    return found


def _methods(sentence: str) -> dict[str, list[str]]:
    return _values(_document(Title="A trial of tea", Methods=sentence))


def _results(sentence: str) -> dict[str, list[str]]:
    return _values(_document(Title="A trial of tea", Results=sentence))


def test_a_whole_report() -> None:
    found = _values(
        _document(
            Title="Tea for sleep: a randomised, double-blind, crossover trial",
            Abstract="Methods: We conducted a multicentre trial in primary care in Danish adults "
            "aged 18 to 65 years. Trial registration: NCT01234567.",
            Methods="Patients were recruited in general practices in Denmark from March 2008 to "
            "June 2010. Patients were followed up for 12 months.",
            Results="Sixty-four patients were randomly assigned to tea or water. Their mean age "
            "was 54.3 years and 58% were women.",
            Funding="This study was funded by the Danish Tea Fund (grant 12). The funder had no "
            "role in the design of the study.",
        )
    )
    assert found["allocation"] == ["randomised"]
    assert found["intervention_model"] == ["crossover"]
    assert found["blinding"] == ["double-blind"]
    assert found["centres"] == ["multicentre"]
    assert found["country"] == ["Danish"]
    assert found["setting"] == ["primary care"]
    assert found["trial_years"] == ["March 2008 to June 2010"]
    assert found["number_randomised"] == ["Sixty-four"]
    assert found["age"] == ["aged 18 to 65 years"]
    assert found["age_observed"] == ["mean age was 54.3 years"]
    assert found["sex"] == ["58% were women"]
    assert found["follow_up"] == ["followed up for 12 months"]
    assert found["registration"] == ["NCT01234567"]
    assert found["funding"] == ["the Danish Tea Fund (grant 12)"]
    assert found["sponsor_role"] == ["The funder had no role in the design of the study"]
    assert list(found) == [name for name in FIELDS if name in found]


def test_other_studies_and_introductions_do_not_count() -> None:
    document = _document(
        Title="A trial of tea",
        Introduction="A double-blind trial in Kenya followed patients up for 3 years.",
        Methods="A previous double-blind study in Spain recruited patients in hospitals.",
    )
    assert not {"blinding", "country", "follow_up"} & set(_values(document))


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("A total of 67 patients with asthma were randomised to tea or water.", "67"),
        ("We randomly assigned 1,204 women to tea or water.", "1,204"),
        ("301 infants were randomly assigned to the tea group (n = 148) or the water group.",
         "301"),
        ("Participants (n = 150) were randomised to tea or water.", "150"),
        ("Of 294 patients screened, 187 patients were randomly assigned to tea or water.", "187"),
        ("One hundred seventy-six women were randomised to tea or water.",
         "One hundred seventy-six"),
    ],
)  # fmt: skip
def test_number_randomised(sentence: str, value: str) -> None:
    assert _results(sentence)["number_randomised"] == [value]


@pytest.mark.parametrize(
    "sentence",
    [
        "73 patients were randomly allocated to the tea arm and 73 to the water arm.",
        "Of the 28 infants randomised to hydrocortisone, 19 died.",
        "Children older than 12 months were randomised to tea or water.",
        "A sample size of 200 patients randomised into two groups was calculated.",
        "Twenty patients were randomly assigned to the placebo group.",
        "Killip class 1 patients randomised to tea had more pain.",
        "Twelve patients were randomised to each group.",
        "20 children were randomly selected from the register.",
    ],
)
def test_numbers_of_a_part_or_a_plan_are_not_the_number_randomised(sentence: str) -> None:
    assert "number_randomised" not in _results(sentence)


@pytest.mark.parametrize(
    ("sentence", "countries"),
    [
        ("Patients were recruited at hospitals in Belgium, Bulgaria and South Africa.",
         ["Belgium", "Bulgaria", "South Africa"]),
        ("Patients were recruited in New South Wales, Australia.", ["Australia"]),
        ("Samples from the hospital were read by a scanner (GE Healthcare, Milwaukee, USA).", []),
        ("All analyses were performed in Sweden by a statistician.", []),
        ("The study was conducted at Prince of Wales Hospital, Hong Kong.", ["Hong Kong"]),
    ],
)  # fmt: skip
def test_countries(sentence: str, countries: list[str]) -> None:
    assert _methods(sentence).get("country", []) == countries


def test_blinding_by_kind() -> None:
    assert _methods("This was an open-label study with blinded reading.")["blinding"] == [
        "open-label"
    ]
    assert "blinding" not in _methods("Patients entered an open-label extension.")
    assert "blinding" not in _methods("A double-blind design would have been costly.")
    kinds = {"assessor-blinded": "single", "triple blind": "triple", "unblinded": "open"}
    kinds |= {"patients and investigators were blinded": "double", "double-masked": "double"}
    assert {words: design_code("blinding", words) for words in kinds} == kinds
    assert design_code("intervention_model", "cross over") == "crossover"
    assert design_code("intervention_model", "village-randomised") == "cluster"


@pytest.mark.parametrize(
    "words", ["non-randomised", "nonrandomized", "not randomised", "quasi-randomised"]
)
def test_what_is_not_randomised_is_of_no_randomised_design(words: str) -> None:
    found = _methods(f"This was a prospective, {words} controlled trial of tea.")
    assert "design" not in found
    assert found["allocation"] == [words]


def test_who_paid() -> None:
    none = _methods("This research received no specific grant from any agency.")
    assert none["funding"] == ["no specific grant from any agency"]
    assert "funding" not in _methods("The groups were supported by a nurse.")
    several = _methods("The trial was supported by the A Trust; the B Fund; and the C Council.")
    assert several["funding"] == ["the A Trust; the B Fund; and the C Council"]


def test_registrations_each_once_and_never_another_trials() -> None:
    document = _document(
        Title="A trial",
        Abstract="Trial registration: ISRCTN 12345678 and NCT 01234567.",
        Methods="It was registered (NCT01234567).",
        Discussion="Results of NCT07654321 are awaited.",
    )
    assert _values(document)["registration"] == ["ISRCTN 12345678", "NCT 01234567"]
    alone = _document(Title="A trial", Discussion="See NCT07654321 and NCT01111111.")
    assert "registration" not in _values(alone)


def test_names_and_numbers() -> None:
    assert [number_named(w) for w in ("1,013", "Four hundred and thirty-three", "x")] == [
        1013,
        433,
        None,
    ]
    assert {country_named(w) for w in ("England", "UK", "Scottish")} == {"United Kingdom"}
    assert follow_up_days("followed up for 2 weeks") == 14
    assert follow_up_days("followed up") is None


ABSTRACT = (
    "Insomnia is common in shift workers and its treatment remains controversial. "
    "The aim of this study was to evaluate valerian tea for insomnia. "
    "We gave valerian tea or placebo to 40 adults with insomnia. "
    "Sleep quality was significantly better with valerian tea (p = 0.01). "
    "These findings suggest that tea may be useful in insomnia."
)


class _Reader:
    """Marks the words it is told."""

    def __init__(self, **words: str) -> None:
        self._words = words

    def read(self, texts: list[str]) -> list[tuple[Span, ...]]:
        (text,) = texts
        spans = []
        for element in ("population", "intervention", "outcome"):
            for words in self._words.get(element, "").split("|"):
                start = text.find(words) if words else -1
                while start >= 0:
                    spans.append(Span(element, start, start + len(words), 0.9))
                    start = text.find(words, start + 1)
        return [tuple(sorted(spans, key=lambda span: span.start))]


def _pico(document: Document, arms: tuple[Arm, ...] = (), **words: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in pico_characteristics(document, arms, _Reader(**words)):  # type: ignore[arg-type]
        assert item.value in item.quotes[0].text
        found.setdefault(item.field, []).append(item.value)
    return found


def test_pico_of_an_abstract() -> None:
    record = Record(record_id="r1", source="s", title="Valerian for sleep", abstract=ABSTRACT)
    found = _pico(
        abstract_document(record),
        population="shift workers|to 40 adults with insomnia.",
        intervention="valerian tea|placebo",
        outcome="Sleep quality was",
    )
    assert found == {
        "population": ["40 adults with insomnia"],  # the background's shift workers are not
        "intervention": ["valerian tea"],
        "comparator": ["placebo"],
        "outcomes": ["Sleep quality"],
    }


def test_the_arm_that_is_the_comparator_and_a_document_without_an_abstract() -> None:
    record = Record(record_id="r1", source="s", title="Tea", abstract=ABSTRACT)
    arms = (Arm(name="valerian tea", role="comparator"),)
    found = _pico(abstract_document(record), arms, intervention="valerian tea")
    assert found == {"comparator": ["valerian tea"]}
    assert _pico(_document(Title="Tea"), intervention="Tea") == {}


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="randomised to 12345 patients were (n=) .,%\nNCT0", max_size=300))
def test_any_text_is_read_and_every_value_stands_in_its_quote(text: str) -> None:
    _values(_document(Title="A trial", Methods=f"Patients {text}", Funding=text))
