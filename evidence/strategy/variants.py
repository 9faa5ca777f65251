"""Other ways to write a term: British and American spelling, hyphens, singular and plural."""

from __future__ import annotations

import re

# Stems of British and American spelling; each stands for every word that contains it.
_SPELLINGS = (
    ("haem", "hem"),
    ("aemi", "emi"),
    ("oestr", "estr"),
    ("oedema", "edema"),
    ("oesoph", "esoph"),
    ("paed", "ped"),
    ("anaesth", "anesth"),
    ("tumour", "tumor"),
    ("behaviour", "behavior"),
    ("diarrhoea", "diarrhea"),
    ("menorrhoea", "menorrhea"),
    ("foet", "fet"),
    ("gynaec", "gynec"),
    ("colour", "color"),
    ("centre", "center"),
    ("fibre", "fiber"),
    ("sulph", "sulf"),
    ("caesar", "cesar"),
    ("faec", "fec"),
    ("coeliac", "celiac"),
    ("pnoea", "pnea"),
    ("paraesth", "paresth"),
    ("ageing", "aging"),
    ("counselling", "counseling"),
    ("labour", "labor"),
    ("programme", "program"),
    ("leucocyt", "leukocyt"),
    ("isation", "ization"),
    ("mould", "mold"),
    ("odour", "odor"),
)
# American stems that stand in words of both spellings elsewhere (`them`, `temporal`, `feta`).
_AMERICAN = (
    (r"\bhem(?=[aio])", "haem"),
    (
        r"(an|isch|leuk|glyc|ur|ox|lipid|vol|natr|kal|calc|bacter|vir|thalass|acid|sept)emi(?=[ac])",
        r"\1aemi",
    ),
    (r"\bestr(?=[aio])", "oestr"),
    (r"\bedema", "oedema"),
    (r"\besoph", "oesoph"),
    (r"\bpediatr", "paediatr"),
    (r"anesth", "anaesth"),
    (r"tumor", "tumour"),
    (r"behavior", "behaviour"),
    (r"rrhea", "rrhoea"),
    (r"\bfet(?=al|us)", "foet"),
    (r"\bgynec", "gynaec"),
    (r"\bsulf", "sulph"),
    (r"\bcesar", "caesar"),
    (r"\bfec(?=al|es)", "faec"),
    (r"\bceliac", "coeliac"),
    (r"pnea\b", "pnoea"),
    (r"paresth", "paraesth"),
    (r"\baging", "ageing"),
    (r"counseling", "counselling"),
    (r"\blabor\b", "labour"),
    (r"\bprogram\b", "programme"),
    (r"ization", "isation"),
    (r"\borthoped", "orthopaed"),
    (r"\bfiber", "fibre"),
)
_PREFIX = re.compile(
    r"\b(non|anti|post|pre|peri|co|cyclo|re|semi|sub|inter|intra|micro|multi|pseudo|self|meta)"
    r"[- ]?(?=[a-z]{4})"
)
_UNCHANGED = {"diabetes", "rabies", "herpes", "series", "species", "scabies", "caries", "pus"}
_SHORTEST_TRUNCATED = 5
_SHORTEST_STEM = 4


def american(text: str) -> str:
    """The text in American spelling, lower case."""
    text = text.lower()
    for british, other in _SPELLINGS:
        text = text.replace(british, other)
    return text


def spellings(text: str) -> tuple[str, ...]:
    """The text and its other spelling, lower case, without repeats."""
    text = text.lower()
    british = american(text)
    for pattern, other in _AMERICAN:
        british = re.sub(pattern, other, british)
    return tuple(dict.fromkeys((text, american(text), british)))


def hyphenations(text: str) -> tuple[str, ...]:
    """The text with hyphens as blanks, and with its prefixes joined and apart.

    `non-steroidal` gives `non steroidal` and `nonsteroidal`: a search engine reads a hyphen as a
    blank.
    """
    plain = " ".join(text.replace("-", " ").replace("–", " ").split())
    joined = _PREFIX.sub(lambda m: m[1], " ".join(text.replace("–", "-").split()))
    joined = " ".join(joined.replace("-", " ").split())
    return tuple(dict.fromkeys((plain, joined)))


def singular(word: str) -> str:
    """A word without its plural ending; words that only look like plurals stay."""
    if word in _UNCHANGED or len(word) < _SHORTEST_TRUNCATED or re.search(r"(?:ss|us|is)$", word):
        return word
    if word.endswith("ies") and len(word) > _SHORTEST_TRUNCATED:
        return f"{word[:-3]}y"
    if re.search(r"(?:ch|sh|x|ss)es$", word):
        return word[:-2]
    return word.removesuffix("s")


def truncated(text: str) -> str:
    """The text with its last word open, so that singular and plural are found.

    `agonists` gives `agonist*`, `therapies` gives `therap*`, `arthritis` gives `arthriti*`.
    """
    head, _, last = text.rpartition(" ")
    if last.endswith("*") or last in _UNCHANGED or not re.fullmatch(r"[^\W\d_]+", last):
        return text
    stem = singular(last)
    if len(stem) < _SHORTEST_TRUNCATED:
        return text
    if re.search(r"(?<=.{5})y$|(?:[oi]tis|sis)$", stem):
        stem = stem[:-1]
    return f"{head} {stem}*".strip() if len(stem) >= _SHORTEST_STEM else text


def covers(wide: str, narrow: str) -> bool:
    """Whether every text that holds `narrow` holds `wide` too; both are words, perhaps with `*`."""
    wider, narrower = wide.split(), narrow.split()
    for start in range(len(narrower) - len(wider) + 1):
        window = narrower[start : start + len(wider)]
        if all(_word_covers(w, n) for w, n in zip(wider, window, strict=True)):
            return True
    return False


def _word_covers(wide: str, narrow: str) -> bool:
    if wide.endswith("*"):
        return narrow.rstrip("*").startswith(wide[:-1])
    return wide == narrow
