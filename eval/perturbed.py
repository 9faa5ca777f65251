"""A variant of the numbers task that remembered answers fail: other numbers, the same structure.

    python -m eval.perturbed data/result_tables/development --out variant --seed 0
    python -m eval.trialreview extraction --data variant/original --out out-original
    python -m eval.trialreview extraction --data variant/perturbed --out out-perturbed \
        --compare out-original/scores.json

A language model may have read an article of a public benchmark. Here each article gets a factor of
2, 3 or 4 by seed. Every number that a reader labelled, every group size (`n = 43`) and every count
before a parenthesis (`12 (28 %)`) is multiplied by it, wherever its value stands in the abstract,
the text and the tables; the labels change by the same map. Percentages, p-values, references and
all other numbers stay. A whole factor needs no rounding: counts keep their percentages, means
their order, and an answer from memory is wrong. What does not hold any more is the fit of a
p-value to its interval, and of an interval to the group sizes.

A label whose number the article does not print in digits, before or after, is left out of both
folders: what is compared is the same questions. Number words (*twelve*) are not changed.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import re
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from evidence.errors import EvidenceError, SettingsError, SourceError
from indexers.jats import article_bytes

if TYPE_CHECKING:
    from lxml.etree import _Element

_FACTORS = (2, 3, 4)
_NUMERAL = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:,\d{3})+|\d+)(?:[.·]\d+)?(?!\d|[.,·]\d|[A-Za-z_])")
_PERCENT_AFTER = re.compile(r"\s*(?:%|per\s?cent)")
_P_BEFORE = re.compile(r"\b[Pp](?:[- ]?values?)?\s*(?:[<>=≤≥]|for\b.{0,20}=)\s*$")
_GROUP_SIZE = re.compile(r"\b[nN]\s*=\s*$")
_COUNT_AFTER = re.compile(r"\s*\(\s*\d+(?:[.·]\d+)?\s*(?:%|\))")
_LEFT_ALONE = frozenset(
    {"label", "xref", "ref-list", "ext-link", "uri", "front", "fn-group", "ack", "math", "tex-math"}
)


class Perturbed(NamedTuple):
    """How many questions and articles are in both folders, and the labels that were left out."""

    n_questions: int
    n_articles: int
    left_out: dict[str, str]


def perturb(data: Path, out: Path, seed: int) -> Perturbed:
    """Write `original` and `perturbed` under `out`, both as labels and articles.

    Args:
        data: A folder of labels.jsonl and articles, as data/result_tables has them.
        out: Made new; must not be there.
        seed: Of the factors.

    Raises:
        SourceError: The labels or an article cannot be read.
        SettingsError: `out` is there already.
    """
    rows = _label_rows(data / "labels.jsonl")
    if out.exists():
        raise SettingsError(f"{out}: is there already; name a folder to be made")
    left_out: dict[str, str] = {}
    kept: dict[str, list[dict[str, Any]]] = {"original": [], "perturbed": []}
    articles = sorted({str(row["pmcid"]) for row in rows})
    for side in kept:
        (out / side / "articles").mkdir(parents=True)
    n_articles = 0
    for article_id in articles:
        path = data / "articles" / f"{article_id}.xml.gz"
        own = [row for row in rows if row["pmcid"] == article_id]
        root = _parsed(path)
        before = set(_printed(root))
        factor = factor_of(article_id, seed)
        labelled = {abs(Decimal(str(v))) for row in own for v in _numbers(row)}
        change_numbers(root, labelled | _counts(root), factor)
        after = set(_printed(root))
        pairs = [(row, _changed(row, factor)) for row in own]
        for row, changed in pairs:
            problem = _not_printed(row, before) or _not_printed(changed, after)
            if problem:
                left_out[str(row["label_id"])] = problem
                continue
            kept["original"].append(row)
            kept["perturbed"].append(changed)
        if any(row["pmcid"] == article_id for row in kept["original"]):
            n_articles += 1
            shutil.copyfile(path, out / "original" / "articles" / path.name)
            (out / "perturbed" / "articles" / path.name).write_bytes(_packed(root))
    for side, found in kept.items():
        lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in found)
        (out / side / "labels.jsonl").write_text(lines, encoding="utf-8", newline="\n")
    return Perturbed(len(kept["original"]), n_articles, left_out)


def factor_of(article_id: str, seed: int) -> int:
    """The factor of an article, by its id and the seed."""
    drawn = hashlib.sha256(f"{seed}:{article_id}".encode()).digest()
    return _FACTORS[int.from_bytes(drawn[:4], "big") % len(_FACTORS)]


def change_numbers(root: _Element, chosen: Collection[Decimal], factor: int) -> None:
    """Change each numeral of a chosen value in the article, in place; its decimals stay as many."""

    def changed(match: re.Match[str]) -> str:
        text = match.group()
        if _value(text) not in chosen or _stays(match):
            return text
        new = _value(text) * factor
        grouped = f"{new:,f}" if "," in text else f"{new:f}"
        return grouped.replace(".", "·") if "·" in text else grouped

    for element in _read_elements(root):
        if element.text:
            element.text = _NUMERAL.sub(changed, element.text)
        for child in element:
            if child.tail:
                child.tail = _NUMERAL.sub(changed, child.tail)


def _stays(match: re.Match[str]) -> bool:
    """Whether the numeral is a percentage or a p-value."""
    before = match.string[max(0, match.start() - 40) : match.start()]
    return bool(_PERCENT_AFTER.match(match.string, match.end()) or _P_BEFORE.search(before))


def _counts(root: _Element) -> set[Decimal]:
    """Group sizes, and counts that stand before a share in parentheses."""
    found = set()
    for text in _texts(root):
        for match in _NUMERAL.finditer(text):
            sized = _GROUP_SIZE.search(text[max(0, match.start() - 12) : match.start()])
            counted = _COUNT_AFTER.match(text, match.end())
            if "." not in match.group() and (sized or counted):
                found.add(_value(match.group()))
    return found


def _printed(root: _Element) -> Iterator[Decimal]:
    for text in _texts(root):
        for match in _NUMERAL.finditer(text):
            if not _stays(match):
                yield _value(match.group())


def _texts(root: _Element) -> Iterator[str]:
    for element in _read_elements(root):
        if element.text:
            yield element.text
        yield from (child.tail for child in element if child.tail)


def _read_elements(root: _Element) -> Iterator[_Element]:
    """The elements of abstract and body, without labels, references and metadata."""
    waiting = [*root.iter("abstract"), *root.iter("body"), *root.iter("floats-group")]
    while waiting:
        element = waiting.pop()
        yield element
        waiting += [c for c in element if isinstance(c.tag, str) and c.tag not in _LEFT_ALONE]


def _value(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("·", "."))


def _numbers(row: Mapping[str, Any]) -> list[float]:
    return [value for value in row["values"].values() if value is not None]


def _changed(row: Mapping[str, Any], factor: int) -> dict[str, Any]:
    """The label with its numbers changed; the cells as printed are dropped, being others now."""
    numbers = {
        name: None if value is None else float(Decimal(str(value)) * factor)
        for name, value in row["values"].items()
    }
    return {**row, "values": numbers, "as_printed": {}}


def _not_printed(row: Mapping[str, Any], printed: Collection[Decimal]) -> str:
    missing = [v for v in _numbers(row) if abs(Decimal(str(v))) not in printed]
    return f"{missing[0]:g} is not printed in digits" if missing else ""


def _label_rows(path: Path) -> list[dict[str, Any]]:
    rows = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, f"expected labels as JSON lines in UTF-8 ({error})") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            rows.append({**row, "pmcid": str(row["pmcid"]), "values": dict(row["values"])})
        except (ValueError, KeyError, TypeError) as error:
            raise SourceError(path, "expected a label with pmcid and values", number) from error
    return rows


def _parsed(path: Path) -> _Element:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(article_bytes(path), parser)
    except (OSError, etree.XMLSyntaxError) as error:
        raise SourceError(path, "expected a JATS article") from error


def _packed(root: _Element) -> bytes:
    from lxml import etree

    return gzip.compress(etree.tostring(root, encoding="utf-8", xml_declaration=True), mtime=0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the variant; returns 0, or 2 for bad input."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.perturbed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", type=Path, help="labels.jsonl beside articles/")
    parser.add_argument("--out", type=Path, required=True, help="a folder to be made")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        made = perturb(options.data, options.out, options.seed)
    except EvidenceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{made.n_questions} questions of {made.n_articles} articles in {options.out}")
    print(f"{len(made.left_out)} left out: a number of theirs is not printed in digits")
    return 0


if __name__ == "__main__":
    sys.exit(main())
