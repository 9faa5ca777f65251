"""Terms of a question found in a text, with offsets.

A term matches across British and American spelling, singular and plural, kinds of hyphen, the ways
a combination is written (`artesunate-mefloquine`, `artesunate + mefloquine`, `mefloquine and
artesunate`) and an abbreviated or missing genus (`P. falciparum`). Abbreviations keep their case,
and a match always ends at word boundaries. Nothing fuzzy decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

Span = tuple[int, int]

_DASH = "[-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d]"
_DASHES = re.compile(_DASH)
_BETWEEN = rf"(?:\s*{_DASH}\s*|\s+)"
_COMBINED = (
    rf"(?:\s*\([^()\n]{{1,15}}\))?(?:\s*(?:{_DASH}|[/+&])\s*"
    r"|\s+(?:(?i:plus|and|with|combined\s+with|in\s+combination\s+with)\s+)?)"
)
_TOKEN = re.compile(
    rf"(?P<separator>(?:\s*(?:{_DASH}|[/+&])\s*|\s+(?:plus|and)\s+|\s+))?(?P<word>[^\s/+&]+)"
)
# Prefixes that are written with a hyphen, a space or nothing before the stem.
_PREFIXES = ("non", "anti", "post", "pre", "co", "multi", "peri", "inter", "intra", "self")
_IRREGULAR = {
    pair[i]: rf"(?:{pair[0]}|{pair[1]})"
    for pair in (("child", "children"), ("woman", "women"), ("man", "men"), ("mouse", "mice"))
    for i in (0, 1)
}
# Spelling that differs between British and American English, as (either form) -> both forms.
_SPELLING = (
    ("i[sz](?=e|ing|ation)", "i[sz]"),
    ("y[sz](?=e|ing)", "y[sz]"),
    ("(?<=tum)ou?r|(?<=vi)ou?r|(?<=vap)ou?r|(?<=lab)ou?r|(?<=fav)ou?r|(?<=col)ou?r", "ou?r"),
    ("ha?em(?=[aeo])", "ha?em"),
    ("a?emi(?=[ac])", "a?emi"),
    ("ana?esth", "ana?esth"),
    ("pa?ed(?=iatr)", "pa?ed"),
    ("o?edem(?=a)", "o?edem"),
    (r"\bo?estr(?=[oau])", "o?estr"),
    ("rrho?ea", "rrho?ea"),
    ("o?esoph", "o?esoph"),
    ("gyna?ec", "gyna?ec"),
    ("fo?et(?=us|al)", "fo?et"),
    ("gly?ca?em(?=i)", "glyca?em"),
    ("co?eliac", "co?eliac"),
    ("sul(?:ph|f)", "sul(?:ph|f)"),
    ("cent(?:re|er)", "cent(?:re|er)"),
    ("program(?:me)?", "program(?:me)?"),
)
_SPELLING_PATTERN = re.compile("|".join(f"(?P<s{i}>{p})" for i, (p, _) in enumerate(_SPELLING)))
# Class names made from a stem of international nonproprietary names (WHO stem book): the plural
# of the stem means every drug whose name ends in it.
_STEMS = {
    "statin": "vastatin",
    "triptan": "triptan",
    "sartan": "sartan",
    "gliptin": "gliptin",
    "gliflozin": "gliflozin",
    "glitazone": "glitazone",
    "setron": "setron",
    "coxib": "coxib",
    "fluoroquinolone": "floxacin",
}
_GENUS = re.compile(r"[A-Z][a-z]{2,}(?:ium|um|us|ia|ella|bacter|monas|myces|ma)$")
_STOP_TEXT = (
    "a an the of with without and or in for to by on at who have has having are is be from as "
    "than their other another any all either both"
)
_STOP = frozenset(_STOP_TEXT.split())
_GENERIC_TEXT = (
    "people persons patients patient individuals participants subjects adults treatment "
    "treatments therapy therapies drug drugs agent agents intervention interventions use "
    "using"
)
_GENERIC = frozenset(_GENERIC_TEXT.split())
# Words of many conditions and treatments: alone they do not hint at any of them.
_COMMON_WORDS_TEXT = (
    "symptom symptoms disorder disorders disease diseases syndrome condition conditions acute "
    "chronic mild moderate severe major minor uncomplicated type physical activity training "
    "program programme inhibitor inhibitors care combination supplement supplements injury "
    "based level levels infection infections oral high low early late primary secondary group "
    "clinical medical health associated related management usual standard general"
)
COMMON_WORDS = frozenset(_COMMON_WORDS_TEXT.split())
_NEAR_CHARACTERS = 90


def find_term(term: str, text: str) -> list[Span]:
    """Where a term stands in a text: (start, end) offsets in order."""
    term = " ".join(term.split())
    # Most terms are in no text: a plain search for a part that must be there is far quicker.
    if _needed(term) not in text.lower():
        return []
    pattern = _pattern(term)
    return [found.span() for found in pattern.finditer(text)] if pattern else []


def find_any(terms: Iterable[str], text: str) -> list[Span]:
    """Where any of the terms stands, in order; of overlapping matches the longest stays."""
    spans = sorted({span for term in terms for span in find_term(term, text)})
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s[0] - s[1], s)):
        if all(span[1] <= other[0] or span[0] >= other[1] for other in kept):
            kept.append(span)
    return sorted(kept)


def find_near(term: str, sentence: str) -> list[Span]:
    """Where all the content words of a term stand near each other, in any order.

    Args:
        term: A term of several words; a term of one content word is only found as it is.
        sentence: One sentence: words of different sentences are never joined.
    """
    exact = find_term(term, sentence)
    words = content_words(term)
    if exact or len(words) < 2:
        return exact
    places = [find_term(word, sentence) for word in words]
    if not all(places):
        return []
    for anchor in places[0]:
        nearest = [min(p, key=lambda s: abs(s[0] - anchor[0])) for p in places]
        start, end = min(s for s, _ in nearest), max(e for _, e in nearest)
        if end - start <= _NEAR_CHARACTERS:
            return [(start, end)]
    return []


@lru_cache(maxsize=4096)
def content_words(term: str) -> tuple[str, ...]:
    """The words of a term that carry its meaning; a genus before its species is left out."""
    words = [w for w in re.split(rf"[\s/+&,]+|{_DASH}", term) if w]
    kept = []
    for i, word in enumerate(words):
        before_species = i + 1 < len(words) and words[i + 1].islower() and _GENUS.match(word)
        if word.lower() in _STOP | _GENERIC or before_species:
            continue
        if (len(word) > 1 or word.isdigit()) and word not in kept:
            kept.append(word)
    return tuple(kept)


def defined_abbreviations(terms: Iterable[str], text: str) -> tuple[str, ...]:
    """Abbreviations the text itself defines behind one of the terms: `… piperaquine (DHP)`."""
    found = []
    for term in terms:
        if is_abbreviation(term):
            continue
        for _, end in find_term(term, text):
            bracket = re.match(r"\s*[(\[]\s*([A-Za-z][\w+/ -]{0,11}?)\s*[,;)\]]", text[end:])
            if bracket and is_abbreviation(bracket[1]) and len(bracket[1]) > 1:
                found.append(bracket[1])
    return tuple(dict.fromkeys(found))


def is_abbreviation(term: str) -> bool:
    """Whether a term is an abbreviation, whose case counts: `AL`, `AS+MQ`, `5-HT3`."""
    words = [w for w in re.split(rf"[\s/+&]+|{_DASH}", term) if w]
    return bool(words) and all(_is_short(word) for word in words)


def initialism(term: str) -> str | None:
    """The initials of a term of three to six words, as abstracts use them undefined."""
    words = [w for w in re.split(rf"\s+|{_DASH}", re.sub(r"[^\w\s-]", " ", term)) if w]
    if not 3 <= len(words) <= 6 or any(w in _STOP or not w.islower() for w in words):
        return None
    return "".join(w[0] for w in words).upper()


def _is_short(word: str) -> bool:
    upper = sum(c.isupper() for c in word)
    return upper >= 2 or (upper == 1 and len(word) <= 2) or (upper == 1 and word[-1:].isdigit())


@lru_cache(maxsize=4096)
def _pattern(term: str) -> re.Pattern[str] | None:
    """A term's pattern; None for a term without letters or of one letter."""
    tokens = [(m["separator"] or "", m["word"]) for m in _TOKEN.finditer(_split_dashes(term))]
    tokens = [(s, w.strip(".,;:'\"()[]")) for s, w in tokens]
    tokens = [(s, w) for s, w in tokens if w]
    letters = "".join(word for _, word in tokens)
    if not letters or (len(letters) == 1 and not letters.isdigit()):
        return None
    parts = [_word(word) for _, word in tokens]
    body = parts[0]
    for i in range(1, len(tokens)):
        separator, word = tokens[i]
        previous = tokens[i - 1][1]
        joint = _joint(separator, previous, word)
        if _GENUS.match(previous) and word.islower():
            body = body[: -len(parts[i - 1])] + rf"(?:(?:{parts[i - 1]}|{previous[0]}\.?)\s+)?"
            joint = ""
        body += joint + parts[i]
    if len(tokens) == 2 and _is_combination(*tokens[1], tokens[0][1]):
        body = rf"(?:{body}|{parts[1]}{_COMBINED}{parts[0]})"
    return re.compile(rf"(?<![A-Za-z0-9])(?:{body})(?![A-Za-z0-9])")


