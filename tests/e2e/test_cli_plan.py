"""``consent-auditor plan``: what it shows, the scripts that it writes, and its exit codes."""

import json
import re
import stat
import sys
from pathlib import Path

import jsonschema
import pytest

from auditor import __version__
from auditor.catalog import profile_ids
from auditor.cli.demo import sample_requests
from auditor.dialects import dialects, write_scripts
from auditor.pipeline import make_report, read_sample
from auditor.render.plans import plan_target
from auditor.render.view import view
from auditor.resources import resource
from auditor.samples import Sample, load_sample, sample_ids
from auditor.store import write_snapshot
from tests.fakes.cloud import StartCloud
from tests.fakes.live import Ended, options_of, run_here, served
from tests.unit.sample_case import app_id, changed, client_path

DIALECTS = [one.id for one in dialects()]
ENDINGS = {"powershell": "ps1", "azure-cli": "sh", "http": "http", "terraform": "tf"}
MANAGED = ("--sample", "microsoft-managed", "--profile", "sophiie")
PLANS = [
    "tenant-wide-consent",
    "request-approval",
    "app-consent-policy",
    "low-classification",
    "one-user-consent",
]
SCHEMA = json.loads(resource("reports", "json", "plan-v1.schema.json").read_bytes())


def plan(folder: Path, *arguments: str) -> Ended:
    return run_here({}, "plan", *arguments, cwd=folder)


def told(ended: Ended) -> str:
    """The one line on stderr of a run that gave nothing."""
    assert ended.out == b""
    (line,) = ended.lines
    assert line.startswith("consent-auditor: ")
    return line


def document(ended: Ended) -> dict[str, object]:
    found = json.loads(ended.out)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert isinstance(found, dict)
    return found


class TestText:
    def test_shows_all_plans_in_order(self, tmp_path: Path) -> None:
        ended = plan(tmp_path, *MANAGED)
        text = ended.out.decode()
        assert (ended.code, ended.err) == (0, "")
        assert "Can users connect Sophiie without admin approval?" in text
        assert "5 proven plans" in text
        assert re.findall(r"Id: ([\w-]+)", text) == PLANS
        assert text.count("Proven: After these steps the audit says Yes for ") == 5
        assert "Why: " not in text

    def test_one_plan_in_full(self, tmp_path: Path) -> None:
        text = plan(tmp_path, *MANAGED, "--plan", "4").out.decode()
        assert re.findall(r"Id: ([\w-]+)", text) == ["low-classification"]
        assert "  4. Let users consent to what is classified Low" in text
        heads = ("Why: ", "Who: ", "Where: ", "Undo: ", "To the vendor's support:")
        assert [one for one in heads if one not in text] == []
        assert "Admin approval required → User can consent" in text
        assert "MS.AAD.5.2v1" in text

    def test_number_and_id_are_one_plan(self, tmp_path: Path) -> None:
        by_number = plan(tmp_path, *MANAGED, "--plan", "2").out
        assert by_number == plan(tmp_path, *MANAGED, "--plan", "request-approval").out

    def test_every_profile_without_one(self, tmp_path: Path) -> None:
        text = plan(tmp_path, "--sample", "microsoft-managed").out.decode()
        assert text.count("without admin approval?") == len(profile_ids())

    def test_what_is_ready(self, tmp_path: Path) -> None:
        ended = plan(tmp_path, "--sample", "ready", "--profile", "sophiie")
        assert ended.code == 0
        assert "Nothing to do." in ended.out.decode()

    def test_first_steps_and_the_documented_way_that_fails(self, tmp_path: Path) -> None:
        ended = plan(tmp_path, "--sample", "partly-unreadable", "--profile", "sophiie")
        assert ended.code == 4
        text = ended.out.decode()
        assert "No plan could be proven. What to find out or to do first:" in text
        assert "Not proven: Sophiie's documented way." in text
        assert "Directory.Read.All" in text

    def test_lines_fit_into_a_pipe(self, tmp_path: Path) -> None:
        lines = plan(tmp_path, *MANAGED, "--plan", "4").out.decode().splitlines()
        assert max(map(len, lines)) <= 100
        assert all(line == line.rstrip() for line in lines)


