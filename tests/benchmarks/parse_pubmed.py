"""How fast and in how much memory PubMed XML is read, against Biopython's `Entrez.read`.

Repeats the articles of the files named, with rising PMIDs, to two files of different size; times
both readers on the larger one (median of three, one after the other in turn) and measures the peak
memory of each, on both files, in a process of its own (from /proc, so on Linux). Prints JSON.

    python tests/benchmarks/parse_pubmed.py FILE... [--articles 5000]
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

from lxml import etree

from indexers.pubmed import read_pubmed

HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC '
    '"-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n<PubmedArticleSet>\n'
)
FIRST_PMID = 10_000_000
ROUNDS = 3
_PEAK = re.compile(r"VmHWM:\s*(\d+) kB")
_PMID = re.compile(r"(<PMID[^>]*>)\d+")


def read_here(path: Path) -> int:
    """The number of records that the product's reader gives."""
    return sum(1 for _ in read_pubmed(path))


def read_biopython(path: Path) -> int:
    """The number of articles that `Entrez.read` gives."""
    from Bio import Entrez

    with path.open("rb") as file:
        return len(Entrez.read(file)["PubmedArticle"])  # type: ignore[no-untyped-call]


READERS: dict[str, Callable[[Path], int]] = {"here": read_here, "biopython": read_biopython}


def articles_of(paths: list[Path]) -> list[str]:
    """Each article of the files as text."""
    parser = etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False)
    articles = []
    for path in paths:
        for article in etree.parse(path, parser).getroot().iter("PubmedArticle"):
            articles.append(etree.tostring(article, encoding="unicode", with_tail=False))
    if not articles:
        raise SystemExit("expected files with at least one PubmedArticle")
    return articles


def write_set(
    path: Path, articles: list[str], n_articles: int, first_pmid: int = FIRST_PMID
) -> None:
    """Write a set of so many articles, repeated in turn."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for number, article in enumerate(islice(cycle(articles), n_articles)):
            file.write(_PMID.sub(rf"\g<1>{first_pmid + number}", article, count=1) + "\n")
        file.write("</PubmedArticleSet>\n")


def seconds(path: Path, n_articles: int) -> dict[str, float]:
    """The median time of each reader."""
    taken: dict[str, list[float]] = {name: [] for name in READERS}
    for _ in range(ROUNDS):
        for name, read in READERS.items():
            started = time.perf_counter()
            found = read(path)
            taken[name].append(time.perf_counter() - started)
            if found != n_articles:
                raise SystemExit(f"{name}: expected {n_articles} articles, found {found}")
    return {name: statistics.median(times) for name, times in taken.items()}


def peak_mebibytes(name: str, path: Path) -> float:
    """The peak resident memory of a process that only reads the file."""
    command = [sys.executable, __file__, "--peak-of", name, str(path)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def benchmark(paths: list[Path], n_articles: int) -> dict[str, object]:
    """Both measures, and how they compare."""
    articles = articles_of(paths)
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.xml", Path(folder) / "large.xml"
        sizes = {small: n_articles // 5, large: n_articles}
        for path, number in sizes.items():
            write_set(path, articles, number)
        times = seconds(large, n_articles)
        peaks = {
            name: {str(sizes[path]): round(peak_mebibytes(name, path), 1) for path in sizes}
            for name in READERS
        }
        return {
            "source_articles": len(articles),
            "articles": n_articles,
            "megabytes": round(large.stat().st_size / 1e6, 1),
            "records_per_second": {name: round(n_articles / s, 1) for name, s in times.items()},
            "times_faster": round(times["biopython"] / times["here"], 2),
            "peak_mebibytes_by_articles": peaks,
        }


def main() -> None:
    """Read the command line, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--peak-of", choices=list(READERS), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak_of:
        READERS[arguments.peak_of](arguments.files[0])
        # Not ru_maxrss: it starts with the peak of the process that started this one.
        print(int(_PEAK.findall(Path("/proc/self/status").read_text())[0]) / 1024)
        return
    print(json.dumps(benchmark(arguments.files, arguments.articles), indent=2))


if __name__ == "__main__":
    main()
