"""Writes the small benchmark sets from the labels, the corpus and the pinned pooled results.

    python -m data.benchmark.make            (from the project's root)

`labels.json` holds what was read, and `printed_places.json` what articles print of themselves;
everything else is drawn by seed, so the same bytes come out.
"""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any, cast
from xml.sax.saxutils import escape

from data.benchmark.duplicate_sets import shipped_set
from eval.datasets import shipped_trials
from indexers.records import Record

SEED = 20260
POOL_SIZE = 160
N_DRAWN, N_PICO, PICO_WORDS = 75, 20, (110, 230)
PUBLISHED = (
    *("cannon2006", "collins1985a", "damico2009", "egger2001", "fine1993", "hahn2001", "hine1989"),
    *("lau1992", "laopaiboon2015", "lee2004", "li2007", "linde2005", "nielweise2007", "yusuf1985"),
)
_COLUMNS = {
    "n_treatment": "events_intervention",
    "n_total": "total_intervention",
    "n_control": "events_comparator",
    "n_total_control": "total_comparator",
}
_ELEMENTS = {"P": "PAR", "I": "INT", "O": "OUT"}
_TOKEN = re.compile(r"\w+|[^\w\s]")
_ROOT = Path(__file__).parent
_NS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def made_files(reference: Path) -> Iterator[tuple[str, bytes]]:
    """The path of every file below this folder, and its bytes.

    Args:
        reference: The pinned pooled results, tests/reference/metafor_datasets.json.
    """
    labels = json.loads((_ROOT / "labels.json").read_text(encoding="utf-8"))
    records = {record.record_id: record for record in shipped_trials()[1]}
    yield "questions/questions.jsonl", _questions(labels["questions"])
    for name, review in labels["screening"].items():
        yield f"screening/{name}.csv", _pool(review, records)
    asked = {name: review["question"] for name, review in labels["screening"].items()}
    yield "screening/questions.json", _json(asked)
    yield "pico/abstracts.conll", _conll(labels["pico"], records)
    yield "duplicates/records.jsonl.gz", shipped_set()
    pinned = json.loads(reference.read_text(encoding="utf-8"))
    for name in PUBLISHED:
        yield from _pooled(name, pinned)


def drawn_ids(records: Mapping[str, Record]) -> tuple[list[str], list[str]]:
    """The records that questions were written from, and those whose abstracts were labelled."""
    order = sorted(records)
    Random(SEED).shuffle(order)  # noqa: S311 - a reproducible draw, no secret
    low, high = PICO_WORDS
    fit = [i for i in order[N_DRAWN:] if low <= len(records[i].abstract.split()) <= high]
    return order[:N_DRAWN], fit[:N_PICO]


def _questions(questions: Sequence[Sequence[Any]]) -> bytes:
    lines = (
        {"question_id": f"q{number:02}", "text": text, "gold": [source, *others]}
        for number, (source, text, others) in enumerate(questions, 1)
    )
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def _pool(review: Mapping[str, Any], records: Mapping[str, Record]) -> bytes:
    """Every record with a word of the topic, and others at random up to the pool's size."""
    topic = re.compile(review["topic"], re.IGNORECASE)
    ids = sorted(records)
    near = [i for i in ids if topic.search(f"{records[i].title} {records[i].abstract}")]
    rest = [i for i in ids if i not in near]
    Random(SEED).shuffle(rest)  # noqa: S311 - a reproducible draw, no secret
    pool = sorted([*near, *rest[: POOL_SIZE - len(near)]])
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("record_id", "title", "abstract", "label_included"))
    for i in pool:
        included = int(i in review["included"])
        writer.writerow((i, records[i].title, records[i].abstract, included))
    return text.getvalue().encode()


