"""How a document stands to a population, intervention, comparator or outcome, with its quote.

A term that is there is not enough: the population has to be the participants', the intervention an
arm, the comparator another arm. A term that is absent decides only where the document tells enough
(an abstract in the first phase, a methods section in the second).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from evidence.judgements import CriterionVerdict
from evidence.question import EligibilityCriterion
from evidence.reading.absence import absent_or_in_passing, present
from evidence.reading.concepts import Concept, joined, read_concept
from evidence.reading.matching import (
    Span,
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
from evidence.reading.reader import Reader, Stand
from evidence.reading.related_names import RelatedNames, related_names
from evidence.reading.sentences import LocatedSentence

_LEAD = re.compile(
    rf"^\s*(?P<people>(?:[\w-]+[, ]+){{0,3}}?{PEOPLE}(?:,? (?:and|or) {PEOPLE}|, {PEOPLE})*)\s+"
    r"(?:with|who have|who had|having|suffering from|diagnosed with|affected by|undergoing"
    r"|hospitali[sz]ed (?:for|with)|being treated for)\s+",
    re.IGNORECASE,
)
# A population to which the healthy or animals may belong.
_NO_PATIENTS = re.compile(r"healthy|animal|\b(?:mice|rats?)\b", re.IGNORECASE)
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


@lru_cache(maxsize=1024)
def read_population(text: str) -> tuple[tuple[str, ...], Concept]:
    """The group of people a population names (`children`) and what they have.

    `children with falciparum malaria (P. falciparum)` is the group children and two terms.
    """
    lead = _LEAD.match(text)
    people = lead["people"] if lead else ""
    groups = tuple(name for name, words in _GROUPS.items() if find_any(words[:1], people))
    return groups, read_concept(text[lead.end() :] if lead else text)


def judge_population(
    text: str,
    criterion: EligibilityCriterion,
    own: Concept,
    reader: Reader,
    *,
    given: bool = False,
) -> CriterionVerdict:
    """Whether the wanted population is the participants'.

    Args:
        text: The population as the question writes it.
        criterion: The criterion that is judged.
        own: What the criterion's own brackets add.
        reader: The document.
        given: The document names the intervention: an abstract on a treatment may leave unsaid
            what it treats.
    """
    groups, concept = read_population(text)
    concept = joined(concept, own)
    if not concept.terms:
        return reader.verdict(criterion, "unclear", None, "the criterion names no population")
    terms = _with_initialisms(concept.terms)
    related = related_names(text, "population")
    wanted = _participant_sentence(terms, reader) or _related_participants(related, reader)
    # In a body, `severe malaria` is also an end point; who took part stands in title and abstract.
    contrast = _participant_sentence(concept.contrasts, reader, body=False)
    if contrast and (wanted is None or (wanted.part != "title" and contrast.part == "title")):
        return reader.verdict(
            criterion, "not_met", contrast, "the participants are ones that do not count"
        )
    if wanted:
        return _group_verdict(groups, wanted, criterion, reader)
    if not _NO_PATIENTS.search(" ".join((text, *concept.terms))):
        ill = bool(_LEAD.match(text)) or not re.search(rf"\b{PEOPLE}\b", text, re.IGNORECASE)
        for sentence in reader.sentences:
            words = describes_other_participants(sentence, healthy=ill)
            if words:
                # Beside a treatment that is asked for, an abstract has to say it in its title.
                sure = not given or sentence.part == "title" or reader.full_text
                stand: Stand = "not_met" if sure else "unclear"
                return reader.verdict(criterion, stand, sentence, f"participants: {words}")
    verdict = absent_or_in_passing(terms, criterion, reader, related)
    if given and verdict.verdict == "not_met" and not reader.full_text:
        reason = f"the intervention is named, but {verdict.reason}"
        return reader.verdict(criterion, "unclear", reader.title, reason)
    return verdict


def judge_intervention(
    text: str, criterion: EligibilityCriterion, concept: Concept, reader: Reader
) -> CriterionVerdict:
    """Whether the intervention is what an arm of the trial gets; `text` names it."""
    if not concept.terms:
        return reader.verdict(criterion, "unclear", None, "the criterion names no intervention")
    terms = (*concept.terms, *defined_abbreviations(concept.terms, reader.text))
    related = related_names(text, "intervention")
    mentions = _mentions(terms, reader) + reader.named(related.same)
    for sentence, span in mentions:
        if sentence.role in ("objective", "methods") and is_given_to_everybody(sentence, span):
            return reader.verdict(criterion, "unclear", sentence, "every arm gets it")
    arms = [(sentence, span) for sentence, span in mentions if names_arm(sentence, span)]
    if arms:
        return reader.verdict(criterion, "met", arms[0][0], "an arm of the trial")
    return absent_or_in_passing(concept.terms, criterion, reader, related)


def judge_comparator(
    text: str,
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
    related = related_names(text, "comparator")
    return absent_or_in_passing((*terms, *concept.others), criterion, reader, related)


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
    return absent_or_in_passing(concept.terms, criterion, reader)


def _mentions(terms: Iterable[str], reader: Reader) -> list[tuple[LocatedSentence, Span]]:
    wanted = [term for term in terms if find_any((term,), reader.text)]
    return [(s, span) for s in reader.sentences for span in find_any(wanted, s.text)]


def _participant_sentence(
    terms: Sequence[str], reader: Reader, *, body: bool = True
) -> LocatedSentence | None:
    """The first sentence in which one of the terms is what the participants have."""
    there = present(terms, reader)
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


def _related_participants(related: RelatedNames, reader: Reader) -> LocatedSentence | None:
    """The first sentence in which another name of the condition is what the participants have."""
    found = (s for s, span in reader.named(related.same) if describes_participants(s, span))
    return next(found, None)


def _with_initialisms(terms: Sequence[str]) -> tuple[str, ...]:
    initials = (initialism(term) for term in terms)
    return tuple(dict.fromkeys((*terms, *(i for i in initials if i))))


def _lowered(concept: Concept) -> set[str]:
    return {term.lower() for term in concept.terms}
