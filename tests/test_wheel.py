"""The wheel has everything that runs, and nothing else."""

import email
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from auditor import __version__

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("dist")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        yield archive


@pytest.fixture(scope="module")
def names(wheel: zipfile.ZipFile) -> set[str]:
    return {name for name in wheel.namelist() if ".dist-info/" not in name}


def files_of(folder: str) -> set[str]:
    """Paths of a folder's files, as in the checkout, without what Python leaves behind."""
    found = (ROOT / folder).rglob("*")
    return {
        path.relative_to(ROOT).as_posix()
        for path in found
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_holds_the_package(names: set[str]) -> None:
    assert {one for one in names if not one.startswith("auditor/_data/")} == files_of("auditor")


@pytest.mark.parametrize("folder", ["policies", "reports"])
def test_holds_the_data(names: set[str], folder: str) -> None:
    prefix = f"auditor/_data/{folder}/"
    shipped = {one.removeprefix("auditor/_data/") for one in names if one.startswith(prefix)}
    assert shipped == files_of(folder)
    assert shipped


def test_data_is_the_same(wheel: zipfile.ZipFile) -> None:
    for path in files_of("policies") | files_of("reports"):
        assert wheel.read(f"auditor/_data/{path}") == (ROOT / path).read_bytes()


def test_pollutes_nothing(wheel: zipfile.ZipFile) -> None:
    tops = {name.partition("/")[0] for name in wheel.namelist()}
    assert tops == {"auditor", f"entra_consent_auditor-{__version__}.dist-info"}


def test_metadata(wheel: zipfile.ZipFile) -> None:
    info = f"entra_consent_auditor-{__version__}.dist-info"
    metadata = email.message_from_bytes(wheel.read(f"{info}/METADATA"))
    assert metadata["Name"] == "entra-consent-auditor"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert b"consent-auditor = auditor.cli.main:run" in wheel.read(f"{info}/entry_points.txt")
    assert f"{info}/licenses/LICENSE" in wheel.namelist()