class TestMarkdown:
    def test_all(self, tmp_path: Path) -> None:
        text = plan(tmp_path, *MANAGED, "--format", "markdown").out.decode()
        assert text.startswith("# Plans for Fabrikam, Inc.")
        assert "### Recommended plan: Consent to Sophiie for everybody" in text
        assert "### All plans side by side" in text

    def test_one(self, tmp_path: Path) -> None:
        text = plan(tmp_path, *MANAGED, "--format", "markdown", "--plan", "3").out.decode()
        assert "### Plan 3: Let users consent to Sophiie alone" in text
        assert "Recommended" not in text
        assert "side by side" not in text
        assert "--plan 3 " in text
        assert "Next step: **Create an app consent policy for Sophiie alone" in text

    def test_not_proven(self, tmp_path: Path) -> None:
        asked = ("--sample", "partly-unreadable", "--profile", "sophiie")
        text = plan(tmp_path, *asked, "--format", "markdown").out.decode()
        assert "Sophiie's documented way" in text


class TestJson:
    @pytest.mark.parametrize("sample_id", sample_ids())
    def test_every_sample(self, tmp_path: Path, sample_id: str) -> None:
        sample = load_sample(sample_id)
        asked = [word for one in sorted(sample.variables) for word in ("--profile", one)]
        found = document(plan(tmp_path, "--sample", sample_id, *asked, "--format", "json"))
        assert found["scripts"] == []
        requests = sample_requests(sample)
        report = make_report(read_sample(sample, requests), requests)
        assessments = found["assessments"]
        assert isinstance(assessments, list)
        assert [
            (one["profile"], one["outcome"], [each["id"] for each in one["plans"]])
            for one in assessments
        ] == [
            (one.request.profile_id, one.decision.outcome, [each.id for each in one.plans])
            for one in report.assessments
        ]

    def test_same_plans_as_the_report(self, tmp_path: Path) -> None:
        found = document(plan(tmp_path, *MANAGED, "--format", "json"))
        options = ("--sample", "microsoft-managed", "--profile", "sophiie", "--format", "json")
        report = json.loads(run_here({}, "demo", *options, "--output", "-", cwd=tmp_path).out)
        for ours, theirs in zip(_assessments(found), report["assessments"], strict=True):
            assert {name: theirs[name] for name in ours} == ours

    def test_one_plan_with_all_its_scripts(self, tmp_path: Path) -> None:
        found = document(plan(tmp_path, *MANAGED, "--format", "json", "--plan", "3"))
        (assessment,) = _assessments(found)
        assert [one["id"] for one in assessment["plans"]] == ["app-consent-policy"]
        scripts = found["scripts"]
        assert isinstance(scripts, list)
        assert [(one["dialect"], one["name"]) for one in scripts] == [
            (dialect, f"{name}.{ENDINGS[dialect]}")
            for dialect in DIALECTS
            for name in ("apply", "rollback")
        ]

    def test_shares_its_parts_with_the_report(self) -> None:
        report = json.loads(resource("reports", "json", "report-v1.schema.json").read_bytes())
        parts = {name: part for name, part in SCHEMA["$defs"].items() if name in report["$defs"]}
        assert parts == {name: report["$defs"][name] for name in parts}
        assert {"planned", "script"} == SCHEMA["$defs"].keys() - parts.keys()


def _assessments(found: dict[str, object]) -> list[dict[str, list[dict[str, str]]]]:
    assessments = found["assessments"]
    assert isinstance(assessments, list)
    return assessments


