"""Points the real program at a fake cloud: through ``read_tenant``, or as a process of its own."""

import asyncio
import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from auditor.cli import main
from auditor.cli.demo import sample_requests
from auditor.graph.settings import Auth, Connection, SignIn, make_connection
from auditor.model.cloud import Cloud
from auditor.model.profile import Asker, ConsentRequest
from auditor.model.snapshot import Snapshot
from auditor.pipeline import read_tenant
from auditor.samples import Sample, load_sample
from tests.fakes.cloud import FakeCloud
from tests.fakes.wire import Json

ROOT = Path(__file__).parents[2]
SOFIE = "sofie"


def served(sample: Sample | str) -> dict[str, Json]:
    """Turn a sample into what ``FakeCloud`` takes."""
    tenant = load_sample(sample) if isinstance(sample, str) else sample
    answers: dict[str, Json] = {
        path: {"status": answer.status, "body": json.loads(answer.body)}
        for path, answer in tenant.answers.items()
    }
    return {"tenant": tenant.tenant, "answers": answers}


def requests_of(sample: str = "ready", *profiles: str, user_id: str = "") -> list[ConsentRequest]:
    """Make the requests of some profiles with a sample's apps; of all profiles without one."""
    asker = Asker(user_id=user_id) if user_id else None
    return sample_requests(load_sample(sample), profiles, asker)


def options_of(sample: str = "ready", *profiles: str) -> list[str]:
    """Say the same on the command line."""
    found = [part for one in profiles for part in ("--profile", one)]
    for profile, values in load_sample(sample).variables.items():
        if not profiles or profile in profiles:
            known = sample_variables(profile)
            found += [
                f"--set={profile}.{key}={text}" for key, text in values.items() if key in known
            ]
    return found


def sample_variables(profile: str) -> frozenset[str]:
    """Name the variables that a profile has."""
    from auditor.catalog import load_profile

    return frozenset(one.name for one in load_profile(profile).variables)


@dataclass(slots=True)
class Naps:
    """Waits no time at all, and remembers for how long it should have."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        """Give the other tasks their turn."""
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def sign_in_of(cloud: FakeCloud, auth: Auth = Auth.SECRET) -> SignIn:
    """Say how to sign in to a fake cloud with its secret."""
    return SignIn(auth=auth, tenant=cloud.tenant_id, client_id=cloud.client_id, secret=cloud.secret)


def connection_of(
    cloud: FakeCloud, *, max_wait: float = 300.0, national: Cloud = Cloud.GLOBAL
) -> Connection:
    """Say where a fake cloud is."""
    return make_connection(
        national,
        graph_url=cloud.graph_url,
        authority_url=cloud.authority_url,
        ca_file=str(cloud.ca_file),
        max_wait=max_wait,
    )


def read(  # noqa: PLR0913 - what a test wants to choose
    cloud: FakeCloud,
    requests: Sequence[ConsentRequest],
    *,
    sleep: Callable[[float], Awaitable[None]] | None = None,
    told: list[str] | None = None,
    max_wait: float = 300.0,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    national: Cloud = Cloud.GLOBAL,
) -> Snapshot:
    """Read a fake cloud with its secret; waiting takes no time."""
    return read_tenant(
        sign_in_of(cloud),
        connection_of(cloud, max_wait=max_wait, national=national),
        requests,
        progress=(told if told is not None else []).append,
        clock=clock,
        sleep=sleep or Naps(),
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run of the program ended."""

    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[str]:
        """What was told on stderr."""
        return self.err.splitlines()


def run_here(environment: dict[str, str], *arguments: str, cwd: Path) -> Ended:
    """Run the command line in this process: the same, but without a second for the start."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with (
        patch.dict(os.environ, {"PATH": os.defpath} | environment, clear=True),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as end,
    ):
        main.run(list(arguments))
    out.flush()
    assert isinstance(end.value.code, int)
    return Ended(end.value.code, out.buffer.getvalue(), err.getvalue())


def run(environment: dict[str, str], *arguments: str, cwd: Path) -> Ended:
    """Run ``python -m auditor`` with nothing in its environment but this."""
    bare = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error::ResourceWarning"}
    found = subprocess.run(
        [sys.executable, "-m", "auditor", *arguments],
        env=bare | environment,
        cwd=cwd,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Ended(found.returncode, found.stdout, found.stderr.decode())
