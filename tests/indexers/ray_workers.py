"""A small Ray cluster for tests, and the processes of its workers."""

from __future__ import annotations

import logging
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import pytest

from indexers.ray_cluster import LOCAL, environment_of


def need_ray() -> None:
    """Skip without Ray; in CI it must be there."""
    try:
        with environment_of(LOCAL):  # read when Ray is imported
            import ray.data  # noqa: F401
    except ImportError:
        told = "needs ray: pip install 'evidence-synthesis[ray]'"
        pytest.fail(told) if os.environ.get("CI") else pytest.skip(told)


@contextmanager
def small_cluster(num_gpus: int) -> Iterator[None]:
    """Two workers' processors and one to spare; the GPUs may be pretended."""
    need_ray()
    import ray

    with (
        environment_of(LOCAL),
        redirect_stdout(sys.stderr),
        tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder,
    ):
        ray.init(
            address="local",
            num_cpus=3,
            include_dashboard=False,
            object_store_memory=100_000_000,
            logging_level=logging.ERROR,
            log_to_driver=False,
            num_gpus=num_gpus,
            _temp_dir=folder,
        )
        try:
            yield
        finally:
            ray.shutdown()


def worker_pids(named: str) -> list[int]:
    """Workers under this process whose title holds a word."""
    parents: dict[int, int] = {}
    titles: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
            titles[int(folder.name)] = (folder / "cmdline").read_text()
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
        except (OSError, ValueError):  # it ended meanwhile
            continue

    def is_ours(pid: int) -> bool:
        while pid in parents and pid != os.getpid():
            pid = parents[pid]
        return pid == os.getpid()

    found = [p for p, t in titles.items() if t.startswith("ray::") and named in t and is_ours(p)]
    return sorted(found)


def kill_workers(named: str, most: int) -> list[int]:
    """End workers as the kernel ends those that take too much memory; their process ids."""
    pids = worker_pids(named)[:most]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    return pids
