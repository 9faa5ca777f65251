"""The garbage collector is held back while much is made, and passes over what stays."""

import gc
from collections.abc import Iterator

import pytest

from evidence.collector import collector_paused, left_alone


@pytest.fixture
def _unfrozen_again() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_nothing_is_collected_within_the_block_and_blocks_may_overlap() -> None:
    assert gc.isenabled()
    with collector_paused():
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.usefixtures("_unfrozen_again")
def test_what_stays_is_passed_over() -> None:
    kept = [[n] for n in range(1000)]
    left_alone()
    assert gc.get_freeze_count() > 1000
    watched = {id(value) for value in gc.get_objects()}
    assert not any(id(value) in watched for value in kept)
