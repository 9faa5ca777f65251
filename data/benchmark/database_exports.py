"""Records as databases print them, made from real ones: duplicates, and companions that are none.

What a database does to a record is written here from how PubMed, Embase, Web of Science, Scopus,
CENTRAL, CINAHL and hand-kept libraries differ, not from the rules that are measured. Truth is the
number of the cluster: an erratum, a reply, a part II, another trial of a series, a conference
abstract, a preprint and a protocol are reports of their own.
"""

from __future__ import annotations

import html
import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from data.benchmark.companion_records import COMPANIONS, Fields, head

Change = Callable[[Fields, random.Random], None]

_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "κ": "kappa", "ω": "omega"}
_LANGUAGES = ("German", "Spanish", "Chinese", "French")


def exported(records: Sequence[Fields], n_clusters: int, seed: int) -> list[Fields]:
    """Clusters of duplicates with their companions, shuffled.

    Args:
        records: Fields of real records; `volume`, `issue` and `pages` too where they are known.
        n_clusters: How many to draw.
        seed: Of every draw.

    Returns:
        Items with the fields of a record, `volume`, `issue`, `pages` where known, and `cluster`.
    """
    rng = random.Random(seed)  # noqa: S311 - a benchmark's draw
    sources = rng.sample(list(records), min(n_clusters, len(records)))
    made: list[Fields] = []
    cluster = 0
    for source in sources:
        reports = [_translated(source, rng)]
        for make in rng.sample(COMPANIONS, rng.choices((0, 1, 2, 3), (70, 21, 6, 3))[0]):
            companion = make(source, rng.choice(sources), rng)
            if companion["title"] != source["title"] or source.get("journal"):
                reports.append(companion)
        _mark_what_tells(reports)
        for report in reports:
            cluster += 1
            copies = rng.choices((1, 2, 3, 4, 5), (45, 28, 15, 8, 4))[0]
            report["year_shift"] = rng.choice([-1, -1, 1])
            for printed in _printed(report, copies, rng):
                made.append({**printed, "cluster": cluster})
    rng.shuffle(made)
    for number, item in enumerate(made):
        item["record_id"] = f"r{number:06d}"
    return made


def _mark_what_tells(reports: Sequence[Fields]) -> None:
    """Mark the fields that alone tell a companion from its report: they are not taken away.

    Without the subtitle, or without `medRxiv`, nobody could know the two apart.
    """
    heads = [head(report["title"]) for report in reports]
    titles = [report["title"] for report in reports]
    for report in reports:
        report["told_by_subtitle"] = heads.count(head(report["title"])) > 1
        report["told_by_journal"] = titles.count(report["title"]) > 1


def _printed(report: Fields, copies: int, rng: random.Random) -> Iterator[Fields]:
    databases = rng.sample(list(_DATABASES), min(copies, len(_DATABASES)))
    for name in databases:
        item = {**report, "source": name, "authors": list(report.get("authors") or ())}
        _DATABASES[name](item, rng)
        for share, change in _LOSSES:
            if rng.random() < share:
                change(item, rng)
        yield item


def _translated(source: Fields, rng: random.Random) -> Fields:
    """Some reports are in another language: databases then print the title in brackets."""
    if rng.random() < 0.05:
        return {**source, "translated_from": rng.choice(_LANGUAGES)}
    return dict(source)


# --- databases ---------------------------------------------------------------------------------


def _pubmed(item: Fields, rng: random.Random) -> None:
    title = item["title"].rstrip(".")
    item["title"] = f"[{title}]." if item.get("translated_from") else f"{title}."
    item["authors"] = [_initialled(a, "{family} {initials}") for a in item["authors"]]
    _abbreviate_journal(item, rng)
    _keep(item, rng, doi=0.85, pmid=1.0, pmcid=0.5)


