"""Random logs of a small review: every kind of line that changes where it stands."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from evidence.appraisal.by_person import robins_i_judgement
from evidence.appraisal.robins_i import DOMAIN, LEVELS
from evidence.entries import Entry
from evidence.events import (
    DuplicateMarked,
    DuplicateRefuted,
    DuplicateSuspected,
    ScreeningReopened,
    ScreeningStopped,
    StoppingSampleDrawn,
)
from evidence.judgements import (
    DecisionTakenBack,
    Phase,
    Provenance,
    RecordNote,
    Role,
    StoppingCertificate,
    Verdict,
)
from tests.evidence.screening.two_reviewers import BY_MACHINE, found, report, said
from tests.evidence.test_state_of_results import rejection, result

RECORDS = ("r0", "r1", "r2", "r3", "r5")
_records = st.sampled_from(RECORDS)
_people = st.sampled_from(("Ada", "Ben", "Cleo"))
_phases = st.sampled_from(get_args(Phase))
_verdicts = st.sampled_from(get_args(Verdict))
_by = st.one_of(st.just(BY_MACHINE), st.builds(Provenance, actor=_people, engine=st.just("person")))
_pairs = st.lists(_records, min_size=2, max_size=2, unique=True)
_results = st.builds(result, st.integers(1, 2), _by)


def _taken_back(record_id: str, phase: Phase, who: str, role: Role) -> Entry:
    signed = Provenance(actor=who, engine="person")
    return DecisionTakenBack(record_id=record_id, phase=phase, role=role, provenance=signed)


def _on_duplicates(kind: type, pair: list[str], by: Provenance) -> Entry:
    entry: Entry = kind(record_id=pair[0], duplicate_of=pair[1], provenance=by)
    return entry


def _sample(record_ids: list[str], n_unscreened: int) -> Entry:
    return StoppingSampleDrawn(
        record_ids=tuple(record_ids),
        n_unscreened=max(n_unscreened, len(record_ids)),  # more is damage, which is refused
        target_recall=0.5,
        confidence=0.6,
        attempt=1,
        seed=1,
        provenance=BY_MACHINE,
    )


def _stopped(n_records: int, n_included: int) -> Entry:
    certificate = StoppingCertificate(
        target_recall=0.5,
        confidence=0.6,
        p_value=0.1,
        n_records=n_records,
        n_screened=n_records,
        n_included=n_included,
        recall_low=0.5,
        method="quick",
    )
    return ScreeningStopped(certificate=certificate, provenance=BY_MACHINE)


_decisions = st.builds(
    said,
    st.one_of(_people, st.just(BY_MACHINE.actor)),
    _verdicts,
    _records,
    _phases,
    adjudicates=st.booleans(),
)
_lines = st.one_of(
    _decisions,
    _decisions,
    st.builds(_taken_back, _records, _phases, _people, st.sampled_from(get_args(Role))),
    _records.map(lambda record_id: found(record_id)[0]),
    st.builds(report, _records, st.sampled_from((None, "d", "e"))),
    st.builds(
        _on_duplicates,
        st.sampled_from((DuplicateMarked, DuplicateSuspected, DuplicateRefuted)),
        _pairs,
        _by,
    ),
    st.builds(_sample, st.lists(_records, min_size=1, unique=True), st.integers(1, 5)),
    st.builds(_stopped, st.integers(1, 5), st.integers(0, 2)),
    st.just(ScreeningReopened(provenance=BY_MACHINE)),
    _results,
    st.builds(
        robins_i_judgement,
        _records,
        st.sampled_from(tuple(DOMAIN)),
        st.sampled_from(LEVELS),
        _people,
        st.just("read it"),
    ),
    st.builds(lambda of, out: rejection(of, rejected=out), _results, st.booleans()),
    st.builds(
        lambda record_id, who, label: RecordNote(
            record_id=record_id,
            labels=(label,),
            provenance=Provenance(actor=who, engine="person"),
        ),
        _records,
        _people,
        st.sampled_from("ab"),
    ),
)
logs: st.SearchStrategy[list[list[Entry]]] = st.lists(
    st.lists(_lines, min_size=1, max_size=6), min_size=1, max_size=6
).map(lambda parts: [list(found(*RECORDS[:3])), *parts])
"""A log in the parts in which it is read; some records are found at its start."""
