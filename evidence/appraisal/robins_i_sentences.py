"""Sentences of a report to look at before a domain of ROBINS-I is judged.

They are found by the words in which reports tell of adjustment, follow-up and the like. They answer
no signalling question, propose no level and are never all there is: a person reads on.
"""

from __future__ import annotations

import re

from evidence.appraisal.offline_answers import speaks_of_itself
from evidence.appraisal.robins_i import Domain
from evidence.reading.sentences import read_sentences
from indexers.records import Document, Quote

MOST_SENTENCES = 3
"""Quoted for a domain, those of methods before those of results."""


def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_CUES: dict[Domain, re.Pattern[str]] = {
    "confounding": _pattern(
        r"\bconfound\w*|\badjust(?:ed|ing|ment)\b|\bpropensity\b|\bmultivaria(?:te|ble)\b"
        r"|\binverse probability\b|\binstrumental variables?\b|\bcovaria(?:te|nce)s?\b"
        r"|\bmatched\b(?! filter)|\bcase[- ]matching\b|\bmatching (?:by|for|on|was)\b"
    ),
    "selection": _pattern(
        r"\bconsecutive\w*\b|\b(?:in|ex)clu(?:ded|sion) (?:if|criteria)\b|\beligible\b"
        r"|\bnew users?\b|\bprevalent users?\b|\bincident users?\b|\bimmortal time\b"
        r"|\bindex date\b|\bstart of follow-?up\b|\bwere (?:identified|selected|recruited) from\b"
    ),
    "classification": _pattern(
        r"\b(?:exposure|exposed|users?|treatment groups?) (?:was|were|is) (?:defined|classified"
        r"|categori[sz]ed|ascertained|identified)\b"
        r"|\b(?:were|was) classified (?:as|according|into)\b"
        r"|\bprescription (?:records?|data)\b|\bdispens\w+|\bpharmacy (?:claims|records?|data)\b"
        r"|\b(?:were|was) divided into\b|\bgrouped (?:by|according)\b|\bassigned (?:to|by)\b"
        r"|\ballocated (?:to|by)\b"
    ),
    "deviations": _pattern(
        r"\bcross(?:ed)?[- ]?over\b|\bswitch(?:ed|ing)\b|\bdiscontinu\w+|\badheren\w+|\bcomplian\w+"
        r"|\bco-?interventions?\b|\bconcomitant\b|\bas[- ]treated\b|\bper[- ]protocol\b"
        r"|\bintention[- ]to[- ]treat\b"
    ),
    "missing_data": _pattern(
        r"\blost to follow-?up\b|\bloss(?:es)? to follow-?up\b|\bmissing\b|\bimput\w+"
        r"|\bcomplete[- ]case\b|\bincomplete (?:data|records?|follow-?up)\b|\bwithdr[ae]w\w*"
        r"|\bdropp?(?:ed)?[- ]?outs?\b|\bcompleted (?:the )?(?:study|follow-?up|trial)\b"
    ),
    "measurement": _pattern(
        r"\b(?:outcomes?|end-?points?|deaths?|events?|symptoms?) (?:was|were) (?:\w+ )?(?:assessed"
        r"|ascertained|measured|adjudicated|defined|evaluated|obtained|recorded|collected)\b"
        r"|\b(?:blinded|masked|unaware)\b|\bvalidated\b|\bassessors?\b|\badjudicat\w+"
        r"|\bself-?report\w*\b|\bquestionnaires?\b"
    ),
    "selective_reporting": _pattern(
        r"\bpre-?specified\b|\bpredefined\b|\bpost[- ]hoc\b|\bsub-?group analys[ei]s\b"
        r"|\bsensitivity analys[ei]s\b|\banalysis plan\b|\bprimary (?:outcome|end-?point)\b"
        r"|\bregistered (?:at|in|with|on|under)\b|\bstudy protocol\b"
    ),
}


def sentences_to_look_at(document: Document) -> dict[Domain, tuple[Quote, ...]]:
    """For each domain the sentences of a report that touch on it, in the report's order.

    A domain without any is left out; what a report says of other studies is not quoted.
    """
    told = [s for s in read_sentences(document) if speaks_of_itself(s)]
    found: dict[Domain, tuple[Quote, ...]] = {}
    for domain, cue in _CUES.items():
        touching = [s for s in told if s.role != "title" and cue.search(s.text)]
        nearest = sorted(touching, key=lambda s: s.role != "methods")[:MOST_SENTENCES]
        if nearest:
            quotes = sorted({(s.start, s.end) for s in nearest})
            found[domain] = tuple(document.quote(start, end) for start, end in quotes)
    return found
