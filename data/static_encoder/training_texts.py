"""What the static encoder learns from: titles, abstracts, sentences and terms of a collection.

Folders of the collection that are read; one that is missing is passed over:

    trials/                 records.jsonl.gz: title, abstract, pmid, pmcid
    screening/              *.csv: title, abstract, pmid
    pico_spans/             *.txt: CoNLL, one abstract a -DOCSTART- line
    evidence_inference/     txt_files.jsonl.gz, and the article ids of the official splits
    terms/                  MeSH and MONDO with synonyms, names of drugs
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from retrievers.questions import read_questions

WORD = re.compile(r"[^\W_]+")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
_PICO_FILES = (
    "NCBI-disease_train.txt",
    "NCBI-disease_dev.txt",
    "bc5cdr_train.txt",
    "bc5cdr_dev.txt",
    "ebmnlp_dev.txt",
)
_SHINGLE_WORDS = 12
_MOST_SHARED_SHINGLES = 2
_SENTENCES_PER_ABSTRACT = 2
_SENTENCE_LENGTHS = range(40, 221)
_LONGEST_TERM = 60
_SYNONYMS_PER_TERM = 2


class Article(NamedTuple):
    """A title and abstract to learn from."""

    title: str
    abstract: str
    pmid: str | None = None
    pmcid: str | None = None

    @property
    def text(self) -> str:
        """What an encoder sees of a record."""
        return f"{self.title}\n\n{self.abstract}".rstrip()


class LeftOut(NamedTuple):
    """What may not be learnt from, because the encoder is measured on it."""

    pmids: frozenset[str]
    titles: frozenset[str]
    shingles: frozenset[str]
    pmcids: frozenset[str]

    def holds(self, article: Article) -> bool:
        """Whether the article is one of those, by id, title or runs of twelve words."""
        return (
            article.pmid in self.pmids
            or article.pmcid in self.pmcids
            or _normal(article.title) in self.titles
            or len(self.shingles & _shingles(article.text)) > _MOST_SHARED_SHINGLES
        )


def left_out(collection: Path, question_files: Sequence[Path]) -> LeftOut:
    """Questions and gold records of the files; Evidence Inference's official test split."""
    pmids: set[str] = set()
    titles: set[str] = set()
    shingles: set[str] = set()
    for path in question_files:
        found = read_questions(path)
        for record in found.records:
            pmids.add(record.pmid or record.record_id)
            titles.add(_normal(record.title))
            shingles |= _shingles(f"{record.title} {record.abstract}")
        for question in found.questions:
            titles.add(_normal(question.text))
            pmids.update(question.gold_ids)
    test = collection / "evidence_inference" / "ev2_test_article_ids.txt"
    ids = test.read_text(encoding="utf-8").split() if test.is_file() else []
    return LeftOut(
        frozenset(pmids),
        frozenset(titles - {""}),
        frozenset(shingles),
        frozenset(f"PMC{i}" for i in ids),
    )


def read_articles(collection: Path, barred: LeftOut) -> list[Article]:
    """The articles of all sources, each title once, without those that are left out."""
    articles: dict[str, Article] = {}
    for source in (_trials, _screening, _pico_spans, _evidence_inference):
        for article in source(collection):
            if not barred.holds(article):
                articles.setdefault(_normal(article.title), article)
    return list(articles.values())


def sample_sentences(
    articles: Sequence[Article], n_sentences: int, rng: random.Random
) -> list[str]:
    """Sentences of the abstracts, at most two of each."""
    sentences: list[str] = []
    for article in articles:
        found = [s.strip() for s in _SENTENCE_END.split(article.abstract)]
        found = [s for s in found if len(s) in _SENTENCE_LENGTHS]
        rng.shuffle(found)
        sentences += found[:_SENTENCES_PER_ABSTRACT]
    rng.shuffle(sentences)
    return list(dict.fromkeys(sentences[:n_sentences]))


def read_terms(collection: Path, rng: random.Random) -> list[tuple[str, ...]]:
    """Names of MeSH and MONDO, each with up to two of its synonyms."""
    terms = []
    for name in ("mesh_descriptors.tsv.gz", "mondo_terms.tsv.gz"):
        for line in _lines(collection / "terms" / name)[1:]:
            _, term, synonyms = line.split("\t")[:3]
            others = [
                s for s in synonyms.split("|") if s and ", " not in s and s.lower() != term.lower()
            ]
            rng.shuffle(others)
            terms.append((term, *others[:_SYNONYMS_PER_TERM]))
    return terms


