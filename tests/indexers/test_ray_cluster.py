"""Ray's workers: who may start or join them, and what is told when none are there."""

from __future__ import annotations

import os
import sys

import pytest

from indexers.ray_cluster import LOCAL, ClusterError, environment_of, ray_cluster
from tests.indexers.ray_workers import need_ray


@pytest.mark.parametrize("address", ["here", "ray://head:10001", "auto"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ClusterError, match="expected local, or HOST:PORT"), ray_cluster(address):
        pass


def test_workers_of_this_machine_ask_for_a_token_and_none_is_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.delenv("RAY_AUTH_TOKEN", raising=False)
    with environment_of(LOCAL):
        assert os.environ["RAY_AUTH_MODE"] == "token"
        assert len(os.environ["RAY_AUTH_TOKEN"]) == 64
        assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    assert os.environ["RAY_AUTH_MODE"] == "disabled"
    assert "RAY_AUTH_TOKEN" not in os.environ
    with environment_of("head:6379"):  # its keeper's own settings hold
        assert os.environ["RAY_AUTH_MODE"] == "disabled"


@pytest.mark.parametrize("port", ["1", "0", "x", "99999"])
def test_a_head_that_does_not_answer_is_told_at_once(port: str) -> None:
    need_ray()
    wanted = f"Ray at 127.0.0.1:{port}: expected a cluster that answers"
    with pytest.raises(ClusterError, match=wanted), ray_cluster(f"127.0.0.1:{port}"):
        pass


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    wanted = r"pip install 'evidence-synthesis\[ray\]'"
    with pytest.raises(ClusterError, match=wanted), ray_cluster("local"):
        pass
