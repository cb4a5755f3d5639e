"""Measures the inventory of a large tenant, each figure against a floor of the same run.

    python benchmarks/inventory.py [--grants N] [--service-principals N] [--applications N]
        [--latency SECONDS] [--no-gzip]

A fake Graph with pages made beforehand serves over TLS from a process of its own. Every piece is
a process too, whose CPU and memory count with its imports. Nothing is asserted: machines differ,
trust the ratios.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

ROOT = Path(__file__).parents[1]
WORK = str(ROOT / "benchmarks" / "inventory_work.py")
SDK_PAGES = 3
RUNS = 3
"""How often a piece runs that needs no network; the run of the least CPU counts."""
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
"""An installed program has its bytecode."""


@dataclass(frozen=True, slots=True)
class Took:
    """What one piece took."""

    wall: float
    cpu: float
    peak: float
    pages: int
    requests: int
    server_cpu: float


class Graph:
    """A fake Graph that runs."""

    def __init__(self, told: IO[str], asked: IO[str]) -> None:
        """Wait until it has made its pages."""
        self._told, self._asked = told, asked
        self._environment = json.loads(told.readline())
        self._counts()

    def work(self, name: str, *arguments: str) -> Took:
        """Do one piece in a process of its own.

        Raises:
            RuntimeError: It failed.
        """
        done = subprocess.run(
            [sys.executable, WORK, name, *arguments],
            cwd=ROOT,
            env={**ENVIRONMENT, **self._environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        counts = self._counts()
        requests, server = int(counts["requests"]), counts["cpu_seconds"]
        return Took(**json.loads(done.stdout), requests=requests, server_cpu=server)

    def least(self, name: str, *arguments: str) -> Took:
        """Do one piece some times, and take the run of the least CPU."""
        return min((self.work(name, *arguments) for _ in range(RUNS)), key=lambda one: one.cpu)

    def _counts(self) -> Mapping[str, float]:
        self._asked.write("\n")
        self._asked.flush()
        counts: Mapping[str, float] = json.loads(self._told.readline())
        return counts


@contextmanager
def graph(given: argparse.Namespace, grants: int) -> Iterator[Graph]:
    """Run a fake Graph."""
    command = [sys.executable, "-m", "tests.fakes.large_server"]
    command += ["--service-principals", str(given.service_principals)]
    command += ["--applications", str(given.applications)]
    command += ["--grants", str(grants), "--latency", str(given.latency)]
    command += ["--no-gzip"] if given.no_gzip else []
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the fake Graph has no pipes")
        try:
            yield Graph(process.stdout, process.stdin)
        finally:
            process.stdin.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measures inventories against floors.")
    parser.add_argument("--service-principals", type=int, default=100_000)
    parser.add_argument("--applications", type=int, default=20_000)
    parser.add_argument("--grants", type=int, default=1_000_000)
    parser.add_argument("--latency", type=float, default=0.06, help="seconds before each answer")
    parser.add_argument("--no-gzip", action="store_true")
    given = parser.parse_args()
    print(
        f"{given.service_principals:,} service principals, {given.applications:,} applications, "
        f"{given.grants:,} grants, {given.latency * 1000:.0f} ms; Python {sys.version.split()[0]}"
    )
    with TemporaryDirectory() as folder:
        small = Path(folder) / "small.snapshot"
        with graph(given, given.grants // 10) as served:  # first: it leaves bytecode for the rest
            less = served.work("read-and-load", str(small)).peak
        with graph(given, given.grants // 100) as served:
            few = served.work("read", str(Path(folder) / "few.snapshot"))
            undivided = served.work("raw-chain", "principals")
        name = f"all service principals, raw ({undivided.pages} pages)"
        row("full read, few grants, wall", few.wall, "s", name, undivided.wall)
        large = Path(folder) / "large.snapshot"
        with graph(given, given.grants) as served:
            peak = measure(served, large, given.latency)
    row(f"peak memory, a tenth of the grants ({less:.0f} MB)", peak, "MB", "that", less)


def measure(served: Graph, path: Path, latency: float) -> float:
    """Measure one tenant, print the lines, and return the peak of reading and loading."""
    chain, full, raw = (
        served.work("raw-chain"),
        served.work("read", str(path)),
        served.work("raw-all"),
    )
    row("full read, wall", full.wall, "s", "longest chain, raw, wall", chain.wall)
    if latency:
        row("full read, wall", full.wall, "s", "its pages x latency", chain.pages * latency)
    row("full read, CPU", full.cpu, "s", "raw and decoded, CPU", raw.cpu)
    row("the fake's own CPU meanwhile", full.server_cpu, "s", "full read, CPU", full.cpu)
    for whole, divided in (
        ("grants", "grants-by-consent-type"),
        ("principals", "principals-by-app-id"),
    ):
        one, parts = served.work("listing", whole), served.work("listing", divided)
        row(f"{divided}, wall", parts.wall, "s", f"{whole} ({one.pages} pages)", one.wall)
    second = served.work("read", f"{path}.second", str(path))
    row("second run, requests", second.requests, "", "full read, requests", full.requests)
    row("second run, wall", second.wall, "s", "full read, wall", full.wall)
    decoded = served.least("decode", str(path))
    folded = served.least("load", str(path))
    row("load from the snapshot, CPU", folded.cpu, "s", "decompress and decode, CPU", decoded.cpu)
    row("load from the snapshot, peak", folded.peak, "MB", "reading, peak", full.peak)
    judged, written = served.least("judge", str(path)), served.least("outputs", str(path))
    row("load and judge, CPU", judged.cpu, "s", "decompress and decode, CPU", decoded.cpu)
    row("load, judge, write all, CPU", written.cpu, "s", "decompress and decode, CPU", decoded.cpu)
    row("load, judge, write all, peak", written.peak, "MB", "goal", 300)
    both = served.work("read-and-load", f"{path}.both")
    row("read and load, peak", both.peak, "MB", "goal", 300)
    sdk, idle = served.work("sdk", str(SDK_PAGES)), served.work("sdk", "1")
    ours = full.cpu / full.requests * 1000
    theirs = (sdk.cpu - idle.cpu) / (sdk.pages - idle.pages) * 1000
    row("SDK PageIterator, CPU a page", theirs, "ms", "ours, all included", ours)
    return both.peak


def row(name: str, value: float, unit: str, floor_name: str, floor: float) -> None:
    """Print one line."""
    print(
        f"{name:44} {value:9.1f} {unit:2}   {floor_name:32} {floor:9.1f} {value / floor:9.3f} x",
        flush=True,
    )


if __name__ == "__main__":
    main()
