"""Makes claims about trials, true and altered, with the quotes that support them.

Run from the project's root, with the articles that no part may use (one PMCID a line):

    python -m data.altered_claims.make --without FILE --out data/altered_claims

Articles are drawn in a seeded order into two parts, so that none is in both.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from data.altered_claims.alterations import KINDS, Alter, Altered, Foreign
from data.altered_claims.paraphrases import paraphrase
from data.altered_claims.sources import (
    Claim,
    Trial,
    beginnings,
    names_people,
    nearest,
    read_trial,
)
from eval.datasets import shipped_trials
from evidence.config import data_folder
from evidence.reading.span_heads import shipped_reader
from indexers.array_files import read_arrays

SEED = 20261121
PARTS = ("development", "test")
N_NEAR = 15
N_ARTICLES = 480
N_OF_KIND = {"number": 120, "intervention": 60}
N_OF_OTHER_KINDS = 55
N_CITATION = 80
N_VERBATIM, N_PARAPHRASED = 300, 320
CASES_PER_ARTICLE = 3
DISTRACTOR_SHARE = 0.25
POPULATION_SHARE = 0.5


class Maker:
    """Makes the cases of one part."""

    def __init__(self, part: str, trials: Sequence[Trial], near: Sequence[Sequence[int]]) -> None:
        self.test = part == "test"
        self.random = Random(f"{SEED}-{part}")  # noqa: S311 - reproducible cases, no secret
        self.trials, self.near = trials, near
        self.spans = _spans(trials)
        self.populations = [p for t in trials for p, _ in t.populations]
        self.interventions = [s for spans in self.spans for s in spans["intervention"]]
        self.counts: Counter[str] = Counter()
        self.cases: list[dict[str, Any]] = []

    def make(self) -> list[dict[str, Any]]:
        """The cases: altered ones as their kinds need them, then true ones."""
        for row in range(len(self.trials)):
            self._altered(row)
        for row in range(len(self.trials)):
            self._true(row)
        return self.cases

    def _altered(self, row: int) -> None:
        kinds = [k for k in (*KINDS, "citation") if self.counts[k] < _wanted(k)]
        kinds.sort(key=lambda k: self.counts[k] / _wanted(k))
        used = 0
        for kind in kinds:
            claims = list(self.trials[row].claims)
            self.random.shuffle(claims)
            ways: list[Alter | None] = [None]
            if kind in KINDS:
                ways = [*self._least_used(kind)]
            tries = ((way, claim) for way in ways for claim in claims)
            if used < CASES_PER_ARTICLE and any(self._alter(row, c, kind, w) for w, c in tries):
                used += 1

    def _least_used(self, kind: str) -> list[Alter]:
        return sorted(KINDS[kind], key=lambda way: self.counts[f"{kind}:{way.__name__}"])

    def _alter(self, row: int, claim: Claim, kind: str, way: Alter | None) -> bool:
        base, rules = self._base(row, claim, with_population=kind == "population")
        if way is None:
            other = nearest(claim, self.trials, self.near[row])
            self._add(base.text, [(other.pmcid, other.text, False)], row, kind, rules, None)
            return True
        foreign = self._foreign(row, base.text)
        altered = way(base.text, self.random, foreign, self.test)
        if altered is None or altered.text == base.text:
            return False
        self.counts[f"{kind}:{way.__name__}"] += 1
        self._add(altered.text, self._quotes(row, base), row, kind, rules, altered)
        return True

    def _true(self, row: int) -> None:
        claims = list(self.trials[row].claims)
        self.random.shuffle(claims)
        for claim in claims[:2]:
            base, rules = self._base(row, claim, with_population=False, reworded=True)
            verbatim = not rules or self.random.random() < 0.25
            if verbatim:
                base, rules = claim, ()
            if self.counts["verbatim" if verbatim else "paraphrased"] < (
                N_VERBATIM if verbatim else N_PARAPHRASED
            ):
                self.counts["verbatim" if verbatim else "paraphrased"] += 1
                self._add(base.text, self._quotes(row, base), row, "unaltered", rules, None)

    def _base(
        self, row: int, claim: Claim, *, with_population: bool, reworded: bool = False
    ) -> tuple[Claim, tuple[str, ...]]:
        """The claim, perhaps reworded and perhaps told of the trial's participants."""
        rules: tuple[str, ...] = ()
        text, quotes = claim.text, claim.quotes
        own = self.trials[row].populations
        lacks = not names_people(text) and bool(own)
        if lacks and (with_population or (reworded and self.random.random() < POPULATION_SHARE)):
            phrase, source = self.random.choice(own)
            first = text.split()[0]
            small = text[0].lower() + text[1:] if first[1:].islower() or len(first) == 1 else text
            text, quotes = f"In {phrase}, {small}", (*quotes, source)
            rules = ("participants put in",)
        if reworded or self.random.random() < 0.5:
            changed = paraphrase(text, self.random, test=self.test)
            if changed is not None:
                text, rules = changed[0], (*rules, *changed[1])
        return Claim(claim.pmcid, text, quotes), rules

    def _foreign(self, row: int, text: str) -> Foreign:
        spans, known = self.spans[row], beginnings(text)
        return Foreign(
            populations=self.random.sample(self.populations, min(30, len(self.populations))),
            interventions=self.random.sample(self.interventions, 12),
            outcomes=[s for s in spans["outcome"] if not beginnings(s) & known],
            own_interventions=[s for s in spans["intervention"] if s in text],
            own_outcomes=[s for s in spans["outcome"] if s in text],
            own_words=beginnings(f"{self.trials[row].title} {self.trials[row].abstract}"),
        )

    def _quotes(self, row: int, claim: Claim) -> list[tuple[str, str, bool]]:
        quotes = [(claim.pmcid, quote, True) for quote in dict.fromkeys(claim.quotes)]
        if self.random.random() < DISTRACTOR_SHARE:
            other = nearest(claim, self.trials, self.near[row])
            quotes.append((other.pmcid, other.text, False))
        return quotes

    def _add(
        self,
        text: str,
        quotes: list[tuple[str, str, bool]],
        row: int,
        kind: str,
        rules: tuple[str, ...],
        altered: Altered | None,
    ) -> None:
        self.counts[kind] += 1
        pmcid = self.trials[row].pmcid
        self.cases.append(
            {
                "case_id": f"{pmcid}-{kind}-{self.counts[kind]:03d}",
                "pmcid": pmcid,
                "kind": kind,
                "manner": altered.manner if altered else "",
                "claim": text,
                "quotes": [{"pmcid": p, "text": t, "supports": s} for p, t, s in quotes],
                "paraphrased_by": list(rules),
                "place": [altered.start, altered.end] if altered else None,
                "was": altered.was if altered else "",
            }
        )


