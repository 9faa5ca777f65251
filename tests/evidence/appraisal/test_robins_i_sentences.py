from __future__ import annotations

from evidence.appraisal.robins_i_sentences import MOST_SENTENCES, sentences_to_look_at
from indexers.records import Document, Section, text_digest
from tests.evidence.cohort_factory import report


def methods(text: str) -> Document:
    whole = f"Methods\n{text}\n"
    return Document(
        document_digest=text_digest(whole),
        record_id="r",
        kind="full_text",
        text=whole,
        sections=(Section(path=("Methods",), start=0, end=len(whole)),),
    )


def texts(document: Document) -> dict[str, list[str]]:
    return {d: [q.text for q in quotes] for d, quotes in sentences_to_look_at(document).items()}


def test_sentences_are_quoted_beside_the_domain_that_they_touch_on() -> None:
    found = texts(report("cohort", (60, 120)))
    assert found == {
        "confounding": ["Hazard ratios were adjusted for age and <b>severity</b>."],
        "selection": ["Consecutive patients were included."],
        "missing_data": ["Of all patients 4% were lost to follow-up."],
    }


def test_quotes_stand_at_their_offsets() -> None:
    document = report("cohort", (60, 120))
    for quotes in sentences_to_look_at(document).values():
        assert all(document.text[q.start : q.end] == q.text for q in quotes)


def test_each_domain_has_words_of_its_own() -> None:
    said = {
        "confounding": "Groups were formed by propensity score.",
        "selection": "Only new users entered at the index date.",
        "classification": "Exposure was defined by dispensed prescriptions.",
        "deviations": "Some switched drugs.",
        "missing_data": "Missing values were imputed.",
        "measurement": "Deaths were adjudicated.",
        "selective_reporting": "A prespecified analysis plan was followed.",
    }
    found = texts(methods(" ".join(said.values())))
    for domain, sentence in said.items():
        assert sentence in found[domain]


def test_other_studies_are_not_quoted_and_few_sentences_are_shown() -> None:
    assert texts(methods("A previous cohort study adjusted for age.")) == {}
    many = " ".join(f"Model {n} was adjusted for age." for n in range(9))
    assert len(texts(methods(many))["confounding"]) == MOST_SENTENCES
