"""``--share-safe``, ``collect --share-safe`` and ``bundle`` as people use them."""

import io
import json
import re
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from auditor import __version__
from auditor.catalog import profile_ids
from auditor.cli.demo import sample_requests
from auditor.dialects import dialects
from auditor.pipeline import read_sample
from auditor.render.write import formats
from auditor.samples import load_sample, sample_ids
from auditor.share_safe.pseudonyms import MARK
from auditor.store import write_snapshot
from tests.e2e.test_cli import ROOT, Cli, cli, settings, snapshot
from tests.fakes.cloud import StartCloud
from tests.fakes.live import run_here, served
from tests.unit import marked_tenant
from tests.unit.leak_search import opened
from tests.unit.test_share_safe_leaks import leaks

__all__ = ["cli"]

TENANT = load_sample("custom-policy").tenant
KEY = "consent-auditor-share.key"


def marked(folder: Path, sample_id: str) -> tuple[Path, list[str]]:
    """Write a snapshot of a marked tenant, and give the options that name its apps."""
    sample, _ = marked_tenant.marked(load_sample(sample_id))
    path = folder / "marked.snapshot"
    write_snapshot(read_sample(sample, sample_requests(sample)), path, tool_version=__version__)
    given = sample.variables["sofie"]
    return path, [
        word for name in ("app_id", "domain") for word in ("--set", f"{name}={given[name]}")
    ]


def searched(folder: Path, *texts: str) -> list[str]:
    files = [(one.name, one.read_bytes()) for one in folder.rglob("*") if one.is_file()]
    files += [("terminal", text.encode()) for text in texts]
    return leaks([part for name, content in files for part in opened(name, content)])


class TestNothingLeaks:
    def test_reports_and_the_kept_snapshot(self, cli: Cli, tmp_path: Path) -> None:
        kept, given = marked(tmp_path, "admin-consented")
        every = [word for one in formats() for word in ("--format", one)]
        asked: list[str | Path] = ["--snapshot", kept, "--profile", "sofie", *given, "--share-safe"]
        done = cli("audit", *asked, *every, "--output", "out/", "--save-snapshot", "out.snapshot")
        summary = cli("audit", *asked)
        (tmp_path / "out.snapshot").rename(tmp_path / "out" / "safe.snapshot")
        assert done.code == summary.code == 10
        assert searched(tmp_path) != []
        assert searched(tmp_path / "out", done.out, done.err, summary.out, summary.err) == []

    def test_a_bundle_and_what_is_made_from_it(self, cli: Cli, tmp_path: Path) -> None:
        kept, given = marked(tmp_path, "consent-off-workflow")
        done = [
            cli("bundle", "--snapshot", kept, "--profile", "sofie", *given, "--output", "b.zip")
        ]
        ways = ["text", "markdown", "json", *(one.id for one in dialects())]
        done += [
            cli(
                "plan",
                "--snapshot",
                "b.zip",
                "--format",
                way,
                "--plan",
                "1",
                "--output",
                f"out/{way}/",
            )
            for way in ways
        ]
        done.append(cli("explain", "AADSTS90094", "--snapshot", "b.zip"))
        done.append(cli("what-if", "--snapshot", "b.zip", "--workflow", "off"))
        assert {one.code for one in done} == {0}
        (tmp_path / "b.zip").rename(tmp_path / "out" / "b.zip")
        assert searched(tmp_path / "out", *(one.out + one.err for one in done)) == []


def test_collect_from_a_live_tenant(start_cloud: StartCloud) -> None:
    sample, _ = marked_tenant.marked(load_sample("custom-policy"))
    cloud = start_cloud(served(replace(sample, tenant=TENANT)))
    given = sample.variables["sofie"]
    asked = [
        "--profile",
        "sofie",
        *(f"--set={name}={given[name]}" for name in ("app_id", "domain")),
    ]
    done = run_here(
        cloud.environment(), "collect", *asked, "--share-safe", "--output", "a", cwd=cloud.folder
    )
    assert done.code == 0
    content = (cloud.folder / "a").read_bytes()
    assert leaks([*opened("a", content), ("stderr", "\n".join(done.lines).encode())]) == []
    assert b'"share_safe":true' in dict(opened("a", content))["a, decompressed"]


