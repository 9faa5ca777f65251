"""Does a check find claims that were altered, and leave true ones alone?

Engines beside each other: `offline`, the element by element check; `offline_contradictions`, the
same but only what a quote speaks against, and numbers, count as flags; `exact_quote`, the promise
that export keeps: each numeral is in a quote (and quotes are verbatim, as all are here);
`word_overlap`, which flags a claim with too few of its words in its quotes; `flags_nothing` and
`flags_everything`; and, where a model is named, `language_model`, which is asked of each claim
whether it follows from its quotes (one call) and flags what it says does not, by words of the
quotes. Intervals resample whole articles, because the cases of one share sentences. A case that
cannot be read counts as not found, or as a false alarm.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.cost import taken_by
from eval.metrics import share_with_interval
from eval.results import EngineScores, Metric, Table, TaskResult
from eval.tasks.grounding_data import ALTERED, ClaimCase, GroundingCase
from evidence.errors import EvidenceError
from evidence.factuality.checking import check_claims
from evidence.factuality.entailment import support_of
from evidence.factuality.verdicts import ClaimCheck, ElementVerdict
from evidence.findings import Sentence
from evidence.grounding import sentence_problems
from evidence.llm.protocol import LanguageModel
from indexers.records import Quote, passage_id, text_digest

_RESAMPLES = 2000
_LEAST_OVERLAP, _LEAST_OVERLAP_OF_A_QUOTE = 0.8, 0.5
_BATCH = 64
# The elements whose flag names what was altered.
_NAMED_BY = {
    "number": ("numeral", "time_point"),
    "direction": ("direction", "comparator"),
    "significance": ("significance", "negation"),
    "negation": ("negation", "significance"),
    "population": ("population",),
    "intervention": ("intervention", "comparator"),
    "outcome": ("outcome",),
    "time_point": ("time_point",),
    "certainty": ("certainty",),
    "citation": ("citation",),
}


class Checked(NamedTuple):
    """What an engine says of a case: the elements it flags, and the quotes it takes as support."""

    flagged: tuple[str, ...]
    supporting: tuple[bool, ...]


def run_grounding(
    cases: Sequence[GroundingCase],
    seed: int,
    advance: Callable[[str, int, int], None],
    model: LanguageModel | None = None,
) -> TaskResult:
    """Check every case by every engine.

    Args:
        cases: Those of `load_claims`.
        seed: Of the bootstrap.
        advance: Told the step, how many cases are done, and of how many.
        model: Is asked once of each case; a case without a usable answer has the worst score.

    Raises:
        EvidenceError: There is no case that can be read.
    """
    readable = [c.case for c in cases if c.case is not None]
    if not readable:
        raise EvidenceError("no case can be read; nothing to score")
    answers: dict[str, Sequence[Checked | None]] = {
        **_offline(readable, advance),
        **{name: _by_rule(name, rule, readable) for name, rule in _RULES.items()},
    }
    if model is not None:
        answers["language_model"] = _by_model(readable, model, advance)
    scores, items = {}, []
    for engine, given in answers.items():
        by_case = dict(zip((case.case_id for case in readable), given, strict=True))
        rows = [_item(engine, case, by_case.get(case.case_id)) for case in cases]
        scores[engine] = _scores(cases, rows, seed)
        items += rows
    return TaskResult(
        task="grounding",
        scores=scores,
        items=items,
        tables=(_detection_table(scores), _manner_table(items), _false_alarm_table(items)),
        notes=_notes(cases),
    )


def _offline(
    cases: Sequence[ClaimCase], advance: Callable[[str, int, int], None]
) -> dict[str, list[Checked]]:
    checks: list[ClaimCheck] = []
    for start in range(0, len(cases), _BATCH):
        batch = cases[start : start + _BATCH]
        with taken_by("offline"):
            checks += check_claims(
                [(case.claim, [quote.text for quote in case.quotes]) for case in batch],
                every_phrase=False,
            )
        advance("offline", len(checks), len(cases))
    return {
        "offline": [_checked(check, check.flags) for check in checks],
        "offline_contradictions": [
            _checked(
                check,
                [f for f in check.flags if f.severity == "error" or f.status == "contradicted"],
            )
            for check in checks
        ],
    }


def _by_rule(
    name: str, rule: Callable[[ClaimCase], Checked], cases: Sequence[ClaimCase]
) -> list[Checked]:
    with taken_by(name):
        return [rule(case) for case in cases]


def _by_model(
    cases: Sequence[ClaimCase], model: LanguageModel, advance: Callable[[str, int, int], None]
) -> list[Checked | None]:
    """What the model says does not follow is flagged; its quote supports that has its words."""
    given: list[Checked | None] = []
    for case in cases:
        with taken_by("language_model", case.case_id):
            found = support_of(model, case.claim, [quote.text for quote in case.quotes])
        supported = found.verdict == "supported"
        flagged = ("entailment",) if found.verdict == "not_supported" else ()
        supporting = tuple(supported and found.words in quote.text for quote in case.quotes)
        given.append(None if found.reason else Checked(flagged, supporting))
        advance("language model", len(given), len(cases))
    return given


def _checked(check: ClaimCheck, flags: Sequence[ElementVerdict]) -> Checked:
    return Checked(tuple(dict.fromkeys(flag.element for flag in flags)), check.supporting)


def _exact_quote(case: ClaimCase) -> Checked:
    quotes = tuple(
        Quote(
            passage_id=passage_id(text_digest(quote.text), 0, len(quote.text)),
            start=0,
            end=len(quote.text),
            text=quote.text,
        )
        for quote in case.quotes
    )
    problems = sentence_problems(Sentence(text=case.claim, quotes=quotes))
    return Checked(("numeral",) if problems else (), tuple(True for _ in quotes))


def _word_overlap(case: ClaimCase) -> Checked:
    every = _overlap(case.claim, " ".join(quote.text for quote in case.quotes))
    return Checked(
        ("citation",) if every < _LEAST_OVERLAP else (),
        tuple(_overlap(case.claim, q.text) >= _LEAST_OVERLAP_OF_A_QUOTE for q in case.quotes),
    )


_RULES: dict[str, Callable[[ClaimCase], Checked]] = {
    "exact_quote": _exact_quote,
    "word_overlap": _word_overlap,
    "flags_nothing": lambda case: Checked((), tuple(True for _ in case.quotes)),
    "flags_everything": lambda case: Checked(("citation",), tuple(False for _ in case.quotes)),
}


def _overlap(claim: str, text: str) -> float:
    words, known = _words(claim), set(_words(text))
    return sum(word in known for word in words) / len(words) if words else 1.0


def _words(text: str) -> list[str]:
    return re.findall(r"\w+(?:\.\d+)?", text.lower())


def _item(engine: str, case: GroundingCase, checked: Checked | None) -> dict[str, Any]:
    """A row; a case without an answer has the worst score."""
    altered = case.kind != "unaltered"
    flagged = bool(checked.flagged) if checked is not None else not altered
    named = _NAMED_BY.get(case.kind, ())
    claim = case.case
    return {
        "engine": engine,
        "unit": case.unit,
        "case_id": case.case_id,
        "kind": case.kind,
        "manner": claim.manner if claim else "",
        "paraphrased": bool(claim.paraphrased_by) if claim else False,
        "flagged": flagged,
        "elements": list(checked.flagged) if checked else [],
        "named": any(e in named for e in checked.flagged) if checked else False,
        "score": float(flagged == altered),
        "supports": [quote.supports for quote in claim.quotes] if claim else [],
        # Without an answer every quote is judged wrong.
        "supporting": list(checked.supporting) if checked else _all_wrong(claim),
        "failure": case.failure,
    }


def _all_wrong(claim: ClaimCase | None) -> list[bool]:
    return [not quote.supports for quote in claim.quotes] if claim else []


def _counts(row: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """What a row adds to the numerator and the denominator of each metric."""
    flagged = int(row["flagged"])
    found: dict[str, tuple[int, int]] = {}
    if row["kind"] == "unaltered":
        found["false_alarm_rate"] = (flagged, 1)
        wording = "paraphrased" if row["paraphrased"] else "verbatim"
        found[f"false_alarm_rate_{wording}"] = (flagged, 1)
    else:
        found[f"detection_{row['kind']}"] = (flagged, 1)
    # What supports an altered claim nobody can say; a swapped citation supports nothing.
    if row["kind"] in ("unaltered", "citation"):
        pairs = list(zip(row["supports"], row["supporting"], strict=True))
        right = sum(true and said for true, said in pairs)
        found["citation_precision"] = (right, sum(said for _, said in pairs))
        found["citation_recall"] = (right, sum(true for true, _ in pairs))
    return found


def _scores(
    cases: Sequence[GroundingCase], rows: Sequence[dict[str, Any]], seed: int
) -> EngineScores:
    """Shares with bootstrap intervals over articles; exact ones for shares of 0 and 1."""
    units = list(dict.fromkeys(case.unit for case in cases))
    place = {unit: u for u, unit in enumerate(units)}
    each = [_counts(row) for row in rows]
    names = _ordered({name for counts in each for name in counts})
    table = np.zeros((len(units), len(names), 2), dtype=np.int64)
    for row, counts in zip(rows, each, strict=True):
        for name, (part, whole) in counts.items():
            table[place[row["unit"]], names.index(name)] += (part, whole)
    n = len(units)
    times = np.random.default_rng(seed).multinomial(n, [1 / n] * n, size=_RESAMPLES)
    resampled = _shares(np.tensordot(times, table, axes=1))
    totals = table.sum(axis=0)
    metrics = {}
    for k, name in enumerate(names):
        value = float(_shares(totals)[k])
        n_articles = int((table[:, k, 1] > 0).sum())
        if value in (0.0, 1.0) and n_articles:
            # Resampling what is all alike would give an interval of no width.
            low, high = share_with_interval(round(value * n_articles), n_articles).ci95
        else:
            low, high = (float(q) for q in np.quantile(resampled[:, k], [0.025, 0.975]))
        metrics[name] = Metric(value, int(totals[k, 1]), (low, high))
    by_unit = {
        unit: {
            name: float(share)
            for name, share, whole in zip(names, _shares(table[u]), table[u, :, 1], strict=True)
            if whole
        }
        for u, unit in enumerate(units)
    }
    return EngineScores(metrics, by_unit)


def _ordered(names: set[str]) -> list[str]:
    wanted = [f"detection_{kind}" for kind in ALTERED]
    wanted += ["false_alarm_rate", "false_alarm_rate_verbatim", "false_alarm_rate_paraphrased"]
    wanted += ["citation_precision", "citation_recall"]
    return [name for name in wanted if name in names]


def _shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Numerators over denominators [..., 2]; a share of nothing is 0."""
    whole = counts[..., 1]
    return np.asarray(np.where(whole > 0, counts[..., 0] / np.maximum(whole, 1), 0.0))