def _wanted(kind: str) -> int:
    return N_CITATION if kind == "citation" else N_OF_KIND.get(kind, N_OF_OTHER_KINDS)


def _spans(trials: Sequence[Trial]) -> list[dict[str, list[str]]]:
    """Phrases of intervention and outcome in each abstract, by the shipped heads."""
    found: list[dict[str, list[str]]] = []
    for trial, spans in zip(
        trials, shipped_reader().read([t.abstract for t in trials]), strict=True
    ):
        texts: dict[str, list[str]] = {"intervention": [], "outcome": []}
        for span in spans:
            text = trial.abstract[span.start : span.end]
            plain = text.count("(") == text.count(")") and not any(c.isdigit() for c in text)
            if span.element in texts and span.score > 0.6 and plain and 4 < len(text) < 60:
                texts[span.element].append(text.strip(" ,.;"))
        found.append({element: list(dict.fromkeys(t)) for element, t in texts.items()})
    return found


def _nearest_rows(rows: Sequence[int]) -> list[list[int]]:
    """For each of the rows of the corpus, the places among them of its nearest by vector."""
    path = data_folder() / "corpus" / "vectors.npz"
    stored = read_arrays(path, ["vectors"], "expected the vectors of the corpus")["vectors"]
    vectors = stored[list(rows)].astype(np.float32)
    closeness = vectors @ vectors.T
    np.fill_diagonal(closeness, -1)
    return [[int(i) for i in np.argsort(-row, kind="stable")[:N_NEAR]] for row in closeness]


def main() -> None:
    """Write the two parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", type=Path, help="PMCIDs that are not used, one a line")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    left_out = set(options.without.read_text().split()) if options.without else set()
    records = shipped_trials()[1]
    rows = [i for i, r in enumerate(records) if (r.pmcid or "").removeprefix("PMC") not in left_out]
    order = [rows[int(i)] for i in np.random.default_rng(SEED).permutation(len(rows))]
    read = [(row, trial) for row in order if (trial := read_trial(records[row])) is not None]
    for part, chosen in zip(PARTS, (read[::2], read[1::2]), strict=True):
        chosen = chosen[:N_ARTICLES]
        near = _nearest_rows([row for row, _ in chosen])
        cases = Maker(part, [trial for _, trial in chosen], near).make()
        lines = [json.dumps(case, ensure_ascii=False) for case in cases]
        (options.out / f"{part}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        kinds = Counter(case["kind"] for case in cases)
        print(
            part, len(cases), "cases of", len({c["pmcid"] for c in cases}), "articles", dict(kinds)
        )


if __name__ == "__main__":
    main()
