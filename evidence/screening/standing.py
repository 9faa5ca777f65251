"""Where stopping stands: the log folded once into sample, certificate and what made it void.

Vocabulary: a record is *screened* when its title and abstract have a settled verdict, and
*included* when that verdict is not `exclude`: `unclear` goes on to the full text as `include` does,
so the recall that is certified is the recall of what goes on. Records that are left out as
duplicates count nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import filterfalse, islice

from evidence.entries import Entry
from evidence.events import (
    RecordIdentified,
    ScreeningReopened,
    ScreeningStopped,
    StoppingSampleDrawn,
)
from evidence.judgements import DecisionTakenBack, ScreeningDecision, StoppingCertificate, Verdict

SettledVerdict = Callable[[str], Verdict | None]


@dataclass(frozen=True)
class SampleStanding:
    """A drawn sample that still covers all unscreened records.

    Attributes:
        drawn: The line of the log.
        to_screen: Its records without a verdict, in the order in which they are to be screened.
        n_included: Its records that were included (k).
        n_included_before: Included among the records screened before the drawing (r).
        n_included_since: Included among those unscreened at the drawing, in the sample or not.
        n_excluded_since: Excluded among those unscreened at the drawing, in the sample or not;
            what of the sample turned out to be a duplicate counts as excluded.
        withdrawn: Records screened before the drawing that have no settled verdict any more.
    """

    drawn: StoppingSampleDrawn
    to_screen: tuple[str, ...]
    n_included: int
    n_included_before: int
    n_included_since: int
    n_excluded_since: int
    withdrawn: tuple[str, ...] = ()

    @property
    def n_judged(self) -> int:
        """How many records of the sample have a verdict."""
        return len(self.drawn.record_ids) - len(self.to_screen)


@dataclass(frozen=True)
class StoppingStanding:
    """Where stopping stands.

    Attributes:
        order: Screened records in the order in which they were first settled.
        labels: One for each of `order`: 1 included, 0 excluded.
        unscreened: Records without a verdict, in the order of the search.
        attempts: Samples drawn so far, whatever became of them.
        sample: The last sample, while it covers all unscreened records and led to no certificate.
        certificate: The certificate that is in force; screening is stopped while there is one.
        void_certificate: The last certificate, when it is no longer in force.
        void_reason: Why it is not; empty otherwise.
        sample_void_reason: Why the last sample is of no use; empty while it is, or was used up.
    """

    order: tuple[str, ...]
    labels: tuple[int, ...]
    unscreened: tuple[str, ...]
    attempts: int = 0
    sample: SampleStanding | None = None
    certificate: StoppingCertificate | None = None
    void_certificate: StoppingCertificate | None = None
    void_reason: str = ""
    sample_void_reason: str = ""

    @property
    def n_screened(self) -> int:
        """Records with a verdict."""
        return len(self.order)

    @property
    def n_included(self) -> int:
        """Records with a verdict that is not `exclude`."""
        return sum(self.labels)

    @property
    def n_records(self) -> int:
        """All records of the phase: screened and unscreened."""
        return len(self.order) + len(self.unscreened)

    @property
    def stopped(self) -> bool:
        """Whether a certificate is in force; what is unscreened then counts as not relevant."""
        return self.certificate is not None


class StoppingFold:
    """Takes the log in line by line and tells where stopping stands.

    Args:
        verdict: The settled title/abstract verdict of a record as of the entry just applied, or
            None while there is none. The caller applies an entry to what this function reads
            *before* it calls `apply` with the same entry.
    """

    def __init__(self, verdict: SettledVerdict) -> None:
        self._verdict = verdict
        self._records: dict[str, None] = {}
        self._included: dict[str, bool] = {}
        self._attempts = 0
        self._drawn: StoppingSampleDrawn | None = None
        self._screened_before: frozenset[str] = frozenset()
        self._certificate: StoppingCertificate | None = None
        self._known_at_drawing = 0
        self._known_at_stop = 0
        self._void_reason = ""

    def apply(self, entry: Entry) -> None:
        """Take the next line of the log in."""
        match entry:
            case RecordIdentified():
                self._records.setdefault(entry.record.record_id)
            case (
                ScreeningDecision(phase="title_abstract")
                | DecisionTakenBack(phase="title_abstract")
            ):
                self._hear(entry.record_id)
            case StoppingSampleDrawn():
                self._attempts += 1
                self._drawn = entry
                self._screened_before = frozenset(self._included)
                self._known_at_drawing = len(self._records)
            case ScreeningStopped():
                self._certificate = entry.certificate
                self._drawn = None
                self._known_at_stop = len(self._records)
                self._void_reason = ""
            case ScreeningReopened():
                reason = entry.provenance.reason
                self._void(f"screening was reopened{f': {reason}' if reason else ''}")
                self._drawn = None
            case _:
                pass

    def _hear(self, record_id: str) -> None:
        """Look up what the verdict on a record is now, and what its change voids."""
        if record_id not in self._records:
            return
        verdict = self._verdict(record_id)
        before = self._included.get(record_id)
        now = None if verdict is None else verdict != "exclude"
        if now == before:
            return
        if now is None:
            del self._included[record_id]
        else:
            self._included[record_id] = now
        if before is None:
            self._void(f"record {record_id}, which the certificate left out, was screened since")
        else:
            self._void(f"the verdict on record {record_id} was changed since")

    def _void(self, reason: str) -> None:
        """Void the certificate in force, if there is one; the first reason stays."""
        if self._certificate is not None and not self._void_reason:
            self._void_reason = reason

    def standing(self, duplicates: Mapping[str, str] | None = None) -> StoppingStanding:
        """Where stopping stands after the lines so far.

        Args:
            duplicates: Records left out as duplicates (as `ReviewState.duplicates`).
        """
        left_out = duplicates or {}
        order = tuple(filterfalse(left_out.__contains__, self._included))
        unscreened = filterfalse(self._included.__contains__, self._records)
        standing = StoppingStanding(
            order=order,
            labels=tuple(map(int, map(self._included.__getitem__, order))),
            unscreened=tuple(filterfalse(left_out.__contains__, unscreened)),
            attempts=self._attempts,
        )
        if self._drawn is not None:
            reason = self._uncovered(left_out, self._drawn)
            sample = None if reason else self._sample(left_out, self._drawn)
            standing = replace(standing, sample=sample, sample_void_reason=reason)
        if self._certificate is None:
            return standing
        reason = self._void_reason or self._outgrown(left_out, standing, self._certificate)
        if reason:
            return replace(standing, void_certificate=self._certificate, void_reason=reason)
        return replace(standing, certificate=self._certificate)

    def _sample(self, left_out: Mapping[str, str], drawn: StoppingSampleDrawn) -> SampleStanding:
        before = [i for i in self._screened_before if i not in left_out]
        since = {
            i: included
            for i, included in self._included.items()
            if i not in self._screened_before and i not in left_out
        }
        return SampleStanding(
            drawn=drawn,
            to_screen=tuple(
                i for i in drawn.record_ids if i not in self._included and i not in left_out
            ),
            n_included=sum(since.get(i, False) for i in drawn.record_ids),
            n_included_before=sum(self._included.get(i, False) for i in before),
            n_included_since=sum(since.values()),
            n_excluded_since=sum(not included for included in since.values())
            + sum(i in left_out for i in drawn.record_ids),
            withdrawn=tuple(sorted(i for i in before if i not in self._included)),
        )

    def _uncovered(self, left_out: Mapping[str, str], drawn: StoppingSampleDrawn) -> str:
        """Why the sample does not speak for all records; empty when it does."""
        drawn_from = self._records.keys() - self._screened_before
        if not drawn_from.issuperset(drawn.record_ids):
            return "it holds records that were not unscreened when it was drawn"
        arrived = self._arrived(left_out, self._known_at_drawing)
        if arrived:
            return f"{_records(arrived)} identified after the sample was drawn"
        covered = sum(i not in self._screened_before and i not in left_out for i in self._records)
        if covered > drawn.n_unscreened:
            back = _records(covered - drawn.n_unscreened)
            return f"{back} brought back as no duplicates after the sample was drawn"
        return ""

    def _outgrown(
        self,
        left_out: Mapping[str, str],
        standing: StoppingStanding,
        certificate: StoppingCertificate,
    ) -> str:
        """Why the certificate no longer speaks for all records; empty when it does."""
        arrived = self._arrived(left_out, self._known_at_stop)
        if arrived:
            return f"{_records(arrived)} identified since"
        if standing.n_records > certificate.n_records:
            return f"{_records(standing.n_records - certificate.n_records)} brought back since"
        fewer = certificate.n_included - standing.n_included
        if fewer > 0:
            return f"{_records(fewer)} among the included found to be duplicates since"
        return ""

    def _arrived(self, left_out: Mapping[str, str], n_known: int) -> int:
        """How many records were identified after the first `n_known`, duplicates aside."""
        return sum(i not in left_out for i in islice(self._records, n_known, None))


def _records(count: int) -> str:
    return "1 record was" if count == 1 else f"{count} records were"
