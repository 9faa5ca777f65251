from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import SourceError
from evidence.question import (
    ClinicalQuestion,
    EligibilityCriterion,
    Pico,
    concept_terms,
    dump_question,
    load_question,
    time_point_days,
)

words = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x7f"), min_size=1
)


@given(
    st.builds(
        ClinicalQuestion,
        text=words,
        pico=st.builds(
            Pico,
            population=words,
            intervention=words,
            comparator=words,
            outcomes=st.lists(words, max_size=4).map(tuple),
        ),
        criteria=st.lists(
            st.builds(
                EligibilityCriterion,
                criterion_id=words,
                kind=st.sampled_from(["inclusion", "exclusion"]),
                text=words,
            ),
            max_size=3,
            unique_by=lambda c: c.criterion_id,
        ).map(tuple),
    )
)
def test_a_question_survives_its_file(
    tmp_path_factory: pytest.TempPathFactory, question: ClinicalQuestion
) -> None:
    path = tmp_path_factory.mktemp("q") / "question.toml"
    path.write_text(dump_question(question), encoding="utf-8")
    assert load_question(path) == question


def test_a_byte_order_mark_is_no_part_of_a_question(tmp_path: Path) -> None:
    path = tmp_path / "question.toml"
    path.write_bytes(b'\xef\xbb\xbftext = "Does it work?"\r\n')
    assert load_question(path).text == "Does it work?"


def test_one_outcome_may_stand_alone(tmp_path: Path) -> None:
    path = tmp_path / "question.toml"
    path.write_text('text = "t"\n[pico]\noutcomes = "death"\n')
    assert load_question(path).pico.outcomes == ("death",)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('text = "t"\n[pico\n', ":2: expected TOML"),
        ('text = "t"\n[pico]\npopulations = "x"\n', ":3: pico.populations: Extra inputs"),
        ("[pico]\n", "text: Field required"),
        ('text = "t"\n[[criteria]]\ncriterion_id = "a"\nkind = "maybe"\ntext = "x"\n', ":4: "),
        (
            'text = "t"\n'
            + '[[criteria]]\ncriterion_id = "a"\nkind = "inclusion"\ntext = "x"\n' * 2,
            "criterion_id a is used more than once",
        ),
    ],
)
def test_a_broken_file_gives_one_line_with_its_place(
    tmp_path: Path, content: str, expected: str
) -> None:
    path = tmp_path / "question.toml"
    path.write_text(content)
    with pytest.raises(SourceError) as caught:
        load_question(path)
    assert expected in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        load_question(tmp_path / "no.toml")


def test_not_text_at_all(tmp_path: Path) -> None:
    path = tmp_path / "question.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="expected a readable"):
        load_question(path)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("weakness (asthenia)", ("weakness", "asthenia")),
        ("gametocytes on day 7", ("gametocytes",)),
        (
            "artemether-lumefantrine (AL, Coartem) or artesunate-mefloquine (AS+MQ)",
            ("artemether-lumefantrine", "artesunate-mefloquine", "AL", "Coartem", "AS+MQ"),
        ),
        ("trimethoprim/sulfamethoxazole", ("trimethoprim/sulfamethoxazole",)),
        ("", ()),
    ],
)
def test_concept_terms(text: str, terms: tuple[str, ...]) -> None:
    assert concept_terms(text) == terms


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("fever on day 2", 2),
        ("cure at 6 weeks", 42),
        ("28-day cure rate", 28),
        ("survival after 1 year", 365.25),
        ("vomiting", None),
    ],
)
def test_time_points_in_days(text: str, days: float | None) -> None:
    assert time_point_days(text) == days
