"""Risk of bias on the shipped full texts: what the offline rules decide, and what a model is shown.

    python -m tests.benchmarks.risk_of_bias_corpus

Prints for each domain of RoB 2 on how many of the reports the rules reach a judgement, and for
each number of passages a question how many of the quoted sentences are among those shown to a
language model. There is no reference: it says how often the rules speak, not how often they are
right.
"""

from __future__ import annotations

import time
from collections import Counter

from evidence.appraisal.domain_passages import DomainPassages
from evidence.appraisal.rob2_questions import DOMAINS
from evidence.config import data_folder
from evidence.reading.excerpts import PassageRanker
from evidence.stages.appraise import OfflineAppraiser
from indexers.jats import read_jats

COUNTS = (1, 3, 5)
ROOM_BYTES = 10**9  # nothing is left out for want of room: the count alone decides


def main() -> None:
    """Print both tables."""
    paths = sorted((data_folder() / "corpus" / "full_text").glob("*.xml.gz"))
    ranker, appraiser = PassageRanker(), OfflineAppraiser()
    decided, levels = Counter[str](), Counter[tuple[str, str]]()
    n_quoted, n_shown = 0, Counter[int]()
    seconds = 0.0
    for path in paths:
        document = read_jats(path, path.name.split(".")[0])
        started = time.perf_counter()
        judgements = {j.domain: j for j in appraiser.appraise(document)}
        seconds += time.perf_counter() - started
        for domain, judged in judgements.items():
            levels[domain, judged.judgement] += 1
            decided[domain] += judged.judgement != "unclear"
        for k in COUNTS:
            passages = DomainPassages(k, ranker)
            rankings = passages.ranked(document)
            for domain, judged in judgements.items():
                shown = passages.shown(document, rankings[domain], ROOM_BYTES)
                quotes = [q.text for a in judged.answers for q in a.quotes[:1]]
                n_quoted += len(quotes) if k == COUNTS[0] else 0
                n_shown[k] += sum(shown is not None and q in shown.text for q in quotes)
    print(f"{len(paths)} reports, {seconds:.1f} s for the rules")
    for domain in DOMAINS:
        found = {level: n for (name, level), n in sorted(levels.items()) if name == domain}
        print(f"{domain:<20} decided {decided[domain]:>3}   {found}")
    for k in COUNTS:
        print(f"{k} passages a question show {n_shown[k]} of {n_quoted} quoted sentences")


if __name__ == "__main__":
    main()
