"""What a run took: time, memory, tokens and money."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from eval.cost import Cost, cost_table, measured, peak_mebibytes
from evidence.llm.cost import TokenPrices
from evidence.llm.recorded import RecordedCall
from indexers.errors import SourceError

PRICES = TokenPrices(
    per_million_prompt_tokens=2.0, per_million_completion_tokens=10.0, currency="EUR"
)


def record(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    call = RecordedCall(
        request_digest=name, schema_name="s", prompt="p", reply={}, prompt_tokens=1000,
        reply_tokens=100,
    )  # fmt: skip
    (folder / f"{name}.json").write_text(call.model_dump_json())


def test_time_and_memory_are_of_what_happens_inside() -> None:
    with measured() as cost:
        time.sleep(0.05)
    assert 0.05 <= cost.seconds < 5
    small = cost.peak_mebibytes
    with measured() as cost:
        block = bytearray(b"x" * 80 * 1024 * 1024)
        del block
    high = cost.peak_mebibytes
    assert high > small + 60
    with measured() as cost:
        pass
    # Where the system can count anew, the peak of an earlier part is not told again.
    assert cost.peak_mebibytes < high - 60 or not _counts_anew()
    assert peak_mebibytes() >= small
    assert set(cost.as_manifest()) == {"seconds", "peak_mebibytes"}


def _counts_anew() -> bool:
    return os.access("/proc/self/clear_refs", os.W_OK)


def test_tokens_and_money_are_of_the_calls_made_meanwhile(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    record(calls, "earlier")
    (calls / "engine.json").write_text("{}")
    with measured(calls, PRICES) as cost:
        record(calls, "one")
        record(calls, "two")
    cost.n_units = 4
    found = cost.as_manifest()
    assert (found["n_calls"], found["prompt_tokens"], found["reply_tokens"]) == (2, 2000, 200)
    assert found["money"] == pytest.approx((2000 * 2 + 200 * 10) / 1_000_000)
    assert found["money_per_unit"] == pytest.approx(found["money"] / 4, abs=1e-6)
    assert found["currency"] == "EUR"


def test_without_prices_no_money_is_told(tmp_path: Path) -> None:
    with measured(tmp_path / "calls") as cost:
        record(tmp_path / "calls", "one")
    assert cost.as_manifest()["prompt_tokens"] == 1000
    assert "money" not in cost.as_manifest()


def test_a_damaged_call_is_named(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    calls.mkdir()
    with pytest.raises(SourceError, match=r"torn\.json"), measured(calls):
        (calls / "torn.json").write_text('{"request_digest": ')


def test_the_table_has_only_columns_that_some_task_fills() -> None:
    plain = Cost(seconds=2.0, peak_mebibytes=100.0, n_units=4).as_manifest()
    asked = Cost(seconds=1.0, n_calls=3, prompt_tokens=7, reply_tokens=2).as_manifest()
    table = cost_table({"pico": plain, "search": asked})
    assert table.columns == (
        *("task", "seconds", "units", "seconds a unit", "peak MiB", "calls"),
        *("prompt tokens", "reply tokens"),
    )
    assert table.rows[0] == ("pico", "2.0", "4", "0.500", "100", "–", "–", "–")
