from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from evidence.appraisal.answers import Answer, AppraisalError
from evidence.appraisal.rob2 import LEVELS, Level, judge_domain, judge_overall, routed
from evidence.appraisal.rob2_questions import DOMAINS, QUESTIONS, Domain, questions_of

ANSWERS: tuple[Answer, ...] = ("Y", "PY", "PN", "N", "NI")
OFFICIAL_NUMBERS = {
    "randomisation": ["1.1", "1.2", "1.3"],
    "deviations": ["2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7"],
    "missing_outcome_data": ["3.1", "3.2", "3.3", "3.4"],
    "measurement": ["4.1", "4.2", "4.3", "4.4", "4.5"],
    "selective_reporting": ["5.1", "5.2", "5.3"],
}
# One letter stands for both strengths of an answer: the flow charts never tell Y from PY.
STRENGTHS: dict[str, tuple[Answer, ...]] = {"Y": ("Y", "PY"), "N": ("N", "PN"), "?": ("NI",)}
# Every path through the published flow charts, with what it ends in.
PATHS: dict[Domain, list[tuple[str, Level]]] = {
    "randomisation": [
        ("1.2=N", "high"),
        ("1.2=? 1.3=Y", "high"),
        ("1.2=? 1.3=N", "some_concerns"),
        ("1.2=? 1.3=?", "some_concerns"),
        ("1.2=Y 1.1=N", "some_concerns"),
        ("1.2=Y 1.1=Y 1.3=Y", "some_concerns"),
        ("1.2=Y 1.1=? 1.3=Y", "some_concerns"),
        ("1.2=Y 1.1=Y 1.3=N", "low"),
        ("1.2=Y 1.1=Y 1.3=?", "low"),
        ("1.2=Y 1.1=? 1.3=?", "low"),
    ],
    "deviations": [
        ("2.1=N 2.2=N 2.6=Y", "low"),
        ("2.1=N 2.2=N 2.6=N 2.7=N", "some_concerns"),
        ("2.1=N 2.2=N 2.6=? 2.7=N", "some_concerns"),
        ("2.1=N 2.2=N 2.6=N 2.7=Y", "high"),
        ("2.1=N 2.2=N 2.6=N 2.7=?", "high"),
        ("2.1=Y 2.3=N 2.6=Y", "low"),
        ("2.1=N 2.2=? 2.3=N 2.6=Y", "low"),
        ("2.2=Y 2.3=? 2.6=Y", "some_concerns"),
        ("2.1=Y 2.3=Y 2.4=N 2.6=Y", "some_concerns"),
        ("2.1=Y 2.3=Y 2.4=Y 2.5=Y 2.6=Y", "some_concerns"),
        ("2.1=Y 2.3=Y 2.4=? 2.5=Y 2.6=Y", "some_concerns"),
        ("2.1=Y 2.3=Y 2.4=Y 2.5=N", "high"),
        ("2.1=Y 2.3=Y 2.4=? 2.5=?", "high"),
        ("2.1=Y 2.3=N 2.6=N 2.7=Y", "high"),
    ],
    "missing_outcome_data": [
        ("3.1=Y", "low"),
        ("3.1=N 3.2=Y", "low"),
        ("3.1=? 3.2=Y", "low"),
        ("3.1=N 3.2=N 3.3=N", "low"),
        ("3.1=N 3.2=N 3.3=Y 3.4=N", "some_concerns"),
        ("3.1=? 3.2=N 3.3=? 3.4=N", "some_concerns"),
        ("3.1=N 3.2=N 3.3=Y 3.4=Y", "high"),
        ("3.1=N 3.2=N 3.3=? 3.4=?", "high"),
    ],
    "measurement": [
        ("4.1=Y", "high"),
        ("4.1=N 4.2=Y", "high"),
        ("4.1=? 4.2=Y", "high"),
        ("4.1=N 4.2=N 4.3=N", "low"),
        ("4.1=? 4.2=N 4.3=N", "low"),
        ("4.1=N 4.2=N 4.3=Y 4.4=N", "low"),
        ("4.1=N 4.2=N 4.3=? 4.4=Y 4.5=N", "some_concerns"),
        ("4.1=N 4.2=N 4.3=Y 4.4=Y 4.5=Y", "high"),
        ("4.1=N 4.2=N 4.3=Y 4.4=? 4.5=?", "high"),
        ("4.1=N 4.2=? 4.3=N", "some_concerns"),
        ("4.1=N 4.2=? 4.3=Y 4.4=N", "some_concerns"),
        ("4.1=N 4.2=? 4.3=Y 4.4=Y 4.5=N", "some_concerns"),
        ("4.1=N 4.2=? 4.3=? 4.4=? 4.5=Y", "high"),
    ],
    "selective_reporting": [
        ("5.1=Y 5.2=N 5.3=N", "low"),
        ("5.1=N 5.2=N 5.3=N", "some_concerns"),
        ("5.1=? 5.2=N 5.3=N", "some_concerns"),
        ("5.1=Y 5.2=? 5.3=N", "some_concerns"),
        ("5.1=Y 5.2=N 5.3=?", "some_concerns"),
        ("5.1=Y 5.2=Y 5.3=?", "high"),
        ("5.1=Y 5.2=N 5.3=Y", "high"),
    ],
}


