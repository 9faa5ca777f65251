"""The options of commands that can work on Ray."""

from __future__ import annotations

from typing import Annotated

import typer

RayOption = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="local|HOST:PORT",
        help="Work on Ray: workers of this machine, or of the cluster with this head.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(min=1, help="With --ray: how many; as many as there are processors or GPUs."),
]
