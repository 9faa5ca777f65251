"""The words of a question's interventions, and what a group's label shares with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from evidence.extraction.abbreviations import Abbreviation, written_out
from evidence.extraction.arm_labels import PLAIN, in_capitals, stems
from evidence.extraction.wording import flatten, stem, words

_DOSE = re.compile(
    r"(?P<n>\d+(?:[.,]\d+)?)\s*-?\s*(?P<unit>mg|mcg|µg|μg|ug|g|kg|ml|iu|%|mm|cm|hz|min|gy|units?)\b",
    re.I,
)
# The first numbers of `5, 10 or 15 mg` are milligrams too.
_DOSE_LIST = re.compile(
    r"(?<![\w.,])(\d+(?:\.\d+)?)(?=(?:(?:,| or| and)+ \d+(?:\.\d+)?)+ ?-?(mg|mcg|µg|μg|ug|g|iu)\b)",
    re.I,
)
_GROUP_NAME = re.compile(r"\b(?:group|arm)s?\s+([A-H]|[1-9]|I{1,3}|IV)\b", re.I)
_CODE = re.compile(r"\b[A-Z]\d{1,2}\b")
# A line break that the article's file lost: `No-ContentControl`, `PreventionWebpage`.
_RUN_TOGETHER = re.compile(r"(?<=[a-z]{3})(?=[A-Z][a-z]{3})")
_PLAIN_FORMS = dict.fromkeys(("non", "not", "without"), "no") | {
    "lower": "low", "higher": "high", "earlier": "early", "later": "late",
    "shorter": "short", "longer": "long",
}  # fmt: skip
# Words that tell little about which of two treatments is meant.
_WEAK = stems(
    "treatment therapy therapeutic program programme training care dose daily day days"
    " week weeks month months year years oral injection tablet capsule intervention"
    " combined using use only alone time times once twice method technique session"
    " sessions system standard high low new early late long short term study management"
    " based on surgery procedure mg ml g"
)
_CONTROL_LIKE = re.compile(
    r"\b(?:placebos?|sham|controls?|waitlist|wait(?:ing)?[- ]list|no[- ](?:treatment"
    r"|intervention|\w+)|untreated|untrained|without|vehicle|saline|baseline"
    r"|attention|TAU|alone|not|non-(?:treat|interven|exercis|train|suppl|activ|us)\w*|(?:usual|standard|conventional|routine)\W+(?:\w+\W+){0,3}"
    r"(?:care|treatments?|therapy|management|practice|education|training|diet|procedure))\b"
    r"|^(?:\W*\w+\W+){0,2}(?:usual|standard|conventional|routine)\b", re.I,
)  # fmt: skip
_ADDED_TO = re.compile(
    r"(?:\b(?:plus|and|with|in addition to|added to|alongside|as well as)|\+)\s+(?:the\s+)?"
    r"(?:(?:usual|standard|conventional|routine)\b|placebos?\b)", re.I,
)  # fmt: skip


@lru_cache(maxsize=16384)
def tokens(text: str) -> frozenset[str]:
    """The telling words of a text by their stems; a dose with its unit is one word."""
    flat = _DOSE_LIST.sub(r"\1 \2", _RUN_TOGETHER.sub(" ", flatten(text)))
    doses = {f"{m['n']}{m['unit'].lower()}" for m in _DOSE.finditer(flat)}
    named = {f"#{m.group(1).lower()}" for m in _GROUP_NAME.finditer(flat)}
    named |= {f"#{m.group().lower()}" for m in _CODE.finditer(flat)}
    rest = _CODE.sub(" ", _GROUP_NAME.sub(" ", _DOSE.sub(" ", flat)))
    found = words(rest)
    own = {_PLAIN_FORMS.get(w.folded, stem(w.folded)) for w in found} - PLAIN
    own = {w for w in own if len(w) > 1 or w.isdigit()}
    own |= {stem(w.folded) for w in found if in_capitals(rest, w)}
    return frozenset(own | doses | named)


def weight(token: str) -> float:
    """How much a word tells: a dose or a name 1, a word of the trade or a bare number less."""
    if token in _WEAK:
        return 0.3
    return 0.4 if token.isdigit() else 1.0


@dataclass(frozen=True)
class ArmConcept:
    """What the question calls an arm: all its words, and the sets that name it in full."""

    text: str
    tokens: frozenset[str]
    full: tuple[frozenset[str], ...]

    @property
    def control_like(self) -> bool:
        """Whether the wording is that of a control: placebo, sham, usual care, no treatment."""
        return control_like(self.text)

    @property
    def sort_of_control(self) -> str | None:
        """The sort of control that the question names: control, placebo, sham, usual, waiting."""
        return sort_of_control(self.text)


_SORTS = {
    "usual": r"\b(?:usual|standard|routine|conventional) (?:\w+ ){0,2}(?:care|treatment|therapy)\b"
    r"|\bTAU\b|^\W*UC\W*$|\b(?:usual|standard|routine|conventional)\W*$",
    "placebo": r"\bplacebo",
    "sham": r"\bsham\b",
    "waiting": r"\bwait(?:ing)?[- ]?list",
    "none": r"\bno[- ](?:treatments?|interventions?)\b|\buntreated\b",
    "control": r"\bcontrols?\b",
}


def sort_of_control(text: str) -> str | None:
    """The first sort of control that a text names; usual, standard and routine care are one."""
    found = (sort for sort, pattern in _SORTS.items() if re.search(pattern, text, re.I))
    return next(found, None)


def control_like(text: str) -> bool:
    """Whether a wording is that of a control: placebo, sham, usual care, no treatment."""
    flat = flatten(text)
    added = _ADDED_TO.search(flat)
    # What is given in addition to usual care is no control; what stands before it decides.
    return _CONTROL_LIKE.search(flat[: added.start()] if added else flat) is not None


def arm_concept(text: str, definitions: tuple[Abbreviation, ...]) -> ArmConcept:
    """The words of one alternative, with the abbreviations that the article defines for them."""
    known = tokens(text)
    full = [known, tokens(re.sub(r"[(\[][^()\[\]]*[)\]]", " ", text))]
    full += [tokens(m.group(1)) for m in re.finditer(r"[(\[]([^()\[\]]+)[)\]]", text)]
    full += [tokens(said) for said in written_out(text, definitions)]
    named = re.match(r"\W*([A-H]|[1-9]|I{1,3}|IV)(?:\s*[(:)-]|\s*$)", flatten(text))
    widened = set(known) | ({f"#{named.group(1).lower()}"} if named else set())
    for item in definitions:
        short, long_form = tokens(item.short), tokens(item.long)
        if long_form and long_form <= known and _runs_in(item.long, text):
            widened |= short
            full += [short] if long_form == known else []
        elif len(short) == 1 and re.search(rf"(?<!\w){re.escape(item.short)}(?!\w)", text):
            widened |= long_form
    return ArmConcept(text, frozenset(widened), tuple(dict.fromkeys(f for f in full if f)))


def _runs_in(part: str, whole: str) -> bool:
    """Whether the words of a long form stand together in the concept."""
    inner = [stem(w.folded) for w in words(part)]
    outer = [stem(w.folded) for w in words(whole)]
    return any(outer[i : i + len(inner)] == inner for i in range(len(outer) - len(inner) + 1))


def initials(short: str, concept: ArmConcept) -> bool:
    """Whether undefined capitals (`CACP`) are the first letters of words standing together."""
    letters = "".join(c for c in short if c.isalpha())
    if not (2 <= len(letters) <= 7 and letters.isupper()):
        return False
    found = re.findall(r"[^\W\d_]+", flatten(concept.text))
    firsts = "".join(w[0] for w in found).upper()
    main = "".join(w[0] for w in found if stem(w.lower()) not in PLAIN).upper()
    return letters in firsts or letters in main


# Words of which a question has one in each arm, so that either tells the arm.
_OPPOSED = tuple(
    stems(pair) for pair in (
        "high low", "early late delayed", "immediate delayed deferred", "short long",
        "single multiple double", "new old", "intensive standard", "open closed",
        "low usual standard", "high usual standard",
    )
)  # fmt: skip


def telling(token: str, theirs: frozenset[str]) -> float:
    """How much a word tells beside the words of others: `high` tells all beside `low`."""
    opposed = any(token in pair and theirs & pair - {token} for pair in _OPPOSED)
    return 1.0 if opposed else weight(token)


def _strong(found: frozenset[str]) -> frozenset[str]:
    return frozenset(t for t in found if weight(t) == 1.0)


def _says_all(label: frozenset[str], concept: ArmConcept) -> bool:
    """Whether a label says all that the concept says, words of the trade aside."""
    core = _strong(label)
    return label in concept.full or (bool(core) and any(core == _strong(f) for f in concept.full))


def agreement(
    label: frozenset[str],
    own: ArmConcept,
    others: list[ArmConcept],
    facing: frozenset[str] = frozenset(),
) -> float:
    """How clearly the words of a label say one arm and none of the others, from 0 to 1.

    Only words that the other arms lack count; words of the others count twice against it, and a
    dose that differs or a negation that the arm lacks rules it out. `facing` are the words of the
    labels beside it: `high dose` beside `low dose` is told by one word.
    """
    if not label or conflicts(label, own):
        return 0.0
    theirs = frozenset[str]().union(*(o.tokens for o in others))
    total = sum(weight(t) for t in label)
    gain = sum(telling(t, theirs | facing) for t in label & own.tokens - theirs)
    loss = sum(weight(t) for t in label - own.tokens)
    against = sum(weight(t) for t in (label & theirs) - own.tokens)
    if gain < 0.9 and not (_says_all(label, own) and not any(_says_all(label, o) for o in others)):
        return 0.0
    shared = sum(weight(t) for t in label & own.tokens & theirs)
    if gain < 0.9:
        gain = shared
    return max(0.0, (gain + shared * 0.5 - 0.5 * loss - 2 * against) / total)


NEGATIONS = stems("no off")


def negates(label: frozenset[str], facing: frozenset[str]) -> bool:
    """Whether a label is the negation of another: `not offered` beside `offered`."""
    return label - NEGATIONS == facing and bool(label & NEGATIONS) and bool(facing)


def conflicts(label: frozenset[str], own: ArmConcept) -> bool:
    """Whether a label has a negation that the arm lacks, or another dose or number."""
    return bool(label & NEGATIONS - own.tokens) or other_dose(label, own)


def other_dose(label: frozenset[str], own: ArmConcept) -> bool:
    """Whether both name a dose in one unit, or a code of one letter (`S1`), and not the same."""
    mine, theirs = _doses(label), _doses(own.tokens)
    return any(unit in theirs and not (mine[unit] & theirs[unit]) for unit in mine)


def _doses(found: frozenset[str]) -> dict[str, set[str]]:
    doses: dict[str, set[str]] = {}
    for token in sorted(found):
        m = re.fullmatch(r"(?P<n>[\d.,]+)(?P<unit>[^\d.,]+)|(?P<code>#[a-z])(?P<of>\d+)", token)
        if m:
            doses.setdefault(m["unit"] or m["code"], set()).add(m["n"] or m["of"])
    return doses
