"""Project: the document on disk. JSON with a version; saved atomically; parsed as hostile."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import cast

from rkviz.atomic import write_atomically
from rkviz.calibrate.preprocess import InputSettings
from rkviz.errors import ConfigError, ProjectError
from rkviz.plans import FIRST_PLAN, Plan, Run
from rkviz.project_entries import (
    Reader,
    config_entry,
    path_entry,
    plan_entry,
    run_entry,
    settings_entry,
)
from rkviz.quantize.config import HybridConfig
from rkviz.repair.choice import NO_REPAIRS, Repairs

FORMAT = "rkviz-project"
VERSION = 1
SUFFIX = ".rkviz"
MODEL_SUFFIXES = (".onnx", ".tflite", ".rknn")
"""How files end that hold a network."""
_LARGEST_FILE = 64 << 20


@dataclass(frozen=True)
class Project:
    """Everything the user chose; all else is derived from it.

    `inputs` maps an input's name to how pictures are prepared for it; the entry "" holds for
    inputs not named. `calibration_images` and `analysis_images` limit how many samples are used
    (0 = all); samples are taken from the front. `cfg` is the toolkit's cfg that `config` was read
    from, if any: exports change it, no more. `snapshot` is what the toolkit's accuracy_analysis
    wrote, folder or text, to be shown beside the emulator's numbers. `judging` are pictures to
    measure repairs and plans with, as `dataset`; without any those that calibration leaves over
    are. At most `judging_images` of them are used (0 = all).
    """

    model: Path
    dataset: tuple[Path, ...] = ()
    input_shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    inputs: Mapping[str, InputSettings] = field(default_factory=dict[str, InputSettings])
    calibration_images: int = 0
    analysis_images: int = 4
    config: HybridConfig = field(default_factory=HybridConfig)
    target: str = "rv1126"
    requantize: bool = False
    """Whether what a quantized model states and the NPU cannot take is chosen anew."""
    cfg: Path | None = None
    snapshot: Path | None = None
    locked: frozenset[str] = frozenset()
    """Layers whose type a search leaves as it is."""
    repairs: Repairs = NO_REPAIRS
    judging: tuple[Path, ...] = ()
    judging_images: int = 64
    plan_name: str = FIRST_PLAN
    plans: tuple[Plan, ...] = ()
    """The named plans beside the open one, which `plan_name`, `config` and `repairs` are."""
    history: tuple[Run, ...] = field(default=(), compare=False)
    """Runs, the oldest first: what was measured, no choice of the user's."""
    labels: Path | None = None
    """The names of the classes, one a line."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "input_shapes", MappingProxyType(dict(self.input_shapes)))
        object.__setattr__(self, "inputs", MappingProxyType(dict(self.inputs)))

    def settings_for(self, input_name: str) -> InputSettings:
        return self.inputs.get(input_name, self.inputs.get("", InputSettings()))

    @property
    def plan(self) -> Plan:
        """The open plan."""
        return Plan(self.plan_name, self.config, self.repairs)

    @property
    def all_plans(self) -> tuple[Plan, ...]:
        """The open plan and the others by name."""
        return tuple(sorted((self.plan, *self.plans), key=lambda plan: plan.sort_key))

    @property
    def basis(self) -> Project:
        """What results are derived from: all but the other plans, locks and pictures to judge."""
        return replace(
            self, plan_name=FIRST_PLAN, plans=(), history=(), labels=None,
            locked=frozenset(), judging=(), judging_images=0,
        )  # fmt: skip

    def with_plan(self, plan: Plan) -> Project:
        """With `plan` open; what was open stays as it is. A plan of that name is replaced."""
        others = [other for other in (self.plan, *self.plans) if other.name != plan.name]
        return replace(
            self, plan_name=plan.name, config=plan.config, repairs=plan.repairs,
            plans=tuple(others),
        )  # fmt: skip

    def without_plan(self, name: str) -> Project:
        """Without a plan; where that is the open one the next is opened. The last one stays."""
        left = [plan for plan in self.all_plans if plan.name != name]
        if not left:
            return self
        opened = next((plan for plan in left if plan.name == self.plan_name), left[0])
        alone = replace(self, plans=()).with_plan(opened)
        return replace(alone, plans=tuple(plan for plan in left if plan is not opened))

    def with_plan_renamed(self, old: str, new: str) -> Project:
        """With another name; raises ConfigError when it is empty or taken."""
        if not new.strip() or (new != old and any(new == p.name for p in self.all_plans)):
            raise ConfigError(f"A plan needs a name of its own; {new!r} is taken or empty.")
        return replace(
            self,
            plan_name=new if self.plan_name == old else self.plan_name,
            plans=tuple(replace(p, name=new) if p.name == old else p for p in self.plans),
        )

    @property
    def missing(self) -> tuple[Path, ...]:
        """Files and folders the project names that are not there (any more)."""
        return tuple(
            path for path in (self.model, *self.dataset, *self.judging) if not path.exists()
        )


def spare_model(project: Project, path: Path) -> None:
    """Raises ProjectError where writing to `path` would overwrite the project's model."""
    try:
        is_model = path.samefile(project.model)
    except (OSError, ValueError):
        return  # one of them is not there
    if is_model:
        raise ProjectError(f"{path} is the model itself; choose another name.")


