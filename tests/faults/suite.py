"""Every fault of the suite by name, each made when its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from pathlib import Path
from typing import NamedTuple

from tests.faults.clocks import jumping_row, jumping_runs_row
from tests.faults.damage import DAMAGES, PLACES, damage_row
from tests.faults.disk import full_disk_row, no_memory_row, read_only_row
from tests.faults.kills import kill_often, shares
from tests.faults.long_commands import LONG_COMMANDS
from tests.faults.lost_workers import lost_workers_row
from tests.faults.model_reviews import MODEL_FAULTS, model_row
from tests.faults.network import REMOTE_FAULTS, REMOTES, network_row
from tests.faults.table import Row
from tests.faults.writers import twice_row, writers_row

N_FULL = 4
"""How often the disk of each command is full."""
N_WRITERS, N_LINES = 4, 60
N_TWICE = 3
"""How often a command is started twice at once."""
N_LOST_WORKERS = 4
N_DAMAGES = 3
"""Of each kind, of each file."""
_WRITE_AS_OTHERS = ("demo", "trialreview")
"""Commands whose disk is not filled: the others write the same things."""
_STARTED_TWICE = ("index build", "index update", "run", "add")


class Fault(NamedTuple):
    """A fault, and what makes its row in an empty folder."""

    name: str
    make: Callable[[Path], Row]


def faults(n_kills: int, seed: int) -> Iterator[Fault]:
    """Every fault in the order of the table; a name never stands for two.

    Args:
        n_kills: How many kills find a command at work, over all commands.
        seed: Of the moments, the sizes of disks and the places of damage.
    """
    each = shares(LONG_COMMANDS, n_kills)
    for c in LONG_COMMANDS:
        make = partial(kill_often, c, n_kills=each[c.name], seed=seed)
        yield Fault(f"kill -9: {c.name}", make)
    for c in LONG_COMMANDS:
        if c.name not in _WRITE_AS_OTHERS:
            make = partial(full_disk_row, c, n_times=N_FULL, seed=seed)
            yield Fault(f"disk full: {c.name}", make)
            yield Fault(f"folder read-only: {c.name}", partial(read_only_row, c))
    for c in LONG_COMMANDS[:2]:
        yield Fault(f"out of memory: {c.name}", partial(no_memory_row, c))
    yield Fault("out of memory: a worker of Ray", partial(lost_workers_row, n_times=N_LOST_WORKERS))
    yield Fault("clock jumps with each line", jumping_row)
    yield Fault("clock jumps between runs", jumping_runs_row)
    yield Fault("writers", partial(writers_row, n_writers=N_WRITERS, n_each=N_LINES))
    for name in _STARTED_TWICE:
        yield Fault(f"two at once: {name}", partial(twice_row, name, n_times=N_TWICE))
    for place, damage in product(PLACES, DAMAGES):
        make = partial(damage_row, place, damage, n_each=N_DAMAGES, seed=seed)
        yield Fault(f"{place}: {damage}", make)
    for remote, fault in product(REMOTES, REMOTE_FAULTS):
        make = partial(_network, partial(network_row, remote, fault))
        yield Fault(f"{remote.name}: {fault.name}", make)
    for name in MODEL_FAULTS:
        yield Fault(f"model's server: {name}", partial(model_row, name))


def _network(make: Callable[[], Row], _scratch: Path) -> Row:
    """A row that has folders of its own."""
    return make()