def _embase(item: Fields, rng: random.Random) -> None:
    item["authors"] = [_initialled(a, "{family} {dotted}") for a in item["authors"]]
    if rng.random() < 0.5:
        _spell_greek(item, rng)
    if item["abstract"]:
        item["abstract"] += f" Copyright © {item.get('year')} The Authors. All rights reserved."
    _keep(item, rng, doi=0.8, pmid=0.5, pmcid=0.0)


def _web_of_science(item: Fields, rng: random.Random) -> None:
    item["title"] = item["title"].upper() if rng.random() < 0.3 else _title_case(item["title"])
    _strip_accents(item, rng)
    item["authors"] = [_initialled(a, "{family}, {initials}") for a in item["authors"]]
    item["journal"] = (item.get("journal") or "").upper() or None
    _spell_greek(item, rng)
    _keep(item, rng, doi=0.7, pmid=0.3, pmcid=0.0)


def _scopus(item: Fields, rng: random.Random) -> None:
    item["authors"] = [_initialled(a, "{family}, {dotted}") for a in item["authors"]]
    if item.get("translated_from") and rng.random() < 0.5:
        item["title"] = f"{item['title']} [Article in {item['translated_from']}]"
    _keep(item, rng, doi=0.85, pmid=0.3, pmcid=0.0)


def _central(item: Fields, rng: random.Random) -> None:
    item["authors"] = [_initialled(a, "{family} {initials}") for a in item["authors"]]
    item["abstract"] = re.sub(r"\n", " ", item["abstract"])
    _keep(item, rng, doi=0.5, pmid=0.6, pmcid=0.0)


def _cinahl(item: Fields, rng: random.Random) -> None:
    item["title"] = _title_case(item["title"]).rstrip(".")
    if rng.random() < 0.3:
        item["abstract"] = ""
    _keep(item, rng, doi=0.4, pmid=0.0, pmcid=0.0)


def _hand_kept(item: Fields, rng: random.Random) -> None:
    item["authors"] = [_initialled(a, "{dotted} {family}") for a in item["authors"]]
    if len(item["authors"]) > 4 and rng.random() < 0.5:
        item["authors"] = [*item["authors"][:3], "et al."]
    if rng.random() < 0.5:
        _abbreviate_journal(item, rng)
    if rng.random() < 0.25:
        _drop_subtitle(item, rng)
    _cut_abstract(item, rng)
    _keep(item, rng, doi=0.15, pmid=0.05, pmcid=0.0)


_DATABASES: dict[str, Change] = {
    "pubmed": _pubmed,
    "embase": _embase,
    "web of science": _web_of_science,
    "scopus": _scopus,
    "central": _central,
    "cinahl": _cinahl,
    "hand-kept": _hand_kept,
}


# --- what is lost or changed on the way ----------------------------------------------------------


def _keep(item: Fields, rng: random.Random, **shares: float) -> None:
    for name, share in shares.items():
        if rng.random() >= share:
            item[name] = None
    if item.get("doi") and rng.random() < 0.4:
        doi = item["doi"]
        item["doi"] = rng.choice([f"https://doi.org/{doi}", f"doi: {doi}", doi.upper(), f"{doi}."])


def _initialled(author: str, pattern: str) -> str:
    family, comma, given = author.partition(",")
    if not comma:
        return author
    initials = [word[0].upper() for word in re.findall(r"[^\W\d_]+", given)]
    if not initials:
        return family
    return pattern.format(
        family=family, initials="".join(initials)[:3], dotted="".join(f"{i}." for i in initials)
    )


def _title_case(title: str) -> str:
    small = {"of", "in", "the", "and", "for", "on", "with", "a", "an", "to", "by", "or", "from"}
    words = title.split(" ")
    return " ".join(w if n and w in small else w[:1].upper() + w[1:] for n, w in enumerate(words))


def _spell_greek(item: Fields, rng: random.Random) -> None:
    for letter, name in _GREEK.items():
        for field in ("title", "abstract"):
            item[field] = item[field].replace(letter, name)