def _items(found: dict[str, object]) -> list[dict[str, object]]:
    assessments = found["assessments"]
    assert isinstance(assessments, list)
    return assessments


class TestScripts:
    @pytest.mark.parametrize("dialect", DIALECTS)
    def test_are_those_of_the_plan(self, tmp_path: Path, dialect: str) -> None:
        sample = load_sample("microsoft-managed")
        requests = sample_requests(sample, ("sophiie",))
        report = make_report(read_sample(sample, requests), requests)
        item = report.assessments[0]
        written = write_scripts(dialect, item.plans[2], plan_target(report, item))
        asked = (*MANAGED, "--format", dialect, "--plan", "3")
        assert plan(tmp_path, *asked).out.decode() == written[0].content
        assert plan(tmp_path, *asked, "--rollback").out.decode() == written[1].content

    def test_are_those_of_the_report(self) -> None:
        sample = load_sample("microsoft-managed")
        requests = sample_requests(sample, ("sophiie",))
        report = make_report(read_sample(sample, requests), requests)
        (shown,) = view(report).assessments
        item = report.assessments[0]
        for dialect in shown.plans[0].dialects:
            scripts = write_scripts(dialect.id, item.plans[0], plan_target(report, item))
            pairs = zip(dialect.scripts, scripts, strict=True)
            assert all(one.content == two.content.strip("\n") for one, two in pairs)

    @pytest.mark.parametrize("dialect", DIALECTS)
    def test_go_to_a_folder_together(self, tmp_path: Path, dialect: str) -> None:
        ended = plan(tmp_path, *MANAGED, "--format", dialect, "--output", "new/scripts")
        assert (ended.code, ended.out) == (0, b"")
        names = [f"{one}.{ENDINGS[dialect]}" for one in ("apply", "rollback")]
        folder = tmp_path / "new" / "scripts"
        if dialect == "terraform":  # it reads every file of a folder
            names = [f"{Path(name).stem}/{name}" for name in names]
        found = sorted(one for one in folder.rglob("*") if one.is_file())
        assert found == [folder / name for name in names]
        assert ended.err.count("consent-auditor: wrote ") == 2

    @pytest.mark.skipif(sys.platform == "win32", reason="asks for POSIX permissions")
    @pytest.mark.parametrize(("dialect", "mode"), [("azure-cli", 0o755), ("powershell", 0o644)])
    def test_shell_scripts_can_be_run(self, tmp_path: Path, dialect: str, mode: int) -> None:
        plan(tmp_path, *MANAGED, "--format", dialect, "--output", "out")
        for path in (tmp_path / "out").iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == mode

    def test_take_the_place_of_older_ones(self, tmp_path: Path) -> None:
        for number in ("4", "1"):
            plan(tmp_path, *MANAGED, "--format", "http", "--plan", number, "--output", "out")
        apply, rollback = (tmp_path / "out" / f"{one}.http" for one in ("apply", "rollback"))
        assert "Consent to Sophiie for everybody" in apply.read_text("utf-8")
        assert "Consent to Sophiie for everybody" in rollback.read_text("utf-8")

    def test_never_apply_without_its_rollback(self, tmp_path: Path) -> None:
        (tmp_path / "out" / "rollback.http").mkdir(parents=True)
        ended = plan(tmp_path, *MANAGED, "--format", "http", "--output", "out")
        assert ended.code == 2
        assert "rollback.http" in told(ended)
        assert not (tmp_path / "out" / "apply.http").exists()

    @pytest.mark.parametrize("more", [(), ("--rollback",)], ids=["apply", "rollback"])
    def test_one_file(self, tmp_path: Path, more: tuple[str, ...]) -> None:
        asked = (*MANAGED, "--format", "azure-cli", *more)
        ended = plan(tmp_path, *asked, "--output", "go.sh")
        assert ended.lines == ["consent-auditor: wrote go.sh"]
        assert (tmp_path / "go.sh").read_bytes() == plan(tmp_path, *asked, "--output", "-").out

    def test_nothing_to_do(self, tmp_path: Path) -> None:
        asked = ("--sample", "ready", "--profile", "sophiie", "--format", "http")
        ended = plan(tmp_path, *asked, "--output", "out")
        assert ended.code == 0
        assert "users can connect Sophiie already" in told(ended)
        assert not (tmp_path / "out").exists()

    @pytest.fixture
    def unverified(self, tmp_path: Path) -> tuple[str, ...]:
        """A tenant where the vendor alone can do something about it, by one of the plans."""
        sample = load_sample("ready")
        path = client_path(app_id(sample, "sophiie"))
        sample = changed(sample, path, {"verifiedPublisher": None})
        asked = ("--snapshot", kept(sample, tmp_path), *options_of("ready", "sophiie"))
        return (*asked, "--plan", "publisher-verification")

    def test_others_do_everything(self, tmp_path: Path, unverified: tuple[str, ...]) -> None:
        ended = plan(tmp_path, *unverified, "--format", "powershell", "--output", "out")
        assert ended.code == 0
        assert "changes nothing here: --format text says who does what" in told(ended)
        assert document(plan(tmp_path, *unverified, "--format", "json"))["scripts"] == []

    def test_no_plan(self, tmp_path: Path) -> None:
        asked = ("--sample", "partly-unreadable", "--profile", "sophiie", "--format", "http")
        ended = plan(tmp_path, *asked)
        assert ended.code == 4
        assert "no plan could be proven for Sophiie: --format text" in told(ended)


