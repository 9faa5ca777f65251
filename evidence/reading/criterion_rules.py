"""How a document stands to a population, intervention, comparator or outcome, with its quote.

A term that is there is not enough: the population has to be the participants', the intervention an
arm, the comparator another arm. A term that is absent decides only where the document tells enough
(an abstract in the first phase, a methods section in the second).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from evidence.judgements import CriterionVerdict
from evidence.question import EligibilityCriterion
from evidence.reading.concepts import Concept, joined, read_concept
from evidence.reading.matching import (
    COMMON_WORDS,
    Span,
    content_words,
    defined_abbreviations,
    find_any,
    find_near,
    initialism,
)
from evidence.reading.mentions import (
    PEOPLE,
    describes_other_participants,
    describes_participants,
    is_given_to_everybody,
    names_arm,
)
from evidence.reading.reader import Reader
from evidence.reading.sentences import LocatedSentence

_LEAD = re.compile(
    rf"^\s*(?P<people>(?:[\w-]+[, ]+){{0,3}}?{PEOPLE}(?:,? (?:and|or) {PEOPLE}|, {PEOPLE})*)\s+"
    r"(?:with|who have|who had|having|suffering from|diagnosed with|affected by|undergoing"
    r"|hospitali[sz]ed (?:for|with)|being treated for)\s+",
    re.IGNORECASE,
)
# Groups of people that exclude each other in practice; adults are the tacit group of most trials.
_GROUPS: dict[str, tuple[str, ...]] = {
    "children": (
        "children",
        "schoolchildren",
        "infants",
        "neonates",
        "newborns",
        "toddlers",
        "pediatric",
        "adolescents",
        "teenagers",
        "boys",
        "girls",
        "preterm",
    ),
    "adults": ("adults", "older", "elderly", "women", "men", "veterans"),
    "women": ("women", "girls", "female", "mothers", "pregnant"),
    "men": ("men", "boys", "male"),
}
_TERMS_LISTED = 6
_OPPOSITE = {"children": "adults", "adults": "children", "women": "men", "men": "women"}
# Names of the usual comparators, each with the words that abstracts use for it.
_USUAL_COMPARATORS: dict[str, tuple[str, ...]] = {
    "placebo": ("placebo", "sham"),
    "usual care": (
        "usual care",
        "standard care",
        "standard of care",
        "routine care",
        "treatment as usual",
        "care as usual",
        "conventional care",
        "TAU",
        "usual treatment",
        "standard treatment",
    ),
    "no treatment": (
        "no treatment",
        "no intervention",
        "untreated",
        "waiting list",
        "wait-list",
        "waitlist",
        "no supplementation",
    ),
}


# Words for a comparator that leave open what it was.
_VAGUE_COMPARATORS = ("control group", "control arm", "controls", "comparison group")


def read_population(text: str) -> tuple[tuple[str, ...], Concept]:
    """The group of people a population names (`children`) and what they have.

    `children with falciparum malaria (P. falciparum)` is the group children and two terms.
    """
    lead = _LEAD.match(text)
    people = lead["people"] if lead else ""
    groups = tuple(name for name, words in _GROUPS.items() if find_any(words[:1], people))
    return groups, read_concept(text[lead.end() :] if lead else text)


def judge_population(
    text: str, criterion: EligibilityCriterion, own: Concept, reader: Reader
) -> CriterionVerdict:
    """Whether the wanted population is the participants'."""
    groups, concept = read_population(text)
    concept = joined(concept, own)
    if not concept.terms:
        return reader.verdict(criterion, "unclear", None, "the criterion names no population")
    terms = _with_initialisms(concept.terms)
    wanted = _participant_sentence(terms, reader)
    # In a body, `severe malaria` is also an end point; who took part stands in title and abstract.
    contrast = _participant_sentence(concept.contrasts, reader, body=False)
    if contrast and (wanted is None or (wanted.part != "title" and contrast.part == "title")):
        return reader.verdict(
            criterion, "not_met", contrast, "the participants are ones that do not count"
        )
    if wanted:
        return _group_verdict(groups, wanted, criterion, reader)
    stated = " ".join((text, *concept.terms)).lower()
    if not re.search(r"healthy|animal|\b(?:mice|rats?)\b", stated):
        for sentence in reader.sentences:
            words = describes_other_participants(sentence)
            if words:
                return reader.verdict(criterion, "not_met", sentence, f"participants: {words}")
    return _absent_or_in_passing(terms, criterion, reader)


