from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.deduplication.names import (
    read_authors,
    same_first_author,
    same_journal,
    same_team,
)


def first(one: str, other: str) -> str:
    return same_first_author(read_authors([one]), read_authors([other]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Memiş, Dilek", "Memis D"),
        ("Memiş, Dilek", "D. Memis"),
        ("Memiş, Dilek", "Dilek Memis"),
        ("MEMIS, D", "Memis D."),
        ("van der Berg, Jan", "van der Berg J"),
        ("van der Berg J", "Berg, J van der"),
        ("Müller, Klaus", "Mueller K"),
        ("Sørensen A", "Soerensen, Anne"),
        ("O'Brien P", "OBrien, P"),
        ("Smith JA Jr", "Smith, John A"),
        ("García López, María", "Garcia-Lopez M"),
        ("Wang, Xiaoming", "Xiaoming Wang"),
        ("Sokolowski, A", "Sokolowsky A"),
    ],
)
def test_one_author_in_two_databases(one: str, other: str) -> None:
    assert first(one, other) == first(other, one) == "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wang X", "Wang Y"),
        ("Smith, John", "Jones, John"),
        ("van der Berg J", "van der Meer J"),
        ("Smith J", "Smits J"),
    ],
)
def test_two_authors(one: str, other: str) -> None:
    assert first(one, other) == first(other, one) == "different"


def test_what_cannot_be_compared_is_unknown() -> None:
    assert first("", "Smith J") == first("et al.", "Smith J") == "unknown"
    assert first("UK Prospective Diabetes Study Group", "Turner R") == "unknown"


def test_a_team_is_known_from_a_list_that_was_cut() -> None:
    team = read_authors(["Smith J", "Jones A", "Wang X", "Li Y", "Berg O"])
    assert same_team(read_authors(["J. Smith", "A. Jones", "X. Wang", "et al."]), team)
    assert not same_team(read_authors(["Smith J", "Miller B", "Brown C"]), team)
    assert not same_team(read_authors(["Smith J"]), team)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("N Engl J Med", "The New England Journal of Medicine"),
        ("JAMA", "JAMA : the journal of the American Medical Association"),
        ("JAMA", "Journal of the American Medical Association"),
        ("BMJ (Clinical research ed.)", "British Medical Journal"),
        ("Lancet (London, England)", "LANCET"),
        (
            "Proc Natl Acad Sci U S A",
            "Proceedings of the National Academy of Sciences of the United States of America",
        ),
        ("Dtsch Arztebl Int", "Deutsches Ärzteblatt International"),
        ("Acta Otolaryngol", "Acta Oto-Laryngologica"),
        ("Stem Cell Res Ther", "Stem Cell Research &amp; Therapy"),
    ],
)
def test_one_journal_in_two_databases(one: str, other: str) -> None:
    assert same_journal(one, other) == same_journal(other, one) == "same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Circulation", "Circulation: Heart Failure"),
        ("Diabetes", "Diabetes Care"),
        ("Am J Med", "American Journal of Medical Genetics"),
        ("Lancet", "Lancet Oncol"),
        ("J Clin Oncol", "Journal of Clinical Oncology. Conference: ASCO Annual Meeting"),
        ("Trials", "medRxiv"),
    ],
)
def test_two_journals(one: str, other: str) -> None:
    assert same_journal(one, other) == same_journal(other, one) == "different"


def test_a_missing_journal_is_unknown() -> None:
    assert same_journal(None, "BMJ") == same_journal(" ", "BMJ") == "unknown"


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_names_compare_either_way(one: str, other: str) -> None:
    assert first(one, other) == first(other, one)
    assert same_journal(one, other) == same_journal(other, one)
    assert same_journal(one, one) in ("same", "unknown")
