"""Pictures and arrays become network inputs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rkviz.calibrate.preprocess import (
    Fit,
    InputSettings,
    array_shapes,
    picture_layout,
    prepare_array,
    preprocess,
)
from rkviz.errors import ConfigError, DatasetError

PLAIN = InputSettings()


def gradient(height: int, width: int) -> np.ndarray:
    """A smooth RGB picture whose channels differ."""
    y, x = np.mgrid[0:height, 0:width]
    red = 255 * x / max(1, width - 1)
    green = 255 * y / max(1, height - 1)
    return np.stack([red, green, 255 - red], axis=-1).round().astype(np.uint8)


def one_colour(height: int, width: int, colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


class TestSettings:
    @pytest.mark.parametrize(
        ("kwargs", "sentence"),
        [
            ({"std_values": (1.0, 0.0, 1.0)}, "divides by zero"),
            ({"mean_values": ()}, "mean_values is empty"),
            ({"mean_values": (float("nan"),)}, "not a number"),
            ({"mean_values": (1.0, 2.0), "std_values": (1.0, 2.0, 3.0)}, "different numbers"),
            ({"mean_values": (1.0,) * 4, "reorder_channel": (2, 1, 0)}, "different numbers"),
            ({"reorder_channel": (0, 0, 1)}, "every channel once"),
            ({"reorder_channel": (1, 2, 3)}, "counted from 0"),
            ({"reorder_channel": ()}, "every channel once"),
            ({"fit": Fit.CROP, "crop_from": 0}, "not a length"),
        ],
    )
    def test_impossible_settings_are_refused(self, kwargs: dict, sentence: str) -> None:
        with pytest.raises(ConfigError, match=sentence):
            InputSettings(**kwargs)

    def test_everything_wrong_is_told_at_once(self) -> None:
        with pytest.raises(ConfigError) as caught:
            InputSettings(mean_values=(), std_values=(0.0,), crop_from=-1)
        assert len(caught.value.details) == 3

    def test_settings_for_another_number_of_channels_are_refused(self) -> None:
        settings = InputSettings(mean_values=(1.0, 2.0, 3.0))
        with pytest.raises(
            ConfigError, match=r"mean_values has 3 entries, but input 'images' has 1 channel"
        ):
            preprocess(gradient(4, 4), settings, (1, 1, 4, 4), "images")


class TestLayout:
    @pytest.mark.parametrize(
        ("shape", "expected"),
        [
            ((1, 3, 8, 9), (1, 3, 8, 9, False)),
            ((2, 1, 8, 9), (2, 1, 8, 9, False)),
            ((1, 8, 9, 3), (1, 3, 8, 9, True)),
            ((1, 3, 3, 3), (1, 3, 3, 3, False)),
        ],
    )
    def test_inputs_of_pictures(self, shape: tuple, expected: tuple) -> None:
        layout = picture_layout(shape)
        assert layout is not None
        found = (layout.batch, layout.channels, layout.height, layout.width, layout.channels_last)
        assert found == expected

    @pytest.mark.parametrize("shape", [(1, 16, 8, 8), (1, 10), (3, 8, 8), (), (0, 3, 8, 8)])
    def test_inputs_that_take_arrays_only(self, shape: tuple) -> None:
        assert picture_layout(shape) is None
        with pytest.raises(DatasetError, match="give npy files"):
            preprocess(gradient(4, 4), PLAIN, shape, "x")


class TestValues:
    def test_mean_and_std_follow_the_reordering(self) -> None:
        settings = InputSettings((10.0, 20.0, 30.0), (1.0, 2.0, 4.0), (2, 1, 0))
        result = preprocess(one_colour(2, 2, (110, 120, 130)), settings, (1, 3, 2, 2))
        # blue 130 comes first: (130 - 10) / 1, (120 - 20) / 2, (110 - 30) / 4
        assert result[0, :, 0, 0].tolist() == [120.0, 50.0, 20.0]
        assert result.dtype == np.float32
        assert result.flags.c_contiguous

    def test_single_numbers_hold_for_all_channels(self) -> None:
        settings = InputSettings((127.5,), (127.5,))
        result = preprocess(one_colour(2, 2, (0, 255, 51)), settings, (1, 3, 2, 2))
        assert result[0, :, 0, 0].tolist() == [-1.0, 1.0, np.float32(-0.6)]

    def test_a_picture_of_the_right_size_keeps_its_pixels(self) -> None:
        picture = gradient(5, 7)
        result = preprocess(picture, PLAIN, (1, 3, 5, 7))
        assert np.array_equal(result[0].transpose(1, 2, 0), picture)

    def test_channels_last_inputs_get_channels_last(self) -> None:
        picture = gradient(5, 7)
        assert np.array_equal(preprocess(picture, PLAIN, (1, 5, 7, 3))[0], picture)

    def test_a_batch_is_filled_with_copies(self) -> None:
        result = preprocess(gradient(5, 7), PLAIN, (4, 3, 5, 7))
        assert result.shape == (4, 3, 5, 7)
        assert all(np.array_equal(result[0], image) for image in result)

    def test_grey_for_one_channel_is_luma(self) -> None:
        result = preprocess(one_colour(2, 2, (255, 0, 0)), PLAIN, (1, 1, 2, 2))
        assert result.tolist() == [[[[76.0, 76.0], [76.0, 76.0]]]]

    def test_a_grey_picture_is_repeated_for_three_channels(self) -> None:
        grey = np.arange(4, dtype=np.uint8).reshape(2, 2, 1)
        result = preprocess(grey, PLAIN, (1, 3, 2, 2))
        assert all(np.array_equal(channel, grey[:, :, 0]) for channel in result[0])

    def test_four_channels_are_no_picture(self) -> None:
        with pytest.raises(DatasetError, match="neither"):
            preprocess(np.zeros((2, 2, 4), np.uint8), PLAIN, (1, 3, 2, 2))


class TestFit:
    def test_stretch_ignores_proportions(self) -> None:
        picture = np.concatenate(
            [one_colour(10, 40, (0, 0, 0)), one_colour(10, 40, (255, 255, 255))], axis=1
        )
        result = preprocess(picture, PLAIN, (1, 3, 20, 20))
        assert result[0, :, :, :8].max() == 0
        assert result[0, :, :, 12:].min() == 255

    def test_letterbox_fills_with_grey_and_centres(self) -> None:
        settings = InputSettings(fit=Fit.LETTERBOX)
        result = preprocess(one_colour(10, 40, (1, 2, 3)), settings, (1, 3, 20, 20))[0]
        assert np.array_equal(result[:, 7:12, :], np.full((3, 5, 20), [[[1]], [[2]], [[3]]]))
        assert (result[:, :7] == 114).all()
        assert (result[:, 12:] == 114).all()

    def test_letterbox_of_grey(self) -> None:
        settings = InputSettings(fit=Fit.LETTERBOX)
        result = preprocess(np.zeros((40, 10, 1), np.uint8), settings, (1, 1, 20, 20))[0, 0]
        assert result[0].tolist() == [114.0] * 7 + [0.0] * 5 + [114.0] * 8

    @pytest.mark.parametrize("size", [(300, 451), (451, 300), (256, 256), (97, 130)])
    def test_crop_is_resize_of_the_short_side_then_centre(self, size: tuple[int, int]) -> None:
        picture = gradient(*size)
        settings = InputSettings(fit=Fit.CROP, crop_from=64)
        result = preprocess(picture, settings, (1, 3, 56, 48))[0].transpose(1, 2, 0)
        height, width = (max(64, int(64 * side / min(size))) for side in size)
        whole = Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR)
        top, left = round((height - 56) / 2), round((width - 48) / 2)
        expected = np.asarray(whole)[top : top + 56, left : left + 48].astype(int)
        # At the very edge the filter reaches into what is cut away; inside, both are the same.
        assert np.abs(result - expected)[2:-2, 2:-2].max() <= 1

    def test_crop_without_crop_from_covers_the_input(self) -> None:
        picture = gradient(30, 60)
        settings = InputSettings(fit=Fit.CROP)
        result = preprocess(picture, settings, (1, 3, 30, 30))[0].transpose(1, 2, 0)
        assert np.array_equal(result, picture[:, 15:45])

    def test_crop_from_less_than_the_input_is_refused(self) -> None:
        settings = InputSettings(fit=Fit.CROP, crop_from=20)
        with pytest.raises(ConfigError, match=r"crop_from 20 is smaller .* give 24 or more"):
            preprocess(gradient(30, 30), settings, (1, 3, 24, 24))

    @given(
        st.tuples(st.integers(1, 70), st.integers(1, 70)),
        st.tuples(st.integers(1, 40), st.integers(1, 40)),
        st.sampled_from(Fit),
        st.sampled_from([1, 3]),
    )
    def test_every_picture_fits_every_input(
        self, picture: tuple[int, int], size: tuple[int, int], fit: Fit, channels: int
    ) -> None:
        shape = (1, channels, *size)
        result = preprocess(gradient(*picture), InputSettings(fit=fit), shape)
        assert result.shape == shape
        assert 0 <= result.min() <= result.max() <= 255

    def test_extreme_proportions_take_no_memory_for_what_is_cut_away(self) -> None:
        settings = InputSettings(fit=Fit.CROP, crop_from=4096)
        thin = np.zeros((1, 1_000_000, 3), np.uint8)
        assert preprocess(thin, settings, (1, 3, 8, 8)).shape == (1, 3, 8, 8)


class TestArrays:
    def test_four_dimensions_are_channels_last_and_go_through_mean_and_std(self) -> None:
        array = np.arange(24, dtype=np.uint8).reshape(1, 2, 4, 3)
        settings = InputSettings((1.0, 2.0, 3.0), (2.0,), (2, 1, 0))
        result = prepare_array(array, settings, (1, 3, 2, 4))
        assert result.shape == (1, 3, 2, 4)
        assert result[0, :, 0, 0].tolist() == [0.5, -0.5, -1.5]

    @pytest.mark.parametrize(
        ("shape", "allowed"),
        [
            ((1, 3, 4, 5), {(1, 4, 5, 3), (4, 5, 3)}),
            ((1, 1, 4, 5), {(1, 4, 5, 1), (4, 5, 1), (4, 5)}),
            ((1, 4, 5, 3), {(1, 4, 5, 3), (4, 5, 3)}),
            ((2, 64, 4, 5), {(2, 4, 5, 64), (4, 5, 64)}),
            ((1, 10), {(1, 10), (10,)}),
            ((7, 10), {(7, 10)}),
            ((10,), {(10,)}),
            ((1, 5, 6), {(1, 5, 6), (5, 6)}),
            ((1, 2, 3, 4, 5), {(1, 2, 3, 4, 5), (2, 3, 4, 5)}),
        ],
    )
    def test_accepted_shapes_all_arrive_in_the_shape_of_the_input(
        self, shape: tuple[int, ...], allowed: set[tuple[int, ...]]
    ) -> None:
        assert set(array_shapes(shape)) == allowed
        for form in allowed:
            assert prepare_array(np.zeros(form), PLAIN, shape).shape == shape

    @given(st.sampled_from([(1, 3, 4, 5), (1, 1, 4, 5), (1, 6, 4, 5)]))
    def test_an_array_is_treated_like_the_picture_it_holds(self, shape: tuple[int, ...]) -> None:
        array = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        settings = InputSettings((3.0,), (7.0,))
        expected = (array.astype(np.float32) - np.float32(3)) / np.float32(7)
        stored = np.moveaxis(array, 1, -1)
        assert np.array_equal(prepare_array(stored, settings, shape), expected)

    def test_an_input_without_channels_takes_single_numbers_only(self) -> None:
        settings = InputSettings((1.0, 2.0, 3.0))
        with pytest.raises(ConfigError, match=r"Input 'state' of shape \(1, 10\) has no channels"):
            prepare_array(np.zeros((1, 10)), settings, (1, 10), "state")
        half = prepare_array(np.ones((1, 10)), InputSettings((0.0,), (2.0,)), (1, 10))
        assert half.tolist() == [[0.5] * 10]

    def test_numbers_too_large_for_float32_become_infinite_without_noise(self) -> None:
        assert prepare_array(np.array([1e300]), PLAIN, (1,)).tolist() == [np.inf]