def judge_intervention(
    criterion: EligibilityCriterion, concept: Concept, reader: Reader
) -> CriterionVerdict:
    """Whether the intervention is what an arm of the trial gets."""
    if not concept.terms:
        return reader.verdict(criterion, "unclear", None, "the criterion names no intervention")
    terms = (*concept.terms, *defined_abbreviations(concept.terms, reader.text))
    mentions = _mentions(terms, reader)
    for sentence, span in mentions:
        if sentence.role in ("objective", "methods") and is_given_to_everybody(sentence, span):
            return reader.verdict(criterion, "unclear", sentence, "every arm gets it")
    arms = [(sentence, span) for sentence, span in mentions if names_arm(sentence, span)]
    if arms:
        return reader.verdict(criterion, "met", arms[0][0], "an arm of the trial")
    return _absent_or_in_passing(concept.terms, criterion, reader)


def judge_comparator(
    criterion: EligibilityCriterion,
    concept: Concept,
    intervention: Sequence[str],
    reader: Reader,
) -> CriterionVerdict:
    """Whether another arm gets the comparator.

    What the intervention's own name covers is no comparator, nor is what every arm gets; a class
    (`another …`) counts only where it is set against the intervention in the same sentence.
    """
    if not concept.terms and not concept.others:
        return reader.verdict(criterion, "unclear", None, "the criterion names no comparator")
    usual = [
        w for names in _USUAL_COMPARATORS.values() if set(names) & _lowered(concept) for w in names
    ]
    terms = tuple(dict.fromkeys((*concept.terms, *usual)))
    terms = (*terms, *defined_abbreviations(terms, reader.text))
    arms = (*intervention, *defined_abbreviations(intervention, reader.text))
    for sentence, span in _mentions(terms, reader):
        taken = find_any(arms, sentence.text)
        if any(start < span[1] and span[0] < end for start, end in taken):
            continue
        if names_arm(sentence, span) and not is_given_to_everybody(sentence, span):
            return reader.verdict(criterion, "met", sentence, "another arm of the trial")
    if usual:
        for sentence, _ in _mentions(_VAGUE_COMPARATORS, reader):
            return reader.verdict(criterion, "unclear", sentence, "what the controls got is open")
    for sentence, span in _mentions(concept.others, reader):
        set_against = re.search(
            r"\b(?:versus|vs|compar\w+|than|or|other|another)\b", sentence.text, re.IGNORECASE
        )
        if set_against and names_arm(sentence, span) and find_any(arms, sentence.text):
            return reader.verdict(criterion, "unclear", sentence, "a class that may be another arm")
    return _absent_or_in_passing((*terms, *concept.others), criterion, reader)


def judge_outcome(
    criterion: EligibilityCriterion, concept: Concept, reader: Reader
) -> CriterionVerdict:
    """Whether an outcome is measured; an abstract that leaves it out has not said no."""
    for sentence in reader.sentences:
        if (sentence.of_this_trial or sentence.role == "unlabelled") and any(
            find_near(term, sentence.text) for term in concept.terms
        ):
            return reader.verdict(criterion, "met", sentence, "the outcome is reported")
    if not reader.full_text or not concept.terms:
        return reader.verdict(criterion, "unclear", None, "abstracts do not list every outcome")
    return _absent_or_in_passing(concept.terms, criterion, reader)


def _mentions(terms: Iterable[str], reader: Reader) -> list[tuple[LocatedSentence, Span]]:
    wanted = [term for term in terms if find_any((term,), reader.text)]
    return [(s, span) for s in reader.sentences for span in find_any(wanted, s.text)]


