"""Published search filters, word for word, each by name and version.

Only filters whose text and source are certain are here. A filter is never changed: another
wording is another version. Cochrane publishes the sensitivity-maximising strategy for PubMed in
its 2008 revision and for Ovid in its 2023 revision (Handbook 6.5, section 4.4.7).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from evidence.errors import SettingsError

_COCHRANE = (
    "Cochrane Highly Sensitive Search Strategy for identifying randomized trials in MEDLINE "
    "(Lefebvre C et al., Cochrane Handbook for Systematic Reviews of Interventions, chapter 4 and "
    "its technical supplement), "
)
_ANY_8 = " OR ".join(f"#{n}" for n in range(1, 9))
_ANY_7 = " OR ".join(f"#{n}" for n in range(1, 8))


class PublishedFilter(NamedTuple):
    """A filter as published; a platform it was not published for has no lines.

    Attributes:
        pubmed: Lines in PubMed's syntax, the last one its result; `#1` refers to the first.
        ovid: Lines in Ovid MEDLINE's syntax, in the same way.
        excludes: What the filter finds is taken away.
        for_stores: False where only PubMed itself can answer it.
    """

    name: str
    version: str
    purpose: str
    source: str
    pubmed: tuple[str, ...] = ()
    ovid: tuple[str, ...] = ()
    excludes: bool = False
    for_stores: bool = True

    @property
    def pubmed_query(self) -> str:
        """PubMed's lines as one query.

        Raises:
            SettingsError: The filter was not published for PubMed.
        """
        if not self.pubmed:
            raise SettingsError(f"filter {self.name} {self.version} is not published for PubMed")
        return _written_out(self.pubmed, r"#(\d+)")

    @property
    def ovid_query(self) -> str:
        """Ovid's lines as one query.

        Raises:
            SettingsError: The filter was not published for Ovid.
        """
        if not self.ovid:
            raise SettingsError(f"filter {self.name} {self.version} is not published for Ovid")
        return _written_out(self.ovid, r"(?<![\w.])(\d+)(?![\w.])")


FILTERS = (
    PublishedFilter(
        name="cochrane-rct-sensitivity-maximising",
        version="2008",
        purpose="randomised trials, as many as can be found",
        source=f"{_COCHRANE}sensitivity-maximizing version (2008 revision); PubMed format",
        pubmed=(
            "randomized controlled trial [pt]",
            "controlled clinical trial [pt]",
            "randomized [tiab]",
            "placebo [tiab]",
            "drug therapy [sh]",
            "randomly [tiab]",
            "trial [tiab]",
            "groups [tiab]",
            _ANY_8,
            "animals [mh] NOT humans [mh]",
            "#9 NOT #10",
        ),
    ),
    PublishedFilter(
        name="cochrane-rct-sensitivity-maximising",
        version="2023",
        purpose="randomised trials, as many as can be found",
        source=f"{_COCHRANE}sensitivity-maximizing version (2023 revision); Ovid format",
        ovid=(
            "exp randomized controlled trial/",
            "controlled clinical trial.pt.",
            "randomized.ab.",
            "placebo.ab.",
            "drug therapy.fs.",
            "randomly.ab.",
            "trial.ab.",
            "groups.ab.",
            "1 or 2 or 3 or 4 or 5 or 6 or 7 or 8",
            "exp animals/ not humans.sh.",
            "9 not 10",
        ),
    ),
    PublishedFilter(
        name="cochrane-rct-sensitivity-and-precision-maximising",
        version="2008",
        purpose="randomised trials, with fewer records to read",
        source=(
            f"{_COCHRANE}sensitivity- and precision-maximizing version (2008 revision); PubMed "
            "format"
        ),
        pubmed=(
            "randomized controlled trial [pt]",
            "controlled clinical trial [pt]",
            "randomized [tiab]",
            "placebo [tiab]",
            "clinical trials as topic [mesh: noexp]",
            "randomly [tiab]",
            "trial [ti]",
            _ANY_7,
            "animals [mh] NOT humans [mh]",
            "#8 NOT #9",
        ),
    ),
    PublishedFilter(
        name="cochrane-humans-not-animals",
        version="2008",
        purpose="takes away records indexed for animals and not for humans",
        source=f"{_COCHRANE}the part that excludes animal studies",
        pubmed=("animals [mh] NOT humans [mh]",),
        ovid=("exp animals/ not humans.sh.",),
        excludes=True,
    ),
    PublishedFilter(
        name="pubmed-systematic-reviews",
        version="subset",
        purpose="systematic reviews, as PubMed's own filter finds them on the day of the search",
        source="National Library of Medicine, PubMed subset `systematic [sb]`",
        pubmed=("systematic [sb]",),
        for_stores=False,
    ),
)


def published_filter(name: str, version: str) -> PublishedFilter:
    """The filter of that name and version.

    Raises:
        SettingsError: There is none.
    """
    for found in FILTERS:
        if (found.name, found.version) == (name, version):
            return found
    known = ", ".join(f"{f.name} {f.version}" for f in FILTERS)
    raise SettingsError(f"no filter {name!r} of version {version!r}; expected one of {known}")


def _written_out(lines: tuple[str, ...], reference: str) -> str:
    """The last line with every line that it refers to in its place."""
    texts: list[str] = []
    for line in lines:
        refers = len(lines) > 1 and texts and re.search(reference, line)
        text = re.sub(reference, lambda m: f"({texts[int(m[1]) - 1]})", line) if refers else line
        texts.append(text)
    return texts[-1]
