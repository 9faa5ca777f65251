"""Characteristics of a study without reading it, and by the first match of a pattern.

- `baseline:majority` gives of every study the value that most labels of the field have, where more
  studies have a label than none; the labels are those that are scored, which is kind to it;
- `baseline:first_match` gives the first stretch of the text that a pattern finds: a registration
  number, a number before `patients` or `participants`, a word for blinding or crossover, a country.
  Who paid has no pattern: of it nothing is given.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from eval.tasks.characteristics_data import LABELLED_FIELDS, LabelledStudy
from evidence.extraction.characteristic_places import COUNTRY
from indexers.records import Document

Values = Mapping[str, Sequence[str]]

_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "registration": re.compile(
        r"\b(?:NCT ?\d{8}|ISRCTN ?\d{8}|ACTRN\d{14}|ChiCTR[-\w]*\d|EudraCT\W{0,3}[\d-]{14}"
        r"|(?:CTRI|IRCT|PACTR|UMIN|NTR|DRKS)[-/\w]*\d)"
    ),
    "number_randomised": re.compile(
        r"\b\d[\d,]*(?= (?:\w+ )?(?:patients|participants|subjects|women|men|children|adults)\b)"
    ),
    "blinding": re.compile(r"\b(?:double|single|triple)[- ](?:blind|mask)|\bopen[- ]label", re.I),
    "intervention_model": re.compile(r"\bcross-?over\b|\bparallel\b|\bfactorial\b", re.I),
    "country": COUNTRY,
}


def majority_values(studies: Sequence[LabelledStudy]) -> dict[str, list[str]]:
    """One value of each field for every study, or none; the first label of the most frequent."""
    given: dict[str, list[str]] = {}
    for field in LABELLED_FIELDS:
        labels = [study.labels[field] for study in studies if study.labels]
        counts = Counter(label for own in labels for label in own)
        told = sum(bool(own) for own in labels)
        given[field] = [counts.most_common(1)[0][0]] if 2 * told > len(labels) else []
    return given


def first_matches(document: Document) -> dict[str, list[str]]:
    """The first match of each field's pattern."""
    found = {field: pattern.search(document.text) for field, pattern in _PATTERNS.items()}
    return {
        field: [match.group()] if (match := found.get(field)) else [] for field in LABELLED_FIELDS
    }
