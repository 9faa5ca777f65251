from __future__ import annotations

import pytest

from evidence.extraction.direction_skeleton import skeleton, skeleton_features
from evidence.extraction.direction_text import ReadSentence, Roles, marked, read_article, roles_of
from evidence.extraction.effect_direction import effect_direction
from tests.evidence.extraction.test_effect_direction import document

LISTED = (
    "With oxaprin there was a decrease in pain (p < 0.05) and in nausea, an increase in sleep"
    " duration (p < 0.01), and no change in heart rate, as compared with placebo."
)


def asked(sentence: str, outcome: str) -> tuple[ReadSentence, Roles]:
    article = read_article(document(sentence))
    return article.sentences[-1], roles_of(article, "oxaprin", "placebo", outcome)


def signs(sentence: str, outcome: str) -> str:
    read, roles = asked(sentence, outcome)
    return " ".join(sign.name for sign in skeleton(read, marked(read, roles), outcome))


@pytest.mark.parametrize(
    ("sentence", "outcome", "expected"),
    [
        (
            "Pulse was significantly lower with oxaprin than with placebo.",
            "pulse",
            "O significant down I than C",
        ),
        ("Pulse was similar with oxaprin and placebo (p = 0.3).", "pulse", "O same I C , p_high"),
        ("A greater reduction in pulse was seen with oxaprin.", "pulse", "down O I"),
        ("A smaller reduction in pulse was seen with oxaprin.", "pulse", "up O I"),
        ("Pulse fell, fell and fell with oxaprin.", "pulse", "O down , down I"),
        ("Pain was better with oxaprin.", "pain", "O down I"),
        ("Quality of life was better with oxaprin.", "quality of life", "O up I"),
        ("Pulse was better with oxaprin.", "pulse", "O good I"),
        ("Pulse was lower with oxaprin.", "reduction in pulse", "O up I"),
        ("Reduction in pulse was lower with oxaprin.", "reduction in pulse", "O down I"),
        ("Pulse was 80 with oxaprin; with placebo 90.", "pulse", "O number I ; C number"),
    ],
)
def test_signs_stand_in_their_order(sentence: str, outcome: str, expected: str) -> None:
    assert signs(sentence, outcome) == expected


@pytest.mark.parametrize(
    ("outcome", "near"), [("pain", -1), ("sleep duration", 1), ("oedema", None)]
)
def test_of_several_moves_the_nearest_is_the_outcomes(outcome: str, near: float | None) -> None:
    found = skeleton_features(*asked(LISTED, outcome), outcome)
    assert found.get("near") == near
    assert found.get("near_than") == near


def test_a_move_across_fewer_breaks_is_nearer() -> None:
    sentence = "Weight rose, and pulse in the morning with oxaprin fell."
    assert skeleton_features(*asked(sentence, "pulse"), "pulse")["near_same_after"] == -1


@pytest.mark.parametrize(
    ("sentence", "towards"),
    [
        ("Pulse was lower with oxaprin than with placebo.", -1),
        ("Pulse was lower with placebo than with oxaprin.", 1),
        ("With oxaprin pulse was lower.", -1),
        ("With placebo pulse was lower.", 1),
    ],
)
def test_the_nearest_move_is_turned_towards_the_intervention(sentence: str, towards: float) -> None:
    found = skeleton_features(*asked(sentence, "pulse"), "pulse")
    assert (found["near"], found["near_subject"]) == (-1, towards)


def test_runs_are_named_by_their_signs() -> None:
    found = skeleton_features(
        *asked("Pulse was lower with oxaprin than placebo.", "pulse"), "pulse"
    )
    assert {"k:O", "k:O down I", "k:down I than", "e:O down I than"} <= found.keys()
    assert not any(name.startswith("k:") and len(name.split(" ")) > 3 for name in found)


@pytest.mark.parametrize(
    ("sentence", "directions"),
    [
        (
            "Crying decreased significantly with oxaprin compared to placebo (p = 0.002); movement"
            " decreased with fewer interruptions (p = 0.001) while sleepiness increased"
            " (p = 0.003).",
            {"crying": "decreased", "movement": "decreased", "sleepiness": "increased"},
        ),
        (
            "Compared with placebo, oxaprin led to higher levels of ferritin and lower levels of"
            " cortisol (all p < 0.05).",
            {"ferritin": "increased", "cortisol": "decreased"},
        ),
    ],
)
def test_outcomes_of_one_sentence_get_their_own_directions(
    sentence: str, directions: dict[str, str]
) -> None:
    report = document(sentence)
    given = {o: effect_direction(report, "oxaprin", "placebo", o).direction for o in directions}
    assert given == directions
