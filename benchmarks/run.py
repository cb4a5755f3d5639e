"""Measures start-up, audits and planning, each against a floor of the same run.

    python benchmarks/run.py [--runs N]

Every figure is the median wall time of whole processes, so imports count. The live check talks to
the fake cloud of ``tests/fakes`` in a process of its own, over TLS, with 60 ms before each answer
of Graph; its floor is ``floor.py``. Nothing is asserted: machines differ, trust the ratios.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from auditor import __version__  # noqa: E402 - measured from the checkout
from auditor.cli.demo import sample_requests  # noqa: E402
from auditor.facts import derive  # noqa: E402
from auditor.model.baseline import ControlResult  # noqa: E402
from auditor.pipeline import load_judges, read_sample  # noqa: E402
from auditor.planning import propose  # noqa: E402
from auditor.planning.made import Judges  # noqa: E402
from auditor.remedies.context import Context  # noqa: E402
from auditor.samples import Sample, load_sample, sample_ids  # noqa: E402
from auditor.store import write_snapshot  # noqa: E402

LATENCY_SECONDS = 0.06
SAMPLE, PROFILE = "microsoft-managed", "sophiie"
LARGEST = "admin-consented"
"""The sample with the most bytes to read."""
BARE = ("-c", "pass")
FLOOR = (str(ROOT / "benchmarks" / "floor.py"),)
JSON = ("--format", "json", "--output", "-")
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
"""An installed program has its bytecode."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; times in seconds."""

    name: str
    time: float
    floor_name: str
    floor: float

    @property
    def text(self) -> str:
        """The line."""
        return (
            f"{self.name:34} {self.time * 1000:8.0f} ms   "
            f"{self.floor_name:32} {self.floor * 1000:7.0f} ms {self.time / self.floor:8.2f} x"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measures the auditor against floors.")
    parser.add_argument("--runs", type=int, default=9, help="of which the median is taken")
    runs = parser.parse_args().runs
    with TemporaryDirectory() as folder:
        print_table(Path(folder), runs)


def print_table(folder: Path, runs: int) -> None:
    """Measure everything and print one table."""
    sample = load_sample(SAMPLE)
    app_id = sample.variables[PROFILE]["app_id"]
    asked = ("-m", "auditor", "audit", "--profile", PROFILE, "--set", f"app_id={app_id}", *JSON)
    snapshot = folder / "tenant.snapshot"
    requests = sample_requests(sample, (PROFILE,))
    write_snapshot(read_sample(sample, requests), snapshot, tool_version=__version__)
    start, bare = times(("-m", "auditor", "--help"), BARE, runs)
    offline, bare_again = times((*asked, "--snapshot", str(snapshot)), BARE, runs)
    merged = dumped(sample, folder / "sample.json")
    with fake_cloud(merged) as cloud:
        live, floor = times(asked, FLOOR, runs, cloud.environment)
    with fake_cloud(merged) as cloud:
        once(asked, cloud.environment)
    counts = cloud.counts
    rows = (
        Row("consent-auditor --help", start, "python -c pass", bare),
        Row("audit of a snapshot to JSON", offline, "python -c pass", bare_again),
        Row("live check of one profile", live, "token and two round trips", floor),
        Row("plans, largest sample", planning(runs, LARGEST), "token and two round trips", floor),
        Row("plans, slowest of all", planning(runs, *sample_ids()), "the same", floor),
    )
    python = sys.version.split()[0]
    print(f"Median of {runs} runs, Python {python}, {LATENCY_SECONDS * 1000:.0f} ms latency")
    for row in rows:
        print(row.text)
    print(
        f"The live check sent {counts['requests']} Graph requests after {counts['tokens']} token: "
        f"{counts['batches']} batches with {counts['parts']} reads"
    )


def planning(runs: int, *sample_names: str) -> float:
    """Return the median seconds that planning takes, for the profile that takes longest.

    In this process, with everything imported; the decision that says no is not part of it.
    """
    judges, slowest = load_judges(), 0.0
    for sample in map(load_sample, sample_names):
        requests = sample_requests(sample)
        facts = derive(read_sample(sample, requests))
        controls = judges.controls(facts)
        for request in requests:
            context = Context(facts, request, judges.decide(facts, request))
            taken = median(_seconds(context, judges, controls) for _ in range(max(1, runs // 3)))
            slowest = max(slowest, taken)
    return slowest


def _seconds(context: Context, judges: Judges, controls: tuple[ControlResult, ...]) -> float:
    start = time.perf_counter()
    propose(context, judges, controls)
    return time.perf_counter() - start


def times(
    arguments: Sequence[str],
    floor: Sequence[str],
    runs: int,
    environment: Mapping[str, str] | None = None,
) -> tuple[float, float]:
    """Return median seconds of a command and of its floor, run in turns after a warm-up."""
    once(arguments, environment)
    once(floor, environment)
    pairs = [(once(arguments, environment), once(floor, environment)) for _ in range(runs)]
    ours, theirs = zip(*pairs, strict=True)
    return median(ours), median(theirs)


def once(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> float:
    """Run Python once and return the seconds it took.

    Raises:
        RuntimeError: It failed; an audit's verdict is no failure.
    """
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**ENVIRONMENT, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode not in {0, 4, 10}:
        msg = f"{' '.join(arguments)} ended with {done.returncode}: {done.stderr.strip()}"
        raise RuntimeError(msg)
    return seconds


def dumped(sample: Sample, path: Path) -> Path:
    """Write a sample with everything that it inherits, as the fake cloud wants it."""
    answers = {
        place: {"status": answer.status, "body": json.loads(answer.body)}
        for place, answer in sample.answers.items()
    }
    path.write_text(json.dumps({"tenant": sample.tenant, "answers": answers}), "utf-8")
    return path


class Cloud:
    """A fake cloud that runs."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the variables that point at it."""
        self.environment = environment
        self.counts: Mapping[str, int] = {}
        """Known when it has stopped."""


@contextmanager
def fake_cloud(sample: Path, latency: float = LATENCY_SECONDS) -> Iterator[Cloud]:
    """Run the fake cloud in a process of its own, with so many seconds before each answer."""
    command = [sys.executable, "-m", "tests.fakes", str(sample), "--latency", str(latency)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the fake cloud has no pipes")
        cloud = Cloud(json.loads(process.stdout.readline()))
        try:
            yield cloud
        finally:
            process.stdin.close()
            cloud.counts = json.loads(process.stdout.readline())


if __name__ == "__main__":
    main()
