from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.heads_direction.train import fitted_sharpness, main
from tests.eval.test_direction import release


def test_a_release_that_cannot_be_read_whole_is_not_trained_on(tmp_path: Path) -> None:
    folder = release(tmp_path)
    (folder / "ev2_train_article_ids.txt").write_text("11\n12\n", encoding="utf-8")
    with (folder / "v2_annotations.csv").open("a", encoding="utf-8") as file:
        file.write("2,11,True,significantly increased,five,9\n")
    with pytest.raises(SystemExit) as stopped:
        main([str(folder), "--out", str(tmp_path)])
    told = str(stopped.value)
    assert told.startswith(f"{folder / 'v2_annotations.csv'}:5: expected a whole number")
    assert "cannot be read: 1;" in told
    assert "\n" not in told
    assert not (tmp_path / "heads.npz").exists()


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_sharpness_is_the_power_under_which_the_probabilities_come_true(power: float) -> None:
    random = np.random.default_rng(0)
    true = random.dirichlet([1.0, 1.0, 1.0], size=20_000)
    labels = np.array([random.choice(3, p=row) for row in true])
    told = true ** (1 / power)
    told /= told.sum(axis=1, keepdims=True)
    assert fitted_sharpness(told, labels) == pytest.approx(power, rel=0.05)
