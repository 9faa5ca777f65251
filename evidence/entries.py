"""An entry: one line of the log, a judgement or an event."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from evidence.events import Event
from evidence.judgements import Judgement

Entry = Annotated[Judgement | Event, Field(discriminator="kind")]

ENTRY_TYPES = tuple(kind for union in (Judgement, Event) for kind in get_args(get_args(union)[0]))
"""Every class of entry, in the order of the unions."""
KINDS = {entry_type: entry_type.model_fields["kind"].default for entry_type in ENTRY_TYPES}
"""The word that names each class of entry in the log."""
