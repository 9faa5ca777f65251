"""The licences of the locked dependencies, as their installed distributions state them.

    python -m tests.security.licences          writes docs/LICENCES.md

A licence is read from the field License-Expression (PEP 639), else from the classifiers, else from
the field License. What is not on the list of allowed licences, or not known at all, is a problem,
unless the package is among the exceptions, each of which has its reason.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "requirements.lock"
TARGET = ROOT / "docs" / "LICENCES.md"

ALLOWED = frozenset(
    (
        *(
            "0BSD",
            "Apache-2.0",
            "BSD-2-Clause",
            "BSD-3-Clause",
            "BSL-1.0",
            "CC0-1.0",
            "CNRI-Python",
        ),
        *(
            "ISC",
            "MIT",
            "MIT-0",
            "MIT-CMU",
            "PSF-2.0",
            "Zlib",
            "BSD",
            "Apache-2.0 WITH LLVM-exception",
        ),
    )
)
"""SPDX names of licences that ask for no more than notices; `BSD` is one of unsaid clauses."""

_UNCHANGED = "MPL-2.0 asks for the source of changed files of its own; none is changed here"
EXCEPTIONS = {
    "biopython": "the Biopython licence, a permission like the BSD ones that SPDX has no name for",
    "certifi": f"{_UNCHANGED}; a list of certificates",
    "dirtyjson": "made from simplejson, which is under MIT or AFL-2.1 as one chooses",
    "hypothesis": f"{_UNCHANGED}; used by tests alone",
    "pathspec": f"{_UNCHANGED}; used by the type checker alone",
    "orjson": f"{_UNCHANGED}; needed by the optional extra of Milvus alone",
    "psycopg": "the optional extra for PostgreSQL; imported unchanged, and can be replaced",
    "psycopg-binary": "the optional extra for PostgreSQL; imported unchanged, and can be replaced",
    "tqdm": f"{_UNCHANGED}; the other part is MIT",
}

_NAMES = {
    "mit license": "MIT",
    "mit": "MIT",
    "bsd license": "BSD",
    "bsd": "BSD",
    "bsd-3-clause": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "2-clause bsd": "BSD-2-Clause",
    "apache software license": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache 2.0 license": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "python software foundation license": "PSF-2.0",
    "psfl": "PSF-2.0",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "academic free license (afl)": "AFL",
}
_TOKEN = re.compile(r"[()]|[^()\s]+")
_TOGETHER = re.compile(r"\s+AND\s+|\s*,\s+(?!version)", re.IGNORECASE)


class Licensed(NamedTuple):
    """A locked package and its licence; `stated` is empty where none is stated."""

    name: str
    version: str
    stated: str


def locked(lock: Path = LOCK) -> list[tuple[str, str]]:
    """Names and versions of the lock, in its order."""
    lines = (line.split("#")[0].split(";")[0].strip() for line in lock.read_text().splitlines())
    parts = (line.partition("==") for line in lines if line)
    return [(name.strip(), version.strip()) for name, _, version in parts]


def licensed(packages: Iterable[tuple[str, str]]) -> Iterator[Licensed]:
    """The packages that are installed, with their licences."""
    for name, version in packages:
        try:
            metadata = distribution(name).metadata
        except PackageNotFoundError:
            continue
        yield Licensed(
            name,
            version,
            stated(
                metadata.get("License-Expression"),
                metadata.get_all("Classifier") or (),
                metadata.get("License"),
            ),
        )


def not_installed(packages: Iterable[tuple[str, str]]) -> list[str]:
    """Locked packages whose licence cannot be read here."""
    packages = list(packages)
    found = {one.name for one in licensed(packages)}
    return [name for name, _ in packages if name not in found]


def stated(expression: str | None, classifiers: Iterable[str], field: str | None) -> str:
    """The licence in SPDX's names where they are known, joined by AND and OR.

    The field License may be the whole text of a licence: only its first line counts, and only if
    there are no classifiers or it tells which BSD licence they mean. Several classifiers say
    nothing of AND or OR, and count as AND.
    """
    if expression:
        return expression
    first = ((field or "").strip().splitlines() or [""])[0].strip()
    by_field = " AND ".join(_NAMES.get(p.lower(), p) for p in _TOGETHER.split(first))
    by_field = _NAMES.get(first.lower(), by_field)
    named = (c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License :: "))
    by_class = dict.fromkeys(_NAMES.get(n.lower(), n) for n in named if n != "OSI Approved")
    if not by_class or (list(by_class) == ["BSD"] and allowed(by_field)):
        return by_field
    return " AND ".join(by_class)


def allowed(licence: str) -> bool:
    """Whether a licence is on the list: all parts joined by AND, one of those joined by OR."""
    return _any_of(_TOKEN.findall(licence))


def problems(packages: Iterable[Licensed]) -> list[str]:
    """A line for each package that is neither allowed nor an exception."""
    return [
        f"{one.name}: {one.stated or 'no licence stated'} is not on the list of allowed licences"
        for one in packages
        if not allowed(one.stated) and one.name.lower() not in EXCEPTIONS
    ]


def page(packages: Iterable[Licensed]) -> str:
    """docs/LICENCES.md."""
    rows = sorted(packages, key=lambda one: one.name.lower())
    counts: dict[str, int] = {}
    for one in rows:
        counts[one.stated] = counts.get(one.stated, 0) + 1
    by_count = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    taken = [one for one in rows if one.name.lower() in EXCEPTIONS]
    lines = [
        "# Licences of the dependencies",
        "",
        f"Written by `python -m tests.security.licences` from what the {len(rows)} packages of "
        "requirements.lock state of themselves; a test holds it up to date and fails on a licence "
        "that is not allowed. The program itself is under Apache-2.0 (LICENSE); the data that "
        "ships with it has its own licences (data/README.md, data/ATTRIBUTION.csv).",
        "",
        "Not in the list: libraries that some wheels carry inside (their own notices stand in the "
        "wheels), and optional extras that are not locked.",
        "",
        "| Licence | Packages |",
        "|---|---|",
        *(f"| {name or 'none stated'} | {n} |" for name, n in by_count),
        "",
        "Exceptions to the list of allowed licences:",
        "",
        *(f"- {one.name} ({one.stated}): {EXCEPTIONS[one.name.lower()]}." for one in taken),
        "",
        "| Package | Version | Licence |",
        "|---|---|---|",
        *(f"| {one.name} | {one.version} | {one.stated or 'none stated'} |" for one in rows),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page; what is not allowed is told, with exit code 1."""
    packages = locked()
    missing = not_installed(packages)
    if missing:
        print(f"{LOCK.name}: expected installed packages, missing: {', '.join(missing)}")
        return 2
    found = list(licensed(packages))
    TARGET.write_text(page(found), encoding="utf-8")
    wrong = problems(found)
    print("\n".join((*wrong, f"{TARGET.relative_to(ROOT)}: {len(found)} packages")))
    return 1 if wrong else 0


def _any_of(tokens: list[str]) -> bool:
    """Whether an expression holds, OR binding less than AND."""
    return any([_all_of(part) for part in _split(tokens, "OR")])


def _all_of(tokens: list[str]) -> bool:
    return all([_one_of(part) for part in _split(tokens, "AND")])


def _one_of(tokens: list[str]) -> bool:
    if tokens[:1] == ["("] and tokens[-1:] == [")"]:
        return _any_of(tokens[1:-1])
    return " ".join(tokens) in ALLOWED


def _split(tokens: list[str], word: str) -> list[list[str]]:
    """The tokens parted at a word that stands outside of brackets."""
    parts: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token.upper() == word and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


if __name__ == "__main__":
    sys.exit(main())
