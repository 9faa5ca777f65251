"""Normal forms: what is left of a field when the habits of databases are taken away.

The same report comes in upper case, without accents, with Greek letters spelled out, with markup,
with an abbreviated journal and with initials. Two normal forms are equal when only such habits
told the fields apart.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

_TAG = re.compile(
    r"</?(?:i|b|u|em|strong|sub|sup|sc|small|span|italic|bold|inf|jats:[a-z-]+|mml:[a-z-]+"
    r"|inline-formula|tex-math)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_BLOCK_TAG = re.compile(r"</?(?:p|br|div|h\d|sec|title|label|li|ul)(?:\s[^<>]*)?/?>", re.IGNORECASE)
_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
_VERSUS = re.compile(r"(?<=[a-z)] )v(?:s\.?|\.)?(?= [A-Za-z])")
_SPELLED = {"vs": "versus", "mug": "ug", "mcg": "ug", "microg": "ug", "programme": "program"}
_STATUS = re.compile(
    r"^\W*(?:retracted(?: article)?|withdrawn)\s*[:.\])]+\s*(?=\w)"
    r"|[\[(](?:retracted|withdrawn)\b[^\[\]()]*[\])]",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"[\[(](?:(?:article |paper )?in [a-z]+|german|french|spanish|chinese|japanese|italian|russian"
    r"|portuguese|polish|korean|review|abstract)[\])]\W*$",
    re.IGNORECASE,
)
_REGISTERED = re.compile(
    r"[\[(](?:clinicaltrials\.gov\W*)?(?:isrctn|nct|actrn|drks|umin|chictr\S{0,6}?)\W?\d{4,}[\])]",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"\[([^\[\]]*)\]")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_BRITISH = (
    (re.compile(r"(?<=.)(?:ae|oe)|^oe"), "e"),
    (re.compile(r"our(?=s?$|ed$|ing$|al$|ally$|able$|less$)"), "or"),
    (re.compile(r"is(?=(?:ed|es?|ing|ations?)$)"), "iz"),
    (re.compile(r"ys(?=(?:ed|e|ing)$)"), "yz"),
    (re.compile(r"tre(?=s?$)"), "ter"),
    (re.compile(r"ll(?=(?:ed|ing)$)"), "l"),
    (re.compile(r"sulph"), "sulf"),
)


def _letters() -> dict[int, str]:
    """Greek letters by their names, and Latin letters that do not decompose."""
    single = {
        **{"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae"},
        **{"œ": "oe", "ß": "ss", "ı": "i", "ħ": "h", "ŧ": "t", "ŋ": "n"},
    }
    table = {ord(letter): plain for letter, plain in single.items()}
    for code in range(0x3B1, 0x3CA):
        table[code] = unicodedata.name(chr(code)).rsplit(maxsplit=1)[-1].lower()
    return table


_LETTERS = _letters()
# The Lancet's decimal point, the sign of multiplication, and marks that would become letters.
_SIGNS = str.maketrans({"·": ".", "⋅": ".", "×": "x", "™": "", "℠": "", "ª": "", "º": ""})


def without_markup(text: str) -> str:
    """Text without entities, escaped once or twice, and without tags."""
    if "&" in text:
        text = html.unescape(html.unescape(text))
    if "<" in text:
        text = _BLOCK_TAG.sub(" ", _TAG.sub("", text))
    return text


def folded(text: str) -> str:
    """Text without markup, case and accents; Greek letters are spelled out."""
    text = without_markup(text)
    if text.isascii():
        return text.lower()
    flat = unicodedata.normalize("NFKD", text.translate(_SIGNS)).casefold()
    flat = "".join(c for c in flat if not unicodedata.combining(c))
    return flat.translate(_LETTERS)


def title_words(title: str) -> tuple[str, ...]:
    """The words and numbers of a title, in American spelling."""
    plain = folded(_VERSUS.sub("versus", title)).replace("&", " and ")
    return tuple(map(_spelled, _WORD.findall(plain)))


@lru_cache(maxsize=65536)
def _spelled(word: str) -> str:
    word = _SPELLED.get(word, word)
    if len(word) > 4 and word.isalpha():
        for pattern, american in _BRITISH:
            word = pattern.sub(american, word)
    return word


def bare_title(title: str) -> str:
    """A title without markup, remarks of the database and registration numbers.

    Such as `RETRACTED:`, `[Article in German]`, `[ISRCTN83088383]`.
    """
    plain = _REGISTERED.sub("", without_markup(title))
    return _REMARK.sub("", _STATUS.sub("", plain)).strip()


def registrations(title: str) -> frozenset[str]:
    """The numbers of trial registers that stand in brackets in a title."""
    found = _REGISTERED.findall(without_markup(title))
    return frozenset(re.sub(r"\W", "", number).lower() for number in found)


def title_variants(title: str) -> tuple[str, ...]:
    """The bare title, and its two halves where the translation stands beside it in brackets."""
    bare = bare_title(title)
    variants = [bare]
    for inside in _BRACKETED.findall(bare):
        outside = bare.replace(f"[{inside}]", " ")
        if len(inside.split()) > 3 and len(outside.split()) > 3:
            variants += [inside, outside]
    return tuple(variants)


def normalised_doi(doi: str | None) -> str | None:
    """A DOI in lower case without resolver, escapes and trailing marks; None if it is none."""
    text = unquote(html.unescape(doi or "")).strip().lower()
    found = _DOI.search(text)
    if not found:
        return None
    name = found.group().rstrip(".,;:'\"")
    while name.endswith((")", "]", ">")) and name.count(name[-1]) > name.count(
        {")": "(", "]": "[", ">": "<"}[name[-1]]
    ):
        name = name[:-1].rstrip(".,;:")
    return name


def normalised_number(identifier: str | None) -> str:
    """The digits of a PMID or PMCID without leading zeros; empty if there are none."""
    found = re.search(r"\d+", identifier or "", re.ASCII)
    return found.group().lstrip("0") if found else ""


def normalised_title(title: str) -> str:
    """A title as words alone: no case, accents, markup, punctuation or British spelling."""
    return " ".join(title_words(bare_title(title)))
