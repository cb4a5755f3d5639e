"""A live reading in few round trips, what refusals do to it, and its snapshot."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator

import pytest
import zstandard

from auditor.cli.output import exit_code
from auditor.model.decision import Outcome
from auditor.model.profile import ConsentRequest
from auditor.model.report import Report
from auditor.model.well_known import EXCHANGE_ONLINE, SHAREPOINT_ONLINE
from auditor.pipeline import make_report, read_sample
from auditor.samples import load_sample, sample_ids
from auditor.sources import load
from tests.fakes import faults
from tests.fakes.cloud import FakeCloud, StartCloud
from tests.fakes.live import ROOT, SOFIE, options_of, read, requests_of, run, run_here, served

_READY = {Outcome.NO_PROMPT, Outcome.USER_CAN_CONSENT}
_SERVICE_PRINCIPAL = re.compile(r"/servicePrincipals\(appId='[^']+'\)")
_USER = "d24ff790-d999-4df8-aa8b-633f7bc31e8c"
_ISAIAH = "9e028f7c-42ac-41ae-9d71-2a9a6d242e20"
_REVIEWERS = "e249a7d2-49a2-4013-a1e6-a48e60dba23f"
_ROLES = "/roleManagement/directory/roleAssignments"


class TestRoundTrips:
    @pytest.mark.parametrize("profile", sorted(load_sample("microsoft-managed").variables))
    def test_one_profile_is_one_batch(self, start_cloud: StartCloud, profile: str) -> None:
        cloud = start_cloud(served("microsoft-managed"))
        told: list[str] = []
        read(cloud, requests_of("microsoft-managed", profile), told=told)
        assert cloud.counts["tokens"] == 1
        assert [str(one) for one in cloud.requests] == ["POST /$batch"]
        assert [one.partition(" ")[0] for one in told] == ["signing", "reading"]

    def test_a_custom_policy_needs_a_second_step(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("custom-policy"))
        read(cloud, requests_of("custom-policy", SOFIE))
        assert [str(one) for one in cloud.requests] == ["POST /$batch"] * 2
        assert cloud.parts[-1].path == "/policies/permissionGrantPolicies/Sophiie-mail-and-calendar"

    def test_an_admin_consent_workflow_needs_a_second_step(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("ready"))
        read(cloud, requests_of("ready", SOFIE))
        assert [str(one) for one in cloud.requests] == ["POST /$batch"] * 2
        user, group = f"/users/{_ISAIAH}", f"/groups/{_REVIEWERS}"
        assert [one.path for one in cloud.parts[-8:]] == [
            user,
            f"{user}/transitiveMemberOf/microsoft.graph.directoryRole",
            group,
            f"{group}/transitiveMembers/microsoft.graph.user",
            *[_ROLES] * 4,
        ]

    @pytest.mark.parametrize("sample", ["microsoft-managed", "custom-policy"])
    def test_five_profiles_are_two_steps_at_most(
        self, start_cloud: StartCloud, sample: str
    ) -> None:
        cloud = start_cloud(served(sample), latency=0.1)
        requests = requests_of(sample)
        told: list[str] = []
        read(cloud, requests, told=told)
        assert len(requests) == 5
        steps = sum(one.startswith("reading") for one in told)
        assert steps == (2 if sample == "custom-policy" else 1)
        assert cloud.counts["requests"] == steps + 1
        assert cloud.max_concurrent == 2

    def test_nothing_is_read_twice_and_no_more_than_needed(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("ready"))
        read(cloud, requests_of("ready", user_id=_USER))
        asked = [str(one) for one in cloud.reads]
        assert len(asked) == len(set(asked))
        principals = [one for one in cloud.reads if _SERVICE_PRINCIPAL.fullmatch(one.path)]
        assert len(principals) == 8
        assert all("$select" in dict(one.query) for one in principals)
        assert {one.headers.get("consistencylevel") for one in cloud.parts} <= {None, "eventual"}

    @pytest.mark.parametrize("sample", sample_ids())
    def test_live_says_what_the_sample_says(self, start_cloud: StartCloud, sample: str) -> None:
        tenant = load_sample(sample)
        cloud = start_cloud(served(tenant))
        requests = requests_of(sample)
        found = read(cloud, requests, clock=lambda: tenant.collected_at, national=tenant.cloud)
        expected = make_report(read_sample(tenant, requests), requests)
        assert make_report(found, requests) == expected


_FAULTS = {
    "403": faults.status(403),
    "404": faults.status(404),
    "500": faults.status(500, retry_after=0),
    "malformed": faults.rewrite(lambda _: b'{"unexpected":[1]}'),
}
_STATUS = {"403": "refused", "404": "failed", "500": "failed", "malformed": "malformed"}
_RESTS_ON = {
    "application",
    "authorization-policy",
    "client-grants",
    "client-service-principal",
    "organization",
    "permission-classifications",
    "permission-grant-policy",
    "resource-service-principal",
}
"""The verdict of Sofie in the sample ``ready`` rests on these and on nothing else."""
_OTHER_RESOURCES = (EXCHANGE_ONLINE, SHAREPOINT_ONLINE)
"""Read in every run for the baselines; Sofie asks Microsoft Graph alone."""
_ABSENT = {
    "application": Outcome.BLOCKED,
    "client-assignments": Outcome.USER_CAN_CONSENT,
    "client-grants": Outcome.UNKNOWN,
    "client-service-principal": Outcome.UNKNOWN,
    "permission-classifications": Outcome.UNKNOWN,
    "permission-grant-policy": Outcome.ADMIN_APPROVAL_REQUIRED,
    "resource-service-principal": Outcome.BLOCKED,
    **dict.fromkeys(
        ("reviewer-group", "reviewer-group-members", "reviewer-user", "user-roles"),
        Outcome.USER_CAN_CONSENT,
    ),
}
"""Where 404 is an answer of its own: what follows from it."""
_CODES = {
    Outcome.USER_CAN_CONSENT: 0,
    Outcome.UNKNOWN: 4,
    Outcome.ADMIN_APPROVAL_REQUIRED: 10,
    Outcome.BLOCKED: 10,
}


def _paths() -> Iterator[tuple[str, str]]:
    """List source and path of everything that Sofie's verdict in ``ready`` could rest on."""
    requests = requests_of("ready", SOFIE)
    report = make_report(read_sample(load_sample("ready"), requests), requests)
    yield from sorted({(one.source, one.request.partition("?")[0]) for one in report.completeness})