@lru_cache(maxsize=4096)
def _needed(term: str) -> str:
    """Letters in every way to write a term, in lower case; empty when none are sure."""
    words = [m["word"].strip(".,;:'\"()[]") for m in _TOKEN.finditer(_split_dashes(term))]
    words = [word for word in words if word]
    pieces = [""]
    for place, word in enumerate(words):
        following = words[place + 1 : place + 2]
        if not (_GENUS.match(word) and following and following[0].islower()):
            pieces += _fixed_pieces(word)
    return max(pieces, key=len)


def _fixed_pieces(word: str) -> list[str]:
    """The stretches of a word that neither number nor spelling changes, in lower case."""
    lower = word.lower()
    if _is_short(word):
        return [lower]
    if lower in _IRREGULAR or lower.removesuffix("s") in _STEMS or lower.startswith("behav"):
        return []
    for prefix in _PREFIXES:
        lower = lower.removeprefix(prefix)
    pieces, start = [], 0
    for found in _SPELLING_PATTERN.finditer(lower):
        pieces.append(lower[start : found.start()])
        start = found.end()
    # The longest ending that changes with the number has three letters: `therapies`.
    last = lower[start:]
    return [*pieces, last[:-3]] if len(lower) > 3 else [*pieces, last.removesuffix("s")]


