"""PICO from a clinical question by grammar; what no form fits stays empty."""

from __future__ import annotations

import re
from typing import NamedTuple

from evidence.question import Pico
from evidence.reading.question_forms import (
    BARE,
    BEST,
    BETTER,
    CHANGING,
    COMPARE,
    COMPARISON_TITLE,
    CONDITION,
    DOES,
    EFFECTIVE,
    EFFECTS_TITLE,
    HELPS,
    LEADING,
    OF_PEOPLE,
    PEOPLE_SOON,
    RECEIVE,
    SECOND_QUESTION,
    SHOULD,
    SUBTITLE,
    TESTED,
    TREATING_TITLE,
    USEFUL,
    VERSUS,
    WHAT,
    WHEN,
    WHICH_BETTER,
)


class _Parts(NamedTuple):
    intervention: str = ""
    comparator: str = ""
    outcomes: str = ""
    population: str = ""


def parse_pico(text: str) -> Pico:
    """The PICO of a question; an element that no rule finds is empty."""
    asked = SUBTITLE.sub("", " ".join(text.split()).partition("?")[0]).strip(" .")
    leading = LEADING.fullmatch(asked)
    population, rest = (leading["population"], leading["rest"]) if leading else ("", asked)
    parts = _parse(rest)
    if parts is None or not _can_be_given(parts.intervention):
        return Pico(population=population or _only_population(rest))
    parts = _comparator_behind_population(parts)
    # A population that stands in front is the whole one; another further back only narrows it.
    return Pico(
        population=_tidy(population or parts.population),
        intervention=_tidy(parts.intervention),
        comparator=_tidy(parts.comparator),
        outcomes=_outcomes(parts.outcomes),
    )


def _comparator_behind_population(parts: _Parts) -> _Parts:
    """`… in adults compared with usual care`: the comparator is no part of the population."""
    population, found, comparator = _cut(parts.population, VERSUS)
    if not found or parts.comparator:
        return parts
    return parts._replace(population=population, comparator=comparator)


def _parse(rest: str) -> _Parts | None:
    """The parts of a question without its leading population; None when no rule fits."""
    if found := COMPARE.fullmatch(rest):
        return _comparison(found["i"], found["c"] or "", found["o"] or "")
    if found := SHOULD.fullmatch(rest):
        return _recommended(found["p"], found["tail"])
    if found := RECEIVE.fullmatch(rest):
        return _recommended(found["p"], found["tail"])
    if found := WHAT.fullmatch(rest):
        return _effect_of(found["tail"])
    if found := WHICH_BETTER.fullmatch(rest):
        return _Parts(found["i"], found["c"], "", found["p"])
    if found := BEST.fullmatch(rest):
        return _Parts(population=found["p"])
    if found := BETTER.fullmatch(rest):
        return _against(found["i"], found["tail"])
    if found := EFFECTIVE.fullmatch(rest):
        tail = _tail(" " + found["tail"])
        return (
            tail._replace(intervention=found["i"], comparator="") if not tail.comparator else None
        )
    if found := TESTED.fullmatch(rest):
        return _tested(found["i"], found["tail"])
    if found := DOES.fullmatch(rest):
        return _changes(found["i"], found["tail"])
    if found := USEFUL.fullmatch(rest):
        tail = _tail(" " + found["tail"])
        given = found["i"] or found["how"] or found["role"]
        return tail._replace(intervention=given, comparator="") if not tail.comparator else None
    if (found := HELPS.fullmatch(rest)) and names_population(found["p"]):
        return _Parts(found["i"], "", "", found["p"])
    return _parse_title(rest)


def _parse_title(rest: str) -> _Parts | None:
    """The parts of a review's title, which asks without a verb."""
    if found := EFFECTS_TITLE.fullmatch(rest):
        return _effect_of(found["tail"])
    if found := COMPARISON_TITLE.fullmatch(rest):
        return _against(found["i"], found["tail"])
    if found := BARE.fullmatch(rest):
        return _against(found["i"], found["tail"])
    if found := TREATING_TITLE.fullmatch(rest):
        _, people = _split_population(" in " + found["p"])
        return _Parts(found["i"], "", "", people or found["p"])
    return None


def _comparison(intervention: str, comparator: str, outcomes: str) -> _Parts:
    outcomes, population = _split_population(outcomes)
    intervention, own = _split_population(intervention)
    pair = re.fullmatch(r"([^,()]+?) and ([^,()]+?)", intervention)
    if pair and not comparator and " such as " not in intervention:
        shares_noun = re.search(r"\b(?:other|injectable|oral|drugs|agents|inhibitors)\b", pair[2])
        if not shares_noun:
            intervention, comparator = pair[1], pair[2]
    return _Parts(intervention, comparator, outcomes, population or own)


def _recommended(population: str, tail: str) -> _Parts:
    if not names_population(population):
        return _Parts()
    either = re.fullmatch(r"either (.+?) or (.+)", tail, re.IGNORECASE)
    if either:
        return _Parts(either[1], either[2], "", population)
    intervention, _, comparator = _cut(tail, rf"{VERSUS}|or")
    return _Parts(intervention, comparator, "", population)


def _effect_of(tail: str) -> _Parts:
    tail, population = _split_population(tail)
    intervention, _, outcomes = _cut(tail, "on")
    intervention, found, comparator = _cut(intervention, VERSUS)
    if not found:
        outcomes, found, comparator = _cut(outcomes, VERSUS)
    intervention, own = _split_population(intervention)
    return _Parts(intervention, comparator, outcomes, population or own)


