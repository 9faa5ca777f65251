from __future__ import annotations

import pytest

from evidence.errors import ProjectError
from evidence.judgements import Provenance
from evidence.screening.sampling import derived_seed, draw_sample
from evidence.screening.stopping import attempt_confidence, sample_size
from evidence.screening.stopping_acts import advice, certify, draw, is_lost, reopen, stop_quick
from tests.evidence.screening.stopping_factory import (
    ANNA,
    SETTINGS,
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


def test_a_drawn_sample_can_be_drawn_again_from_the_log() -> None:
    log = half_screened()
    standing = standing_of(log)
    drawn = draw(standing, SETTINGS, ANNA)
    assert drawn.n_unscreened == 100
    assert drawn.seed == derived_seed(standing.unscreened, 1)
    assert drawn.record_ids == draw_sample(standing.unscreened, len(drawn.record_ids), drawn.seed)
    assert len(drawn.record_ids) == sample_size(100, 40, 0.95, attempt_confidence(1, 0.95))
    assert (drawn.attempt, drawn.target_recall, drawn.confidence) == (1, 0.95, 0.96)
    assert draw(standing, SETTINGS, ANNA, seed=7).seed == 7
    assert len(draw(standing, SETTINGS, ANNA, n_tolerated=2).record_ids) > len(drawn.record_ids)


def test_a_clean_sample_certifies_and_the_certificate_counts_all_records() -> None:
    log, stop = stopped_log()
    certificate = stop.certificate
    assert certificate.method == "certified"
    assert certificate.p_value <= 1 - certificate.confidence < 0.05
    assert certificate.recall_low >= 0.95
    assert certificate.n_records == 200
    assert certificate.n_screened == 100 + certificate.n_sampled < 200
    assert (certificate.n_included, certificate.n_included_in_sample) == (40, 0)
    assert certificate.attempt == 1
    with pytest.raises(ProjectError, match="stopped already"):
        draw(standing_of(log), SETTINGS, ANNA)


def test_a_sample_that_is_not_screened_yet_does_not_certify_and_says_what_lacks() -> None:
    log = with_sample(half_screened())
    sample = standing_of(log).sample
    assert sample is not None
    log += all_judged(sample.to_screen[2:])
    n = len(sample.drawn.record_ids)
    with pytest.raises(ProjectError, match=rf"lacks 2 of {n} records, first {sample.to_screen[0]}"):
        certify(standing_of(log), SETTINGS, ANNA)
    with pytest.raises(ProjectError, match=rf"lacks 2 of {n} records"):
        draw(standing_of(log), SETTINGS, ANNA)


def test_a_sample_with_too_many_included_fails_and_the_next_has_to_be_surer() -> None:
    log = with_sample(half_screened())
    sample = standing_of(log).sample
    assert sample is not None
    log.append(judged(sample.to_screen[0], "include"))
    lost = standing_of(log).sample
    assert lost is not None
    assert is_lost(lost)
    assert not is_lost(sample)
    again = draw(standing_of(log), SETTINGS, ANNA)
    assert (again.attempt, again.confidence, again.n_unscreened) == (2, 0.995, 99)
    log = with_sample_screened(log)
    with pytest.raises(ProjectError, match=r"1 of \d+ were included, p = 0\.\d+ and at most 0\.04"):
        certify(standing_of(log), SETTINGS, ANNA)


def test_records_found_outside_of_a_lost_sample_can_still_make_it_certify() -> None:
    log = with_sample(half_screened(400, 40, 60))
    sample = standing_of(log).sample
    assert sample is not None
    log = with_sample_screened(log, [sample.to_screen[0]])
    lost = standing_of(log).sample
    assert lost is not None
    assert is_lost(lost)
    outside = standing_of(log).unscreened[:20]
    found = log + all_judged(outside, outside)
    certificate = certify(standing_of(found), SETTINGS, ANNA).certificate
    assert certificate.n_included == 61
    assert certificate.recall_low >= 0.95


def test_without_a_sample_nothing_is_certified_unless_the_rest_is_too_small_to_matter() -> None:
    with pytest.raises(ProjectError, match="no sample has been drawn"):
        certify(standing_of(half_screened()), SETTINGS, ANNA)
    log = [*with_sample(half_screened()), *identified(900)]
    with pytest.raises(ProjectError, match="1 record was identified after"):
        certify(standing_of(log), SETTINGS, ANNA)
    nearly = standing_of(half_screened(100, 60, 37))
    with pytest.raises(ProjectError, match="no sample is needed"):
        draw(nearly, SETTINGS, ANNA)
    certificate = certify(nearly, SETTINGS, ANNA).certificate
    assert (certificate.p_value, certificate.n_sampled, certificate.seed) == (0.0, 0, None)
    assert certificate.recall_low == 60 / 63


def test_where_everything_is_screened_there_is_nothing_to_certify() -> None:
    standing = standing_of(half_screened(50, 10, 40))
    for act in (draw, certify, stop_quick):
        with pytest.raises(ProjectError, match="every record is screened"):
            act(standing, SETTINGS, ANNA)


def test_a_withdrawn_verdict_stands_in_the_way() -> None:
    log = with_sample_screened(with_sample(half_screened()))
    sample = standing_of(log).sample
    assert sample is not None
    standing = standing_of(log)
    withdrawn = sample.__class__(**{**vars(sample), "withdrawn": ("r7",)})
    with pytest.raises(ProjectError, match="first r7; settle"):
        certify(standing.__class__(**{**vars(standing), "sample": withdrawn}), SETTINGS, ANNA)


def test_the_quick_mode_stops_on_the_order_alone_and_says_when_it_is_too_early() -> None:
    certificate = stop_quick(standing_of(half_screened(200, 40, 140)), SETTINGS, ANNA).certificate
    assert certificate.method == "quick"
    assert certificate.p_value <= 0.05
    assert certificate.recall_low >= 0.95
    assert (certificate.n_sampled, certificate.seed) == (0, None)
    with pytest.raises(ProjectError, match=r"p = 0\.\d+ .* at most 0\.05"):
        stop_quick(standing_of(half_screened(200, 40, 60)), SETTINGS, ANNA)


def test_a_forged_sample_that_cannot_be_counted_is_an_error_of_one_line() -> None:
    log = [*half_screened(110, 40, 60), duplicate("r109", "r0")]
    honest = draw(standing_of(log), SETTINGS, ANNA)
    with_a_duplicate = {"record_ids": tuple(f"r{i}" for i in range(100, 110)), "n_unscreened": 9}
    log = with_sample_screened([*log, honest.model_copy(update=with_a_duplicate)])
    for act in (draw, certify):
        with pytest.raises(ProjectError, match="does not fit the log before it"):
            act(standing_of(log), SETTINGS, ANNA)


def test_reopening_needs_something_to_reopen_and_a_reason() -> None:
    log, _ = stopped_log()
    assert not standing_of([*log, reopen(standing_of(log), ANNA)]).stopped
    with pytest.raises(ProjectError, match="reason"):
        reopen(standing_of(log), Provenance(actor="Anna", engine="person"))
    with pytest.raises(ProjectError, match="not stopped"):
        reopen(standing_of(half_screened()), ANNA)


def test_advice_follows_the_attempt_and_what_is_under_way() -> None:
    log = half_screened()
    first = advice(standing_of(log), SETTINGS)
    assert first.begin
    assert first.n_needed == len(draw(standing_of(log), SETTINGS, ANNA).record_ids)
    log = with_sample(log)
    under_way = advice(standing_of(log), SETTINGS)
    assert (under_way.begin, under_way.reason) == (
        False,
        f"screen the {first.n_needed} records that the sample lacks",
    )
    done = with_sample_screened(log)
    assert advice(standing_of(done), SETTINGS).reason == "stop now"
    stopped, _ = stopped_log()
    assert advice(standing_of(stopped), SETTINGS).reason == "screening is stopped"
    sample = standing_of(log).sample
    assert sample is not None
    lost = advice(standing_of([*log, judged(sample.to_screen[0], "include")]), SETTINGS)
    assert not lost.begin
    assert lost.n_needed == sample_size(99, 41, 0.95, attempt_confidence(2, 0.95))
