"""Audits the fake cloud over TLS with an installed program, and looks at what it wrote.

python .ci/live_audit.py PATH-OF-CONSENT-AUDITOR EMPTY-FOLDER
"""

import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from auditor.samples import load_sample
from benchmarks.run import dumped, fake_cloud

PROFILE = "sophiie"
EXPECTED = {
    "ready": (0, "user-can-consent"),
    "microsoft-managed": (10, "admin-approval-required"),
    "partly-unreadable": (4, "unknown"),
}
FORMATS = {"html": "report.html", "markdown": "report.md", "json": "report.json"}


def main() -> None:
    """Audit every expected sample tenant."""
    program, folder = sys.argv[1], Path(sys.argv[2])
    for sample_id, expected in EXPECTED.items():
        found = audit(program, folder / sample_id, sample_id)
        print(f"live audit of {sample_id}: exit code {found[0]}, {found[1]}")
        if found != expected:
            sys.exit(f"expected {expected}")


def audit(program: str, folder: Path, sample_id: str) -> tuple[int, str]:
    """Return exit code and outcome of a live audit that writes all three reports."""
    folder.mkdir()
    sample = load_sample(sample_id)
    chosen = [word for name in FORMATS for word in ("--format", name)]
    asked = ["--profile", PROFILE, "--set", f"app_id={sample.variables[PROFILE]['app_id']}"]
    with fake_cloud(dumped(sample, folder / "sample.json"), latency=0.0) as cloud:
        done = subprocess.run(
            [program, "audit", *asked, *chosen, "--output", "out"],
            cwd=folder,
            env={**os.environ, **cloud.environment},
            check=False,
        )
    sizes = {name: (folder / "out" / name).stat().st_size for name in FORMATS.values()}
    print(sizes)
    report = json.loads((folder / "out" / "report.json").read_text("utf-8"))
    return done.returncode, report["assessments"][0]["outcome"]


if __name__ == "__main__":
    main()
