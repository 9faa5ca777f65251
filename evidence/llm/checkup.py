"""Whether the engine that is configured can be used: its key, its server, and one real call."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from evidence.config import (
    ModelEngine,
    OfflineEngine,
    OpenAIEngine,
    ReplayEngine,
    TransformersEngine,
)
from evidence.errors import EngineError, SettingsError
from evidence.llm.keys import find_key
from evidence.llm.ledger import BudgetExceeded
from evidence.llm.models import new_ledger
from evidence.llm.protocol import LanguageModel
from evidence.llm.recorded import ReplayModel
from evidence.llm.recorded_calls import RecordedCalls
from indexers.records import Frozen

if TYPE_CHECKING:
    from evidence.llm.wire import CheckedClient

PROMPT = (
    "Patients were randomly assigned to aspirin or placebo. "
    "Does the sentence describe a randomised trial?"
)
_SHOWN_MODELS = 5

State = Literal["fine", "note", "finding", "bad setting"]


class Check(Frozen):
    """One thing that was looked at.

    Attributes:
        name: What it is.
        state: A `note` is no fault; a `bad setting` is a finding that only the settings mend.
        told: What was found, in one line.
        todo: What to do, where there is something to do.
    """

    name: str
    state: State
    told: str
    todo: str = ""


class TrialAnswer(Frozen):
    """What the one real call is answered with."""

    randomised: Literal["yes", "no"]


def check_engine(engine: OfflineEngine | ModelEngine) -> list[Check]:
    """What was found of an engine; a server is asked once, and nothing is recorded."""
    match engine:
        case OfflineEngine():
            told = "offline: rules and the shipped encoder; no language model is asked"
            return [Check(name="engine", state="fine", told=told)]
        case OpenAIEngine():
            return [
                Check(name="engine", state="fine", told=_server_words(engine)),
                *_server(engine),
            ]
        case TransformersEngine():
            return _local(engine)
        case ReplayEngine():
            return [_replay(engine)]


def _server_words(engine: OpenAIEngine) -> str:
    how = [f"model {engine.model} at {engine.base_url}", f"{engine.n_at_once} calls at once"]
    if engine.max_total_tokens is not None:
        how.append(f"at most {engine.max_total_tokens:,} tokens a run")
    if engine.max_cost is not None:
        how.append(f"at most {engine.max_cost:g} {engine.price_currency} a run")
    if engine.use_proxy:
        how.append("through the proxy of the environment")
    if engine.ca_file is not None:
        how.append(f"certificates of {engine.ca_file} trusted")
    return f"openai: {', '.join(how)}"


def _server(engine: OpenAIEngine) -> list[Check]:
    from evidence.llm.server import ServerModel
    from evidence.llm.wire import CheckedClient

    ledger = new_ledger(engine)
    try:
        found = find_key(engine.api_key_variable)
        key = _key_check(engine, found.source, found.note)
        # One try: whoever looks wants to be told what happens, not to wait for it to pass.
        once = engine.model_copy(update={"max_tries": 1})
        model = ServerModel(once, found.value, ledger=ledger)
        with CheckedClient.of(engine, found.value) as client:
            server = _listed(client, engine)
    except SettingsError as error:
        return [_bad_setting("settings", error)]
    if server.state == "finding":
        return [key, server]
    call = _call(model)
    if call.state != "fine":
        return [key, server, call]
    held = model.schema_format
    constraint = Check(
        name="schema",
        state="note" if held == "plain" else "fine",
        told=f"the server takes it as {held}"
        if held != "plain"
        else "the server takes no schema: replies are told it and checked, more will not fit",
    )
    used = Check(name="use", state="fine", told=ledger.made.line)
    return [key, server, call, constraint, used]


def _key_check(engine: OpenAIEngine, source: str, note: str) -> Check:
    variable = engine.api_key_variable
    told = {
        "environment": f"found in the environment variable {variable}",
        "keyring": f"found in the system's keyring under {variable}",
        "nowhere": f"none in the environment variable {variable} or the keyring; none is sent",
    }[source]
    if note:
        told += f" ({note})"
    return Check(name="key", state="note" if source == "nowhere" else "fine", told=told)


def _listed(client: CheckedClient, engine: OpenAIEngine) -> Check:
    """Whether the server answers, and which models it names."""
    from evidence.llm.faults import BusyServer, LostAnswer, Unreached

    try:
        names = client.model_names(engine.base_url)
    except (Unreached, LostAnswer, BusyServer) as error:
        return Check(name="server", state="finding", told=str(error), todo=_TODO_SERVER)
    except EngineError as error:  # many servers that take calls keep no list
        return Check(name="server", state="note", told=f"keeps no list of models ({error})")
    shown = ", ".join(names[:_SHOWN_MODELS]) + (" …" if len(names) > _SHOWN_MODELS else "")
    if engine.model in names:
        return Check(name="server", state="fine", told=f"reachable, and names {engine.model}")
    told = f"reachable, but names {shown or 'no model'} and not {engine.model}"
    todo = "set model to one of these, unless the call below is answered by the right one"
    return Check(name="server", state="note", told=told, todo=todo)


def _call(model: LanguageModel) -> Check:
    """One real call, its answer checked against a small schema."""
    began = time.perf_counter()
    try:
        reply = model.complete(PROMPT, TrialAnswer)
    except SettingsError as error:
        return _bad_setting("call", error)
    except BudgetExceeded as error:
        return Check(name="call", state="finding", told=str(error), todo="raise the budget")
    except EngineError as error:
        return Check(name="call", state="finding", told=str(error), todo=_TODO_CALL)
    seconds = time.perf_counter() - began
    told = (
        f"answered by {reply.model or 'a model without a name'} in {seconds:.1f} s, "
        f"and the reply fits its schema ({reply.value.model_dump_json()})"
    )
    return Check(name="call", state="fine", told=told)


def _local(engine: TransformersEngine) -> list[Check]:
    from evidence.llm.constraint import constraints_available
    from evidence.llm.local import TransformersModel

    ledger = new_ledger(engine)
    told = f"transformers: {engine.folder}, device {engine.device}, {engine.quantisation} quantised"
    engine_check = Check(name="engine", state="fine", told=told)
    try:
        model = TransformersModel(engine, ledger)
    except SettingsError as error:
        return [engine_check, _bad_setting("settings", error)]
    held = constraints_available()
    constraint = Check(
        name="schema",
        state="fine" if held else "note",
        told="enforced by llguidance"
        if held
        else "llguidance is missing: replies are told it and checked, more will not fit",
        todo="" if held else "pip install 'evidence-synthesis[local]'",
    )
    call = _call(model)
    used = Check(name="use", state="fine", told=ledger.made.line)
    return [engine_check, constraint, call, used]


def _replay(engine: ReplayEngine) -> Check:
    try:
        ReplayModel(engine.calls, engine.model)
        calls = RecordedCalls(engine.calls)
        n_without = calls.n_without_digest()
    except SettingsError as error:
        return _bad_setting("engine", error)
    except EngineError as error:
        return Check(name="engine", state="finding", told=str(error), todo="copy the folder again")
    told = f"replay: {len(calls.digests()):,} recorded calls of {engine.model} in {engine.calls}"
    if n_without:
        told += f"; {n_without:,} of them carry no digest, so that a change in them is not seen"
        todo = "record the run again, or keep the folder where nothing writes to it"
        return Check(name="engine", state="note", told=told, todo=todo)
    return Check(name="engine", state="fine", told=told)


def _bad_setting(name: str, error: SettingsError) -> Check:
    return Check(name=name, state="bad setting", told=str(error), todo="correct the settings")


_TODO_SERVER = "start the server, or correct base_url, use_proxy or ca_file"
_TODO_CALL = "until this is mended every judgement by the model stays unclear, for a person"
