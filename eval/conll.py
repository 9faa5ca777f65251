"""CoNLL files of PICO labels: one token a line, its label last, a blank line after a sentence.

Source: the CoNLL form of EBM-NLP (Nye et al. 2018), and any file of the same kind.

Protocol. The unit is the abstract (between -DOCSTART- lines; without them, what blank lines part).
A token is right by its element, a span by its first and last token (`eval.tasks.pico`); the reader
sees the tokens with one space between them and no label. The ceiling is 1, but annotators agree
with each other far less. Controls count as interventions, as EBM-NLP has them; elements that no
file labels, and files of other entities, are left out. There is no pool: each abstract is read
alone. Abstracts that the heads learnt from are counted and named. An abstract with a broken line
counts as one without a span found.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from eval.datasets import data_files
from evidence.errors import SourceError

CONLL_EXPECTED = (
    "a CoNLL file (or a folder of .txt, .conll, .bio or .tsv files): one token a line, its PICO "
    "label in the last column"
)
ELEMENTS = ("population", "intervention", "outcome")
_SUFFIXES = (".txt", ".conll", ".bio", ".tsv", ".iob", ".iob2")
_NAMES = {
    **dict.fromkeys(("p", "par", "pop", "participant", "participants", "population"), 0),
    **dict.fromkeys(("patient", "patients"), 0),
    **dict.fromkeys(("i", "int", "intervention", "interventions"), 1),
    # EBM-NLP labels controls as interventions, and the heads learnt that.
    **dict.fromkeys(("c", "comparator", "comparators", "control", "comparison"), 1),
    **dict.fromkeys(("o", "out", "outcome", "outcomes"), 2),
}
_ENTITY_NAMES = frozenset(
    ("disease", "chemical", "entity", "gene", "protein", "drug", "species", "cell_line")
)
_PREFIX = re.compile(r"(?P<prefix>[BILUSEM])[-_](?P<name>.+)", re.IGNORECASE)
_NUMBERED = re.compile(r"\d_(?P<name>\w+)")
_DOCUMENT = re.compile(r"-DOCSTART-\S*\s*(?:\(?(?P<id>[^()\s]+)\)?)?")


class LabelledAbstract(NamedTuple):
    """An abstract with one label a token.

    `labels` name an element, or are empty outside one; `begins` tells whether a span begins at
    the token, as far as the file's prefixes or a change of label say. `failure` tells why the rest
    of it cannot be read.
    """

    abstract_id: str
    sentences: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]
    begins: tuple[bool, ...]
    failure: SourceError | None = None

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens in order."""
        return tuple(token for sentence in self.sentences for token in sentence)

    @property
    def text(self) -> str:
        """The tokens with a space between two: a file keeps no other spacing."""
        return " ".join(self.tokens)

    @property
    def digest(self) -> str:
        """SHA-256 of the tokens, whatever the file's columns and labels."""
        return hashlib.sha256("\n".join(self.tokens).encode()).hexdigest()


def read_abstracts(data: Path) -> tuple[list[Path], list[tuple[Path, LabelledAbstract]]]:
    """The files at `data`, and the abstracts of each in the files' order.

    An abstract that is broken has a `failure`, and so has one that stands for a broken file.

    Raises:
        SourceError: No file has a PICO label that can be read.
    """
    files = [
        path
        for path in data_files(data, _SUFFIXES, CONLL_EXPECTED)
        if data.is_file() or not path.name.lower().startswith(("license", "licence", "readme"))
    ]
    if not files:
        raise SourceError(data, f"expected {CONLL_EXPECTED}")
    found = [(path, abstract) for path in files for abstract in _file(path)]
    if not any(any(abstract.labels) for _, abstract in found):
        raise next(a.failure for _, a in found if a.failure is not None)
    return files, found


def read_conll(path: Path) -> list[LabelledAbstract]:
    """The abstracts of a file; a file without -DOCSTART- lines has one an 'abstract' a sentence.

    Raises:
        SourceError: It cannot be read, has no PICO label, or holds another kind of label.
    """
    found = _file(path)
    for abstract in found:
        if abstract.failure is not None:
            raise abstract.failure
    return found


