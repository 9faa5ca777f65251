"""Ray: its workers on this machine or on a cluster, for as long as a block of work takes.

Ray is an extra (`pip install 'evidence-synthesis[ray]'`). Nothing is sent to its makers, no
dashboard is opened, and what it says goes to standard error, so that results stay readable.

Whoever reaches a port of Ray can run programs there, and Ray listens on every interface: workers of
this machine ask for a token that only this process knows. A cluster's head and machines are for
its keeper to close (RAY_AUTH_MODE=token, a network of their own).
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from indexers.errors import EvidenceError

LOCAL = "local"
MOST_LOST = 3
"""How often a worker, or a piece of work, is started again before the whole work ends."""

_OBJECT_STORE_BYTES = 500_000_000
_PATIENCE_SECONDS = 5
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray would report its use over the network
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # a lost worker is told once, in words, and not from C++
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # or workers without a GPU print a warning each
}
_TOKEN = secrets.token_hex(32)  # one for the process: Ray reads it once
_CLOSED = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": _TOKEN}
_LOGGERS = ("ray", "ray.data")


class ClusterError(EvidenceError):
    """Ray is not installed, its cluster cannot be reached, or too many workers were lost."""


@contextmanager
def ray_cluster(
    address: str, workers: int | None = None, *, on_gpus: bool = False
) -> Iterator[int]:
    """Connect to a cluster, or start one on this machine that ends with the block.

    Args:
        address: `local`, or `HOST:PORT` of the head of a cluster that this machine belongs to.
        workers: How many are wanted; as many as there are processors (or GPUs) unless given.
        on_gpus: Whether each worker needs a GPU rather than a processor.

    Yields:
        The number of workers.

    Raises:
        ClusterError: Ray is not installed, nothing answers at the address, or it has no GPU.
    """
    if address != LOCAL and ("://" in address or ":" not in address):
        raise ClusterError(
            f"Ray address {address!r}: expected local, or HOST:PORT of the head of a cluster that "
            "this machine belongs to (ray start)"
        )
    folder = tempfile.mkdtemp(prefix="ray-") if address == LOCAL else None
    try:
        with environment_of(address), redirect_stdout(sys.stderr):
            ray = _ray()
            processors = None if on_gpus else workers  # those beside GPUs parse for them
            _connect(ray, address, processors, folder)
            try:
                yield _n_workers(ray, address, workers, on_gpus)
            finally:
                ray.shutdown()
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _ray() -> Any:
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise ClusterError(
            "the package ray is missing; run: pip install 'evidence-synthesis[ray]'"
        ) from error
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    return ray


def _connect(ray: Any, address: str, processors: int | None, folder: str | None) -> None:
    told: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        if address != LOCAL:
            _check_answers(address)  # Ray itself would try for minutes
        if ray.is_initialized():
            raise ClusterError("Ray is at work in this program already; wait for its end")
        if address == LOCAL:
            ray.init(
                address=LOCAL,
                num_cpus=processors or os.cpu_count() or 1,
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE_BYTES,
                _temp_dir=folder,
                **told,
            )
        else:
            ray.init(address=address, **told)
    except (ConnectionError, TimeoutError, OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ClusterError(
            f"Ray at {address}: expected a cluster that answers ({reason:.200}); start one with "
            "`ray start --head`, or use --ray local"
        ) from error


def _check_answers(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{port!r} is no port")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE_SECONDS):
        pass


def _n_workers(ray: Any, address: str, workers: int | None, on_gpus: bool) -> int:
    """As many as are wanted or there; more than there are would wait for each other for ever."""
    kind, name = ("GPU", "GPU") if on_gpus else ("CPU", "processor")
    there = int(ray.cluster_resources().get(kind, 0))
    if there < (workers or 1):
        raise ClusterError(
            f"Ray at {address}: expected {workers or 1} {name}s for as many workers, there are "
            f"{there}; ask for fewer with --workers, or add machines to the cluster"
        )
    return workers or there


@contextmanager
def environment_of(address: str) -> Iterator[None]:
    """What Ray is told by variables, read when it is imported and by each process it starts."""
    wanted = _ENVIRONMENT | (_CLOSED if address == LOCAL else {})
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