def _conll(
    labels: Mapping[str, Mapping[str, Sequence[str]]], records: Mapping[str, Record]
) -> bytes:
    lines: list[str] = []
    for record_id, phrases in labels.items():
        text = records[record_id].abstract
        spans = _spans(text, phrases)
        lines.append(f"-DOCSTART- ({record_id})\n")
        for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z0-9])", text):
            start = text.index(sentence)
            for token in _TOKEN.finditer(sentence):
                place = start + token.start()
                found = next((e for first, end, e in spans if first <= place < end), None)
                begins = found and any(first == place for first, _, _ in spans)
                label = f"{'B' if begins else 'I'}-{found}" if found else "O"
                lines.append(f"{token.group()} {label}")
            lines.append("")
    return ("\n".join(lines) + "\n").encode()


def _spans(text: str, phrases: Mapping[str, Sequence[str]]) -> list[tuple[int, int, str]]:
    """Every place of every phrase as a whole word; of two that overlap the longer one."""
    spans: list[tuple[int, int, str]] = []
    named = [(phrase, _ELEMENTS[e]) for e, listed in phrases.items() for phrase in listed]
    for phrase, element in sorted(named, key=lambda one: -len(one[0])):
        places = list(re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text))
        if not places:
            raise ValueError(f"expected {phrase!r} in the abstract")
        for place in places:
            if all(place.end() <= first or end <= place.start() for first, end, _ in spans):
                spans.append((place.start(), place.end(), element))
    return spans


def _pooled(name: str, pinned: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """A workbook of one data set, and the text that tells its pooled results."""
    data = pinned["datasets"][name]
    rows = [
        [data[column][row] for column in _COLUMNS.values()] for row in range(len(data["study"]))
    ]
    yield f"synthesis/study_results/{name}.xlsx", _workbook(rows)
    told = []
    for outcome, measure in (("odds", "OR"), ("risk", "RR")):
        fit = _fit(pinned, name, measure)
        numbers = (f"{fit[key]:.9f}" for key in ("estimate", "ci_low", "ci_high"))
        estimate, low, high = numbers
        told.append(f"{outcome[0].upper()} {measure} {estimate}, 95 % interval {low} to {high}.")
    review = {"title": name, "text": {"results": " ".join(told)}, "made_with": pinned["made_with"]}
    yield f"synthesis/search_screen/{name}.json", _json(review)


def _fit(pinned: Mapping[str, Any], name: str, measure: str) -> dict[str, float]:
    """The Mantel-Haenszel fit of a data set."""
    for row in pinned["pooled"]:
        fit = dict(zip(pinned["columns"], row, strict=True))
        if (fit["dataset"], fit["measure"], fit["model"]) == (name, measure, "mh"):
            return cast("dict[str, float]", fit)
    raise ValueError(f"no Mantel-Haenszel fit of {name} ({measure})")


def _workbook(rows: Sequence[Sequence[int]]) -> bytes:
    """The same table as sheets `odds` and `risk`: one outcome, pooled in two measures."""
    header = "".join(_cell(column, 1, name) for column, name in enumerate(_COLUMNS))
    lines = [f'<row r="1">{header}</row>']
    for number, row in enumerate(rows, 2):
        cells = "".join(_cell(column, number, str(value)) for column, value in enumerate(row))
        lines.append(f'<row r="{number}">{cells}</row>')
    sheet = f'<worksheet xmlns="{_NS}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
            for n in (1, 2)
        )
        + "</Types>",
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{_NS}" xmlns:r="{_RELATIONS}"><sheets>'
        '<sheet name="odds" sheetId="1" r:id="rId1"/><sheet name="risk" sheetId="2" r:id="rId2"/>'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", "worksheets/sheet1.xml"), ("worksheet", "worksheets/sheet2.xml")]
        ),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/worksheets/sheet2.xml": sheet,
    }
    return _zipped(parts)


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def _cell(column: int, row: int, text: str) -> str:
    place = f"{'ABCD'[column]}{row}"
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def _zipped(parts: Mapping[str, str]) -> bytes:
    from io import BytesIO

    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as book:
        for name, text in parts.items():
            book.writestr(zipfile.ZipInfo(name), f'<?xml version="1.0"?>\n{text}')
    return packed.getvalue()


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1) + "\n").encode()


def main() -> None:
    """Write every file below this folder."""
    reference = _ROOT.parent.parent / "tests" / "reference" / "metafor_datasets.json"
    for name, content in made_files(reference):
        path = _ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
