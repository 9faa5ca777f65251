"""The app, with the time that the server spends on each run written to a file.

    SCRIPT_TIMES=FILE streamlit run tests/benchmarks/timed_app.py -- PROJECT

A run is what one click costs: the callbacks and the drawing of the page, in seconds by the clock
and of the processor. Streamlit does not tell it, so the method that runs a script is wrapped.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.starlette import App

from evidence.ui.serving import MIDDLEWARE, ROUTES, SCRIPT, opening_ahead

_TIMES = os.environ["SCRIPT_TIMES"]


def _timed(run: Callable[..., Any]) -> Callable[..., Any]:
    def timed_run(*arguments: Any, **options: Any) -> Any:
        begun, at_work = time.perf_counter(), time.thread_time()
        try:
            return run(*arguments, **options)
        finally:
            with Path(_TIMES).open("a", encoding="utf-8") as file:
                by_clock, by_processor = time.perf_counter() - begun, time.thread_time() - at_work
                file.write(f"{by_clock:.4f} {by_processor:.4f}\n")

    return timed_run


ScriptRunner._run_script = _timed(ScriptRunner._run_script)  # type: ignore[method-assign]
app = App(SCRIPT, routes=ROUTES, middleware=MIDDLEWARE, lifespan=opening_ahead)