def _file(path: Path) -> list[LabelledAbstract]:
    try:
        # Not splitlines(): a token may hold what Unicode calls the end of a line.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError):
        failure = SourceError(path, f"expected UTF-8 text: {CONLL_EXPECTED}")
        return [LabelledAbstract(path.name, (), (), (), failure)]
    documents = any(line.startswith("-DOCSTART-") for line in lines)
    found = list(_abstracts(path, lines, documents))
    if any(any(abstract.labels) for abstract in found):
        return found
    # A file of another kind is one failure, not one an abstract.
    no_label = SourceError(path, f"no PICO label in any line; expected {CONLL_EXPECTED}")
    failure = next((a.failure for a in found if a.failure is not None), no_label)
    return [LabelledAbstract(path.name, (), (), (), failure)]


class _Open:
    """An abstract that is still being read."""

    def __init__(self, abstract_id: str) -> None:
        self.abstract_id = abstract_id
        self.sentences: list[list[str]] = [[]]
        self.labels: list[str] = []
        self.begins: list[bool] = []
        self.failure: SourceError | None = None

    def add(self, token: str, begins: bool, element: str) -> None:
        """A token; an element after another one begins a span whatever its prefix."""
        before = self.labels[-1] if self.labels else ""
        self.sentences[-1].append(token)
        self.labels.append(element)
        self.begins.append(bool(element) and (begins or element != before))

    def closed(self) -> LabelledAbstract:
        """The abstract."""
        sentences = tuple(tuple(sentence) for sentence in self.sentences if sentence)
        return LabelledAbstract(
            self.abstract_id, sentences, tuple(self.labels), tuple(self.begins), self.failure
        )


def _abstracts(path: Path, lines: list[str], documents: bool) -> Iterator[LabelledAbstract]:
    number, current = 1, _Open(f"{path.name}:1")
    for place, line in enumerate(lines, 1):
        start = _DOCUMENT.match(line)
        if start or (not line.strip() and not documents):
            if current.labels or current.failure:
                yield current.closed()
                number += 1
            name = start["id"] if start and start["id"] else ""
            current = _Open(name or f"{path.name}:{number}")
        elif not line.strip():
            if current.sentences[-1]:
                current.sentences.append([])
        elif current.failure is None:
            try:
                current.add(*_token(path, place, line))
            except SourceError as error:
                current.failure = error
    if current.labels or current.failure:
        yield current.closed()


def _token(path: Path, place: int, line: str) -> tuple[str, bool, str]:
    """A token, whether a span begins at it, and its element."""
    columns = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
    if len(columns) < 2 or not columns[0].strip():
        raise SourceError(path, f"expected a token and its label, not {line[:60]!r}", place)
    return columns[0].strip(), *_label(path, place, columns[-1].strip())


def _label(path: Path, place: int, label: str) -> tuple[bool, str]:
    """Whether a span begins here, and its element; empty outside one."""
    if label in ("O", "0", "_", "", "N", "None"):
        return False, ""
    prefixed, numbered = _PREFIX.fullmatch(label), _NUMBERED.fullmatch(label)
    name = (prefixed or numbered or {"name": label})["name"].lower()
    if numbered_inside := _NUMBERED.fullmatch(name):
        name = numbered_inside["name"]
    if name in _NAMES:
        return bool(prefixed and prefixed["prefix"].upper() in "BUS"), ELEMENTS[_NAMES[name]]
    if name in _ENTITY_NAMES:
        raise SourceError(
            path,
            f"label {label!r} marks entities, not PICO elements (a disease may be population or "
            "outcome): expected labels such as I-PAR, I-INT, I-OUT or P, I, O",
            place,
        )
    raise SourceError(
        path, f"unknown label {label!r}: expected labels such as I-PAR, B-INT, 1_o or P", place
    )
