"""Articles with characteristics labelled by hand: `labels.jsonl`, and their JATS full texts.

`eval.tasks.characteristics` has the matching rules. The unit is the study; there is no pool, and
nothing is excluded. A line that cannot be read counts as a label missed in each field.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from eval.formats.json_items import read_json_items
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
    """An article and what its labeller found, by field; an empty field is one that is not told.

    `document` is None where the article cannot be read, and `problem` says why. Of a line that
    cannot be read there are no labels.
    """

    pmcid: str
    document: Document | None
    labels: dict[str, tuple[str, ...]]
    problem: str = ""


def holds_characteristics(folder: Path) -> bool:
    """Whether a folder's labels are of characteristics, not of results."""
    try:
        items, _ = read_json_items(_labels_file(folder))
    except SourceError:
        return False
    return any(isinstance(item.value, dict) and "registration" in item.value for item in items)


def _labels_file(data: Path) -> Path:
    return data if data.name == LABELS_FILE and data.is_file() else data / LABELS_FILE


def load_labelled_studies(folder: Path) -> tuple[list[Path], list[LabelledStudy]]:
    """The files that were read, and the studies.

    Args:
        folder: Holds the labels, one article a line, and the articles by PMCID, in `articles` or
            beside the labels; or the file of labels itself.

    Raises:
        SourceError: The labels cannot be read, or none of their articles can be.
    """
    labels = _labels_file(folder)
    folder = labels.parent
    articles = folder / "articles" if (folder / "articles").is_dir() else folder
    files, studies = [labels], []
    try:
        lines = labels.read_text(encoding="utf-8-sig").rstrip("\n").split("\n")
    except (OSError, ValueError) as error:
        raise SourceError(labels, f"expected {CHARACTERISTICS_EXPECTED}") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            pmcid = str(row["pmcid"])
            told = {name: tuple(map(str, row[name])) for name in LABELLED_FIELDS}
            if not pmcid.isalnum():
                raise ValueError(f"{pmcid!r} is no PMCID")  # nor a path to another folder
        except (ValueError, KeyError, TypeError, RecursionError):
            told_why = str(SourceError(labels, "expected pmcid and a list for each field", number))
            studies.append(LabelledStudy(f"{labels.name}:{number}", None, {}, told_why))
            continue
        path = next(
            (p for end in (".xml", ".xml.gz") if (p := articles / f"{pmcid}{end}").is_file()), None
        )
        if path is None:
            studies.append(LabelledStudy(pmcid, None, told, f"{pmcid}: no article is there"))
            continue
        files.append(path)
        try:
            studies.append(LabelledStudy(pmcid, read_jats(path, pmcid), told))
        except SourceError as error:
            studies.append(LabelledStudy(pmcid, None, told, str(error)))
    if all(study.document is None for study in studies):
        why = next((study.problem for study in studies), "there are no labels")
        raise SourceError(articles, f"expected {CHARACTERISTICS_EXPECTED}; {why}")
    return files, studies