class TestDocumentsAsFiles:
    @pytest.mark.parametrize(
        ("format_id", "name"),
        [("text", "plan.txt"), ("markdown", "plan.md"), ("json", "plan.json")],
    )
    def test_folder(self, tmp_path: Path, format_id: str, name: str) -> None:
        asked = (*MANAGED, "--format", format_id)
        assert plan(tmp_path, *asked, "--output", "out").code == 0
        assert (tmp_path / "out" / name).read_bytes() == plan(tmp_path, *asked).out

    def test_quiet(self, tmp_path: Path) -> None:
        snapshot = kept(load_sample("microsoft-managed"), tmp_path)
        asked = ("--snapshot", snapshot, "--profile", "sofie", "--quiet", "--output", "x.txt")
        assert plan(tmp_path, *asked).err == ""


def kept(sample: Sample, folder: Path) -> str:
    path = folder / "kept.snapshot"
    write_snapshot(read_sample(sample, sample_requests(sample)), path, tool_version=__version__)
    return str(path)


class TestSources:
    def test_snapshot_is_as_the_sample(self, tmp_path: Path) -> None:
        asked = ("--format", "json", *options_of("microsoft-managed", "sophiie"))
        found = plan(
            tmp_path, "--snapshot", kept(load_sample("microsoft-managed"), tmp_path), *asked
        )
        assert document(found) == document(plan(tmp_path, *MANAGED, "--format", "json"))

    def test_live(self, start_cloud: StartCloud) -> None:
        cloud = start_cloud(served("microsoft-managed"))
        asked = ("plan", *options_of("microsoft-managed", "sophiie"), "--format", "json")
        ended = run_here(cloud.environment(), *asked, cwd=cloud.folder)
        assert ended.code == 0
        live, sample = document(ended), document(plan(cloud.folder, *MANAGED, "--format", "json"))
        # The policy of a plan is named after the day of the reading.
        day = re.compile(r"consent-for-sophiie-\d{8}")
        said = [day.sub("", json.dumps(one["assessments"])) for one in (live, sample)]
        assert said[0] == said[1]

    def test_sample_gives_way_to_what_is_set(self, tmp_path: Path) -> None:
        other = "99999999-0000-4000-8000-000000000009"
        text = plan(tmp_path, *MANAGED, "--set", f"app_id={other}", "--plan", "1").out.decode()
        assert other in text

    def test_app_without_a_profile(self, tmp_path: Path) -> None:
        app = load_sample("microsoft-managed").variables["sophiie"]["app_id"]
        asked = ("--sample", "microsoft-managed", "--app-id", app, "--scope", "Mail.Read")
        found = document(plan(tmp_path, *asked, "--format", "json"))
        assert _assessments(found)[0]["plans"][0]["id"] == "tenant-wide-consent"


