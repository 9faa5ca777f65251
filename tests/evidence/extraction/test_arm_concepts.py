"""Which wordings of an arm are those of a control."""

from __future__ import annotations

import pytest

from evidence.extraction.arm_concepts import control_like


@pytest.mark.parametrize(
    "text",
    ["non-treatment", "non-exercising controls", "no treatment", "usual care", "not trained"],
)
def test_is_a_control(text: str) -> None:
    assert control_like(text)


@pytest.mark.parametrize(
    "text",
    [
        "non-pneumatic anti-shock garment",
        "non-steroidal anti-inflammatory drugs",
        "non-invasive ventilation",
        "exercise in addition to usual care",
    ],
)
def test_is_a_treatment(text: str) -> None:
    assert not control_like(text)