class TestBundle:
    @pytest.mark.parametrize("sample", sample_ids())
    def test_it_is_small_and_gives_the_same_report(
        self, cli: Cli, tmp_path: Path, sample: str
    ) -> None:
        done = cli("bundle", "--sample", sample, "--profile", "sofie")
        path = tmp_path / "consent-bundle.zip"
        assert done.code == 0
        assert path.stat().st_size < 200_000
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with zipfile.ZipFile(path) as packed:
            members = {name: packed.read(name) for name in packed.namelist()}
        assert len(members["summary.md"].decode()) < 32_000
        for name, form in (
            ("report.html", "html"),
            ("summary.md", "markdown"),
            ("report.json", "json"),
        ):
            cli("audit", "--snapshot", path, "--format", form, "--output", tmp_path / name)
            assert (tmp_path / name).read_bytes() == members[name]

    def test_the_summary_of_many_apps_has_the_answers_alone(self, cli: Cli, tmp_path: Path) -> None:
        assert cli("bundle", "--sample", "consent-off").code == 0
        with zipfile.ZipFile(tmp_path / "consent-bundle.zip") as packed:
            summary = packed.read("summary.md").decode()
        assert len(summary) < 32_000
        assert summary.count("## Can users connect") == len(profile_ids())
        assert "Share-safe: names" in summary
        assert summary.endswith("stand in the file `report.html`.\n")

    def test_the_same_tenant_and_key_give_the_same_bytes(self, cli: Cli, tmp_path: Path) -> None:
        for name in ("a.zip", "b.zip"):
            cli("bundle", "--sample", "ready", "--profile", "sophiie", "--output", name)
        assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
        other = ("--share-key", "other.key", "--output", "c.zip")
        cli("bundle", "--sample", "ready", "--profile", "sophiie", *other)
        assert (tmp_path / "a.zip").read_bytes() != (tmp_path / "c.zip").read_bytes()

    def test_a_bundle_of_a_bundle_is_the_same(self, cli: Cli, tmp_path: Path) -> None:
        cli("bundle", "--sample", "ready", "--profile", "sofie", "--output", "a.zip")
        cli("bundle", "--snapshot", "a.zip", "--output", "b.zip", "--share-key", "other.key")
        assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()

    def test_options_about_the_person_count(self, cli: Cli) -> None:
        cli("bundle", "--sample", "consent-off", "--profile", "sophiie")
        kept = ("--snapshot", "consent-bundle.zip", "--format", "json", "--output", "-")
        found = json.loads(cli("audit", *kept, "--user", "admin", "--publisher", "verified").out)
        assert [(one["user"], one["ready"]) for one in found["assessments"]] == [("admin", True)]

    def test_options_about_the_app_count(self, cli: Cli) -> None:
        cli("bundle", "--sample", "consent-off", "--profile", "sophiie")
        done = cli("plan", "--snapshot", "consent-bundle.zip", "--profile", "sofa-365-bridge")
        assert "Sofa 365 Bridge" in done.out
        assert "Sophiie" not in done.out

    def test_a_damaged_one_is_refused_in_one_line(self, cli: Cli, tmp_path: Path) -> None:
        cli("bundle", "--sample", "ready", "--profile", "sophiie")
        path = tmp_path / "consent-bundle.zip"
        path.write_bytes(path.read_bytes()[:-100])
        for command in (("audit",), ("plan",), ("explain", "AADSTS90094")):
            done = cli(*command, "--snapshot", path)
            assert done.code == 2
            assert "is damaged, or no bundle" in done.message

    def test_one_that_is_too_large_says_what_to_leave_out(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("auditor.cli.bundle.MAX_BYTES", 30_000)
        done = cli("bundle", "--sample", "ready")
        assert done.code == 2
        assert "give one --profile, or fewer" in done.err.splitlines()[-1]
        assert not (tmp_path / "consent-bundle.zip").exists()

    def test_there_is_no_way_to_turn_it_off(self, cli: Cli) -> None:
        assert cli("bundle", "--sample", "ready", "--no-share-safe").code == 2


class TestLabel:
    def test_every_report_says_it(self, cli: Cli, tmp_path: Path) -> None:
        kept = snapshot("ready", tmp_path)
        asked: list[str | Path] = [
            "--snapshot",
            kept,
            "--profile",
            "sofie",
            *settings("ready", ["sofie"]),
        ]
        words = "Share-safe: names, ids and domains of the tenant are replaced."
        schema = json.loads((ROOT / "reports/json/report-v1.schema.json").read_text("utf-8"))
        for more, safe in (((), False), (("--share-safe",), True)):
            assert (words in cli("audit", *asked, *more).out) is safe
            for form in ("html", "markdown"):
                done = cli("audit", *asked, *more, "--format", form, "--output", "-")
                assert (words in done.out) is safe
            done = cli("audit", *asked, *more, "--format", "json", "--output", "-")
            jsonschema.validate(json.loads(done.out), schema)
            assert json.loads(done.out)["share_safe"] is safe

    @pytest.mark.parametrize("form", ["text", "markdown"])
    def test_an_explanation_says_it(self, cli: Cli, form: str) -> None:
        cli("bundle", "--sample", "microsoft-managed", "--profile", "sophiie")
        asked = ("explain", "AADSTS90094", "--format", form)
        words = "Share-safe: names, ids and domains of the tenant are replaced."
        assert words in cli(*asked, "--snapshot", "consent-bundle.zip").out
        sample = ("--sample", "microsoft-managed", "--profile", "sophiie")
        assert words not in cli(*asked, *sample).out

    @pytest.mark.parametrize("profile", ["sophiie", "sofie"])
    def test_no_link_leads_to_a_pseudonym(self, cli: Cli, profile: str) -> None:
        cli("bundle", "--sample", "microsoft-managed", "--profile", profile)
        asked = ("plan", "--snapshot", "consent-bundle.zip", "--format", "markdown")
        found = re.findall(r"https://[^)\s]+", cli(*asked, "--output", "-").out)
        assert found
        assert [one for one in found if MARK in one] == []

    def test_a_kept_share_safe_snapshot_gives_the_same_report(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        kept = snapshot("ready", tmp_path)
        asked = ["--profile", "sofie", *settings("ready", ["sofie"]), "--share-safe"]
        form = ["--format", "json", "--output", "-"]
        first = cli("audit", "--snapshot", kept, "--save-snapshot", "safe", *asked, *form)
        assert cli("audit", "--snapshot", "safe", *asked, *form).out == first.out


class TestKey:
    @pytest.mark.parametrize("option", ["--output", "--save-snapshot"])
    def test_a_result_does_not_replace_it(self, cli: Cli, tmp_path: Path, option: str) -> None:
        kept = snapshot("ready", tmp_path)
        asked = ("--snapshot", kept, "--profile", "sophiie", "--share-safe", "--share-key", "a.md")
        done = cli("audit", *asked, option, "a.md")
        assert done.code == 2
        assert "a result would replace it" in done.message
        assert not (tmp_path / "a.md").exists()

    def test_the_environment_names_it(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CONSENT_AUDITOR_SHARE_KEY", str(tmp_path / "mine"))
        cli("bundle", "--sample", "ready", "--profile", "sophiie")
        assert (tmp_path / "mine").exists()
        assert not (tmp_path / KEY).exists()

    def test_one_that_others_can_read_is_refused(self, cli: Cli, tmp_path: Path) -> None:
        cli("bundle", "--sample", "ready", "--profile", "sophiie")
        (tmp_path / KEY).chmod(0o644)
        done = cli("bundle", "--sample", "ready", "--profile", "sophiie")
        assert done.code == 2
        assert "others can read" in done.message


class TestLink:
    URL = (
        "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555/oauth2/v2.0/"
        "authorize?client_id=85c8ad99-e136-4b1c-b453-fe3578b83189&response_type=code"
        "&redirect_uri=https%3A%2F%2Fapp.sophiie.example%2Fc&scope=User.Read"
    )

    def test_a_tenant_under_a_pseudonym_is_not_compared(self, cli: Cli) -> None:
        cli("bundle", "--sample", "ready", "--profile", "sophiie")
        done = cli("audit", "--snapshot", "consent-bundle.zip", "--url", self.URL)
        assert done.code in {0, 10}
        assert "tenant was not compared" in done.err


def test_the_manifest_is_what_is_read(cli: Cli, tmp_path: Path) -> None:
    cli("bundle", "--sample", "ready", "--profile", "sophiie", "--default-scope")
    data = (tmp_path / "consent-bundle.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        manifest = json.loads(packed.read("manifest.json"))
    assert manifest["requests"][0]["default_scope"] is True


def test_the_page_after_an_error_says_less_than_a_bundle(cli: Cli) -> None:
    assert cli("bundle", "--sample", "consent-off", "--profile", "sophiie").code == 0
    page = "https://app.example/back?error=consent_required&error_description=AADSTS90094%3a+No"
    told = cli("explain", page, "--snapshot", "consent-bundle.zip", "--format", "markdown")
    assert told.code == 0
    assert "Can users connect Sophiie without admin approval?" in told.out
    assert "**This holds here.**" in told.out
    assert "Recommended plan" in told.out


def test_a_config_file_does_not_ask_a_bundle_for_its_own_app(cli: Cli, tmp_path: Path) -> None:
    assert cli("bundle", "--sample", "consent-off", "--profile", "sophiie").code == 0
    alone = cli("audit", "--snapshot", "consent-bundle.zip", "--format", "json", "--output", "-")
    (tmp_path / "consent-auditor.toml").write_text('[request]\nprofile = ["sofie"]\n', "utf-8")
    with_file = cli(
        "audit", "--snapshot", "consent-bundle.zip", "--format", "json", "--output", "-"
    )
    assert with_file.out == alone.out
