"""What a mention of a term in a sentence says: participants, an arm of the trial, or neither.

A drug can be an arm, part of everybody's care, resisted, measured in plasma or only cited; a
disease can be the participants', prevented, excluded or the outcome. The words around the mention
tell which, and the sentence's place in the report tells whether it is about this trial at all.
"""

from __future__ import annotations

import re

from evidence.reading.matching import Span
from evidence.reading.sentences import LocatedSentence

PEOPLE = (
    r"(?:people|persons?|patients?|out-?patients?|in-?patients?|individuals?|participants?"
    r"|subjects?"
    r"|volunteers?|adults?|child(?:ren)?|schoolchildren|infants?|neonates?|newborns?|toddlers?"
    r"|adolescents?|youths?|teenagers?|students?|wom[ae]n|m[ae]n|boys?|girls?|mothers?|elders?"
    r"|elderly|residents?|survivors?|smokers?|veterans?|caregivers?|carers?|workers?|nurses?"
    r"|physicians?|clinicians?|professionals?|families|parents?|athletes?|cases)"
)

_EXCLUDED = re.compile(
    r"\b(?:exclu\w+|ineligib\w+|not eligible|not (?:enrol|includ)\w+|withdrawn|without"
    r"|free (?:of|from)|absence of|no (?:\w+ ){0,2}(?:history|evidence|signs?|symptoms?) of"
    r"|no (?:known|previous|prior|other)|did not have|negative for|neither|rule[ds]? out"
    r"|contraindicat\w+)\b",
    re.IGNORECASE,
)
_INCLUDED = re.compile(r"\b(?:inclu\w+|enrol\w+|recruit\w+|eligib\w+|admitted)\b", re.IGNORECASE)
_PREVENTED = re.compile(
    r"\b(?:prevent\w*|prophyla\w*|chemoprevent\w*|protect\w*|vaccin\w*|risks? (?:of|for|factors?)"
    r"|incidence of|episodes? of|development of|develop(?:ed|ing)?|against|rates? of"
    r"|(?:due|attributable|related) to|progress\w* to|onset of|chemoprophyla\w*|elimination"
    r"|transmission|burden of|control of|prevalence of|history of|screen\w* for|awareness of"
    r"|knowledge (?:of|about)|attitudes?|parents? of|caregivers? of|carers? of|relatives? of)\b",
    re.IGNORECASE,
)
_PREVENTED_AFTER = re.compile(
    r"\s*-?(?:prevent\w*|prophyla\w*|vaccin\w*|chemoprophyla\w*|transmission|control\b|elimination"
    r"|incidence|prevalence|risk|screening|knowledge|awareness|caregivers?|carers?)",
    re.IGNORECASE,
)
_PEOPLE_BEFORE = re.compile(
    rf"\b{PEOPLE}\b[^.;]{{0,60}}\b(?:with|who (?:have|had|were)|having|had|suffering|diagnos\w+"
    r"|presenting|affected by|undergoing|treated for|receiving|hospitali[sz]ed (?:for|with)"
    r"|admitted (?:for|with)|infected|meeting)\b|\bdiagnos(?:is|ed)\b|\benrol\w*\b|\brecruit\w*\b"
    r"|\beligib\w*\b|\binclu(?:ded|sion)\b",
    re.IGNORECASE,
)
_ENDS_WITH_PEOPLE = re.compile(rf"\b{PEOPLE}$", re.IGNORECASE)
_PEOPLE_AFTER = re.compile(rf"(?:\W+\w+){{0,3}}?\W+{PEOPLE}\b", re.IGNORECASE)
# The words that tie a condition to the participants in a title or an aim.
_TIED = re.compile(
    r"(?:\b(?:with|in|for|among|from|undergoing|after|following|having|treat\w*"
    r"|(?:treatment|management|therapy|cure|care|rehabilitation|relief)"
    rf"(?:,? (?:and|or) (?:\w+ ){{1,4}}?)? ?of|{PEOPLE}))\s+"
    r"(?:(?!(?:on|of|about|against)\b)[\w.'-]+[\s,/]+){0,5}$",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    r"\b(?:outcomes?|measures?|measured|assess\w*|scales?|scores?|questionnaires?|inventory"
    r"|changes? in|reduc\w+|improve\w*|increas\w+|decreas\w+|levels? of|effects? on)\b",
    re.IGNORECASE,
)
_TREATED_DIRECTLY = re.compile(
    r"\btreat(?:ment|ing|ed)?(?:,? (?:and|or) (?:\w+ ){1,3}?)?\s*(?:of|for|with)?\s+"
    r"(?:[\w.-]+ ){0,3}$",
    re.IGNORECASE,
)
_ALLOCATED = re.compile(
    r"\b(?:randomi[sz]\w*|randomly|allocat\w*|assign\w*|compar\w*|versus|vs\.?|receiv\w*|given"
    r"|gave|administ\w*|treated|treatments?|treating|either|arms?|groups?|regimens?|dos(?:e|es|ed"
    r"|ing)|effects?|efficacy|effectiveness|safety|evaluat\w*|intervention|programme?|training"
    r"|session\w*|supplement\w*|than|took|taking|intake|infus\w*|inject\w*|instructed|consum\w*)\b",
    re.IGNORECASE,
)
_EVERYBODY = re.compile(
    r"\b(?:all|both|every|each of the|each) (?:\w+ ){0,3}(?:groups?|arms?|patients?|participants?"
    r"|subjects?|children|women|adults?|volunteers?|individuals?) (?:\w+ ){0,2}(?:received"
    r"|were given"
    r"|were treated|got|took)\b[^.;]{0,40}$|\b(?:in addition to|added to|on top of|adjunct"
    r"(?:ive)? to|add-on to|background|third dose of|concomitant)\b[^.;]{0,40}$",
    re.IGNORECASE,
)
_CONTEXT_BEFORE = re.compile(
    r"\b(?:resistan\w+ to|previous(?:ly)?|prior|receiving|already (?:on|taking)|failed|failure of"
    r"|failing|refractory to|maintained on|stabili[sz]ed on|users? of|history of|withdrawal (?:of"
    r"|from)|adherence to|(?:dispens|prescri|initiat)\w+ of|intoleran\w+ (?:to|of)|after"
    r"|no)\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
_CONTEXT_AFTER = re.compile(
    r"(?:-|\s)*(?:resistan\w+|induced|refractory|users?\b|na[iï]ve|(?:plasma|serum) "
    r"|concentrations?"
    r"|levels?\b|intoleran\w+|failures?\b)",
    re.IGNORECASE,
)
# What results say of an arm stands right beside its name.
_GIVEN_HERE = re.compile(
    r"\b(?:groups?|arms?|versus|vs\.?|than|compared (?:with|to)|receiv\w+|treated with"
    r"|randomi[sz]\w+"
    r"|assigned|given|recipients|placebo)\b",
    re.IGNORECASE,
)
_RESCUE = re.compile(
    r"\b(?:rescue\w*|re-?treat\w*|second[- ]line|alternative (?:drug|treatment|therapy)|salvage"
    r"|treatment failures?|recrudescen\w+|relaps\w+|recurren\w+|who failed|deteriorat\w+)\b",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(
    r"\b(?:randomi[sz]\w*|randomly|allocat\w*|assign\w*|compar\w*|versus|vs\.?|either|arms?"
    r"|groups?)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r";|\bbut\b|\bwhereas\b|\bwhile\b")
_NEARBY = 70

_HEALTHY = re.compile(
    r"\bhealthy (?:\w+[, ]+){0,3}?(?:volunteers?|subjects?|participants?|adults?|individuals?"
    r"|men|women|males?|females?|people|persons?)\b|\b(?:volunteers?|subjects?) who were healthy\b",
    re.IGNORECASE,
)
_ANIMALS = re.compile(
    r"\b(?:in|of|on|to) (?:the )?(?:\w+ ){0,2}(?:rats?|mice|rabbits?|sheep|pigs?|piglets|dogs"
    r"|horses|calves|cows|cattle|broilers|chickens|goats|lambs|monkeys)\b|\bin vitro\b"
    r"|\b(?:sprague|wistar) ?-?(?:dawley|rats?)\b|\b(?:rat|mouse|murine|porcine|ovine|canine)"
    r" (?:\w+ )?model\b",
    re.IGNORECASE,
)


def describes_participants(sentence: LocatedSentence, span: Span) -> bool:
    """Whether a condition at `span` of the sentence's text is what the participants have."""
    text = sentence.text
    start, end = span
    if not sentence.of_this_trial and sentence.role != "unlabelled":
        return False
    clause = _clause_before(text, start)
    if _is_excluded(clause, text[end:]):
        return False
    if _PREVENTED.search(clause[-45:]) and not _TREATED_DIRECTLY.search(clause):
        return False
    if _PREVENTED_AFTER.match(text[end:]):
        return False
    # `postmenopausal women` needs no word that ties it to people.
    if sentence.role == "methods" and _ENDS_WITH_PEOPLE.search(text[start:end]):
        return True
    before = text[max(0, start - 120) : start]
    if sentence.role in ("title", "objective"):
        near = text[max(0, start - _NEARBY) : start]
        return bool(_TIED.search(near) or _PEOPLE_AFTER.match(text[end:])) or start < 3
    if _PEOPLE_AFTER.match(text[end:]):
        return True
    cue = list(_PEOPLE_BEFORE.finditer(before))
    if cue and not _MEASURED.search(before[cue[-1].start() :]):
        return True
    # A methods section also says what a drug is registered for; an abstract has no room for that.
    return sentence.part == "abstract" and bool(_TREATED_DIRECTLY.search(clause))


def names_arm(sentence: LocatedSentence, span: Span) -> bool:
    """Whether a treatment at `span` is something that an arm of this trial gets."""
    text = sentence.text
    start, end = span
    if sentence.role not in ("title", "objective", "methods", "results", "unlabelled"):
        return False
    # Its cues stand within a few words: the whole sentence need not be gone through.
    near = text[max(0, text.rfind(" ", 0, max(0, start - 100))) : start]
    if _CONTEXT_BEFORE.search(near) or _CONTEXT_AFTER.match(text[end:]):
        return False
    if sentence.role == "title" or (sentence.role == "objective" and sentence.part != "body"):
        return True
    if sentence.role == "results":
        return bool(_GIVEN_HERE.search(text[max(0, start - 30) : end + 25]))
    # A full text tells of rescue drugs and of others' trials; an arm is where people are assigned.
    if sentence.part == "body":
        return bool(_ASSIGNED.search(text)) and not _RESCUE.search(text)
    return bool(_ALLOCATED.search(text))


def is_given_to_everybody(sentence: LocatedSentence, span: Span) -> bool:
    """Whether every arm gets the treatment at `span`, so that it is compared with nothing."""
    return bool(_EVERYBODY.search(sentence.text[: span[0]]))


def describes_other_participants(sentence: LocatedSentence, *, healthy: bool = True) -> str:
    """The words that show animals or healthy people as participants, or an empty string.

    With `healthy` false, healthy people may be those who are asked for.
    """
    if not sentence.of_this_trial or sentence.role == "results":
        return ""
    animals = _ANIMALS.search(sentence.text)
    if animals:
        return animals.group()
    found = _HEALTHY.search(sentence.text) if healthy else None
    if found is None or re.search(r"\bpatients?\b", sentence.text, re.IGNORECASE):
        return ""
    return found.group()


def _clause_before(text: str, start: int) -> str:
    """The text from the last clause border to `start`."""
    borders = [found.end() for found in _CLAUSE.finditer(text, 0, start)]
    return text[borders[-1] if borders else 0 : start]


def _is_excluded(before: str, after: str) -> bool:
    excluded = [found.start() for found in _EXCLUDED.finditer(before)]
    included = [found.start() for found in _INCLUDED.finditer(before)]
    if excluded:
        return excluded[-1] > max(included, default=-1)
    behind = _CLAUSE.split(after, maxsplit=1)[0]
    return not included and bool(
        re.search(r"\b(?:were|was|are|is|be) (?:\w+ )?(?:excluded|ineligible|not eligible)", behind)
    )
