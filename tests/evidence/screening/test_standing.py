from __future__ import annotations

from evidence.events import ScreeningReopened
from evidence.judgements import MACHINE, Provenance
from evidence.screening.standing import StoppingFold
from tests.evidence.screening.stopping_factory import (
    ANNA,
    ENGINE,
    LastWord,
    all_judged,
    duplicate,
    half_screened,
    identified,
    judged,
    standing_of,
    stopped_log,
    with_sample,
    with_sample_screened,
)


def test_screened_records_stand_in_the_order_of_their_verdicts() -> None:
    log = identified(0, 1, 2, 3, 4)
    log += [judged("r3", "include"), judged("r1", "exclude"), judged("r2", "unclear")]
    log += [judged("r1", "include"), judged("r0", "include", phase="full_text")]
    standing = standing_of(log)
    assert standing.order == ("r3", "r1", "r2")
    assert standing.labels == (1, 1, 1)  # unclear goes on to the full text
    assert standing.unscreened == ("r0", "r4")
    assert (standing.n_records, standing.n_screened, standing.n_included) == (5, 3, 3)


def test_a_machine_settles_nothing_where_people_decide() -> None:
    log = [*identified(0, 1), judged("r0", "exclude", by=ENGINE)]
    assert standing_of(log).order == ()
    words = LastWord()
    words.hear(judged("r0", "exclude", by=ENGINE))
    assert words("r0") == "exclude"
    words.hear(judged("r0", "include"))
    words.hear(judged("r0", "exclude", by=ENGINE))
    assert words("r0") == "include"


def test_duplicates_count_nowhere() -> None:
    log = [*half_screened(), duplicate("r0", "r1"), duplicate("r150", "r1")]
    standing = standing_of(log)
    assert (standing.n_records, standing.n_included) == (198, 39)
    assert "r150" not in standing.unscreened


def test_a_sample_tells_what_is_still_to_screen_in_its_own_order() -> None:
    log = with_sample(half_screened())
    sample = standing_of(log).sample
    assert sample is not None
    ids = sample.drawn.record_ids
    assert sample.to_screen == ids
    outside = next(f"r{i}" for i in range(100, 200) if f"r{i}" not in ids)
    log += [judged(ids[2], "include"), judged(ids[0], "exclude"), judged(outside, "include")]
    sample = standing_of(log).sample
    assert sample is not None
    assert sample.to_screen == (ids[1], *ids[3:])
    assert (sample.n_judged, sample.n_included) == (2, 1)
    assert (sample.n_included_before, sample.n_included_since, sample.n_excluded_since) == (
        40,
        2,
        1,
    )


def test_a_duplicate_in_the_sample_needs_no_verdict() -> None:
    log = with_sample(half_screened())
    sample = standing_of(log).sample
    assert sample is not None
    found = standing_of([*log, duplicate(sample.to_screen[0], "r0")]).sample
    assert found is not None
    assert found.to_screen == sample.to_screen[1:]
    assert found.n_excluded_since == 1


def test_records_identified_after_the_drawing_void_the_sample_unless_they_are_duplicates() -> None:
    log = [*with_sample(half_screened()), *identified(900, 901)]
    standing = standing_of(log)
    assert standing.sample is None
    assert standing.sample_void_reason.startswith("2 records were identified after")
    assert standing.attempts == 1
    joined = [*log, duplicate("r900", "r1"), duplicate("r901", "r0")]
    assert standing_of(joined).sample is not None


def test_a_record_brought_back_from_the_duplicates_voids_the_sample() -> None:
    marked = duplicate("r150", "r1")
    log = with_sample([*half_screened(), marked])
    assert standing_of(log).sample is not None
    standing = standing_of([entry for entry in log if entry is not marked])
    assert standing.sample is None
    assert standing.sample_void_reason.startswith("1 record was brought back")


def test_a_withdrawn_verdict_is_named() -> None:
    verdicts = {f"r{i}": "include" for i in range(100)}
    fold = StoppingFold(lambda record_id: verdicts.get(record_id))  # type: ignore[arg-type, return-value]
    for entry in with_sample(half_screened()):
        fold.apply(entry)
    del verdicts["r7"]
    fold.apply(judged("r7", "exclude"))
    sample = fold.standing().sample
    assert sample is not None
    assert sample.withdrawn == ("r7",)
    assert "r7" in fold.standing().unscreened


def test_a_certificate_is_in_force_until_screening_is_reopened() -> None:
    log, stop = stopped_log()
    standing = standing_of(log)
    assert standing.stopped
    assert standing.certificate == stop.certificate
    assert standing.sample is None
    assert standing.unscreened
    log.append(ScreeningReopened(provenance=ANNA))
    standing = standing_of(log)
    assert not standing.stopped
    assert standing.void_certificate == stop.certificate
    assert standing.void_reason == "screening was reopened: said so"


def test_reopening_gives_the_sample_up() -> None:
    log = [*with_sample(half_screened()), ScreeningReopened(provenance=ANNA)]
    assert standing_of(log).sample is None


def test_new_records_void_a_certificate_unless_they_are_duplicates() -> None:
    log, _ = stopped_log()
    log += identified(900)
    assert standing_of(log).void_reason == "1 record was identified since"
    assert standing_of([*log, duplicate("r900", "r3")]).stopped


def test_screening_what_was_left_out_voids_a_certificate() -> None:
    log, _ = stopped_log()
    left_out = standing_of(log).unscreened[0]
    log.append(judged(left_out, "exclude"))
    standing = standing_of(log)
    assert not standing.stopped
    assert left_out in standing.void_reason
    assert "left out" in standing.void_reason


def test_a_changed_verdict_voids_a_certificate_and_a_repeated_one_does_not() -> None:
    log, _ = stopped_log()
    same = [judged("r0", "include"), judged("r1", "unclear"), judged("r99", "exclude")]
    assert standing_of(log + same).stopped  # all three go where they went
    changed = standing_of([*log, judged("r0", "exclude")])
    assert changed.void_reason == "the verdict on record r0 was changed since"
    full_text = judged("r0", "exclude", phase="full_text")
    assert standing_of([*log, full_text]).stopped
    machine = judged("r0", "exclude", by=Provenance(actor=MACHINE, engine="offline"))
    assert standing_of([*log, machine]).stopped


def test_duplicates_among_the_included_void_a_certificate() -> None:
    log, _ = stopped_log()
    assert standing_of([*log, duplicate("r99", "r98")]).stopped
    standing = standing_of([*log, duplicate("r0", "r1")])
    assert standing.void_reason == "1 record was among the included found to be duplicates since"


def test_a_void_certificate_does_not_come_back_with_the_next_sample() -> None:
    log, _ = stopped_log()
    log = with_sample([*log, *identified(900)])
    standing = standing_of(log)
    assert not standing.stopped
    assert standing.void_reason
    assert standing.sample is not None
    assert standing.sample.drawn.attempt == 2


def test_words_about_records_that_nobody_identified_count_nowhere() -> None:
    assert standing_of([*identified(0), *all_judged(["r5"])]).n_screened == 0


def test_the_fold_tells_the_same_at_every_line() -> None:
    log, _ = stopped_log()
    log = with_sample_screened(with_sample([*log, *identified(900, 901)]))
    words, fold = LastWord(people_only=True), None
    fold = StoppingFold(words)
    for n, entry in enumerate(log, 1):
        if entry.kind == "screening_decision":
            words.hear(entry)
        fold.apply(entry)
        if n % 40 == 0:
            assert fold.standing() == standing_of(log[:n])
