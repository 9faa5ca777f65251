"""Formulation: PICO and eligibility criteria from a clinical question in plain English.

The offline engine knows a few ways in which such questions are put and takes their parts verbatim.
What no rule parses stays empty: a person fills it in, and an empty element excludes nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Protocol

from evidence.question import ClinicalQuestion, EligibilityCriterion, Pico
from evidence.reading.mentions import PEOPLE

_AUXILIARY = (
    r"(?:is|are|was|were|do|does|did|can|could|will|would|should|may|might|has|have|how|what|which)"
)
_VERSUS = r"(?:compared (?:with|to)|in comparison (?:with|to)|versus|vs\.?|rather than|instead of)"
_CHANGE = (
    r"(?:reduc|improv|increas|decreas|prevent|lower|affect|influenc|slow|alter|shorten"
    r"|prolong|delay"
    r"|alleviat|reliev|worsen|enhanc|minimi[sz]|modif|impair|accelerat|induc|diminish|rais|chang"
    r"|ameliorat|promot)"
)
_CHANGES = rf"(?:{_CHANGE}(?:e|es|s|y|ies)?)"
_CHANGING = rf"(?:{_CHANGE}y?ing)"
_EFFECT = (
    r"(?:effects?|efficacy|effectiveness|impact|influence|benefits?|harms?|safety|risks?"
    r"|tolerability|adverse effects)"
)
_LEADING = re.compile(
    rf"(?:in|among|amongst|for)\s+(?P<population>.+?),\s+(?P<rest>{_AUXILIARY}\b.+)", re.IGNORECASE
)
# Conditions that name a population without a word for people: `in type 2 diabetes`.
_CONDITION = re.compile(
    r"\b(?:\w*(?:itis|osis|asis|aemia|emia|oma|opathy|algia|plegia|trophy|pnoea|pnea|rrhoea|rrhea"
    r"|lepsy|phrenia|philia)|diseases?|syndromes?|disorders?|cancers?|diabetes|malaria|stroke"
    r"|failure|infections?|asthma|depression|hypertension|injur(?:y|ies)|fractures?|migraine"
    r"|epilepsy|dementia|autism|infarction|eczema|urticaria|fibrillation|ulcers?|influenza|hiv|aids"
    r"|copd|adhd|tuberculosis|pneumonia|sepsis|shock|incontinence|insomnia|constipation|pregnancy"
    r"|surgery)\b",
    re.IGNORECASE,
)
_PEOPLE_SOON = re.compile(rf"(?:[\w/()'+-]+,?\s+){{0,5}}?{PEOPLE}\b", re.IGNORECASE)
_WHEN = re.compile(r"\s+(?:when|while|during|if|before|because|since|as)\b.*$", re.IGNORECASE)
_DESIGN = (
    "The report is of a randomised trial of parallel or crossover design; it is not a protocol, a "
    "secondary analysis or a pooled analysis of several trials."
)

_COMPARE = re.compile(
    r"how (?:do|does|did) (?P<i>.+?) compare(?:\s+(?:with|to) each other)?"
    r"(?:\s+(?:with|to|versus)\s+(?P<c>.+?))?(?:\s+(?:in|for|on|regarding"
    r"|in terms of)\s+(?P<o>.+))?",
    re.IGNORECASE,
)
_BETTER = re.compile(
    r"(?:is|are|was|were) (?P<i>.+?) (?:(?:better|safer|worse|preferable|superior|inferior"
    r"|non-?inferior|equivalent|comparable|(?:more|less|as|equally) (?:clinically |cost[- ])?"
    r"(?:effective|efficacious|safe|good|beneficial|tolerable))(?:,? (?:and|or) [\w ]{1,25}?)?"
    rf" (?:than|to|as|with)|{_VERSUS}) (?P<tail>.+)",
    re.IGNORECASE,
)
_DOES = re.compile(
    rf"(?:does|do|did|can|could|will|would|may|might) (?P<i>.+?) (?:also |significantly |really )?"
    # `the function changes after surgery` names no outcome that an intervention changes.
    rf"{_CHANGES} (?!(?:after|in|with|over|between|during|when|if|before|following|to|from"
    rf"|as|by)\b)"
    r"(?P<tail>.+)",
    re.IGNORECASE,
)
_WHAT = re.compile(
    rf"what (?:is|are|was|were) the (?:\w+ )?{_EFFECT}(?:(?:, | and "
    rf"|, and )(?:\w+ )?{_EFFECT})* of "
    r"(?P<tail>.+)",
    re.IGNORECASE,
)
_SHOULD = re.compile(
    r"should (?P<p>.+?) be (?:treated with|offered|given|prescribed|managed with) (?P<tail>.+)",
    re.IGNORECASE,
)
_EFFECTIVE = re.compile(
    r"(?:is|are|was|were) (?P<i>.+?) (?:an? )?(?:safe and )?(?:effective|efficacious|beneficial)"
    r"(?: and safe)?(?: treatments?| therapy)? (?P<tail>(?:in|for|at|among) .+)",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?P<i>(?!{_AUXILIARY}\b)[^,:?]{{3,80}}?) {_VERSUS} (?P<tail>[^:?]+)", re.IGNORECASE
)


class Formulator(Protocol):
    """Turns a question in words into PICO and eligibility criteria."""

    def formulate(self, text: str) -> ClinicalQuestion:
        """The question with what could be read from it."""
        ...


class OfflineFormulator:
    """Formulates by explicit grammar; takes the question's words as they stand."""

    def formulate(self, text: str) -> ClinicalQuestion:
        """The question with the PICO elements that a rule could parse, and criteria from them."""
        pico = parse_pico(text)
        return ClinicalQuestion(text=text, pico=pico, criteria=derive_criteria(pico))