def save_project(project: Project, path: Path) -> None:
    """Write `project` to `path`, all or nothing; raises ProjectError."""
    spare_model(project, path)
    folder = path.absolute().parent
    document = {
        "format": FORMAT,
        "version": VERSION,
        "model": path_entry(project.model, folder),
        "dataset": [path_entry(entry, folder) for entry in project.dataset],
        "input_shapes": {name: list(shape) for name, shape in project.input_shapes.items()},
        "inputs": {name: settings_entry(value) for name, value in project.inputs.items()},
        "calibration_images": project.calibration_images,
        "analysis_images": project.analysis_images,
        "target": project.target,
        "requantize": project.requantize,
        **config_entry(project.config, project.repairs),
        "judging": [path_entry(entry, folder) for entry in project.judging],
        "judging_images": project.judging_images,
        "plan_name": project.plan_name,
        "plans": [plan_entry(plan) for plan in project.plans],
        "history": [run_entry(run) for run in project.history],
    }
    if project.locked:
        document["locked"] = sorted(project.locked)
    for name, path_of in (
        ("cfg", project.cfg),
        ("snapshot", project.snapshot),
        ("labels", project.labels),
    ):
        if path_of is not None:
            document[name] = path_entry(path_of, folder)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, text, ProjectError)


def load_project(path: Path) -> Project:
    """Read a project file; raises ProjectError.

    Files it names need not exist: see `Project.missing`.
    """
    document = _read_document(path)
    reader = Reader(path)
    version = document.get("version")
    if document.get("format") != FORMAT or not isinstance(version, int):
        raise ProjectError(f"{path} is not an rkviz project; open a file saved by rkviz.")
    if version > VERSION:
        raise ProjectError(
            f"{path} was saved by a newer rkviz (project version {version}, this one reads up to "
            f"{VERSION}); update rkviz to open it."
        )
    try:
        project = _parse(document, reader)
    except (ConfigError, ValueError, TypeError, KeyError) as error:
        raise ProjectError(f"{path} is damaged: {error}") from None
    return project


def _read_document(path: Path) -> dict[str, object]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ProjectError(f"{path} is too large to be an rkviz project.")
        parsed = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError):
        raise ProjectError(
            f"{path} is damaged: it is not complete JSON; restore a copy or save the project anew."
        ) from None
    if not isinstance(parsed, dict):
        raise ProjectError(f"{path} is not an rkviz project; open a file saved by rkviz.")
    return cast(dict[str, object], parsed)


def _parse(document: Mapping[str, object], reader: Reader) -> Project:
    shapes = reader.mapping(document.get("input_shapes", {}), "input_shapes")
    inputs = reader.mapping(document.get("inputs", {}), "inputs")

    def listed(name: str) -> list[object]:
        return reader.sequence(document.get(name, []), name)

    def counted(name: str, usual: int) -> int:
        return reader.whole(document.get(name, usual), name)

    return Project(
        model=reader.path(document.get("model")),
        dataset=tuple(reader.path(entry) for entry in listed("dataset")),
        input_shapes={
            name: tuple(reader.whole(size, name) for size in reader.sequence(shape, name))
            for name, shape in shapes.items()
        },
        inputs={name: reader.settings(entry) for name, entry in inputs.items()},
        calibration_images=counted("calibration_images", 0),
        analysis_images=counted("analysis_images", 4),
        config=reader.config(document),
        target=str(document.get("target", "rv1126")),
        requantize=document.get("requantize", False) is True,
        cfg=reader.path(document["cfg"]) if "cfg" in document else None,
        locked=frozenset(reader.text(entry, "locked") for entry in listed("locked")),
        snapshot=reader.path(document["snapshot"]) if "snapshot" in document else None,
        repairs=reader.repairs(document),
        judging=tuple(reader.path(entry) for entry in listed("judging")),
        judging_images=counted("judging_images", 64),
        plan_name=reader.text(document.get("plan_name", FIRST_PLAN), "plan_name"),
        plans=tuple(reader.plan(entry) for entry in listed("plans")),
        history=tuple(reader.run(entry) for entry in listed("history")),
        labels=reader.path(document["labels"]) if "labels" in document else None,
    )
