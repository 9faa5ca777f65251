"""Articles with characteristics labelled by hand: `labels.jsonl`, and their JATS full texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from indexers.errors import SourceError
from indexers.jats import read_jats
from indexers.records import Document

LABELS_FILE = "labels.jsonl"
CHARACTERISTICS_EXPECTED = (
    f"a folder with {LABELS_FILE} and the articles' JATS (PMC….xml or .xml.gz)"
)
LABELLED_FIELDS = (
    *("intervention_model", "blinding", "country", "number_randomised", "registration", "funding"),
)


class LabelledStudy(NamedTuple):
    """An article and what its labeller found, by field; an empty field is one that is not told."""

    pmcid: str
    document: Document
    labels: dict[str, tuple[str, ...]]


def load_labelled_studies(
    labels: Path, articles: Path
) -> tuple[list[Path], list[LabelledStudy], list[str]]:
    """The files that were read, the studies, and the labelled articles without a text.

    Args:
        labels: The file of labels, one article a line.
        articles: The folder of JATS files, named by PMCID.

    Raises:
        SourceError: The labels cannot be read, or none of their articles is there.
    """
    files, studies, missing = [labels], [], []
    try:
        lines = labels.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SourceError(labels, f"expected {CHARACTERISTICS_EXPECTED}") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            pmcid = str(row["pmcid"])
            told = {name: tuple(map(str, row[name])) for name in LABELLED_FIELDS}
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(labels, "expected pmcid and a list for each field", number) from error
        path = next(
            (p for end in (".xml", ".xml.gz") if (p := articles / f"{pmcid}{end}").is_file()), None
        )
        if path is None:
            missing.append(pmcid)
            continue
        files.append(path)
        studies.append(LabelledStudy(pmcid, read_jats(path, pmcid), told))
    if not studies:
        raise SourceError(articles, f"expected {CHARACTERISTICS_EXPECTED}; no article is there")
    return files, studies, missing
