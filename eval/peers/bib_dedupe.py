"""bib-dedupe on the same records: which of them it takes for duplicates.

bib-dedupe (Wagner 2024, doi:10.21105/joss.06318) runs as it is published, in a virtual environment
of its own:

    python -m eval.peers.bib_dedupe install VENV

makes VENV and installs the pinned version, for which it needs the network. It is given all fields
of a record that it knows, volume, issue and pages among them, and authors as BibTeX has them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from eval.baselines.same_citation import connected
from eval.formats.duplicate_records import LabelledRecord
from eval.peers.environments import answered, install_command, python_of
from evidence.errors import EngineError

PACKAGE, VERSION = "bib-dedupe", "0.11.0"
ENGINE = "bib_dedupe"
DEFAULT_VENV = Path(".venv-bib-dedupe")

_PROGRAM = """
import json, sys
import pandas
from bib_dedupe.bib_dedupe import block, match, prep
rows = json.load(open(sys.argv[1]))
found = match(block(prep(pandas.DataFrame(rows), verbosity_level=0, cpu=1), cpu=1), cpu=1)
if len(found):
    found = found[found["duplicate_label"] == "duplicate"][["ID_1", "ID_2"]]
json.dump(found.values.tolist() if len(found) else [], open(sys.argv[2], "w"))
"""


class BibDedupe:
    """bib-dedupe in a virtual environment.

    Args:
        venv: The environment that `install` made.

    Raises:
        SettingsError: The environment is not there or holds another version.
    """

    def __init__(self, venv: Path) -> None:
        again = f"run `python -m eval.peers.bib_dedupe install {venv}`, or use --no-peers"
        self._python = python_of(venv, PACKAGE, VERSION, again)

    def __call__(self, records: Sequence[LabelledRecord]) -> list[list[str]]:
        """Groups of record ids that it takes for one report.

        Raises:
            EngineError: It failed.
        """
        try:
            pairs = answered(self._python, _PROGRAM, [bibtex_fields(one) for one in records])
        except EngineError as error:
            raise EngineError(f"{PACKAGE}: {error}; or use --no-peers") from error
        return connected([(str(one), str(other)) for one, other in pairs])


def bib_dedupe_peer(venv: Path | None, *, required: bool) -> BibDedupe | None:
    """bib-dedupe in `venv`, or where `install` puts it unless told otherwise.

    Returns:
        None when no environment was named, none is in the usual place, and none is required.

    Raises:
        SettingsError: It was named or is required, and is not there or of another version.
    """
    if venv is None and not required and not DEFAULT_VENV.exists():
        return None
    return BibDedupe(venv or DEFAULT_VENV)


def bibtex_fields(labelled: LabelledRecord) -> dict[str, str]:
    """A record as the peer reads it: all fields as text, what is not known empty."""
    record, _, place = labelled
    return {
        "ID": record.record_id,
        "ENTRYTYPE": "article",
        "title": record.title,
        "author": " and ".join(map(_bibtex_name, record.authors)),
        "year": str(record.year or ""),
        "journal": record.journal or "",
        "volume": place.get("volume", ""),
        "number": place.get("issue", ""),
        "pages": place.get("pages", ""),
        "abstract": record.abstract,
        "doi": record.doi or "",
    }


def _bibtex_name(author: str) -> str:
    """`Smith JA` as `Smith, JA`: the peer wants a comma."""
    return re.sub(r"^([^,]*[^\W\d_]{2}) ((?:[A-Z]\.?-?){1,4})$", r"\1, \2", author)


def main(arguments: Sequence[str] | None = None) -> int:
    """`install VENV`; returns the exit code."""
    return install_command(arguments, "eval.peers.bib_dedupe", PACKAGE, VERSION, DEFAULT_VENV)


if __name__ == "__main__":
    sys.exit(main())
