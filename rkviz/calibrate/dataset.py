"""The samples a network is calibrated and judged with: found, checked, loaded one at a time."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rkviz.calibrate.arrays import read_array, verify_array
from rkviz.calibrate.dataset_list import read_dataset_list, write_dataset_list
from rkviz.calibrate.pictures import PICTURE_SUFFIXES, read_picture, verify_picture
from rkviz.calibrate.preprocess import InputSettings, picture_layout, prepare_array, preprocess
from rkviz.digest import digest
from rkviz.errors import DatasetError
from rkviz.progress import Progress, silent

ARRAY_SUFFIX = ".npy"
LIST_SUFFIX = ".txt"
SAMPLE_SUFFIXES = PICTURE_SUFFIXES | {ARRAY_SUFFIX}


@dataclass(frozen=True)
class Sample:
    """One picture or array for every input, in the order of the inputs.

    `name` is unique in its dataset. `stamps` are size in bytes and time of change in ns of each
    file when the dataset was opened; `origin` is the list and line that named the sample.
    """

    name: str
    files: tuple[Path, ...]
    stamps: tuple[tuple[int, int], ...] = ()
    origin: str = ""


@dataclass(frozen=True)
class Dataset:
    """Usable samples, and one sentence for everything that had to be left out."""

    samples: tuple[Sample, ...]
    problems: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Identity of the samples: paths, sizes and times of change of their files."""
        return digest(
            [
                ([os.path.abspath(file) for file in sample.files], sample.stamps)
                for sample in self.samples
            ]
        )


def open_dataset(sources: Sequence[Path], input_names: Sequence[str]) -> Dataset:
    """All samples in `sources`, in their order.

    A source is a folder (its pictures and npy files in natural order, not those of folders in
    it), a picture, a npy file, or a dataset.txt. Only a dataset.txt can feed several inputs.
    Raises DatasetError when no sample is left; what is wrong with single ones is in `problems`.
    """
    found: list[Sample] = []
    problems: list[str] = []
    for source in sources:
        try:
            samples, bad = _samples_in(source, input_names)
        except DatasetError as error:
            samples, bad = (), (str(error),)
        found += samples
        problems += bad
    if not found:
        looked_at = ", ".join(str(source) for source in sources) or "an empty selection"
        raise DatasetError(
            f"No usable sample in {looked_at}; give a folder of pictures or npy files, or a "
            "dataset.txt that names them.",
            problems,
        )
    return Dataset(_with_unique_names(found), tuple(problems))


def check_samples(
    dataset: Dataset, inputs: Mapping[str, tuple[int, ...]], progress: Progress = silent
) -> Dataset:
    """`dataset` without the samples that cannot be loaded, each with a sentence in `problems`.

    `inputs` maps input names to shapes, in the order of the files of a sample. Raises
    DatasetError when nothing is left.
    """
    good: list[Sample] = []
    problems: list[str] = []
    for done, sample in enumerate(dataset.samples):
        progress(done, len(dataset.samples), sample.name)
        wrong = list(_problems_of(sample, inputs))
        prefix = f"{sample.origin}: " if sample.origin else ""
        problems += [prefix + sentence for sentence in wrong]
        if not wrong:
            good.append(sample)
    progress(len(dataset.samples), len(dataset.samples))
    if not good:
        raise DatasetError(
            f"None of the {len(dataset.samples)} sample(s) can be used:",
            (*dataset.problems, *problems),
        )
    return replace(dataset, samples=tuple(good), problems=(*dataset.problems, *problems))


def load_sample(
    sample: Sample,
    inputs: Mapping[str, tuple[int, ...]],
    settings: Mapping[str, InputSettings],
) -> dict[str, NDArray[np.float32]]:
    """Input name -> float32 array of the shape in `inputs`, prepared by `settings` (by name).

    npy files hold channels last, as the toolkit wants them (see `array_shapes`), and go through
    mean and std like pictures. Raises DatasetError, and ConfigError when settings do not fit.
    """
    _check_count(sample, inputs)
    return {
        name: _load(file, name, shape, settings.get(name, InputSettings()))
        for file, (name, shape) in zip(sample.files, inputs.items(), strict=True)
    }


def write_dataset_txt(dataset: Dataset, path: Path) -> tuple[str, ...]:
    """Write the samples as a dataset.txt of the toolkit; see `write_dataset_list`."""
    return write_dataset_list([sample.files for sample in dataset.samples], path)


