"""Shipped files are found wherever the package lies."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import auditor
from auditor.resources import resource

_PACKAGE = Path(auditor.__file__).parent
_ASK = "from auditor.resources import resource; print(resource('policies', 'one.txt').read_text())"


def test_in_a_checkout_the_folders_beside_the_package() -> None:
    assert resource("policies", "profiles") == _PACKAGE.parent / "policies" / "profiles"


def test_in_a_wheel_that_is_run_without_being_unpacked(tmp_path: Path) -> None:
    wheel = tmp_path / "auditor.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in ("__init__", "errors", "resources"):
            archive.write(_PACKAGE / f"{name}.py", f"auditor/{name}.py")
        archive.writestr("auditor/_data/policies/one.txt", "from the wheel")
    done = subprocess.run(
        [sys.executable, "-c", _ASK],
        env={**os.environ, "PYTHONPATH": str(wheel)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "from the wheel"
