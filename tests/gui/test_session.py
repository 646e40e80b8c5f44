"""Session: the present values, undo, live runs, and what happens when something fails."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from rkviz.calibrate.preprocess import Fit, InputSettings
from rkviz.errors import ConfigError, ModelError, UnknownSizeError
from rkviz.gui import steps
from rkviz.gui.session import Session
from rkviz.numerics import QuantScheme
from rkviz.project import Project, load_project
from rkviz.quantize.range_method import RangeKind, RangeMethod
from rkviz.results import Results
from tests.gui.sample_results import sample_project, sample_results


class Kitchen:
    """Stands in for the pipeline: results at once, unless a gate is shut or an error is set."""

    def __init__(self) -> None:
        self.runs: list[Project] = []
        self.error: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def bring_up_to_date(self, project, results, memory, progress, publish, until="analyse"):
        if until != "analyse":
            return results
        self.runs.append(project)
        if self.error:
            raise self.error
        fresh = sample_results(project)
        publish(("quantize", replace(results, graph=fresh.graph, plan=fresh.plan)))
        while not self.gate.wait(0.01):
            progress(0, 1, "analyse")
        publish(("analyse", fresh))
        return fresh

    def open_document(self, project, path, modified, progress):
        if self.error:
            raise self.error
        return steps.Opened(project, path, Results(graph=sample_results().graph), modified)


@pytest.fixture
def kitchen(monkeypatch) -> Kitchen:
    made = Kitchen()
    monkeypatch.setattr(steps, "bring_up_to_date", made.bring_up_to_date)
    monkeypatch.setattr(steps, "open_document", made.open_document)
    return made


@pytest.fixture
def session(qtbot, kitchen):
    made = Session()
    yield made
    made.close()


@pytest.fixture
def messages(session) -> list[tuple[str, str]]:
    log: list[tuple[str, str]] = []
    session.message.connect(lambda level, text: log.append((level, text)))
    return log


@pytest.fixture
def analysed(session, qtbot) -> Session:
    """A session that shows a finished analysis."""
    session.show_document(sample_project(), None, sample_results())
    return session


def scheme(session: Session, layer: str) -> QuantScheme | None:
    return session.project.config.for_layer(layer).scheme


# -- opening, running -----------------------------------------------------------------------------


def test_a_model_opens_in_the_background(session, qtbot):
    with qtbot.waitSignal(session.opened):
        session.open_path(Path("net.onnx"))
    assert session.project.model == Path("net.onnx").absolute()
    assert session.results.graph is not None
    assert not session.is_modified


def test_a_model_that_fails_leaves_the_open_one_alone(analysed, kitchen, messages, qtbot):
    before = analysed.project, analysed.results
    kitchen.error = ModelError("net.onnx is not a model.")
    with qtbot.waitSignal(analysed.message):
        analysed.open_path(Path("net.onnx"))
    assert messages == [("error", "net.onnx is not a model.")]
    assert (analysed.project, analysed.results) == before


def test_open_sizes_are_asked_for(session, kitchen, qtbot):
    kitchen.error = UnknownSizeError("Which size?", {"x": (None, 3, 32, 32)})
    with qtbot.waitSignal(session.choice_needed) as asked:
        session.open_path(Path("net.onnx"))
    error, project, path = asked.args
    assert error.inputs == {"x": (None, 3, 32, 32)}
    assert path is None
    kitchen.error = None
    with qtbot.waitSignal(session.opened):
        session.open_document(replace(project, input_shapes={"x": (1, 3, 32, 32)}), path)
    assert session.project.input_shapes == {"x": (1, 3, 32, 32)}


def test_run_without_a_model_or_pictures_says_what_to_do(session, messages):
    session.run()
    session.show_document(Project(model=Path("/m.onnx")), None, Results())
    session.run()
    assert [level for level, _ in messages] == ["warning", "warning"]
    assert "model" in messages[0][1]
    assert "pictures" in messages[1][1]


def test_a_run_publishes_the_plan_before_the_report(analysed, kitchen, qtbot):
    analysed.set_live(False)
    analysed.set_scheme(["body1"], QuantScheme.I16)
    kitchen.gate.clear()
    with qtbot.waitSignal(analysed.results_changed):
        analysed.run()
    assert analysed.results.plan.scheme["body1"] is QuantScheme.I16
    assert analysed.is_stale
    with qtbot.waitSignal(analysed.runner.ended):
        kitchen.gate.set()
    assert not analysed.is_stale


def test_an_edit_runs_what_it_made_stale(analysed, kitchen, qtbot):
    assert not analysed.is_stale
    with qtbot.waitSignals([analysed.stale_changed, analysed.runner.ended]):
        analysed.set_scheme(["body1"], QuantScheme.I16)
    assert not analysed.is_stale
    assert [run.config for run in kitchen.runs] == [analysed.project.config]


def test_without_live_the_old_results_stay_and_are_called_stale(analysed, kitchen, qtbot):
    analysed.set_live(False)
    before = analysed.results
    analysed.set_scheme(["body1"], QuantScheme.I16)
    assert analysed.is_stale
    assert analysed.results is before
    analysed.undo_stack.undo()
    assert not analysed.is_stale
    assert kitchen.runs == []


def test_cancel_keeps_the_old_report_and_calls_it_stale(analysed, kitchen, qtbot):
    kitchen.gate.clear()
    report = analysed.results.report
    with qtbot.waitSignal(analysed.results_changed):
        analysed.set_scheme(["body1"], QuantScheme.I16)
    analysed.cancel()
    assert not analysed.runner.is_busy
    assert analysed.results.report is report
    assert analysed.is_stale
    analysed.undo_stack.undo()
    assert analysed.is_stale, "the plan is still that of the edit"


def test_a_run_that_fails_keeps_the_old_results(analysed, kitchen, messages, qtbot):
    kitchen.error = ConfigError("Impossible.", ["first", "second"])
    before = analysed.results
    with qtbot.waitSignal(analysed.runner.ended):
        analysed.run()
    assert messages == [("error", "Impossible.\n  first\n  second")]
    assert analysed.results is before


def test_close_while_running_ends_the_thread(analysed, kitchen, qtbot):
    kitchen.gate.clear()
    with qtbot.waitSignal(analysed.results_changed):
        analysed.run()
    analysed.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("rkviz-")]


# -- edits ----------------------------------------------------------------------------------------


def test_every_edit_is_one_step_back_and_forth(analysed):
    analysed.set_scheme(["body1", "body2"], QuantScheme.FLOAT)
    assert scheme(analysed, "body1") is scheme(analysed, "body2") is QuantScheme.FLOAT
    assert analysed.is_modified
    assert analysed.undo_stack.undoText() == "2 layers to float"
    analysed.undo_stack.undo()
    assert analysed.project == sample_project()
    assert not analysed.is_modified
    analysed.undo_stack.redo()
    assert scheme(analysed, "body2") is QuantScheme.FLOAT


def test_back_to_the_default_leaves_no_trace(analysed):
    analysed.set_scheme(["body1"], QuantScheme.FLOAT)
    analysed.set_scheme(["body1"], None)
    assert analysed.project == sample_project()


def test_a_fused_activation_follows_its_head(analysed):
    own = analysed.project.config.with_scheme(["stem_act"], QuantScheme.FLOAT)
    analysed.edit_config(own, "by hand")
    analysed.set_scheme(["stem"], QuantScheme.I16)
    assert scheme(analysed, "stem") is QuantScheme.I16
    assert scheme(analysed, "stem_act") is None


def test_a_third_quantized_type_is_refused_in_words(analysed, messages):
    analysed.set_scheme(["body1"], QuantScheme.I16)
    analysed.set_scheme(["body2"], QuantScheme.I8)
    assert scheme(analysed, "body2") is None
    level, text = messages[-1]
    assert level == "error"
    assert "i16, i8, u8" in text
    analysed.set_scheme(["body2"], QuantScheme.FLOAT)
    assert scheme(analysed, "body2") is QuantScheme.FLOAT


def test_the_type_a_cfg_gives_an_activation_alone_counts_too(analysed, messages):
    own = analysed.project.config.with_scheme(["stem_act"], QuantScheme.I16)
    analysed.edit_config(own, "by hand")
    analysed.set_scheme(["body2"], QuantScheme.I8)
    assert scheme(analysed, "body2") is None
    assert "i16, i8, u8" in messages[-1][1]


def test_a_drag_is_one_step(analysed):
    for high in (5.0, 4.0, 3.0):
        layer = replace(analysed.project.config.for_layer("body1"), range=(0.0, high))
        after = analysed.project.config.with_override("body1", layer)
        analysed.edit_config(after, "range", merge_key="range body1")
    assert analysed.undo_stack.count() == 1
    analysed.undo_stack.undo()
    assert analysed.project == sample_project()


def test_what_was_looked_at_for_a_while_is_a_step_to_go_back_to(analysed, monkeypatch):
    for now, kind in ((0, RangeKind.KL_DIVERGENCE), (9, RangeKind.MMSE), (9.5, RangeKind.NORMAL)):
        monkeypatch.setattr("rkviz.gui.edits.monotonic", lambda now=now: now)
        after = replace(analysed.project.config, range_method=RangeMethod(kind))
        analysed.edit_config(after, f"by {kind.value}", merge_key="ranges")
    assert analysed.undo_stack.count() == 2
    assert [analysed.undo_stack.text(n) for n in (0, 1)] == ["by kl_divergence", "by normal"]


def test_the_undo_menu_says_which_words_of_the_toolkit_changed(analysed, tmp_path):
    first = InputSettings(mean_values=(1.0,), fit=Fit.CROP, crop_from=256)
    analysed.set_inputs({"": first})
    analysed.set_inputs({"": replace(first, std_values=(2.0,), reorder_channel=(2, 1, 0))})
    analysed.set_dataset([tmp_path, tmp_path / "more"])
    analysed.set_dataset([tmp_path])
    stack = analysed.undo_stack
    assert [stack.text(number) for number in range(stack.count())] == [
        "Change mean_values, fit",
        "Change std_values, reorder_channel",
        "Choose pictures",
        "Remove pictures",
    ]


def test_a_drag_back_to_the_start_is_no_step(analysed):
    start = analysed.project.config
    layer = replace(start.for_layer("body1"), range=(0.0, 5.0))
    analysed.edit_config(start.with_override("body1", layer), "range", merge_key="range body1")
    analysed.edit_config(start, "range", merge_key="range body1")
    assert analysed.undo_stack.count() == 0
    assert not analysed.is_modified


def test_preprocessing_and_pictures_are_undone_like_all_else(analysed, tmp_path):
    analysed.set_inputs({"": InputSettings(mean_values=(1.0,))})
    analysed.set_dataset([tmp_path])
    assert analysed.project.dataset == (tmp_path,)
    analysed.undo_stack.undo()
    analysed.undo_stack.undo()
    assert analysed.project == sample_project()


def test_config_changed_comes_only_when_the_config_changed(analysed, qtbot, tmp_path):
    configs = []
    analysed.config_changed.connect(configs.append)
    analysed.set_dataset([tmp_path])
    analysed.set_scheme(["body1"], QuantScheme.FLOAT)
    assert configs == [analysed.project.config]


# -- selection, view ------------------------------------------------------------------------------


def test_a_selection_is_heads_in_the_order_of_the_network(analysed, qtbot):
    with qtbot.waitSignal(analysed.selection_changed) as changed:
        analysed.select(["body1_act", "nobody", "images", "body1"])
    assert changed.args == [("images", "body1")]
    with qtbot.assertNotEmitted(analysed.selection_changed):
        analysed.select(["body1", "images"])


def test_the_view_says_what_colours_the_graph(analysed, qtbot):
    with qtbot.waitSignal(analysed.view_changed):
        analysed.set_view(metric="snr_db", kind="own")
    assert (analysed.view.metric, analysed.view.kind, analysed.view.image) == (
        "snr_db",
        "own",
        None,
    )


# -- files ----------------------------------------------------------------------------------------


def test_a_saved_project_is_clean_until_the_next_edit(analysed, tmp_path):
    analysed.set_scheme(["body1"], QuantScheme.FLOAT)
    assert analysed.save(tmp_path / "work")
    assert analysed.path == tmp_path / "work.rkviz"
    assert not analysed.is_modified
    assert load_project(analysed.path).config == analysed.project.config
    analysed.undo_stack.undo()
    assert analysed.is_modified


def test_a_folder_that_cannot_be_written_keeps_the_work(analysed, tmp_path, qtbot):
    analysed.set_scheme(["body1"], QuantScheme.FLOAT)
    with qtbot.waitSignal(analysed.save_failed) as failed:
        assert not analysed.save(tmp_path / "no" / "such" / "work.rkviz")
    assert "cannot be written" in str(failed.args[0])
    assert analysed.is_modified
    assert scheme(analysed, "body1") is QuantScheme.FLOAT


def test_pictures_need_a_model_first(session, messages, tmp_path):
    session.open_path(tmp_path)
    assert messages[0][0] == "warning"
    assert session.project is None


def test_nobody_meets_the_selection_of_the_network_before(session):
    """Stale results and a selected layer: the next document has neither that layer nor them."""
    session.show_document(sample_project(), None, sample_results())
    session.set_live(False)
    session.select(["stem"])
    session.set_scheme(["stem"], QuantScheme.I16)
    assert session.is_stale
    seen = []
    session.stale_changed.connect(lambda _stale: seen.append(session.selection))
    session.show_document(sample_project(), None, sample_results())
    assert seen == [()]
