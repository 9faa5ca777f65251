"""Sentences of guideline passages that tell on a criterion, chosen by explicit cues.

They are quoted word for word and judged by nobody here: what a guideline says of another setting
is for people, or for a language model that cites it, to apply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from evidence.decision.scales import DecisionCriterion
from evidence.findings import Sentence
from evidence.question import ClinicalQuestion, concept_terms
from evidence.reading.sentences import split_sentences
from indexers.records import Passage, Quote, passage_id

Place = DecisionCriterion | Literal["subgroups", "implementation", "monitoring", "research"]
MOST_A_PLACE = 3
SHORTEST_WORDS = 5
LONGEST_CHARACTERS = 600

# The first cue that a sentence gives decides its place, so that the special come before the common.
_CUES: tuple[tuple[Place, str], ...] = (
    (
        "cost_effectiveness",
        r"cost[- ]effective\w*|cost[- ]utility|cost[- ]benefit|incremental cost|economic evaluation"
        r"|QALYs?|DALYs? averted",
    ),
    (
        "certainty_of_resources",
        r"(?:certainty|quality) of (?:the )?(?:economic evidence|evidence (?:on|of|for) (?:the )?"
        r"(?:required resources|resources?|costs?))",
    ),
    (
        "resources",
        r"costs?|costly|pric(?:e[sd]?|ing)|expens\w+|affordab\w+|budget\w*|savings?"
        r"|resource (?:use|requirements?|implications?|needs)|procure\w*",
    ),
    (
        "equity",
        r"(?:in)?equit\w+|inequalit\w+|disparit\w+|disadvantaged|underserved|marginali[sz]ed"
        r"|vulnerable (?:groups?|populations?|people)",
    ),
    (
        "values",
        r"preferences?|valued|values? (?:and preferences|placed on|attached to)"
        r"|(?:patients?|people|women|carers?|caregivers?)['’]? values?"
        r"|(?:patients?|people|women|men|parents|adults|carers?|caregivers?) (?:\w+ ){0,3}prefer\w*"
        r"|outcomes? (?:that )?(?:matters?|most important)"
        r"|importance (?:of|placed on|attached to) (?:the )?outcomes?",
    ),
    (
        "acceptability",
        r"(?:un)?acceptab\w+|acceptance|stakeholders?|satisf\w+|convenien\w+|pill burden|refus\w+"
        r"|adher\w+",
    ),
    (
        "monitoring",
        r"monitor\w*|follow up|follow-up (?:visits?|appointments?)|surveillance|pharmacovigilance"
        r"|re-?assess\w*",
    ),
    (
        "feasibility",
        r"(?:in)?feasib\w+|barriers?|health[- ]system capacity|infrastructure|cold chain|storage"
        r"|(?:widely|readily|locally|commonly) available|available in|availability"
        r"|staff(?:ing)?|supply|supplies",
    ),
    (
        "implementation",
        r"implement\w*|administ\w+|doses?|dosage|dosing|training|supervis\w+|programmes?|programs?",
    ),
    ("research", r"further (?:research|studies|trials)|research (?:gaps?|needs?|priorit\w+)"),
    (
        "problem",
        r"burden|prevalen\w+|leading cause|public health (?:problem|priority|concern)"
        r"|deaths? (?:each|every|per|a) year",
    ),
    (
        "subgroups",
        r"subgroups?|children|infants?|pregnan\w+|breastfeeding|older (?:people|adults)|elderly"
        r"|(?:renal|hepatic) (?:impairment|failure)|malnourished",
    ),
)
_PATTERNS = tuple((place, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for place, words in _CUES)


def guideline_sentences(
    question: ClinicalQuestion, passages: Sequence[Passage]
) -> Mapping[Place, tuple[Sentence, ...]]:
    """Verbatim sentences by the criterion or conclusion they tell on, at most three each.

    A passage is read when it or its heading names the intervention or the population. In each place
    the passages' ranking decides the order, sentences that name the intervention first.

    Args:
        question: Whose intervention and population are looked for.
        passages: Of guidelines, best first.
    """
    intervention = _named(question.pico.intervention)
    population = _named(question.pico.population)
    found: dict[Place, list[tuple[bool, Quote]]] = {}
    seen: set[str] = set()
    for passage in passages:
        context = f"{passage.section}\n{passage.text}"
        if not any(p is not None and p.search(context) for p in (intervention, population)):
            continue
        for quote in sentence_quotes(passage):
            place = _place(quote.text, question.pico.population)
            if place is None or quote.text in seen:
                continue
            seen.add(quote.text)
            named = intervention is not None and intervention.search(quote.text) is not None
            found.setdefault(place, []).append((not named, quote))
    return {
        place: tuple(
            Sentence(text=" ".join(quote.text.split()), quotes=(quote,))
            for _, quote in sorted(quotes, key=lambda item: item[0])[:MOST_A_PLACE]
        )
        for place, quotes in found.items()
    }


def sentence_quotes(passage: Passage) -> Iterator[Quote]:
    """The whole sentences of a passage; headings, cells of tables and fragments are left out."""
    for start, end in split_sentences(passage.text):
        text = passage.text[start:end]
        whole = text.rstrip("\"')]”’").endswith((".", "!", "?"))
        if not whole or text[0].islower() or " | " in text:
            continue
        if len(text) > LONGEST_CHARACTERS or len(text.split()) < SHORTEST_WORDS:
            continue
        first, last = passage.start + start, passage.start + end
        name = passage_id(passage.document_digest, first, last)
        yield Quote(passage_id=name, start=first, end=last, text=text)


def _place(text: str, population: str) -> Place | None:
    """Where a sentence belongs; who is asked about anyway is no subgroup."""
    for place, pattern in _PATTERNS:
        cues = {found.group().lower() for found in pattern.finditer(text)}
        if place == "subgroups":
            cues = {cue for cue in cues if cue not in population.lower()}
        if cues:
            return place
    return None


def _named(term: str) -> re.Pattern[str] | None:
    """A pattern that finds any name of a concept; None where the question names none."""
    names = sorted(
        {name for name in concept_terms(term) if len(name) > 1}, key=lambda n: (-len(n), n)
    )
    if not names:
        return None
    return re.compile(r"\b(?:" + "|".join(map(re.escape, names)) + r")\b", re.IGNORECASE)
