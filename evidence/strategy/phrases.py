"""From the words of a PICO element to the phrases that name it.

`adults with seasonal or perennial allergic rhinitis or urticaria` holds `seasonal allergic
rhinitis`, `perennial allergic rhinitis` and `urticaria`; `stimulants such as methylphenidate`
holds both names.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from evidence.reading.mentions import PEOPLE

Known = Callable[[str], bool]

_EXAMPLES = re.compile(
    r",?\s*\b(?:such as|including|e\.\s?g\.,?|for example,?|for instance,?|namely|in particular"
    r"|especially|like)\s+",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]")
_SEPARATOR = re.compile(
    r"\s*[,;/]\s*(?:and/or|and|or)?\s+|\s+(?:and/or|and|or|plus|versus|vs\.?)\s+(?:other\s+)?",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\s+(?:from|due to|caused by|secondary to|resulting from|associated with|because of)\s+",
    re.IGNORECASE,
)
_AFFECTED = re.compile(
    r"\s*\b(?:with|who (?:have|had|has|suffer from|are|were)|suffering from|diagnosed with|having"
    r"|affected by|living with|presenting with|undergoing|receiving|treated for|at risk (?:of|for)"
    r"|hospitali[sz]ed (?:with|for)|admitted (?:with|for)|newly diagnosed with)\s+",
    re.IGNORECASE,
)
_PERSON = re.compile(rf"{PEOPLE}", re.IGNORECASE)
_DETERMINER = re.compile(
    r"^(?:(?:the|an?|any|all|both|either|other|others|different|various|several|some|each|which"
    r"|what|use of|usage of|using|treatment with|therapy with|administration of|treatment of"
    r"|management of|prevention of|relief of|newer|new|older|old|modern|novel|current|currently"
    r"|available|standard|conventional|common|oral|orally|injectable|injected|parenteral"
    r"|intravenous|intramuscular|subcutaneous|topical|systemic|short-acting|long-acting"
    r"|short acting|long acting|high-dose|low-dose|fixed-dose|first-generation"
    r"|second-generation|third-generation|first-line|second-line|routine|adjunctive|early|late"
    r"|acute|mild|moderate|severe|stable|unstable|confirmed|suspected|uncomplicated"
    r"|newly diagnosed|recently diagnosed|diagnosed|established|known|adult|adults'|hospitalised"
    r"|hospitalized|symptomatic|untreated|combination|combined|non-human|human|effective)\s+)+",
    re.IGNORECASE,
)
# Words that tell nothing of what is given or of who receives it.
_EMPTY = re.compile(
    r"(?:drugs?|agents?|medicines?|medications?|treatments?|therap(?:y|ies)|interventions?"
    r"|drug (?:treatments?|therap(?:y|ies))|pharmacotherapy|other|others|control|controls|placebo"
    r"|usual care|standard care|no treatment|each other|people|changes|programmes?|programs?"
    r"|strateg(?:y|ies)|approach(?:es)?|methods?|techniques?|care|groups?|conditions?|diseases?"
    r"|symptoms?|effects?|outcomes?|them|it|one another|drug classes|combinations?)",
    re.IGNORECASE,
)
_AGES = re.compile(
    r"(?:adults?|children|child|adolescents?|infants?|people|persons?|patients?|individuals?"
    r"|participants?|subjects?|women|men|volunteers?|in-?patients?|out-?patients?|adult patients?"
    r"|humans?|boys?|girls?|females?|males?|cases?)",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(r"[\w-]+(?:al|ic|ous|ive|ary|ar|ant|ent|ed|oid|ing|-)|[a-z]+-", re.I)
_DESCRIBING = re.compile(rf"(?:{_ADJECTIVE.pattern}|\w+-\w+)", re.IGNORECASE)
_SUSPENDED = re.compile(r"\b([a-z]+)-\s+(?:and|or|to)\s+([a-z]+-?)([a-z]{4,})", re.IGNORECASE)
_ASKED = re.compile(
    r"(?:what|which|how|is|are|does|do|did|can|could|should|would|will|has|have|was|were)\b\s*"
    r"(?:(?:is|are|was|were|do|does|did|has|have|can)\b\s*)?",
    re.IGNORECASE,
)
_VERB_ON = re.compile(
    r"\s+(?:have|has|had|is|are|was|were|do|does|did|can|could|will|would|may|might|should|be|been"
    r"|work|works|to|that|who|when|while|used|tested|studied|compared)\b.*$",
    re.IGNORECASE,
)
_PARTICIPLE = re.compile(
    r"\s+(?:involved|associated|related|linked|known|developed|approved|effective|safe|available"
    r"|indicated|recommended|feasible|necessary|useful|possible|caused|included)\b",
    re.IGNORECASE,
)
_JOINING = re.compile(r"\s+(?:of|for|in|on|among|with|between|against|after|by|from)\s+", re.I)
_TIME_PREFIX = re.compile(r"(?:peri|post|pre|non|inter|intra|anti|sub|hyper|hypo|early-|late-)-?")


def concept_phrases(text: str, known: Known) -> tuple[str, ...]:
    """The names that an element's words hold, in order, without repeats.

    Args:
        text: Population, intervention or comparator as a question gives it.
        known: Whether a vocabulary holds a phrase; such a phrase is not taken apart.
    """
    found: list[str] = []
    for part in _pieces(_resumed(text)):
        found += _split(part, known)
    named = [_without_determiner(phrase) for phrase in found]
    return tuple(dict.fromkeys(p for p in named if p and not _EMPTY.fullmatch(p)))


def condition_phrases(population: str, known: Known) -> tuple[str, ...]:
    """What the people have, else who they are where that narrows the search.

    `adults with gout` gives `gout`; `postmenopausal women` stays; `adults` gives nothing: age and
    sex are left to screening.
    """
    who, found, what = _cut_at(population, _AFFECTED)
    if found and (not who or _PERSON.search(who)):
        conditions = concept_phrases(what, known)
        causes = [p for c in conditions for p in _CAUSE.split(c)]
        return tuple(dict.fromkeys(c for c in causes if not _AGES.fullmatch(c)))
    phrases = concept_phrases(population, known)
    causes = [p for c in phrases for p in _CAUSE.split(c)]
    return tuple(p for p in dict.fromkeys(causes) if not _AGES.fullmatch(p))


def says_something(phrase: str) -> bool:
    """Whether a phrase narrows a search: not `disease`, `adults` or `treatment`."""
    return not (_EMPTY.fullmatch(phrase) or _AGES.fullmatch(phrase))


def without_people(phrase: str) -> str:
    """`postmenopausal women` → `postmenopausal`; `healthcare workers` and `women` stay."""
    head, _, last = phrase.rpartition(" ")
    return head if head and _AGES.fullmatch(last) else phrase


def base_of_prefixed(word: str) -> str:
    """`postmenopausal` → `menopausal`; empty when there is no such prefix."""
    found = _TIME_PREFIX.match(word)
    rest = word[found.end() :] if found else ""
    return rest if len(rest) > 5 else ""


def _resumed(text: str) -> str:
    """`peri- and postmenopausal` → `perimenopausal and postmenopausal`."""

    def whole(found: re.Match[str]) -> str:
        prefix, second = found[1], found[2] + found[3]
        base = base_of_prefixed(second.lower())
        joined = f"{prefix}{base}" if base else f"{prefix} {second}"
        return f"{joined} and {second}"

    return _SUSPENDED.sub(whole, text)


def _pieces(text: str) -> list[str]:
    """The text outside brackets and the lists inside them, cut at `such as`.

    A bracket before a noun only describes it: `newer (second-generation) antihistamines`.
    """
    inside: list[str] = []

    def outside(found: re.Match[str]) -> str:
        behind = text[found.end() :].lstrip()
        describes = re.match(r"[a-z]", behind) and _DESCRIBING.fullmatch(found[1].strip())
        if not describes and found[1].strip():
            inside.append(found[1])
        return " "

    flat = _BRACKET.sub(outside, text)
    return [piece for part in (flat, *inside) for piece in _EXAMPLES.split(part) if piece.strip()]


def _split(text: str, known: Known) -> list[str]:
    """A list taken apart; a lone adjective takes the noun of what follows it."""
    text = " ".join(text.split()).strip(" ,.;")
    if known(text) or not text:
        return [text]
    parts = [part.strip() for part in _SEPARATOR.split(text) if part.strip()]
    for i in range(len(parts) - 2, -1, -1):
        if " " not in parts[i] and _ADJECTIVE.fullmatch(parts[i]) and not known(parts[i]):
            parts[i] = _with_noun(parts[i], parts[i + 1], known)
    return parts


def _with_noun(adjective: str, following: str, known: Known) -> str:
    words = following.split()
    tails = [" ".join(words[-n:]) for n in range(len(words) - 1, 0, -1)]
    for tail in tails:
        if known(f"{adjective} {tail}"):
            return f"{adjective} {tail}"
    return f"{adjective} {tails[0]}" if tails else adjective


def _without_determiner(phrase: str) -> str:
    return _DETERMINER.sub("", phrase.strip(" ,.;:?")).strip(" ,.;:?")


def _cut_at(text: str, border: re.Pattern[str]) -> tuple[str, str, str]:
    found = border.search(text)
    if found is None:
        return text, "", ""
    return text[: found.start()], found.group(), text[found.end() :]


def question_phrases(text: str, known: Known) -> tuple[str, ...]:
    """The nouns of a question that no grammar parses: those before its verb.

    A name that a vocabulary holds is kept whole; `models of depression` gives both nouns.
    """
    inside = [m[1] for m in _BRACKET.finditer(text)]
    first = re.split(r"[?:;]|,\s", _BRACKET.sub(" ", text).strip(), maxsplit=1)[0]
    subject = _VERB_ON.sub("", _ASKED.sub("", first.strip(), count=1)).strip() or first
    subject = _PARTICIPLE.sub("", subject)
    phrases: list[str] = []
    for part in [subject] if known(subject) else _JOINING.split(subject):
        phrases += concept_phrases(part, known)
    for part in inside if not phrases else ():
        phrases += concept_phrases(part, known)
    return tuple(dict.fromkeys(p for p in phrases if not _AGES.fullmatch(p)))