def _strip_accents(item: Fields, rng: random.Random) -> None:
    def bare(text: str) -> str:
        flat = unicodedata.normalize("NFD", text)
        kept = "".join(c for c in flat if not unicodedata.combining(c))
        return kept.replace("ø", "o").replace("Ø", "O").replace("ł", "l").replace("ß", "ss")

    item["title"] = bare(item["title"])
    item["authors"] = [bare(author) for author in item["authors"]]


def _abbreviate_journal(item: Fields, rng: random.Random) -> None:
    item["journal"] = item.get("journal_abbreviation") or item.get("journal")


def _drop_subtitle(item: Fields, rng: random.Random) -> None:
    if item.get("told_by_subtitle"):
        return
    start = head(item["title"])
    if len(start.split()) >= 4:
        item["title"] = start


def _cut_abstract(item: Fields, rng: random.Random) -> None:
    length = rng.randint(180, 600)
    if len(item["abstract"]) > length:
        item["abstract"] = item["abstract"][:length] + rng.choice(["...", "…", ""])


def _other_year(item: Fields, rng: random.Random) -> None:
    """The year ahead of print where others give the year of the issue, or the reverse."""
    if item.get("year"):
        item["year"] += item["year_shift"]


def _tag_title(item: Fields, rng: random.Random) -> None:
    words = item["title"].split(" ")
    place = rng.randrange(len(words))
    name = rng.choice(["i", "em", "sub", "b"])
    words[place] = f"<{name}>{words[place]}</{name}>"
    item["title"] = " ".join(words)


def _punctuate(item: Fields, rng: random.Random) -> None:
    changes = ((": ", ". "), (" - ", "-"), ("-", "‐"), ("-", " "), ("'", "’"), (",", ""))
    for old, new in rng.sample(changes, 2):
        item["title"] = item["title"].replace(old, new)
    if " and " in item["title"] and rng.random() < 0.3:
        item["title"] = item["title"].replace(" and ", " & ")


def _mistype(item: Fields, rng: random.Random) -> None:
    places = [m.start() for m in re.finditer(r"(?<=[a-z]{2})[a-z](?=[a-z]{2})", item["title"])]
    if places:
        place = rng.choice(places)
        letter = rng.choice(["", item["title"][place] * 2])
        item["title"] = item["title"][:place] + letter + item["title"][place + 1 :]


def _short_pages(item: Fields, rng: random.Random) -> None:
    found = re.fullmatch(r"(\d+)-(\d+)", item.get("pages") or "")
    if found and len(found[1]) == len(found[2]):
        same = next((n for n in range(len(found[1])) if found[1][n] != found[2][n]), 0)
        item["pages"] = f"{found[1]}-{found[2][same:]}"


def _without(*names: str) -> Change:
    def drop(item: Fields, rng: random.Random) -> None:
        for name in names:
            if name == "journal" and item.get("told_by_journal"):
                continue
            item[name] = {"authors": [], "abstract": ""}.get(name)

    return drop


def _set(name: str, change: Callable[[str], str]) -> Change:
    def apply(item: Fields, rng: random.Random) -> None:
        item[name] = change(item[name])

    return apply


_LOSSES: tuple[tuple[float, Change], ...] = (
    (0.05, _drop_subtitle),
    (0.10, _other_year),
    (0.15, _cut_abstract),
    (0.12, _without("abstract")),
    (0.02, _without("authors")),
    (0.03, _without("journal")),
    (0.02, _without("year")),
    (0.20, _without("volume", "issue")),
    (0.20, _without("pages")),
    (0.30, _short_pages),
    (0.15, _strip_accents),
    (0.10, _set("title", lambda t: unicodedata.normalize("NFD", t))),
    (0.05, _tag_title),
    (0.05, _set("title", html.escape)),
    (0.20, _punctuate),
    (0.20, _set("title", lambda t: t.rstrip(".") + ".")),
    (0.03, _set("title", lambda t: f"[{t}]")),
    (0.02, _mistype),
)
