"""What the model of sureness is fitted on: candidates with what is right of their numbers."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.number_answers import agree
from eval.numeric_data import FIELDS, NumbersQuestion, load_numbers
from evidence.errors import SourceError
from evidence.extraction.sureness import candidate_features
from evidence.extraction.sureness_features import SURENESS_FEATURES
from evidence.extraction.withholding import is_contradicted, main_numbers, setting
from evidence.findings import values
from evidence.judgements import ExtractedOutcome
from evidence.question import ClinicalQuestion, Pico
from evidence.stages.extract import OfflineExtractor
from indexers.array_files import read_arrays

FOLDER = Path(__file__).parent
CANDIDATES_FILE = "candidates.npz"
_PARTS = {11: "B", 12: "B", 21: "C", 22: "C", 41: "D", 42: "D", 43: "D"}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """Candidates, one a row; all arrays are [n_candidates] but `features`, with its columns.

    `question` and `article` name what was asked, `part` is the round of labels, `rules` the version
    that extracted; `found` tells what the rules chose and `flagged` what they doubted. Candidates
    of one question share `setting` and `numbers` where `withholding` calls them the same, and are
    `contradicted` where it says so. `right` and `wrong` count numbers, `wanted` the reader's.
    """

    features: NDArray[np.float32]
    question: NDArray[np.str_]
    article: NDArray[np.str_]
    part: NDArray[np.str_]
    rules: NDArray[np.str_]
    found: NDArray[np.bool_]
    flagged: NDArray[np.bool_]
    contradicted: NDArray[np.bool_]
    setting: NDArray[np.int16]
    numbers: NDArray[np.int16]
    right: NDArray[np.int16]
    wrong: NDArray[np.int16]
    wanted: NDArray[np.int16]

    @property
    def is_right(self) -> NDArray[np.bool_]:
        """Whether a candidate gives numbers, and all are right [n_candidates]."""
        right: NDArray[np.bool_] = (self.right > 0) & (self.wrong == 0)
        return right

    def where(self, kept: NDArray[np.bool_]) -> Table:
        """The candidates that are `kept` [n_candidates]."""
        return Table(**{f.name: getattr(self, f.name)[kept] for f in fields(self)})


def read_candidates(labels: Path, version: str) -> Table:
    """The candidates of the present rules, of that version, for a file of labels."""
    files, data = load_numbers(labels)
    lines = [json.loads(line) for line in files[0].read_text(encoding="utf-8").splitlines()]
    parts = {x["label_id"]: _PARTS.get(x["labeller"], "A") for x in lines}
    extractor = OfflineExtractor(read_pico=False)
    blocks = []
    for question in data.questions:
        document = data.documents[question.article_id]
        pico = Pico(
            population="the participants of the trial",
            intervention=question.intervention,
            comparator=question.comparator,
            outcomes=(question.outcome,),
        )
        asked = ClinicalQuestion(text=question.outcome, pico=pico)
        for candidates in extractor.candidates(asked, document):
            if candidates.every:
                features = candidate_features(candidates, document)
                n_found = len(candidates.found)
                part = parts[question.question_id]
                block = _block(question, part, candidates.every, n_found, features)
                blocks.append(replace(block, rules=np.full(len(block.part), version)))
    return joined(blocks)


def _block(
    question: NumbersQuestion,
    part: str,
    results: list[ExtractedOutcome],
    n_found: int,
    features: Floats,
) -> Table:
    kept = np.array([r.data.kind == question.kind for r in results])
    counts = np.array(
        [_counts(question, r) if k else (0, 0) for r, k in zip(results, kept, strict=True)]
    )
    n = len(results)
    wanted = sum(question.gold[name] is not None for name in FIELDS[question.kind])
    return Table(
        features=features.astype(np.float32),
        question=np.full(n, question.question_id),
        article=np.full(n, question.article_id),
        part=np.full(n, part),
        rules=np.full(n, ""),
        found=np.arange(n) < n_found,
        flagged=np.array([bool(r.flags) for r in results]),
        contradicted=np.array([is_contradicted(r) for r in results]),
        setting=_coded([setting(r) for r in results]),
        numbers=_coded([main_numbers(r) for r in results]),
        right=counts[:, 0].astype(np.int16),
        wrong=counts[:, 1].astype(np.int16),
        wanted=np.full(n, wanted, dtype=np.int16),
    ).where(kept)


def _coded(told: Sequence[Hashable]) -> NDArray[np.int16]:
    """The same number for the same thing, in the order of their first places."""
    codes = {what: number for number, what in enumerate(dict.fromkeys(told))}
    return np.array([codes[what] for what in told], dtype=np.int16)


def _counts(question: NumbersQuestion, result: ExtractedOutcome) -> tuple[int, int]:
    """How many numbers of a result are right and wrong, as `eval.number_answers` counts them."""
    derived = {e.field for e in result.evidence if e.derivation is not None}
    right = wrong = 0
    for name, number in values(result.data).items():
        gold = question.gold[name]
        if number is None or (gold is None and name in derived):
            continue
        if gold is not None and agree(number, gold, name in derived):
            right += 1
        else:
            wrong += 1
    return right, wrong


def joined(blocks: Sequence[Table]) -> Table:
    """Tables below each other."""
    return Table(
        **{f.name: np.concatenate([getattr(b, f.name) for b in blocks]) for f in fields(Table)}
    )


def save_table(table: Table, path: Path) -> None:
    """Write candidates, without pickle."""
    arrays = {f.name: getattr(table, f.name) for f in fields(table)}
    np.savez_compressed(path, names=np.array(SURENESS_FEATURES), **arrays)


def read_table(path: Path) -> Table:
    """The candidates of a file.

    Raises:
        SourceError: The file is missing or damaged, or has other features than the present ones.
    """
    columns = [f.name for f in fields(Table)]
    expected = "expected candidates with the features of sureness_features; read them anew"
    arrays = read_arrays(path, ["names", *columns], expected)
    if tuple(arrays.pop("names").tolist()) != SURENESS_FEATURES:
        raise SourceError(path, expected)
    return Table(**arrays)
