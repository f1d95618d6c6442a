"""What segments are called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from custbase.plot._names import clean_name, is_noise, name_segments, shorten_name, tell, wrap_name


def test_names_are_given_or_made_from_labels():
    segments = [0, 1, -1, "gold", 2.5, True]
    names = name_segments(segments, {1: "Loyal", 7: "Nobody"})
    assert names == ["Segment 0", "Loyal", "No segment", "gold", "Segment 2.5", "Loyal"]
    assert name_segments([0, 1], pd.Series(["a", "b"])) == ["a", "b"]
    assert name_segments([-1], {-1: "Noise"}) == ["Noise"]
    with pytest.raises(TypeError, match="names must be a mapping, a Series, an array or None; got"):
        name_segments([0], "a")


@pytest.mark.parametrize("kind", [list, tuple, np.array, pl.Series])
def test_names_in_the_order_of_the_segments_leave_noise_out(kind):
    assert name_segments([0, 2, -1], kind(["a", "b"])) == ["a", "b", "No segment"]
    assert name_segments([-1, 0, 2], kind(["a", "b"])) == ["No segment", "a", "b"]
    for names in (["a"], ["a", "b", "c"]):
        with pytest.raises(ValueError, match=rf"names .* 2 segments \[0, 2\].* got {len(names)}\."):
            name_segments([0, 2, -1], kind(names))


def test_only_the_number_minus_one_is_noise():
    assert is_noise(-1)
    assert is_noise(np.int32(-1))
    assert is_noise(-1.0)
    assert not is_noise("-1")
    assert not is_noise(0)
    assert not is_noise(None)


def test_long_names_are_wrapped():
    lines = wrap_name("Few products purchased, low money spent, few complaints").split("\n")
    assert len(lines) == 3
    assert max(map(len, lines)) <= 26


def test_names_are_of_characters_that_can_be_drawn():
    assert clean_name("a\nb\r\tc\u2028d") == "a b  c d"
    assert (
        clean_name("\ufeffid \x00 \ud800 $\\")
        == "id \N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER} $\\"
    )
    assert clean_name(("a", 1)) == "('a', 1)"


def test_short_names_keep_what_they_begin_with():
    assert shorten_name("Few products purchased, low money spent") == "Few products purchased,…"
    assert shorten_name("average_basket_value_of_twelve_months") == "average_basket_value_of_t…"
    assert shorten_name("x" * 26) == "x" * 26
    assert tell("", "most profit") == tell(None, "most profit") == "Most profit"
    assert tell("a", "most profit") == "a: most profit"
    lines = tell("word " * 100, "most profit").split("\n")
    assert lines[-1].endswith("…: most profit")
    assert max(map(len, lines)) <= 60
