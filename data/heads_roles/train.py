"""Makes the head of sentence roles from the headings of structured abstracts.

Run from the project's root, with records of trials (JSON lines, `pmcid` and an abstract whose
parts begin `Methods: `) and questions of PubMedQA (contexts with labels):

    python -m data.heads_roles.train RECORDS.jsonl.gz PUBMEDQA.json --out data/heads_roles

One article in ten is held out and looked at once, by the last lines printed; another tenth chooses
the penalty and the weight of the order. The headings themselves are taken off the text. A part
named for two roles (`Background and aims`), and a background without a part for the objective
beside it, is read as context but neither learnt from nor scored: its heading does not tell the
two roles apart.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evidence.reading.sentence_roles import (
    HEAD_FILE,
    ROLES,
    RoleHead,
    SentenceRole,
    role_encoder,
    role_features,
    save_role_head,
)
from evidence.reading.sentences import split_sentences

PENALTIES, ORDER_WEIGHTS = (0.03, 0.1, 0.3), (0.0, 0.5, 1.0)
_SEED = "roles-0"
_HEADING = re.compile(r"([A-Z][A-Za-z ,/&()'-]{1,60}):\s+")
_WORDS: tuple[tuple[SentenceRole, str], ...] = (
    ("background", r"background|introduction|context|rationale|importance"),
    ("objective", r"objective|aim|purpose|hypothesis|goal"),
    (
        "methods",
        r"method|design|participants?|patients?|subjects|setting|interventions?\b|measure"
        r"|procedure|population|materials",
    ),
    ("results", r"results?|findings"),
    ("conclusion", r"conclu|discussion|interpretation|implication|significance"),
)
_NEITHER = re.compile(r"regist|electronic|funding|ethics|level of|limitation", re.IGNORECASE)


class Abstract(NamedTuple):
    """Sentences in order, the number of each one's role, and -1 where the heading does not tell."""

    article: str
    sentences: tuple[str, ...]
    roles: NDArray[np.int64]


class Read(NamedTuple):
    """The features of an abstract, [n_sentences, n_features], and its roles."""

    features: NDArray[np.float32]
    roles: NDArray[np.int64]


def role_of_heading(heading: str) -> int | None:
    """The role's number, -1 for a heading of two roles, None for one that is no part of it."""
    found = [n for n, (_, words) in enumerate(_WORDS) if re.search(words, heading, re.IGNORECASE)]
    if _NEITHER.search(heading) or not found:
        return None
    return found[0] if len(found) == 1 else -1


def abstract_of(article: str, parts: Sequence[tuple[str, str]]) -> Abstract | None:
    """The abstract of headed parts; None without three roles, or a heading that is not known."""
    told = [
        (role, text) for heading, text in parts if (role := role_of_heading(heading)) is not None
    ]
    roles = {role for role, _ in told}
    if len(roles - {-1}) < 3:
        return None
    unsure = {-1} if {0, 1} <= roles else {-1, 0}
    sentences, labels = [], []
    for role, text in told:
        for start, end in split_sentences(text):
            sentences.append(text[start:end])
            labels.append(-1 if role in unsure else role)
    return Abstract(article, tuple(sentences), np.array(labels))


def trial_abstracts(path: Path) -> Iterator[Abstract]:
    """The structured abstracts of trials."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            parts: list[tuple[str, str]] = []
            for row in str(record["abstract"]).split("\n"):
                found = _HEADING.match(row)
                if found:
                    parts.append((found[1], row[found.end() :]))
                elif parts:
                    parts[-1] = (parts[-1][0], f"{parts[-1][1]}\n{row}")
            read = abstract_of(str(record["pmid"] or record["pmcid"]), parts)
            if read is not None:
                yield read


def question_abstracts(path: Path) -> Iterator[Abstract]:
    """The contexts of PubMedQA's questions, and the long answer, which is the conclusion."""
    for pmid, found in json.loads(path.read_text(encoding="utf-8")).items():
        parts = list(zip(found["LABELS"], found["CONTEXTS"], strict=True))
        read = abstract_of(pmid, [*parts, ("CONCLUSION", found["LONG_ANSWER"])])
        if read is not None:
            yield read


def part_of(article: str) -> int:
    """0 for the held-out tenth, 1 for the tenth that chooses, else 2."""
    return min(zlib.crc32(f"{_SEED}:{article}".encode()) % 10, 2)