def _samples_in(source: Path, input_names: Sequence[str]) -> tuple[Sequence[Sample], Sequence[str]]:
    if source.suffix.lower() == LIST_SUFFIX and not source.is_dir():
        listed, bad = read_dataset_list(source, input_names)
        samples: list[Sample] = []
        problems = list(bad)
        for row in listed:
            origin = f"{source}, line {row.line}"
            unknown = [file for file in row.files if file.suffix.lower() not in SAMPLE_SUFFIXES]
            problems += [f"{origin}: {_unknown_kind(file)}" for file in unknown]
            if not unknown:
                samples.append(_stamped(row.files, origin))
        return samples, problems
    if len(input_names) != 1:
        raise DatasetError(
            f"{source} gives one file a sample, but the network has {len(input_names)} inputs "
            f"({', '.join(input_names)}); write a dataset.txt with one file for each on a line."
        )
    return [_stamped((file,)) for file in _files_in(source)], ()


def _files_in(source: Path) -> list[Path]:
    try:
        if source.is_dir():
            files = [
                entry
                for entry in source.iterdir()
                if entry.suffix.lower() in SAMPLE_SUFFIXES and entry.is_file()
            ]
            if not files:
                raise DatasetError(f"{source} holds neither pictures nor npy files.")
            return sorted(files, key=_natural)
        if not source.is_file():
            raise DatasetError(f"{source} does not exist.")
    except OSError as cause:
        raise DatasetError(f"{source} cannot be read: {cause.strerror or cause}.") from None
    if source.suffix.lower() not in SAMPLE_SUFFIXES:
        raise DatasetError(_unknown_kind(source))
    return [source]


def _unknown_kind(file: Path) -> str:
    return (
        f"{file} is of an unknown kind ({file.suffix or 'no suffix'}); give one of "
        f"{', '.join(sorted(SAMPLE_SUFFIXES))}."
    )


def _natural(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Sorting key that puts 2.jpg in front of 10.jpg."""
    parts = re.findall(r"([0-9]+)|([^0-9]+)", path.name.casefold())
    # Digits are compared by length first, which needs no conversion of a number of any length.
    keys = [
        (0, len(stripped), stripped) if digits else (1, 0, text)
        for digits, text in parts
        for stripped in [digits.lstrip("0")]
    ]
    return keys, path.name


def _stamped(files: tuple[Path, ...], origin: str = "") -> Sample:
    name = " + ".join(file.name for file in files)
    return Sample(name, files, tuple(_stamp(file) for file in files), origin)


def _stamp(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError:  # gone since it was listed; loading it will say so
        return 0, 0
    return status.st_size, status.st_mtime_ns


def _with_unique_names(samples: Iterable[Sample]) -> tuple[Sample, ...]:
    """Names that occur twice get their folder in front, and a number if that does not help."""
    listed = list(samples)
    counts = Counter(sample.name for sample in listed)
    used: Counter[str] = Counter()
    named: list[Sample] = []
    for sample in listed:
        name = sample.name
        if counts[name] > 1:
            name = " + ".join(f"{file.parent.name}/{file.name}" for file in sample.files)
        used[name] += 1
        named.append(replace(sample, name=f"{name} ({used[name]})" if used[name] > 1 else name))
    return tuple(named)


def _problems_of(sample: Sample, inputs: Mapping[str, tuple[int, ...]]) -> Iterable[str]:
    try:
        _check_count(sample, inputs)
    except DatasetError as error:
        yield error.message
        return
    for file, (name, shape) in zip(sample.files, inputs.items(), strict=True):
        try:
            if file.suffix.lower() == ARRAY_SUFFIX:
                verify_array(file, shape, name)
            else:
                _check_takes_pictures(file, name, shape)
                verify_picture(file)
        except DatasetError as error:
            yield error.message


def _check_count(sample: Sample, inputs: Mapping[str, tuple[int, ...]]) -> None:
    if len(sample.files) != len(inputs):
        raise DatasetError(
            f"Sample {sample.name!r} has {len(sample.files)} file(s), but the network has "
            f"{len(inputs)} input(s) ({', '.join(inputs)}); open the dataset again."
        )


def _check_takes_pictures(file: Path, name: str, shape: tuple[int, ...]) -> None:
    if picture_layout(shape) is None:
        raise DatasetError(
            f"{file} is a picture, but input {name!r} has shape {shape}; give a npy file for it."
        )


def _load(
    file: Path, name: str, shape: tuple[int, ...], settings: InputSettings
) -> NDArray[np.float32]:
    if file.suffix.lower() == ARRAY_SUFFIX:
        return prepare_array(read_array(file, shape, name), settings, shape, name)
    _check_takes_pictures(file, name, shape)
    return preprocess(read_picture(file), settings, shape, name)