def _participant_sentence(
    terms: Sequence[str], reader: Reader, *, body: bool = True
) -> LocatedSentence | None:
    """The first sentence in which one of the terms is what the participants have."""
    there = _present(terms, reader)
    for sentence in reader.sentences if there else ():
        if sentence.part == "body" and not body:
            continue
        for term in there:
            if any(describes_participants(sentence, s) for s in find_near(term, sentence.text)):
                return sentence
    return None


def _group_verdict(
    groups: Sequence[str],
    sentence: LocatedSentence,
    criterion: EligibilityCriterion,
    reader: Reader,
) -> CriterionVerdict:
    """The verdict when the condition is met: the group of people has to fit as well."""
    own = [s for s in reader.sentences if s.of_this_trial and s.part != "body"]
    own += [s for s in reader.sentences if s.role == "methods" and s.part == "body"]
    for group in groups:
        named = [s for s in own if find_any(_GROUPS[group], s.text)]
        opposite = _OPPOSITE[group]
        against = [s for s in own if find_any(_GROUPS[opposite], s.text)]
        if not named and against and len(groups) == 1:
            return reader.verdict(
                criterion, "not_met", against[0], f"the participants are {opposite}, not {group}"
            )
        if not named and group != "adults":
            return reader.verdict(criterion, "unclear", sentence, f"{group} are not named")
    return reader.verdict(criterion, "met", sentence, "the participants")


def _absent_or_in_passing(
    terms: Sequence[str], criterion: EligibilityCriterion, reader: Reader
) -> CriterionVerdict:
    """The verdict when no sentence decides for the criterion."""
    listed = ", ".join(repr(term) for term in terms[:_TERMS_LISTED])
    listed += f" and {len(terms) - _TERMS_LISTED} more" if len(terms) > _TERMS_LISTED else ""
    there = _present(terms, reader)
    passing = next((s for s in reader.sentences if any(find_near(t, s.text) for t in there)), None)
    if passing is not None and not (reader.full_text and reader.has_methods):
        return reader.verdict(criterion, "unclear", passing, "mentioned in passing only")
    if not reader.tells_enough:
        return reader.verdict(criterion, "unclear", None, f"the {reader.where} tells too little")
    partly = _partly_named(terms, reader)
    if passing is None and partly is not None:
        return reader.verdict(criterion, "unclear", partly, "named only in part")
    reason = f"none of {listed} occurs in {reader.where}"
    if passing is not None:
        reason = f"{listed}: mentioned only outside this trial's own participants and arms"
    return reader.verdict(criterion, "not_met", reader.title or passing, reason)


def _present(terms: Sequence[str], reader: Reader) -> list[str]:
    """The terms whose content words all stand somewhere in the document: a quick first pass."""
    return [
        term
        for term in terms
        if find_any((term,), reader.text)
        or all(find_any((word,), reader.text) for word in content_words(term) or (term,))
    ]


def _partly_named(terms: Sequence[str], reader: Reader) -> LocatedSentence | None:
    """A sentence on the trial that has a longer term's head and half of its words."""
    wanted = {term: len(content_words(term)) for term in terms if len(content_words(term)) > 1}
    there = {
        term: [w for w in content_words(term) if len(w) > 3 and find_any((w,), reader.text)]
        for term in wanted
    }
    wanted = {
        term: n
        for term, n in wanted.items()
        if 2 * len(there[term]) >= n and not COMMON_WORDS.issuperset(there[term])
    }
    if not wanted:
        return None
    for sentence in reader.sentences:
        if not sentence.of_this_trial or sentence.part == "body":
            continue
        for term in wanted:
            found = [w for w in there[term] if find_any((w,), sentence.text)]
            head = content_words(term)[-1]
            if (
                2 * len(found) >= wanted[term]
                and head in found
                and not COMMON_WORDS.issuperset(found)
            ):
                return sentence
    return None


def _with_initialisms(terms: Sequence[str]) -> tuple[str, ...]:
    initials = (initialism(term) for term in terms)
    return tuple(dict.fromkeys((*terms, *(i for i in initials if i))))


def _lowered(concept: Concept) -> set[str]:
    return {term.lower() for term in concept.terms}