def order_of(abstracts: Sequence[Read], weight: float) -> tuple[NDArray[np.float64], ...]:
    """Log chances of the first role and of each role after another, one added to each count."""
    starts, steps = np.ones(len(ROLES)), np.ones((len(ROLES), len(ROLES)))
    for abstract in abstracts:
        rows = abstract.roles
        if rows[0] >= 0:
            starts[rows[0]] += 1
        for a, b in pairwise(rows.tolist()):
            if a >= 0 and b >= 0:
                steps[a, b] += 1
    chances = np.log(steps / steps.sum(axis=1, keepdims=True))
    # A head's shares hold the roles' frequencies already.
    often = np.log(steps.sum(axis=0) / steps.sum())
    return weight * np.log(starts / starts.sum()) - weight * often, weight * (chances - often)


def fit(abstracts: Sequence[Read], penalty: float) -> tuple[NDArray[np.float64], ...]:
    """Weights and bias of a multinomial logistic regression."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows = np.vstack([a.features[a.roles >= 0] for a in abstracts])
    labels = np.concatenate([a.roles[a.roles >= 0] for a in abstracts])
    model = LogisticRegression(C=penalty, max_iter=300).fit(csr_matrix(rows), labels)
    return model.coef_, model.intercept_


def figures(abstracts: Sequence[Read], runs: Sequence[Sequence[int]]) -> dict[str, float]:
    """Accuracy, macro-F1, and F1 of each role."""
    from sklearn.metrics import accuracy_score, f1_score

    kept = [a.roles >= 0 for a in abstracts]
    gold = np.concatenate([a.roles[k] for a, k in zip(abstracts, kept, strict=True)])
    found = np.concatenate([np.array(r)[k] for r, k in zip(runs, kept, strict=True)])
    each = f1_score(gold, found, average=None, labels=range(len(ROLES)))
    named = {f"f1_{role}": float(f1) for role, f1 in zip(ROLES, each, strict=True)}
    return {
        "n_abstracts": len(abstracts),
        "n_sentences": len(gold),
        "accuracy": float(accuracy_score(gold, found)),
        "macro_f1": float(each.mean()),
        **named,
    }


def by_place(learnt: Sequence[Read], abstracts: Sequence[Read]) -> list[list[int]]:
    """The baseline: the most frequent role at each tenth of an abstract."""
    counts = np.zeros((10, len(ROLES)))
    for a in learnt:
        for place, role in enumerate(a.roles):
            if role >= 0:
                counts[place * 10 // len(a.roles), role] += 1
    best = counts.argmax(axis=1)
    return [[int(best[i * 10 // len(a.roles)]) for i in range(len(a.roles))] for a in abstracts]


def main() -> None:
    """Train, choose, save; then score the held-out tenth once."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("records", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    abstracts = [*trial_abstracts(options.records), *question_abstracts(options.questions)]
    parts: list[list[Read]] = [[], [], []]
    for a in {a.article: a for a in abstracts}.values():
        read = Read(role_features(a.sentences, role_encoder()), a.roles)
        parts[part_of(a.article)].append(read)
    held_out, choosing, learnt = parts
    tried = []
    for penalty in PENALTIES:
        weights, bias = fit(learnt, penalty)
        for order_weight in ORDER_WEIGHTS:
            head = RoleHead(weights, bias, *order_of(learnt, order_weight))
            scores = figures(choosing, [head.roles(a.features)[0] for a in choosing])
            tried.append((scores["macro_f1"], penalty, order_weight))
            print(f"penalty {penalty} order {order_weight}: {scores['macro_f1']:.4f}")
    _, penalty, order_weight = max(tried)
    together = [*learnt, *choosing]
    head = RoleHead(*fit(together, penalty), *order_of(together, order_weight))
    options.out.mkdir(parents=True, exist_ok=True)
    save_role_head(head, options.out / HEAD_FILE)
    print(f"learnt from {len(together)} abstracts, penalty {penalty}, order {order_weight}")
    for name, runs in (
        ("head", [head.roles(a.features)[0] for a in held_out]),
        ("place alone", by_place(together, held_out)),
    ):
        print(name, json.dumps({k: round(v, 4) for k, v in figures(held_out, runs).items()}))


if __name__ == "__main__":
    main()