def _split_dashes(term: str) -> str:
    return _DASHES.sub(lambda m: "/" if 0 < m.start() < len(term) - 1 else m.group(), term)


def _is_combination(separator: str, word: str, previous: str) -> bool:
    signs = separator.strip().lower()
    long_enough = min(len(word), len(previous)) >= 4 or is_abbreviation(f"{previous} {word}")
    return signs in ("/", "+", "&", "plus", "and") and long_enough


def _joint(separator: str, previous: str, word: str) -> str:
    if previous.lower() in _PREFIXES:
        return rf"(?:{_DASH}|\s+)?"
    if separator.isspace():
        return _BETWEEN
    if min(len(previous), len(word)) == 1 and is_abbreviation(f"{previous} {word}"):
        return rf"(?:\s*(?:{_DASH}|[/+&])\s*|\s+(?i:plus|and)\s+)"
    return _COMBINED


def _word(word: str) -> str:
    """The pattern of one word: abbreviations as they are, others in every form."""
    if _is_short(word):
        return re.escape(word) + "s?"
    lower = word.lower()
    if lower in _IRREGULAR:
        return f"(?i:{_IRREGULAR[lower]})"
    if re.fullmatch(r"behaviou?r(?:al)?s?", lower):  # cognitive behaviour(al) therapy
        return "(?i:behaviou?r(?:al)?s?)"
    stem = lower.removesuffix("s")
    if stem in _STEMS:
        return rf"(?i:[a-z]*{_STEMS[stem]}s?|{_spelled(stem)}s?)"
    if len(lower) <= 3 or not lower.isalpha():
        return f"(?i:{_spelled(lower)}s?)"
    for prefix in _PREFIXES:
        if lower.startswith(prefix) and len(lower) - len(prefix) >= 5:
            rest = _inflected(lower.removeprefix(prefix))
            return rf"(?i:{prefix}(?:{_DASH}|\s)?{rest})"
    return f"(?i:{_inflected(lower)})"


def _inflected(word: str) -> str:
    """Singular and plural of a lower-case word in both spellings."""
    if word.endswith("ies"):
        return _spelled(word[:-3]) + "(?:y|ies)"
    if word.endswith("y") and word[-2] not in "aeiou":
        return _spelled(word[:-1]) + "(?:y|ies)"
    if word.endswith(("sis", "ses")) and len(word) > 5:
        return _spelled(word[:-2]) + "[ie]s"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return _spelled(word[:-2]) + "(?:es)?"
    if word.endswith(("ss", "x", "ch", "sh")):
        return _spelled(word) + "(?:es)?"
    if word.endswith("s") and not word.endswith(("us", "is")):
        return _spelled(word[:-1]) + "s?"
    return _spelled(word) + "s?"


def _spelled(word: str) -> str:
    """The word with every British/American alternative open."""

    def both(found: re.Match[str]) -> str:
        return _SPELLING[int(str(found.lastgroup)[1:])][1]

    pieces = []
    place = 0
    for found in _SPELLING_PATTERN.finditer(word):
        pieces += [re.escape(word[place : found.start()]), both(found)]
        place = found.end()
    return "".join([*pieces, re.escape(word[place:])])
