from __future__ import annotations

import sys
from pathlib import Path

import pytest

from custbase._optional import import_or_raise


def test_present_module_is_returned() -> None:
    assert import_or_raise("json.decoder", needed_by="X", extra="plot").__name__ == "json.decoder"


def test_missing_package_names_caller_and_extra() -> None:
    with pytest.raises(ImportError, match=r"ElbowDisplay needs nowhere_x.*'custbase\[plot\]'"):
        import_or_raise("nowhere_x.sub", needed_by="ElbowDisplay", extra="plot")


@pytest.mark.parametrize(
    ("version", "remedy"), [((3, 14), "publishes no wheel"), ((3, 11), "pip install nowhere_x")]
)
def test_missing_dependency_without_extra(
    monkeypatch: pytest.MonkeyPatch, version: tuple, remedy: str
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(ImportError, match=remedy):
        import_or_raise("nowhere_x", needed_by="CLVRegressor")


def test_a_dependency_of_the_package_is_not_blamed_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "present_x.py").write_text("import absent_y")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="No module named 'absent_y'"):
        import_or_raise("present_x", needed_by="ElbowDisplay", extra="plot")
