"""hybrid_quantization_step1 and step2: the files between them, and what an edited cfg asks for."""

from __future__ import annotations

from pathlib import Path

from rkviz.errors import FormatError
from rkviz.formats.cfg_apply import apply_cfg, notes_of
from rkviz.formats.quantization_cfg import (
    CfgFile,
    cfg_from_plan,
    cfg_text,
    read_cfg,
    write_cfg_text,
)
from rkviz.formats.step1_network import file_stem, read_network, write_network
from rkviz.graph.naming import layer_names
from rkviz.project import Project
from rkviz.results import Results
from rkviz.rknn_api.arguments import named_file
from rkviz.rknn_api.building import project_of
from rkviz.rknn_api.loading import Network
from rkviz.rknn_api.options import Options
from rkviz.target import target_named


def write_step1(project: Project, results: Results) -> list[str]:
    """Write the three files of `results` to the current folder; returns what was kept of old ones.

    Raises FormatError.
    """
    assert results.plan is not None
    graph = results.plan.graph
    stem = file_stem(graph)
    cfg = Path(f"{stem}.quantization.cfg")
    text = cfg_text(cfg_from_plan(results.plan, project.config, layer_names(graph)))
    kept = _set_aside(cfg, text)
    write_network(graph, Path(f"{stem}.json"), Path(f"{stem}.data"))
    write_cfg_text(text, cfg)
    if kept is None:
        return []
    return [f"{cfg} was there with other content; it is kept as {kept}."]


def _set_aside(cfg: Path, text: str) -> Path | None:
    """Rename a cfg that says something else than `text`; its new name, None when there is none."""
    try:
        if not cfg.exists() or cfg.read_bytes() == text.encode():
            return None
        number = 1
        kept = cfg.with_name(f"{cfg.name}.bak")
        while kept.exists():
            number += 1
            kept = cfg.with_name(f"{cfg.name}.bak{number}")
        return cfg.rename(kept)
    except OSError as error:
        raise FormatError(
            f"{cfg} is there already and cannot be set aside ({error.strerror or error}); rename "
            "it, so that your edits are not lost."
        ) from None


def read_step1(model_input: object, data_input: object, cfg: object) -> tuple[Network, CfgFile]:
    """The network and the cfg, edited or not; raises FormatError and ConfigError."""
    structure = named_file("model_input", model_input)
    data = named_file("data_input", data_input)
    edited = read_cfg(named_file("model_quantization_cfg", cfg))
    return Network(read_network(structure, data), structure), edited


def with_cfg(
    network: Network, options: Options, dataset: object, cfg: CfgFile
) -> tuple[Project, list[str]]:
    """The project in which `cfg` is applied, and sentences about what of it has no effect."""
    target = target_named(options.target)
    applied = apply_cfg(cfg, network.graph, options.hybrid, target)
    return project_of(network, options, dataset, applied.config), list(notes_of(applied))