# The same once more as the guidance tabulates it ("suggested mapping of signalling questions to
# risk-of-bias judgements"), written without looking at the flow charts above. A cell holds the
# answers that a row allows: Y for Y and PY, N for N and PN, ? for NI, * for any, - for not
# applicable. The row that fits is the judgement; exactly one level may fit.
TABLES: dict[str, list[tuple[str, Level]]] = {
    "1": [
        ("Y? Y N?", "low"),
        ("Y Y Y", "some_concerns"),
        ("? Y Y", "some_concerns"),
        ("N Y *", "some_concerns"),
        ("* ? N?", "some_concerns"),
        ("* ? Y", "high"),
        ("* N *", "high"),
    ],
    "2, questions 1 to 5": [
        ("N N - - -", "low"),
        ("Y? * N - -", "low"),
        ("N Y? N - -", "low"),
        ("Y? * ? - -", "some_concerns"),
        ("N Y? ? - -", "some_concerns"),
        ("Y? * Y N -", "some_concerns"),
        ("N Y? Y N -", "some_concerns"),
        ("Y? * Y Y? Y", "some_concerns"),
        ("N Y? Y Y? Y", "some_concerns"),
        ("Y? * Y Y? N?", "high"),
        ("N Y? Y Y? N?", "high"),
    ],
    "2, questions 6 and 7": [
        ("Y -", "low"),
        ("N? N", "some_concerns"),
        ("N? Y?", "high"),
    ],
    "3": [
        ("Y - - -", "low"),
        ("N? Y - -", "low"),
        ("N? N? N -", "low"),
        ("N? N? Y? N", "some_concerns"),
        ("N? N? Y? Y?", "high"),
    ],
    "4": [
        ("N? N N - -", "low"),
        ("N? N Y? N -", "low"),
        ("N? N Y? Y? N", "some_concerns"),
        ("N? ? N - -", "some_concerns"),
        ("N? ? Y? N -", "some_concerns"),
        ("N? ? Y? Y? N", "some_concerns"),
        ("Y * - - -", "high"),
        ("N? Y - - -", "high"),
        ("N? N? Y? Y? Y?", "high"),
    ],
    "5": [
        ("Y N N", "low"),
        ("N? N N", "some_concerns"),
        ("* ? N", "some_concerns"),
        ("* N ?", "some_concerns"),
        ("* ? ?", "some_concerns"),
        ("* Y *", "high"),
        ("* N? Y", "high"),
    ],
}
PARTS: dict[str, tuple[Domain, slice]] = {
    "1": ("randomisation", slice(3)),
    "2, questions 1 to 5": ("deviations", slice(5)),
    "2, questions 6 and 7": ("deviations", slice(5, 7)),
    "3": ("missing_outcome_data", slice(4)),
    "4": ("measurement", slice(5)),
    "5": ("selective_reporting", slice(3)),
}
LETTERS: dict[Answer, str] = {"Y": "Y", "PY": "Y", "N": "N", "PN": "N", "NI": "?", "NA": "-"}