def sample_terms(terms: Sequence[tuple[str, ...]], n_terms: int, rng: random.Random) -> list[str]:
    """A sample of names, each once, without overlong ones."""
    names = list(dict.fromkeys(t for same in terms for t in same if len(t) < _LONGEST_TERM))
    rng.shuffle(names)
    return names[:n_terms]


def frequent_words(
    collection: Path, articles: Sequence[Article], terms: Sequence[tuple[str, ...]]
) -> list[str]:
    """Words that deserve a row of their own, the most frequent first.

    A word is kept when articles hold it three times or terms twice; terms count threefold, for
    they tell of fields that the articles are few of.
    """
    path = collection / "terms" / "drug_synonyms.json.gz"
    drugs = json.loads("".join(_lines(path)) or "{}").get("drug_variant_to_canonical", {})
    in_articles = Counter(w for a in articles for w in WORD.findall(a.text.lower()))
    names = [*(t for same in terms for t in same), *drugs]
    in_terms = Counter(w for t in names for w in dict.fromkeys(WORD.findall(t.lower())))
    counts = {
        w: in_articles[w] + 3 * in_terms[w]
        for w in {**in_articles, **in_terms}
        if (in_articles[w] >= 3 or in_terms[w] >= 2) and len(w) > 2 and not re.search(r"\d\d", w)
    }
    return sorted(counts, key=lambda w: (-counts[w], w))


def _trials(collection: Path) -> Iterator[Article]:
    for line in _lines(collection / "trials" / "records.jsonl.gz"):
        row = json.loads(line)
        yield Article(
            row["title"].strip(), (row["abstract"] or "").strip(), row["pmid"], row["pmcid"]
        )


def _screening(collection: Path) -> Iterator[Article]:
    csv.field_size_limit(10_000_000)
    for path in sorted((collection / "screening").glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                title, abstract = row["title"] or "", row["abstract"] or ""
                yield Article(title.strip(), abstract.strip(), row["pmid"])


def _pico_spans(collection: Path) -> Iterator[Article]:
    """The first sentence of an abstract stands for its title where it is not told apart."""
    paths = (collection / "pico_spans" / name for name in _PICO_FILES)
    for path in filter(Path.is_file, paths):
        for block in path.read_text(encoding="utf-8").split("-DOCSTART-")[1:]:
            head, *rest = block.strip("\n").split("\n")
            pmid = re.search(r"\d+", head)
            sentences = [
                " ".join(line.split()[0] for line in lines.split("\n") if line.strip())
                for lines in re.split(r"\n\s*\n", "\n".join(rest))
                if lines.strip()
            ]
            if sentences:
                yield Article(sentences[0], " ".join(sentences[1:]), pmid and pmid.group())


def _evidence_inference(collection: Path) -> Iterator[Article]:
    folder = collection / "evidence_inference"
    splits = (folder / f"ev2_{split}_article_ids.txt" for split in ("train", "validation"))
    ids = {f"PMC{i}" for path in splits if path.is_file() for i in path.read_text().split()}
    for line in _lines(folder / "txt_files.jsonl.gz"):
        row = json.loads(line)
        parts = re.match(r"TITLE:\s*(.*?)\n\s*\n\s*(.*?)(?=BODY|\Z)", row["text"], re.DOTALL)
        if parts is not None and row["pmcid"] in ids:
            abstract = re.sub(r"ABSTRACT(\.[^\n:]*)?:", "", parts.group(2))
            yield Article(parts.group(1).strip(), " ".join(abstract.split()), None, row["pmcid"])


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [line.rstrip("\n") for line in file]


def _normal(text: str) -> str:
    return " ".join(WORD.findall(text.lower()))


def _shingles(text: str) -> frozenset[str]:
    words = _normal(text).split()
    return frozenset(
        " ".join(words[i : i + _SHINGLE_WORDS]) for i in range(len(words) - _SHINGLE_WORDS + 1)
    )