def _outcome(report: Report) -> Outcome:
    (assessment,) = report.assessments
    return assessment.decision.outcome


class TestRefusals:
    @pytest.mark.parametrize("fault", sorted(_FAULTS))
    @pytest.mark.parametrize(("source", "path"), list(_paths()))
    def test_every_source(
        self, start_cloud: StartCloud, source: str, path: str, fault: str
    ) -> None:
        cloud, requests = start_cloud(served("ready")), requests_of("ready", SOFIE)
        cloud.faults.add(path, _FAULTS[fault], times=None)
        report = make_report(read(cloud, requests), requests)
        rests = source in _RESTS_ON and not any(other in path for other in _OTHER_RESOURCES)
        expected = Outcome.UNKNOWN if rests else Outcome.USER_CAN_CONSENT
        if fault == "404" and rests:
            expected = _ABSENT.get(source, expected)
        assert _outcome(report) is expected
        assert exit_code(report, "unknown") == _CODES[expected]
        self._names_it(report, source, path, fault)

    def _names_it(self, report: Report, source: str, path: str, fault: str) -> None:
        rows = (one for one in report.completeness if path == one.request.partition("?")[0])
        found, *_ = rows
        assert found.source == source
        (needs,) = (one.needs for one in load() if one.name == source)
        assert found.needs == needs
        absent = fault == "404" and source in _ABSENT
        assert found.status == ("not-found" if absent else _STATUS[fault])
        if found.status != "not-found":
            assert found.detail

    @pytest.mark.parametrize("sample", ["consent-off", "custom-policy", "partly-unreadable"])
    def test_never_makes_ready(self, start_cloud: StartCloud, sample: str) -> None:
        cloud, requests = start_cloud(served(sample)), requests_of(sample, SOFIE, user_id=_USER)
        whole = read(cloud, requests)
        assert _outcome(make_report(whole, requests)) not in _READY
        for path in {one.request.partition("?")[0] for one in whole.readings}:
            for fault in ("403", "malformed"):
                cloud.faults.clear()
                cloud.faults.add(path, _FAULTS[fault], times=None)
                report = make_report(read(cloud, requests), requests)
                assert _outcome(report) not in _READY, (path, fault)

    @pytest.mark.parametrize(
        ("path", "code"),
        [("/policies/authorizationPolicy", 4), ("/groupSettings", 0), ("/organization", 4)],
    )
    def test_exit_codes(self, start_cloud: StartCloud, path: str, code: int) -> None:
        cloud = start_cloud(served("ready"))
        cloud.faults.add(path, faults.status(403), times=None)
        arguments = ["audit", *options_of("ready", SOFIE), "--format", "json"]
        ended = run(cloud.environment(), *arguments, cwd=cloud.folder)
        assert ended.code == code
        report = json.loads(ended.out)
        (found,) = (one for one in report["completeness"] if one["status"] == "refused")
        (source,) = (one for one in load() if one.request().partition("?")[0] == path)
        assert found["source"] == source.name
        assert found["needs"] == list(source.needs)

    def test_missing_permission(self, start_cloud: StartCloud) -> None:
        roles = frozenset({"Application.Read.All", "Directory.Read.All"})
        cloud = start_cloud(served("ready"), roles=roles)
        requests = requests_of("ready", SOFIE)
        report = make_report(read(cloud, requests), requests)
        assert _outcome(report) is Outcome.UNKNOWN
        refused = {one.source for one in report.completeness if one.status == "refused"}
        assert "permission-grant-policy" in refused