class _Parts(NamedTuple):
    intervention: str = ""
    comparator: str = ""
    outcomes: str = ""
    population: str = ""


def parse_pico(text: str) -> Pico:
    """The PICO of a question; an element that no rule finds is empty."""
    asked = " ".join(text.split()).partition("?")[0].strip(" .")
    leading = _LEADING.fullmatch(asked)
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
    population, found, comparator = _cut(parts.population, _VERSUS)
    if not found or parts.comparator:
        return parts
    return parts._replace(population=population, comparator=comparator)


def derive_criteria(pico: Pico) -> tuple[EligibilityCriterion, ...]:
    """Inclusion criteria for the elements that are there.

    The design is asked for only where an intervention is: other questions are not answered by
    randomised trials alone.
    """
    who = (
        pico.population if _names_population(pico.population) else f"people with {pico.population}"
    )
    texts = {
        "population": f"The participants are {who}." if pico.population else "",
        "intervention": (
            f"One arm of the trial receives {pico.intervention}." if pico.intervention else ""
        ),
        "comparator": f"Another arm receives {pico.comparator}." if pico.comparator else "",
        "design": _DESIGN if pico.intervention else "",
    }
    return tuple(
        EligibilityCriterion(criterion_id=name, kind="inclusion", text=text)
        for name, text in texts.items()
        if text
    )


def _parse(rest: str) -> _Parts | None:
    """The parts of a question without its leading population; None when no rule fits."""
    if found := _COMPARE.fullmatch(rest):
        return _comparison(found["i"], found["c"] or "", found["o"] or "")
    if found := _SHOULD.fullmatch(rest):
        return _recommended(found["p"], found["tail"])
    if found := _WHAT.fullmatch(rest):
        return _effect_of(found["tail"])
    if found := _BETTER.fullmatch(rest):
        return _against(found["i"], found["tail"])
    if found := _EFFECTIVE.fullmatch(rest):
        tail = _tail(" " + found["tail"])
        return (
            tail._replace(intervention=found["i"], comparator="") if not tail.comparator else None
        )
    if found := _DOES.fullmatch(rest):
        return _changes(found["i"], found["tail"])
    if found := _BARE.fullmatch(rest):
        return _against(found["i"], found["tail"])
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
    if not _names_population(population):
        return _Parts()
    either = re.fullmatch(r"either (.+?) or (.+)", tail, re.IGNORECASE)
    if either:
        return _Parts(either[1], either[2], "", population)
    intervention, _, comparator = _cut(tail, _VERSUS)
    return _Parts(intervention, comparator, "", population)


def _effect_of(tail: str) -> _Parts:
    tail, population = _split_population(tail)
    intervention, _, outcomes = _cut(tail, "on")
    intervention, found, comparator = _cut(intervention, _VERSUS)
    if not found:
        outcomes, found, comparator = _cut(outcomes, _VERSUS)
    intervention, own = _split_population(intervention)
    return _Parts(intervention, comparator, outcomes, population or own)


def _against(intervention: str, tail: str) -> _Parts:
    return _tail(tail)._replace(intervention=intervention)


