"""Runs a fake cloud in a process of its own, for benchmarks and for trying things by hand.

    python -m tests.fakes SAMPLE.json [--page-size N] [--latency SECONDS] [--auth secret]

Prints one line of JSON with the environment variables that point the auditor at it, and runs
until its standard input ends; then it prints one line with the counts. The sample is a merged
one: ``extends`` is not followed.
"""

import argparse
import json
import sys
from pathlib import Path

from tests.fakes.cloud import FakeCloud


def main() -> None:
    """Parse the command line, serve, count."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes")
    parser.add_argument("sample", type=Path)
    parser.add_argument("--page-size", type=int)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--auth", default="secret")
    given = parser.parse_args()
    sample = json.loads(given.sample.read_bytes())
    with FakeCloud(sample, page_size=given.page_size, latency=given.latency) as cloud:
        _print(cloud.environment(given.auth))
        sys.stdin.read()
        _print({**cloud.counts, "max_concurrent": cloud.max_concurrent})


def _print(content: dict[str, str] | dict[str, int]) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