@pytest.fixture(scope="module")
def audited() -> Iterator[FakeCloud]:
    with FakeCloud(served("custom-policy"), secret="s3cr3t~of the app") as cloud:
        formats = [part for one in ("json", "html", "markdown") for part in ("--format", one)]
        arguments = ["audit", *options_of("custom-policy"), *formats, "--output"]
        live = run(
            cloud.environment(),
            *[*arguments, "live/", "--save-snapshot", "saved"],
            cwd=cloud.folder,
        )
        again = run({}, *arguments, "again/", "--snapshot", "saved", cwd=cloud.folder)
        assert live.code == again.code == 10
        assert "wrote again" in again.err
        yield cloud


class TestSnapshot:
    def test_same_bytes(self, audited: FakeCloud) -> None:
        live = {one.name: one.read_bytes() for one in (audited.folder / "live").iterdir()}
        again = {one.name: one.read_bytes() for one in (audited.folder / "again").iterdir()}
        assert len(live) == 3
        assert again == live

    def test_only_the_owner_may_read_it(self, audited: FakeCloud) -> None:
        assert stat.S_IMODE((audited.folder / "saved").stat().st_mode) == 0o600

    def test_no_secret_inside(self, audited: FakeCloud) -> None:
        packed = (audited.folder / "saved").read_bytes()
        text = zstandard.ZstdDecompressor().decompressobj().decompress(packed).decode()
        assert "authorizationPolicy" in text
        assert len(audited.tokens.all()) == 1
        for secret in (audited.secret, *audited.tokens.all(), "Bearer", "eyJ"):
            assert secret not in text

    def test_collect_writes_the_same(self, audited: FakeCloud) -> None:
        arguments = ["collect", *options_of("custom-policy"), "--output", "collected"]
        ended = run_here(audited.environment(), *arguments, cwd=audited.folder)
        assert ended.code == 0
        assert ended.out == b""
        arguments = ["audit", *options_of("custom-policy"), "--snapshot", "collected"]
        assert run_here({}, *arguments, cwd=audited.folder).code == 10
        assert stat.S_IMODE((audited.folder / "collected").stat().st_mode) == 0o600


def test_no_profile_at_all(start_cloud: StartCloud) -> None:
    cloud = start_cloud(served("ready"))
    sofie = load_sample("ready").variables[SOFIE]["app_id"]
    arguments = ["audit", "--app-id", sofie, "--scope", "Mail.Read", "--format", "json"]
    ended = run(cloud.environment(), *arguments, cwd=cloud.folder)
    (assessment,) = json.loads(ended.out)["assessments"]
    assert assessment["client"]["app_id"] == sofie
    assert cloud.counts["requests"] == 2


def test_requests_of_every_profile() -> None:
    found: list[ConsentRequest] = requests_of("ready")
    assert [one.app_id for one in found] == [
        values["app_id"] for _, values in sorted(load_sample("ready").variables.items())
    ]


_WITHOUT_MODELS = """
import sys
from auditor.cli.main import run
try:
    run(sys.argv[1:])
finally:
    loaded = [name for name in sys.modules if name.startswith("msgraph.generated.models")]
    print(len(loaded), "msgraph" in sys.modules, file=sys.stderr)
"""


def test_the_sdk_is_used_without_its_models(start_cloud: StartCloud) -> None:
    cloud = start_cloud(served("ready"))
    found = subprocess.run(
        [sys.executable, "-c", _WITHOUT_MODELS, "audit", *options_of("ready", SOFIE), "--quiet"],
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), **cloud.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stderr.split()) == (0, ["0", "True"])


def test_collect_tells_what_it_could_not_read(start_cloud: StartCloud) -> None:
    cloud = start_cloud(served("partly-unreadable"))
    asked = ("--profile", "sophiie", "--output", "kept.snapshot")
    ended = run_here(cloud.environment(), "collect", *asked, cwd=cloud.folder)
    assert ended.code == 0
    assert "1 of 20 reads failed: App consent policy (refused)" in ended.lines[-2]
    assert "--set sophiie.app_id=GUID" in ended.lines[-1]
    quiet = run_here(cloud.environment(), "collect", *options_of("ready", SOFIE), cwd=cloud.folder)
    assert "failed" in quiet.lines[-1]