def _changes(intervention: str, tail: str) -> _Parts:
    intervention, own = _split_population(intervention)
    outcomes, population = _split_population(tail)
    outcomes, found, comparator = _cut(outcomes, _VERSUS)
    if not found:
        intervention, found, comparator = _cut(intervention, _VERSUS)
    return _Parts(intervention, comparator, _WHEN.sub("", outcomes), own or population)


def _tail(text: str) -> _Parts:
    """Comparator, outcomes and population of `C for/in reducing O in P`, in this order."""
    text, population = _split_population(text)
    changing = re.search(rf"\s(?:for|in|at|by)\s+(?:{_CHANGING})\s+(.+)", text, re.IGNORECASE)
    if changing:
        return _Parts("", text[: changing.start()], _WHEN.sub("", changing[1]), population)
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
            _CONDITION.search(aim[1])
            and not population
            and not re.search(r"\b(?:prevention|risk|rates?|incidence)\b", aim[1])
        ):
            return _Parts("", comparator, "", aim[1])
        return _Parts("", comparator, re.sub(r"^the ", "", aim[1]), population)
    if aim:
        named = _names_population(aim[1]) or bool(_CONDITION.search(aim[1]))
        return _Parts("", "", "" if named else aim[1], population or (aim[1] if named else ""))
    return _Parts("", text, "", population)


def _split_population(text: str) -> tuple[str, str]:
    """A text without its population (`… in adults with asthma`), and the population."""
    for found in re.finditer(r"(?:^|\s)(?:in|among|amongst|for)\s+", text, re.IGNORECASE):
        behind = text[found.end() :]
        if _names_population(behind):
            return text[: found.start()].strip(" ,"), behind
    for found in re.finditer(r"\sin\s+", text):
        behind = text[found.end() :]
        if len(behind.split()) <= 5 and _CONDITION.search(behind.split()[-1]):
            return text[: found.start()].strip(" ,"), behind
    return text, ""


def _only_population(rest: str) -> str:
    """The population of a question of another kind, when it closes the question in clear words."""
    _, population = _split_population(rest)
    clear = population and _PEOPLE_SOON.match(population) and len(population.split()) <= 12
    return population if clear and not re.search(r"[:;]|--", population) else ""


def _names_population(text: str) -> bool:
    """Whether a text begins with a word for people, adjectives aside."""
    found = _PEOPLE_SOON.match(text)
    if found is None:
        return False
    return not re.search(
        rf"\b(?:of|the use|{_CHANGING}|treating|to|on)\b", found.group(), re.IGNORECASE
    )


def _can_be_given(intervention: str) -> bool:
    """Whether the words can be an intervention: not people, and more than an article."""
    words = re.sub(r"^(?:the|an?)\b\s*", "", intervention, flags=re.IGNORECASE)
    if re.match(r"(?:there|it|this|that|they|we|you)\b", words, re.IGNORECASE):
        return False
    return not intervention or bool(words and not _names_population(words))


def _cut(text: str, border: str) -> tuple[str, str, str]:
    """A text before its first border, the border, and what is behind."""
    found = re.search(rf"(?:^|\s)({border})\s+", text, re.IGNORECASE)
    if found is None:
        return text, "", ""
    return text[: found.start()], found[1], text[found.end() :]


def _outcomes(text: str) -> tuple[str, ...]:
    """The outcomes of a list; a lone adjective takes the noun of the one behind it."""
    pieces = re.split(r",\s*(?:and|or)\s+|,\s*|\s+(?:and|or)\s+", _outside_brackets(text))
    parts = [re.sub(r"^(?:(?:in|on|for|at)\s+|the\s+)+", "", p.strip()) for p in pieces]
    parts = [part for part in parts if part]
    for i in range(len(parts) - 2, -1, -1):
        following = parts[i + 1].split()
        if re.fullmatch(r"[\w-]+(?:al|ic|ous|ive|ary|ar)", parts[i]) and len(following) > 1:
            parts[i] = " ".join((parts[i], following[-1]))
    return tuple(dict.fromkeys(_tidy(part) for part in parts if _tidy(part)))


def _outside_brackets(text: str) -> str:
    return re.sub(r"\s*\([^()]*\)", "", text)


def _tidy(text: str) -> str:
    return re.sub(r"^(?:the use of|use of|either)\s+", "", " ".join(text.split()).strip(" ,.;"))
