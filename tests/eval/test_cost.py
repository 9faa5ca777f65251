"""What a run took: time, memory, tokens and money, as a whole and by system."""

from __future__ import annotations

import os
import time

import pytest

from eval.cost import Cost, cost_table, count_calls, measured, peak_mebibytes, taken_by
from evidence.llm.cost import TokenPrices
from evidence.llm.ledger import CallsMade, Ledger

PRICES = TokenPrices(
    per_million_prompt_tokens=2.0, per_million_completion_tokens=10.0, currency="EUR"
)
MEBIBYTE = 1024 * 1024


def call(ledger: Ledger) -> None:
    with ledger.call("p", 100) as entry:
        entry.answered("r", 1000, 100)


def hold(mebibytes: int) -> None:
    block = bytearray(b"x" * mebibytes * MEBIBYTE)
    del block


def test_time_and_memory_are_of_what_happens_inside() -> None:
    with measured() as meter:
        time.sleep(0.05)
    assert meter.total.seconds >= 0.05
    small = meter.total.peak_mebibytes
    with measured() as meter:
        hold(80)
    high = meter.total.peak_mebibytes
    assert high > small + 60
    with measured() as meter:
        pass
    # Where the system can count anew, the peak of an earlier part is not told again.
    assert meter.total.peak_mebibytes < high - 60 or not _counts_anew()
    assert peak_mebibytes() > 0  # what other tests left may be given back at any moment
    assert set(meter.total.as_manifest()) == {"seconds", "peak_mebibytes"}


def _counts_anew() -> bool:
    return os.access("/proc/self/clear_refs", os.W_OK)


def test_each_system_has_its_own_time_and_peak_and_the_run_has_the_highest() -> None:
    with measured() as meter:
        hold(120)
        with taken_by("heavy", "a"):
            hold(80)
        with taken_by("light", "a"):
            time.sleep(0.02)
        with taken_by("light", "b"):
            time.sleep(0.03)
    heavy, light = meter.engines["heavy"], meter.engines["light"]
    a, b = (meter.units["light", unit].seconds for unit in "ab")
    assert a >= 0.02
    assert b >= 0.03
    assert light.seconds == pytest.approx(a + b)
    assert meter.total.seconds >= heavy.seconds + light.seconds
    assert set(meter.units) == {("heavy", "a"), ("light", "a"), ("light", "b")}
    if _counts_anew():
        # Before, within and after a system's work: none of the peaks is lost, none lent.
        assert meter.total.peak_mebibytes > heavy.peak_mebibytes + 20
        assert heavy.peak_mebibytes > light.peak_mebibytes + 60


def test_outside_of_a_run_nothing_is_counted() -> None:
    with taken_by("offline"):
        count_calls(Ledger())
    with measured() as meter:
        pass
    assert not meter.engines and meter.ledger is None


def test_tokens_and_money_are_of_who_asked_meanwhile() -> None:
    ledger = Ledger(prices=PRICES)
    with measured() as meter:
        count_calls(ledger)
        with taken_by("llm", "a"):
            call(ledger)
            ledger.recorded()
        with taken_by("llm", "b"):
            call(ledger)
        with taken_by("offline", "a"):
            pass
        call(ledger)
    meter.engines["llm"].n_units = 4
    found = meter.engines["llm"].as_manifest()
    assert (found["n_calls"], found["prompt_tokens"], found["reply_tokens"]) == (2, 2000, 200)
    assert found["money"] == pytest.approx((2000 * 2 + 200 * 10) / 1_000_000)
    assert found["money_per_unit"] == pytest.approx(found["money"] / 4, abs=1e-6)
    assert found["currency"] == "EUR"
    assert meter.units["llm", "b"].calls.n_calls == 1
    assert "n_calls" not in meter.engines["offline"].as_manifest()
    assert meter.total.as_manifest()["prompt_tokens"] == 3000


def test_without_prices_no_money_is_told() -> None:
    with measured() as meter:
        count_calls(ledger := Ledger())
        call(ledger)
    assert meter.total.as_manifest()["prompt_tokens"] == 1000
    assert "money" not in meter.total.as_manifest()


def test_the_table_has_only_columns_that_some_part_fills() -> None:
    plain = Cost(seconds=2.0, peak_mebibytes=100.0, n_units=4).as_manifest()
    calls = CallsMade(n_calls=3, prompt_tokens=7, reply_tokens=2)
    asked = Cost(seconds=1.0, calls=calls).as_manifest()
    engine = Cost(seconds=0.5).as_manifest()
    table = cost_table({"pico": plain, "search": asked | {"engines": {"llm": engine}}})
    assert table.columns == (
        *("task", "system", "seconds", "units", "seconds a unit", "peak MiB", "calls"),
        *("prompt tokens", "reply tokens"),
    )
    assert table.rows[0][:6] == ("pico", "whole run", "2.00", "4", "0.500", "100")
    assert [row[:3] for row in table.rows[1:]] == [
        *(("search", "whole run", "1.00"), ("search", "llm", "0.50")),
    ]
