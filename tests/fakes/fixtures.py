"""Pytest fixtures: start fake clouds, and check at the end that nothing improper was asked.

Load it with ``pytest_plugins = ["tests.fakes.fixtures"]``.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Unpack

import pytest

from tests.fakes.cloud import CloudOptions, FakeCloud, StartCloud
from tests.fakes.wire import Json


@pytest.fixture
def start_cloud() -> Iterator[StartCloud]:
    """Start clouds; afterwards assert: no violation of Graph's schema, no token elsewhere."""
    clouds: list[FakeCloud] = []
    with ExitStack() as stack:

        def start(
            sample: Mapping[str, Json] | None = None,
            **options: Unpack[CloudOptions],
        ) -> FakeCloud:
            clouds.append(stack.enter_context(FakeCloud(sample or {}, **options)))
            return clouds[-1]

        yield start
    for cloud in clouds:
        assert cloud.violations == []
        assert [str(seen) for seen in cloud.elsewhere if seen.with_token] == []
