"""Terms from a first small retrieval: what the records near the question say otherwise.

TrialMind (Wang et al. 2024, arXiv 2406.17755) lets a language model read a first retrieval and
name more terms. Here, pseudo-relevance feedback does it by counting: for each concept, records
that match every other concept and rank near the question, yet are lost by this concept's line
alone, show how else the concept is said. A phrase is taken when it is much more frequent there
than in the whole store and, if an encoder is given, means what the concept means rather than what
another one does.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evidence.strategy.expand import Expander, rooted, uncovered
from evidence.strategy.lines import concept_text
from evidence.strategy.types import Concept, Strategy, StrategyTerm
from evidence.strategy.variants import covers
from indexers.encoder import Encoder
from indexers.mesh import plain_words
from indexers.store import Store
from retrievers.boolean.evaluate import BooleanRetriever
from retrievers.boolean.fields import TITLE_ABSTRACT
from retrievers.boolean.pubmed import parse_pubmed
from retrievers.boolean.tree import Term
from retrievers.protocol import Retriever

DEPTH = 3000  # how far down the first retrieval records are looked at
MOST_RECORDS = 200  # that a concept alone loses, the nearest ones
FEWEST_RECORDS = 5
MOST_ADDED = 12  # phrases a concept
MOST_ADDED_UNKNOWN = 20  # to one that no vocabulary holds
_LEAST_SHARE = 0.03  # of those records must hold a phrase
_LEAST_LIFT = 4.0  # times as frequent there as in the store
_LARGEST_SHARE = 0.03  # of the store; what is more frequent tells nothing
_LARGEST_NUMBER = 30  # records that hold a phrase in a small store
_LEAST_NEARNESS = 0.45  # cosine of phrase and concept
_TELLING_LIFT, _TELLING_SHARE = 25.0, 0.08  # what is so frequent need not be near in meaning
_TELLING_RECORDS = 5
_LOW_NEARNESS = 0.2  # for such phrases, and for a concept that no vocabulary holds
_LONGEST_PHRASE = 3
_MOST_WEIGHED = 400
_MOST_COMPARED = 120
_SAME_SHARE = 0.7
_DECIMALS = 5
_STOP_WORDS = (
    "a about after against all also am an and any are as at be because been before being "
    "below between both but by can could did do does doing down during each either few for "
    "from further had has have having he her here hers him his how however i if in into is it "
    "its itself less many may me might more most much must my no nor not of off on once one "
    "only or other our out over own per rather same she should since so some such than that "
    "the their them then there these they this those through to too two three under until up "
    "upon use used using versus very via vs was we were what when where whether which while "
    "who whom why will with within without would you your p n ci mg ml day days week weeks "
    "month months year years mean group groups patient patients subject subjects participant "
    "participants study studies trial trials result results conclusion conclusions method "
    "methods objective background significant significantly compared treatment treated "
    "treatments effect effects randomized randomised placebo controlled double blind clinical "
    "total increased decreased reduced higher lower respectively among data analysis included "
    "including new however human humans review "
)
_STOP = frozenset(_STOP_WORDS.split())


class FirstRetrieval(NamedTuple):
    """What a strategy is enriched from.

    Attributes:
        encoder: Tells whether a phrase means what a concept means; None counts only.
    """

    store: Store
    retriever: Retriever
    encoder: Encoder | None = None


class _Found(NamedTuple):
    phrase: str
    n_records: int
    lift: float
    record_id: str


def enriched(strategy: Strategy, text: str, first: FirstRetrieval, expander: Expander) -> Strategy:
    """The strategy with more terms, each naming the record it comes from.

    Args:
        strategy: A draft whose concepts are all joined by AND.
        text: The question in words; it is what is retrieved first.
        first: The store and how it is searched.
        expander: Adds the headings of phrases that a vocabulary holds.

    Raises:
        QueryError: A term cannot be read.
        StoreError: The store is damaged.
    """
    boolean = BooleanRetriever(first.store)
    near = [hit.record_id for hit in first.retriever.retrieve(text, DEPTH)]
    matching = [set(boolean.search(parse_pubmed(concept_text(c)))) for c in strategy.concepts]
    concepts = []
    for number, concept in enumerate(strategy.concepts):
        others = [ids for n, ids in enumerate(matching) if n != number]
        lost = [
            record_id
            for record_id in near
            if record_id not in matching[number] and all(record_id in ids for ids in others)
        ][:MOST_RECORDS]
        rest = [c for n, c in enumerate(strategy.concepts) if n != number]
        found = _phrases(lost, concept, rest, first, boolean)
        concepts.append(_with_terms(concept, found, expander))
    return strategy.model_copy(update={"concepts": tuple(concepts)})


def _phrases(
    lost: Sequence[str],
    concept: Concept,
    others: Sequence[Concept],
    first: FirstRetrieval,
    boolean: BooleanRetriever,
) -> list[_Found]:
    """The phrases that lost records share, those of most weight first."""
    if len(lost) < FEWEST_RECORDS:
        return []
    counts: Counter[str] = Counter()
    first_in: dict[str, str] = {}
    for record_id in lost:
        record = first.store.record(record_id)
        for phrase in _record_phrases(record.title, record.abstract):
            counts[phrase] += 1
            first_in.setdefault(phrase, record_id)
    least = max(3.0, _LEAST_SHARE * len(lost))
    frequent = [(n, phrase) for phrase, n in counts.items() if n >= least]
    frequent = sorted(frequent, key=lambda f: (-f[0] * len(f[1].split()), f[1]))[:_MOST_WEIGHED]
    said = [t.text for c in (concept, *others) for t in c.terms if t.field == "tiab"]
    weighed = []
    for n, phrase in frequent:
        if any(covers(text, phrase) or covers(phrase, text) for text in said):
            continue
        n_in_store = boolean.count(Term(tuple(phrase.split()), TITLE_ABSTRACT))
        lift = n / len(lost) * len(first.store) / n_in_store if n_in_store else 0.0
        most = max(_LARGEST_SHARE * len(first.store), _LARGEST_NUMBER)
        if lift >= _LEAST_LIFT and n_in_store <= most:
            weighed.append(_Found(phrase, n, lift, first_in[phrase]))
    weighed = _longest(weighed)
    weighed.sort(key=lambda f: (-f.n_records * math.log(f.lift), f.phrase))
    meant = _of_one_meaning(weighed[:_MOST_COMPARED], len(lost), concept, others, first.encoder)
    return meant[: MOST_ADDED if _is_known(concept) else MOST_ADDED_UNKNOWN]


def _record_phrases(title: str, abstract: str) -> set[str]:
    phrases = set()
    for clause in re.split(r"[.,;:()\[\]?!]", f"{title}. {abstract}"):
        words = plain_words(clause).split()
        for length in range(1, _LONGEST_PHRASE + 1):
            for start in range(len(words) - length + 1):
                part = words[start : start + length]
                ends = {part[0], part[-1]}
                if ends & _STOP or any(w.isdigit() for w in part) or len(part[-1]) < 4:
                    continue
                phrases.add(" ".join(part))
    return phrases


def _of_one_meaning(
    found: list[_Found],
    n_lost: int,
    concept: Concept,
    others: Sequence[Concept],
    encoder: Encoder | None,
) -> list[_Found]:
    """Those nearer to this concept's names than to the other concepts', and near enough."""
    if encoder is None or not found:
        return found
    own = _names(concept)
    foreign = [name for other in others for name in _names(other)]
    vectors = encoder.encode([*own, *foreign, *(f.phrase for f in found)]).astype(np.float64)
    vectors = np.round(vectors, _DECIMALS)  # below it, they differ from processor to processor
    phrases = vectors[len(own) + len(foreign) :]
    to_own = (phrases @ vectors[: len(own)].T).max(axis=1)
    to_foreign = np.full(len(found), -1.0)
    if foreign:
        to_foreign = (phrases @ vectors[len(own) : len(own) + len(foreign)].T).max(axis=1)
    known = _is_known(concept)
    kept = []
    for f, mine, theirs in zip(found, to_own, to_foreign, strict=True):
        least = _LEAST_NEARNESS if known else _LOW_NEARNESS
        often = f.n_records >= max(_TELLING_RECORDS, _TELLING_SHARE * n_lost)
        if f.lift >= _TELLING_LIFT and often:
            least = _LOW_NEARNESS
        if mine >= least and mine > theirs:
            kept.append(f)
    return kept


def _is_known(concept: Concept) -> bool:
    return any(term.field == "mesh" for term in concept.terms)


def _longest(found: list[_Found]) -> list[_Found]:
    """Without the parts of longer phrases that stand in nearly as many records.

    `clean` says less than `clean intermittent catheterization`.
    """
    return [
        f
        for f in found
        if not any(
            f.phrase != other.phrase
            and covers(f.phrase, other.phrase)
            and other.n_records >= _SAME_SHARE * f.n_records
            for other in found
        )
    ]


def _names(concept: Concept) -> list[str]:
    """What the question and the headings call the concept."""
    names = [t.text.rstrip("*") for t in concept.terms if t.source == "question"]
    names += [t.text for t in concept.terms if t.field == "mesh"]
    return list(dict.fromkeys([concept.name, *names]))


def _with_terms(concept: Concept, found: Sequence[_Found], expander: Expander) -> Concept:
    added: list[StrategyTerm] = []
    for phrase, _, _, record_id in found:
        source = f"record {record_id}"
        added.append(StrategyTerm(text=rooted(phrase), source=source))
        for descriptor in expander.headings(phrase):
            added.append(
                StrategyTerm(
                    text=descriptor.name,
                    field="mesh",
                    exploded=True,
                    source=f"MeSH {descriptor.name}, by {source}",
                )
            )
    known = {(t.text, t.field) for t in concept.terms}
    headings = [t for t in added if t.field == "mesh" and (t.text, t.field) not in known]
    before = [t for t in concept.terms if t.field != "tiab"]
    words = [t for t in concept.terms if t.field == "tiab"]
    # What stands in the draft stays, even where a new term covers it: its source is the better one.
    kept = set(words)
    new = [t for t in uncovered([*words, *added]) if t.field == "tiab" and t not in kept]
    terms = (*before, *dict.fromkeys(headings), *words, *new)
    return concept.model_copy(update={"terms": terms})