def tabulated(part: str, answers: Sequence[Answer]) -> set[Level]:
    """The levels of the rows that fit; a cell that a row leaves out fits whatever was answered."""
    return {
        level
        for row, level in TABLES[part]
        if all(
            cell in ("*", "-") or LETTERS[answer] in cell
            for cell, answer in zip(row.split(), answers, strict=True)
        )
    }


@pytest.mark.parametrize("part", TABLES)
def test_all_answers_agree_with_the_tables_of_the_guidance(part: str) -> None:
    """Every combination of all five answers: 125 to 3,125 a table."""
    domain, places = PARTS[part]
    names = OFFICIAL_NUMBERS[domain][places]
    harmless: dict[str, Answer] = (
        {} if domain != "deviations" else {"2.1": "N", "2.2": "N", "2.6": "Y"}
    )
    for chosen in itertools.product(ANSWERS, repeat=len(names)):
        judged = judge_domain(domain, harmless | dict(zip(names, chosen, strict=True)))
        assert tabulated(part, chosen) == {judged.level}, chosen


def test_domain_2_is_the_worse_of_its_two_parts() -> None:
    names = OFFICIAL_NUMBERS["deviations"]
    for chosen in itertools.product(("Y", "NI", "N"), repeat=7):
        answers: dict[str, Answer] = dict(zip(names, chosen, strict=True))
        (first,) = tabulated("2, questions 1 to 5", list(answers.values())[:5])
        (second,) = tabulated("2, questions 6 and 7", list(answers.values())[5:])
        worse = max(first, second, key=LEVELS.index)
        assert judge_domain("deviations", answers).level == worse, answers


def test_no_information_that_is_an_answer_is_no_gap() -> None:
    answers: dict[str, Answer] = {"5.1": "Y", "5.2": "NI", "5.3": "N"}
    left_open = judge_domain("selective_reporting", answers)
    assert (left_open.level, left_open.best, left_open.worst) == ("some_concerns", "low", "high")
    assert left_open.unanswered == ("5.2",)
    closed = judge_domain("selective_reporting", answers, closed={"5.2"})
    assert (closed.best, closed.worst, closed.unanswered) == ("some_concerns", "some_concerns", ())


def combinations(domain: Domain) -> list[dict[str, Answer]]:
    """Every combination of answers that can differ: strengths matter in no chart (tested below)."""
    names = [question.question_id for question in questions_of(domain)]
    return [
        dict(zip(names, chosen, strict=True))
        for chosen in itertools.product(("Y", "NI", "N"), repeat=len(names))
    ]


def test_questions_have_the_official_numbers_in_order() -> None:
    assert {d: [q.question_id for q in questions_of(d)] for d in DOMAINS} == OFFICIAL_NUMBERS
    assert len(QUESTIONS) == 22
    assert [q.question_id for q in QUESTIONS if "NI" not in q.options] == ["3.2"]


