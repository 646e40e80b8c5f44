"""Scripts for the toolkit run as they are: the call sequences its manual documents."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rkviz import pipeline
from rkviz.calibrate.preprocess import InputSettings
from rkviz.emulate.compiled.float_net import FloatNet
from rkviz.emulate.executor import as_real, run_plan
from rkviz.graph import open_model
from rkviz.project import Project
from rkviz.quantize.config import HybridConfig
from rkviz.quantize.range_method import RangeMethod
from rkviz.rknn_api import RKNN
from tests import models


def picture(work: Path, index: int = 0) -> np.ndarray:
    return np.asarray(Image.open(work / "pictures" / f"picture{index}.png"))


def built(model: str = "net.onnx", dataset: str = "./dataset.txt", **config: object) -> RKNN:
    """The sequence of every example: config, load, build, init_runtime."""
    rknn = RKNN()
    assert rknn.config(target_platform=["rv1126"], **config) == 0
    assert rknn.load_onnx(model=model) == 0
    assert rknn.build(do_quantization=True, dataset=dataset) == 0
    assert rknn.init_runtime() == 0
    return rknn


def test_inference_gives_the_integers_of_the_emulator(work: Path) -> None:
    rknn = built(mean_values=[[127.5, 127.5, 127.5]], std_values=[[64, 64, 64]])
    outputs = rknn.inference(inputs=[picture(work)])
    rknn.release()
    settings = InputSettings((127.5,), (64.0,))
    project = Project(work / "net.onnx", (work / "dataset.txt",), inputs={"": settings})
    results = pipeline.run(project, until="quantize")
    feeds = pipeline.feeds_of(project, results.graph, results.dataset, 0)
    codes = run_plan(results.plan, feeds)
    assert len(outputs) == 2
    for name, output in zip(results.graph.outputs, outputs, strict=True):
        tensor = results.plan.value_tensor[name]
        assert output.dtype == np.float32
        np.testing.assert_array_equal(output, as_real(results.plan, tensor, codes[tensor]))


def test_an_algorithm_chooses_other_ranges(work: Path) -> None:
    images = [picture(work)]
    normal, mmse = (
        built(quantized_algorithm=name).inference(images)[0] for name in ("normal", "mmse")
    )
    config = HybridConfig(range_method=RangeMethod.parse("mmse"))
    project = Project(work / "net.onnx", (work / "dataset.txt",), config=config)
    results = pipeline.run(project, until="quantize")
    codes = run_plan(results.plan, pipeline.feeds_of(project, results.graph, results.dataset, 0))
    tensor = results.plan.value_tensor[results.graph.outputs[0]]
    np.testing.assert_array_equal(mmse, as_real(results.plan, tensor, codes[tensor]))
    assert not np.array_equal(mmse, normal)


def test_layouts_and_shapes_of_one_picture_are_the_same_thing(work: Path) -> None:
    rknn, image = built(), picture(work)
    first = rknn.inference(inputs=[image])
    for array, layout in (
        (image[np.newaxis], "nhwc"),
        (image.transpose(2, 0, 1), "nchw"),
        (image.transpose(2, 0, 1)[np.newaxis], "nchw"),
    ):
        again = rknn.inference(inputs=[array], data_format=layout)
        np.testing.assert_array_equal(first[0], again[0])
    floats = rknn.inference(inputs=[image.astype(np.float32)], data_type="float32")
    np.testing.assert_array_equal(first[0], floats[0])


def test_passed_through_means_what_the_npu_holds(work: Path) -> None:
    rknn = built(mean_values=[[100] * 3], std_values=[[50] * 3], reorder_channel="2 1 0")
    image = picture(work)
    expected = rknn.inference(inputs=[image])
    prepared = (image[:, :, ::-1].astype(np.float32) - 100) / np.float32(50)
    floats = rknn.inference([prepared], data_type="float32", inputs_pass_through=[1])
    np.testing.assert_array_equal(floats[0], expected[0])
    codes = np.full((16, 16, 3), 128, np.uint8)
    assert rknn.inference([codes], inputs_pass_through=[1])[0].shape == (1, 6, 16, 16)
    assert (
        rknn.inference([codes.astype(np.int8)], data_type="int8", inputs_pass_through=[1]) is None
    )


def test_several_inputs_have_settings_of_their_own(work: Path) -> None:
    rknn = built(
        "two.onnx",
        "./pairs.txt",
        mean_values=[[0, 0, 0], [128, 128, 128]],
        std_values=[[255] * 3, [128] * 3],
        reorder_channel="0 1 2#2 1 0",
    )
    (output,) = rknn.inference(inputs=[picture(work, 0), picture(work, 1)])
    left = picture(work, 0).astype(np.float32) / 255
    right = (picture(work, 1)[:, :, ::-1].astype(np.float32) - 128) / 128
    feeds = {n: a.transpose(2, 0, 1)[None] for n, a in (("left", left), ("right", right))}
    graph = open_model(work / "two.onnx")
    real = FloatNet(graph).run(feeds)[graph.outputs[0]]
    assert np.abs(output - real).max() < 0.05 * np.abs(real).max()


def test_a_batch_runs_as_its_pictures_alone(work: Path) -> None:
    rknn = RKNN()
    rknn.config(target_platform=["rv1126"])
    rknn.load_onnx("net.onnx")
    assert rknn.build(dataset="dataset.txt", rknn_batch_size=2) == 0
    assert rknn.init_runtime() == 0
    both = rknn.inference([np.stack([picture(work, 0), picture(work, 1)])])
    assert [output.shape[0] for output in both] == [2, 2]
    single = built()
    for index in (0, 1):
        alone = single.inference([picture(work, index)])
        np.testing.assert_array_equal(both[0][index], alone[0][0])
    assert rknn.inference([picture(work)]) is None, "a single picture is no batch of two"


def test_without_quantization_no_pictures_are_needed(work: Path) -> None:
    rknn = RKNN()
    rknn.config(mean_values=[[128] * 3], std_values=[[128] * 3], target_platform=["rv1126"])
    rknn.load_onnx("net.onnx")
    assert rknn.build(do_quantization=False, dataset="./nothing.txt") == 0
    assert rknn.init_runtime() == 0
    outputs = rknn.inference([picture(work)])
    graph = open_model(work / "net.onnx")
    prepared = (picture(work).astype(np.float32) - 128) / 128
    real = FloatNet(graph).run({"images": prepared.transpose(2, 0, 1)[None]})
    for name, output in zip(graph.outputs, outputs, strict=True):
        np.testing.assert_allclose(output, real[name], atol=0.01)


@pytest.mark.parametrize(
    "dtype", ["asymmetric_affine-u8", "dynamic_fixed_point-i8", "dynamic_fixed_point-i16"]
)
def test_every_quantized_dtype_of_the_manual(work: Path, dtype: str) -> None:
    rknn = built(quantized_dtype=dtype, mean_values=[[0] * 3], std_values=[[255] * 3])
    assert len(rknn.inference([picture(work)])) == 2


def test_a_part_of_the_model_between_named_tensors(work: Path) -> None:
    rknn = RKNN()
    rknn.config(target_platform=["rv1126"])
    loaded = rknn.load_onnx(
        "net.onnx", inputs=["images"], input_size_list=[[3, 16, 16]], outputs=["deep_relu_out"]
    )
    assert loaded == 0
    assert rknn.build() == 0
    assert rknn.init_runtime() == 0
    (output,) = rknn.inference([picture(work)])
    assert output.shape == (1, 8, 8, 8)
    assert output.min() == 0, "it ends in a relu"


def test_sizes_the_model_leaves_open(work: Path) -> None:
    b = models.Builder("open_sizes")
    b.output(b.conv(b.input(shape=("N", 3, "H", "W")), "conv", 3, 4))
    models.save(b.model(), work / "open.onnx")
    rknn = RKNN()
    assert rknn.load_onnx("open.onnx") == -1
    assert rknn.load_onnx("open.onnx", inputs=["images"], input_size_list=[[3, 16, 16]]) == 0
    assert rknn.load_onnx("open.onnx", input_size_list=[[3, 16, 16]]) == 0
    assert rknn.build() == 0


def test_only_some_batches_are_calibrated_on(work: Path) -> None:
    rows = ["pictures/picture0.png"] * 2 + ["pictures/gone.png"]
    (work / "dataset.txt").write_text("\n".join(rows))
    first = built("net.onnx", "./one.txt").inference([picture(work, 1)])
    limited = built(batch_size=1, epochs=1).inference([picture(work, 1)])
    np.testing.assert_array_equal(first[0], limited[0])
