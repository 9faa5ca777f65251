from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.deduplication.normal_forms import (
    folded,
    normalised_doi,
    normalised_number,
    normalised_title,
    registrations,
    title_words,
)

TITLE = "Effects of TNF-α blockade on ageing tumours in Müller's syndrome: a randomised trial"


def key(title: str) -> str:
    return normalised_title(title).replace(" ", "")


@pytest.mark.parametrize(
    "printed",
    [
        TITLE.upper(),
        TITLE + ".",
        f"[{TITLE}].",
        unicodedata.normalize("NFD", TITLE),
        TITLE.replace("α", "alpha"),
        TITLE.replace("ü", "u"),
        TITLE.replace("ageing", "<i>ageing</i>"),
        TITLE.replace("ageing", "&lt;i&gt;ageing&lt;/i&gt;"),
        TITLE.replace("ü", "&uuml;"),
        TITLE.replace("-", "‐"),
        TITLE.replace("TNF-α", "TNFα"),
        TITLE.replace(": ", ". "),
        TITLE.replace("'", "’"),
        TITLE.replace("randomised", "randomized").replace("tumours", "tumors"),
        f"{TITLE} [Article in German]",
        f"RETRACTED: {TITLE}",
        f"{TITLE} [ISRCTN83088383]",
        f"{TITLE} (Retracted article. See vol. 371, pg. 2012)",
    ],
)
def test_what_databases_do_to_a_title_leaves_its_normal_form(printed: str) -> None:
    assert key(printed) == key(TITLE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Vitamin B in asthma", "Vitamin D in asthma"),
        ("Survival at 5 years", "Survival at 50 years"),
        ("Withdrawn patients in trials", "Patients in trials"),
        ("Interferon-α in melanoma", "Interferon-β in melanoma"),
        ("Bias when p < 0.05 and n > 30", "Bias when p > 30"),
    ],
)
def test_what_means_something_else_stays(one: str, other: str) -> None:
    assert key(one) != key(other)


def test_words() -> None:
    assert title_words("Aspirin v B & C: 0·5 mg") == title_words("Aspirin versus B and C, 0.5 mg")
    assert folded("CO<sub>2</sub> Løvås") == "co2 lovas"
    assert title_words("Botox™ 3 × 3 µg") == title_words("Botox 3 x 3 mcg")
    assert registrations("A trial [ISRCTN83088383]") == {"isrctn83088383"}


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        ("doi:10.1000/Abc;", "10.1000/abc"),
        ("https://doi.org/10.1000/abc.", "10.1000/abc"),
        ("10.1016/S0140-6736(05)12345-6", "10.1016/s0140-6736(05)12345-6"),
        ("(10.1000/abc)", "10.1000/abc"),
        (
            "10.1002/(SICI)1097(19980815/30)17:15&lt;1661::AID-SIM968&gt;3.0.CO;2-2",
            "10.1002/(sici)1097(19980815/30)17:15<1661::aid-sim968>3.0.co;2-2",
        ),
        ("10.1000%2Fabc", "10.1000/abc"),
        ("not a doi", None),
        (None, None),
    ],
)
def test_dois(written: str | None, doi: str | None) -> None:
    assert normalised_doi(written) == doi


def test_numbers_of_identifiers() -> None:
    assert normalised_number(" 0123 ") == normalised_number("PMID: 123") == "123"
    assert normalised_number("PMC77") == normalised_number("pmc77.2") == "77"
    assert normalised_number("none") == normalised_number(None) == ""


@given(st.text(max_size=300))
def test_any_text_has_a_normal_form_that_is_its_own(text: str) -> None:
    normalised_doi(text)
    words = normalised_title(text)
    assert words == words.strip()
    assert "  " not in words
    assert folded(folded(text).replace("&", "").replace("<", "")) == folded(text).replace(
        "&", ""
    ).replace("<", "")
