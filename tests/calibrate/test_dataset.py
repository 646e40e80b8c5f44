"""Samples are found, checked all at once, and loaded one at a time."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rkviz.calibrate.dataset import (
    Sample,
    check_samples,
    load_sample,
    open_dataset,
    write_dataset_txt,
)
from rkviz.calibrate.preprocess import InputSettings
from rkviz.errors import ConfigError, DatasetError
from rkviz.progress import Cancelled

SHAPES = {"images": (1, 3, 8, 8)}


def picture(path: Path, colour: tuple[int, int, int] = (10, 20, 30)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), colour).save(path)
    return path


def test_a_folder_gives_its_pictures_and_arrays_in_natural_order(tmp_path: Path) -> None:
    folder = tmp_path / "校准 图片"
    for name in ("img10.png", "img2.png", "IMG1.png", "deeper/img3.png"):
        picture(folder / name)
    np.save(folder / "img002.npy", np.zeros((8, 8, 3)))
    (folder / "labels.txt").write_text("cat")
    dataset = open_dataset([folder], ["images"])
    names = [sample.name for sample in dataset.samples]
    assert names == ["IMG1.png", "img002.npy", "img2.png", "img10.png"]
    assert dataset.problems == ()


def test_sources_are_taken_in_their_order(tmp_path: Path) -> None:
    a, b = picture(tmp_path / "one" / "a.png"), picture(tmp_path / "two" / "b.png")
    listed = tmp_path / "dataset.txt"
    listed.write_text("one/a.png\n")
    dataset = open_dataset([b, listed, a.parent], ["images"])
    assert [sample.files for sample in dataset.samples] == [(b,), (a,), (a,)]
    assert dataset.samples[1].origin == f"{listed}, line 1"


def test_names_are_unique(tmp_path: Path) -> None:
    first, second = picture(tmp_path / "one" / "a.png"), picture(tmp_path / "two" / "a.png")
    dataset = open_dataset([first, second, second], ["images"])
    names = [sample.name for sample in dataset.samples]
    assert names == ["one/a.png", "two/a.png", "two/a.png (2)"]


def test_what_is_wrong_with_single_sources_does_not_cost_the_others(tmp_path: Path) -> None:
    good = picture(tmp_path / "a.png")
    (tmp_path / "notes.doc").write_text("")
    (tmp_path / "empty").mkdir()
    listed = tmp_path / "dataset.txt"
    listed.write_text("a.png\ngone.png\nnotes.doc\n")
    sources = [tmp_path / name for name in ("missing", "notes.doc", "empty", "dataset.txt")]
    dataset = open_dataset([*sources, good], ["images"])
    assert len(dataset.samples) == 2
    assert [sentence.removeprefix(str(tmp_path) + os.sep) for sentence in dataset.problems] == [
        "missing does not exist.",
        dataset.problems[1].removeprefix(str(tmp_path) + os.sep),
        "empty holds neither pictures nor npy files.",
        f"dataset.txt, line 2: there is no file 'gone.png' in {tmp_path}; correct the name.",
        dataset.problems[4].removeprefix(str(tmp_path) + os.sep),
    ]
    assert "notes.doc is of an unknown kind (.doc); give one of" in dataset.problems[1]
    assert "line 3: " in dataset.problems[4]
    assert "unknown kind (.doc)" in dataset.problems[4]


def test_nothing_usable_names_what_was_looked_at(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"No usable sample in .*missing") as caught:
        open_dataset([tmp_path / "missing"], ["images"])
    assert caught.value.details == (f"{tmp_path / 'missing'} does not exist.",)
    with pytest.raises(DatasetError, match="No usable sample in an empty selection"):
        open_dataset([], ["images"])


def test_a_folder_cannot_feed_two_inputs(tmp_path: Path) -> None:
    picture(tmp_path / "a.png")
    with pytest.raises(DatasetError) as caught:
        open_dataset([tmp_path], ["left", "right"])
    assert "2 inputs (left, right); write a dataset.txt" in caught.value.details[0]


def test_the_digest_changes_with_files_sizes_and_times_only(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    before = open_dataset([path], ["images"]).digest
    assert open_dataset([tmp_path], ["images"]).digest == before
    os.utime(path, ns=(1, 1))
    touched = open_dataset([path], ["images"]).digest
    picture(tmp_path / "b.png")
    assert len({before, touched, open_dataset([tmp_path], ["images"]).digest}) == 3


def test_the_digest_belongs_to_the_moment_of_opening(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png")
    dataset, twin = (open_dataset([path], ["images"]) for _ in range(2))
    os.utime(path, ns=(1, 1))
    assert dataset.digest == twin.digest


def test_all_unusable_samples_are_found_at_once(tmp_path: Path) -> None:
    picture(tmp_path / "good.png")
    (tmp_path / "broken.jpg").write_bytes(b"nonsense")
    np.save(tmp_path / "shape.npy", np.zeros((3, 8, 8)))
    np.save(tmp_path / "fine.npy", np.zeros((8, 8, 3)))
    listed = tmp_path / "dataset.txt"
    listed.write_text("good.png\nbroken.jpg\nshape.npy\nfine.npy\ngone.png\n")
    dataset = open_dataset([listed], ["images"])
    checked = check_samples(dataset, SHAPES)
    assert [sample.name for sample in checked.samples] == ["good.png", "fine.npy"]
    assert [sentence.split(": ")[0] for sentence in checked.problems] == [
        f"{listed}, line {line}" for line in (5, 2, 3)
    ]
    assert checked.digest != dataset.digest


def test_pictures_for_an_input_of_no_picture_are_problems(tmp_path: Path) -> None:
    dataset = open_dataset([picture(tmp_path / "a.png")], ["state"])
    with pytest.raises(DatasetError, match="None of the 1 sample") as caught:
        check_samples(dataset, {"state": (1, 10)})
    assert "a.png is a picture, but input 'state' has shape (1, 10)" in caught.value.details[0]


def test_another_number_of_inputs_is_told(tmp_path: Path) -> None:
    sample = Sample("a", (tmp_path / "a.png",))
    with pytest.raises(DatasetError, match=r"has 1 file\(s\), but the network has 2 input"):
        load_sample(sample, {"l": (1, 3, 8, 8), "r": (1, 3, 8, 8)}, {})


def test_checking_can_be_cancelled(tmp_path: Path) -> None:
    dataset = open_dataset([picture(tmp_path / "a.png")], ["images"])

    def cancel(done: float, total: float, text: str = "") -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        check_samples(dataset, SHAPES, cancel)


def test_every_input_is_prepared_by_its_own_settings(tmp_path: Path) -> None:
    picture(tmp_path / "l.png", (100, 50, 0))
    np.save(tmp_path / "r.npy", np.full((4,), 3.0))
    listed = tmp_path / "dataset.txt"
    listed.write_text("l.png r.npy\n")
    dataset = open_dataset([listed], ["left", "right"])
    settings = {"left": InputSettings((0.0,), (100.0,)), "right": InputSettings((1.0,))}
    feeds = load_sample(dataset.samples[0], {"left": (1, 3, 8, 8), "right": (1, 4)}, settings)
    assert list(feeds) == ["left", "right"]
    assert feeds["left"][0, :, 0, 0].tolist() == [1.0, 0.5, 0.0]
    assert feeds["right"].tolist() == [[2.0] * 4]
    assert {array.dtype for array in feeds.values()} == {np.dtype(np.float32)}


def test_settings_that_do_not_fit_are_a_config_error(tmp_path: Path) -> None:
    dataset = open_dataset([picture(tmp_path / "a.png")], ["images"])
    settings = {"images": InputSettings((1.0, 2.0))}
    with pytest.raises(ConfigError, match="mean_values has 2 entries"):
        load_sample(dataset.samples[0], SHAPES, settings)


def test_the_list_it_writes_opens_as_the_same_samples(tmp_path: Path) -> None:
    folder = tmp_path / "校准 图片"
    for name in ("a.png", "b c.png"):
        picture(folder / name)
    dataset = open_dataset([folder], ["images"])
    notes = write_dataset_txt(dataset, tmp_path / "dataset.txt")
    assert len(notes) == 2  # the folder's own name holds a space
    again = open_dataset([tmp_path / "dataset.txt"], ["images"])
    assert [sample.files for sample in again.samples] == [s.files for s in dataset.samples]
    assert again.digest == dataset.digest