def _against(intervention: str, tail: str) -> _Parts:
    return _tail(tail)._replace(intervention=intervention)


def _changes(intervention: str, tail: str) -> _Parts:
    intervention, own = _split_population(intervention)
    outcomes, population = _split_population(tail)
    outcomes, found, comparator = _cut(outcomes, VERSUS)
    if not found:
        intervention, found, comparator = _cut(intervention, VERSUS)
    return _Parts(intervention, comparator, WHEN.sub("", outcomes), own or population)


def _tested(intervention: str, tail: str) -> _Parts:
    """`Which I have been tested to change O of P, and do they work`."""
    tail = SECOND_QUESTION.sub("", tail)
    outcomes, population = _split_population(tail)
    people = OF_PEOPLE.fullmatch(outcomes)
    if people and not population:
        outcomes, population = people["o"], people["p"]
    return _Parts(intervention, "", outcomes, population)


def _tail(text: str) -> _Parts:
    """Comparator, outcomes and population of `C for/in reducing O in P`, in this order."""
    text, population = _split_population(text)
    changing = re.search(rf"\s(?:for|in|at|by)\s+(?:{CHANGING})\s+(.+)", text, re.IGNORECASE)
    if changing:
        return _Parts("", text[: changing.start()], WHEN.sub("", changing[1]), population)
    treating = re.search(
        r"\s(?:for|in)\s+(?:treating|(?:the )?(?:\w+ )?(?:treatment|management|therapy) of)\s+(.+)",
        text,
        re.IGNORECASE,
    )
    if treating:
        return _Parts("", text[: treating.start()], "", population or treating[1])
    aim = re.search(r"\s(?:for|in|in terms of|with respect to|regarding|on)\s+(.+)", text)
    if aim and aim.start() > 0:
        comparator = text[: aim.start()]
        if (
            CONDITION.search(aim[1])
            and not population
            and not re.search(r"\b(?:prevention|risk|rates?|incidence)\b", aim[1])
        ):
            return _Parts("", comparator, "", aim[1])
        return _Parts("", comparator, re.sub(r"^the ", "", aim[1]), population)
    if aim:
        named = names_population(aim[1]) or bool(CONDITION.search(aim[1]))
        return _Parts("", "", "" if named else aim[1], population or (aim[1] if named else ""))
    return _Parts("", text, "", population)


def _split_population(text: str) -> tuple[str, str]:
    """A text without its population (`… in adults with asthma`), and the population."""
    for found in re.finditer(r"(?:^|\s)(?:in|among|amongst|for)\s+", text, re.IGNORECASE):
        behind = text[found.end() :]
        if names_population(behind):
            return text[: found.start()].strip(" ,"), behind
    for found in re.finditer(r"\sin\s+", text):
        behind = text[found.end() :]
        if len(behind.split()) <= 5 and CONDITION.search(behind.split()[-1]):
            return text[: found.start()].strip(" ,"), behind
    return text, ""


def _only_population(rest: str) -> str:
    """The population of a question of another kind, when it closes the question in clear words."""
    _, population = _split_population(rest)
    clear = population and PEOPLE_SOON.match(population) and len(population.split()) <= 12
    return population if clear and not re.search(r"[:;]|--", population) else ""


def names_population(text: str) -> bool:
    """Whether a text begins with a word for people, adjectives aside."""
    found = PEOPLE_SOON.match(text)
    if found is None:
        return False
    return not re.search(
        rf"\b(?:of|the use|{CHANGING}|treating|to|on)\b", found.group(), re.IGNORECASE
    )


def _can_be_given(intervention: str) -> bool:
    """Whether the words can be an intervention: not people, and more than an article."""
    words = re.sub(r"^(?:the|an?)\b\s*", "", intervention, flags=re.IGNORECASE)
    if re.match(r"(?:there|it|this|that|they|we|you)\b", words, re.IGNORECASE):
        return False
    return not intervention or bool(words and not names_population(words))


def _cut(text: str, border: str) -> tuple[str, str, str]:
    """A text before its first border, the border, and what is behind."""
    found = re.search(rf"(?:^|\s)({border})\s+", text, re.IGNORECASE)
    if found is None:
        return text, "", ""
    return text[: found.start()], found[1], text[found.end() :]


def _outcomes(text: str) -> tuple[str, ...]:
    """The outcomes of a list; a lone adjective takes the noun of the one behind it."""
    pieces = re.split(r",\s*(?:and|or)\s+|,\s*|\s+(?:and|or)\s+", outside_brackets(text))
    parts = [re.sub(r"^(?:(?:in|on|for|at)\s+|the\s+)+", "", p.strip()) for p in pieces]
    parts = [part for part in parts if part]
    for i in range(len(parts) - 2, -1, -1):
        following = parts[i + 1].split()
        if re.fullmatch(r"[\w-]+(?:al|ic|ous|ive|ary|ar)", parts[i]) and len(following) > 1:
            parts[i] = " ".join((parts[i], following[-1]))
    return tuple(dict.fromkeys(_tidy(part) for part in parts if _tidy(part)))


def outside_brackets(text: str) -> str:
    """A text without what stands in round brackets."""
    return re.sub(r"\s*\([^()]*\)", "", text)


def _tidy(text: str) -> str:
    return re.sub(r"^(?:the use of|use of|either)\s+", "", " ".join(text.split()).strip(" ,.;"))