class TestExitCodes:
    @pytest.mark.parametrize(
        ("sample_id", "profile", "code"),
        [
            ("ready", "sophiie", 0),
            ("microsoft-managed", "sophiie", 0),
            ("assignment-required", "sophiie", 0),
            ("partly-unreadable", "sophiie", 4),
        ],
    )
    def test_by_what_is_stuck(
        self, tmp_path: Path, sample_id: str, profile: str, code: int
    ) -> None:
        assert plan(tmp_path, "--sample", sample_id, "--profile", profile).code == code

    def test_not_ready_and_no_plan(self, tmp_path: Path) -> None:
        sample = load_sample("microsoft-managed")
        path = client_path(app_id(sample, "sophiie"))
        status = {"disabledByMicrosoftStatus": "DisabledDueToViolationOfServicesAgreement"}
        asked = ("--snapshot", kept(changed(sample, path, status), tmp_path))
        ended = plan(tmp_path, *asked, *options_of("microsoft-managed", "sophiie"))
        assert ended.code == 10
        assert "No plan could be proven." in ended.out.decode()

    def test_not_ready_weighs_more_than_unknown(self, tmp_path: Path) -> None:
        sample = load_sample("partly-unreadable")
        path = client_path(app_id(sample, "sophiie"))
        sample = changed(sample, path, {"isDisabled": True})
        asked = ("--snapshot", kept(sample, tmp_path), *options_of("partly-unreadable"))
        found = document(plan(tmp_path, *asked, "--format", "json"))
        outcomes = {one["outcome"] for one in _items(found) if not one["plans"]}
        assert outcomes == {"blocked", "unknown"}
        assert plan(tmp_path, *asked).code == 10


class TestWrongInput:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--sample", "nope"), "microsoft-managed"),
            (("--sample", "ready", "--snapshot", "x"), "give one of them"),
            (("--sample", "ready", "--tenant", "t"), "--sample says which tenant it is"),
            (("--snapshot", "x", "--cloud", "china"), "--snapshot says which tenant it is"),
            (("--snapshot", "nope.snapshot"), "nope.snapshot"),
            (("--sample", "ready", "--format", "http"), "--format http is about one profile"),
            (("--sample", "ready", "--plan", "1"), "--plan 1 is about one profile"),
            ((*MANAGED, "--plan", "6"), "there are 1 tenant-wide-consent, 2 request-approval"),
            ((*MANAGED, "--plan", "0"), "there is no such plan"),
            ((*MANAGED, "--plan", "x\x1b[2Jy"), "there is no such plan"),
            ((*MANAGED, "--rollback"), "--rollback goes with a script"),
            ((*MANAGED, "--format", "http", "--rollback", "--output", "out/"), "leave out --roll"),
            ((*MANAGED, "--format", "http", "--output", "no/such/file.http"), "no folder"),
            ((), "AZURE_CLIENT_SECRET"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
    )
    def test_is_told_in_one_line(
        self, tmp_path: Path, arguments: tuple[str, ...], said: str
    ) -> None:
        ended = plan(tmp_path, *arguments)
        assert ended.code == 2
        assert said in told(ended)
        assert told(ended).isprintable()
        assert [*tmp_path.iterdir()] == []

    def test_format(self, tmp_path: Path) -> None:
        ended = plan(tmp_path, "--format", "html")
        assert ended.code == 2
        assert "'terraform'" in ended.lines[-1]