@pytest.mark.parametrize(
    ("domain", "path", "level"),
    [(domain, path, level) for domain in DOMAINS for path, level in PATHS[domain]],
)
def test_every_published_path(domain: Domain, path: str, level: Level) -> None:
    """What the path does not name must not matter, and neither does the strength of an answer."""
    told = [step.split("=") for step in path.split()]
    named = {name for name, _ in told}
    others = [n for n in OFFICIAL_NUMBERS[domain] if n not in named]
    for chosen in itertools.product(*(STRENGTHS[letter] for _, letter in told)):
        fixed = dict(zip((name for name, _ in told), chosen, strict=True))
        free = others if domain != "deviations" else []
        for rest in itertools.product(("Y", "NI", "N"), repeat=len(free)):
            answers = fixed | dict(zip(free, rest, strict=True))
            assert judge_domain(domain, answers).level == level, answers


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_combination_of_answers_has_a_judgement(domain: Domain) -> None:
    """All five answers to every question; the two parts of domain 2 are judged apart."""
    names = OFFICIAL_NUMBERS[domain]
    parts = [names[:5], names[5:]] if domain == "deviations" else [names]
    for part in parts:
        for chosen in itertools.product(ANSWERS, repeat=len(part)):
            judged = judge_domain(domain, dict(zip(part, chosen, strict=True)))
            assert judged.level in LEVELS
            assert LEVELS.index(judged.best) <= LEVELS.index(judged.level)
            assert LEVELS.index(judged.level) <= LEVELS.index(judged.worst)


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_worse_answer_never_improves_the_judgement(domain: Domain) -> None:
    level = {
        tuple(answers.values()): LEVELS.index(judge_domain(domain, answers).level)
        for answers in combinations(domain)
    }
    for at, question in enumerate(questions_of(domain)):
        worse = ("Y", "NI", "N") if question.reassuring == "yes" else ("N", "NI", "Y")
        for answers, found in level.items():
            for better_at, better in enumerate(worse[:-1]):
                if answers[at] == better:
                    harsher = (*answers[:at], worse[better_at + 1], *answers[at + 1 :])
                    assert level[harsher] >= found, (question.question_id, answers)


@pytest.mark.parametrize("domain", DOMAINS)
def test_best_and_worst_are_what_open_questions_can_make_of_it(domain: Domain) -> None:
    names = OFFICIAL_NUMBERS[domain]
    if domain == "deviations":
        names = names[:5]
    for chosen in itertools.product(("Y", "NI", "N"), repeat=len(names)):
        answers = dict(zip(names, chosen, strict=True))
        if domain == "deviations":
            answers |= {"2.6": "Y"}
        judged = judge_domain(domain, answers)
        known = {q: a for q, a in judged.answers.items() if a not in ("NI", "NA")}
        free = [n for n in names if n not in known]
        reached = {
            judge_domain(domain, known | dict(zip(free, rest, strict=True))).level
            for rest in itertools.product(("Y", "N"), repeat=len(free))
        }
        assert judged.best == min(reached, key=LEVELS.index), answers
        assert judged.worst == max(reached, key=LEVELS.index), answers
        assert judged.is_settled == (len(reached) == 1)


def test_routing_leaves_out_what_does_not_apply() -> None:
    assert routed("deviations", {"2.1": "N", "2.2": "PN", "2.3": "Y", "2.6": "Y"}) == {
        "2.1": "N",
        "2.2": "PN",
        "2.3": "NA",
        "2.4": "NA",
        "2.5": "NA",
        "2.6": "Y",
        "2.7": "NA",
    }
    assert routed("deviations", {"2.1": "N"})["2.3"] == "NI"  # 2.2 is not known to be N
    assert routed("measurement", {"4.1": "N", "4.2": "Y"})["4.3"] == "NA"
    assert judge_domain("measurement", {"4.1": "N", "4.2": "N"}).unanswered == ("4.3", "4.4", "4.5")


@pytest.mark.parametrize(
    ("answers", "told"), [({"2.3": "NA"}, "2.3 is NA, but"), ({"9.9": "Y"}, "'9.9' is unknown")]
)
def test_answers_that_fit_no_question_are_refused(answers: dict[str, Answer], told: str) -> None:
    with pytest.raises(AppraisalError, match=told):
        judge_domain("deviations", answers)


def test_overall() -> None:
    low: dict[Domain, Level] = dict.fromkeys(DOMAINS, "low")
    assert judge_overall(low).level == "low"
    one = judge_overall(low | {"measurement": "some_concerns"})
    assert (one.level, one.may_be_high) == ("some_concerns", ())
    two = judge_overall(low | {"measurement": "some_concerns", "deviations": "some_concerns"})
    assert (two.level, two.may_be_high) == ("some_concerns", ("deviations", "measurement"))
    assert judge_overall(low | {"measurement": "high", "deviations": "some_concerns"}).level == (
        "high"
    )
    with pytest.raises(AppraisalError, match="no domain is judged"):
        judge_overall({})
