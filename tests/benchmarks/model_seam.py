"""What the seam to a language model costs without the model.

    python -m tests.benchmarks.model_seam

Four figures over calls of an abstract's size (a screening prompt with its schema):

- `seam`: prompt to checked value with a model that answers at once, no wire and no record;
- `seam + record`: the same with each call written to disk, as in a review;
- `wire`: the same over HTTP to a server in another thread, as in a review;
- `replay`: all of them answered from their records.

Processor time is that of the calling thread: on a busy machine it is the one to compare, and it
leaves out the wait for the server.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import prompts
from evidence.demo import demo_question
from evidence.llm.asking import Answer, checked_reply
from evidence.llm.protocol import CallSettings, LanguageModel, Reply, Value
from evidence.llm.recorded import RecordingModel, ReplayModel
from evidence.llm.server import ServerModel
from evidence.question import load_question
from evidence.stages.screen_model import VERDICTS, ScreeningAnswer
from tests.evidence.llm.openai_server import KEY, completion, serving

N_CALLS, N_ON_THE_WIRE = 1000, 200
MOST_SEAM_MS, MOST_REPLAY_SECONDS = 5.0, 10.0
_QUESTION = load_question(demo_question())
_SAID = json.dumps(
    {
        "criteria": [
            {"criterion_id": c.criterion_id, "quote": "randomised to two groups", "verdict": "met"}
            for c in _QUESTION.criteria
        ]
    }
)


class AtOnce:
    """A model that takes no time."""

    settings = CallSettings(model="at once", context_window_tokens=8192, max_tokens=512, seed=0)

    def complete(self, prompt: str, schema: type[Value]) -> Reply[Value]:
        answer = Answer(_SAID, "at once", 1000, 60)
        return checked_reply(lambda _text, _schema: answer, self.settings, prompt, schema)


def abstracts(n: int) -> list[str]:
    """Texts of 1,800 characters, each another."""
    return [f"Trial {i}. " + "Patients were randomised to two groups. " * 45 for i in range(n)]


def prompt_of(text: str) -> str:
    """The prompt that screens a text."""
    return prompts.render(
        "screen",
        question=_QUESTION,
        criteria=_QUESTION.criteria,
        verdicts=VERDICTS,
        phase="title_abstract",
        excerpts=False,
        examples="",
        document=text,
    )


class Taken(NamedTuple):
    """Milliseconds of one call by the clock, and of the processor."""

    clock: float
    processor: float


def taken_by(model: LanguageModel, texts: list[str]) -> list[Taken]:
    """What each call takes, its prompt rendered within."""
    taken = []
    for text in texts:
        clock, processor = time.perf_counter(), time.thread_time()
        model.complete(prompt_of(text), ScreeningAnswer)
        clock, processor = time.perf_counter() - clock, time.thread_time() - processor
        taken.append(Taken(1000 * clock, 1000 * processor))
    return taken


def on_the_wire(texts: list[str]) -> list[Taken]:
    """What calls over HTTP take."""
    with serving(completion(json.loads(_SAID))) as server:
        model = ServerModel(server.engine(), KEY)
        model.complete(prompt_of("first"), ScreeningAnswer)  # finds the format
        return taken_by(model, texts)


def main() -> int:
    """Print the figures; 1 when one is over its limit."""
    texts = abstracts(N_CALLS)
    taken = {"seam": taken_by(AtOnce(), texts)}
    with tempfile.TemporaryDirectory() as folder:
        calls = Path(folder)
        taken["seam + record"] = taken_by(RecordingModel(AtOnce(), calls), texts)
        taken["wire"] = on_the_wire(texts[:N_ON_THE_WIRE])
        taken["replay"] = taken_by(ReplayModel(calls, "at once"), texts)
    print(f"{'':14} {'n':>5} {'processor ms a call':>24} {'clock ms a call':>22} {'all, s':>8}")
    print(f"{'':14} {'':5} {'median':>14} {'p95':>9} {'median':>12} {'p95':>9}")
    for name, each in taken.items():
        processor, clock = ([call[i] for call in each] for i in (1, 0))
        print(
            f"{name:14} {len(each):5} {statistics.median(processor):14.2f} "
            f"{_p95(processor):9.2f} {statistics.median(clock):12.2f} {_p95(clock):9.2f} "
            f"{sum(clock) / 1000:8.2f}"
        )
    calling = [name for name in taken if name != "replay"]
    over = [n for n in calling if statistics.median(c.processor for c in taken[n]) > MOST_SEAM_MS]
    late = sum(call.clock for call in taken["replay"]) / 1000 > MOST_REPLAY_SECONDS
    return 1 if over or late else 0


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    sys.exit(main())