def _detection_table(scores: dict[str, EngineScores]) -> Table:
    names = list(next(iter(scores.values())).metrics)
    rows = tuple(
        (
            name.replace("_", " "),
            str(next(iter(scores.values())).metrics[name].n),
            *(
                f"{s.metrics[name].value:.3f} ({s.metrics[name].ci95[0]:.3f} to "
                f"{s.metrics[name].ci95[1]:.3f})"
                for s in scores.values()
            ),
        )
        for name in names
    )
    return Table("Detection and false alarms", ("figure", "n", *scores), rows)


def _manner_table(items: Sequence[dict[str, Any]]) -> Table:
    altered = [i for i in items if i["engine"] == "offline" and i["kind"] != "unaltered"]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for item in altered:
        groups.setdefault((item["kind"], item["manner"]), []).append(item)
    rows = tuple(
        (
            kind.replace("_", " "),
            manner or "–",
            str(len(rows)),
            str(sum(row["flagged"] for row in rows)),
            str(sum(row["named"] for row in rows)),
        )
        for (kind, manner), rows in sorted(groups.items())
    )
    columns = ("altered", "how", "n", "flagged", "the altered element flagged")
    return Table("What offline finds, by how a claim was altered", columns, rows)


def _false_alarm_table(items: Sequence[dict[str, Any]]) -> Table:
    wrong = Counter(
        element
        for item in items
        if item["engine"] == "offline" and item["kind"] == "unaltered"
        for element in item["elements"]
    )
    rows = tuple((element.replace("_", " "), str(n)) for element, n in sorted(wrong.items()))
    return Table("What offline flags in true claims", ("element", "claims"), rows)


def _notes(cases: Sequence[GroundingCase]) -> tuple[str, ...]:
    n_altered = sum(case.kind != "unaltered" for case in cases)
    n_units = len({case.unit for case in cases})
    notes = [
        f"{n_altered} altered and {len(cases) - n_altered} unaltered claims of {n_units} articles; "
        "the intervals resample articles, or are exact over articles where a share is 0 or 1.",
        "Claims were altered and reworded by rules: people and language models reword more "
        "freely, so expect more false alarms and fewer detections outside this benchmark.",
        f"word_overlap flags a claim with under {_LEAST_OVERLAP:.0%} of its words in its quotes.",
    ]
    notes += [f"scored as worst: {case.failure}" for case in cases if case.failure is not None]
    return tuple(notes)
