from __future__ import annotations

from pathlib import Path

import pytest

from data.heads_direction.train import main
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
