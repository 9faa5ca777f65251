"""Remote sources that fail; every fault of every source is in `python -m tests.faults`."""

from __future__ import annotations

import pytest

from tests.faults.network import REMOTE_FAULTS, REMOTES, Remote, RemoteFault, one_case


@pytest.mark.parametrize("remote", REMOTES, ids=lambda remote: remote.name)
@pytest.mark.parametrize("fault", REMOTE_FAULTS[1:6], ids=lambda fault: fault.name)
def test_a_lasting_fault_in_the_middle_is_told_and_nothing_fetched_is_lost(
    remote: Remote, fault: RemoteFault
) -> None:
    told, wrong = one_case(remote, fault, lasting=True, n_good=1)
    assert wrong == []
    assert told.startswith(remote.name)
