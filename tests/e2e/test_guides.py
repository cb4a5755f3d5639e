"""The guides for three kinds of people: every line of their blocks is run, in order.

A page runs in one folder, against one tenant. Of its blocks

- `bash` is run: commands of ours, `export`, and what ``_BY_HAND`` does in place of other programs;
  a command ends with 0, or with the code that a comment behind it states (`# exit code 10`);
- `toml` is a file of the name that its first line, a comment, has;
- `text` and `markdown` are shortened output of the block before: `…` stands for what is left out.
"""

import io
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest
from cryptography.x509 import load_pem_x509_certificate

from auditor.setup.permissions import needed_permissions
from tests.fakes.cloud import FakeCloud, StartCloud
from tests.fakes.http_file import run as send
from tests.fakes.live import ROOT, Ended, run_here, served
from tests.test_readme import FENCE

TENANT = "microsoft-managed"
APP = "a0d170a0-0000-4000-8000-0000000000c1"
"""The auditor's own app registration, once ``setup.sh`` has run."""
ROLES = frozenset(one.value for one in needed_permissions(person=True))
GUIDES = {"for-administrators": "none", "for-support": "secret", "for-profile-authors": "secret"}
"""How a page signs in; ``none`` where it says itself what to set."""
EXIT_CODE = re.compile(r"# exit code (\d+)")
CHANGING = re.compile(
    r"(?P<pseudonym>tenant-[0-9a-f]{10})|(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d UTC)|5afe5afe-[0-9a-f-]+"
)


@dataclass(slots=True)
class Desk:
    """Where a page is followed: a folder, a shell's variables, and a tenant."""

    folder: Path
    cloud: FakeCloud
    variables: dict[str, str]
    said: list[str] = field(default_factory=list)
    """What the commands of the last block printed, and the text files that they wrote."""
    plan: list[str] = field(default_factory=list)
    """The last command that wrote scripts for Bash."""

    def follow(self, page: Path) -> None:
        for kind, text in FENCE.findall(page.read_text("utf-8")):
            if kind == "toml":
                name = text.partition("\n")[0].removeprefix("# ")
                (self.folder / name).write_text(text, "utf-8")
            elif kind in {"text", "markdown"}:
                self.compare(text)
            else:
                assert kind == "bash"
                self.said.clear()
                for line in text.replace("\\\n", " ").splitlines():
                    self.obey(line)

    def obey(self, line: str) -> None:
        words = shlex.split(line, comments=True)
        if words[:1] == ["consent-auditor"]:
            expected = EXIT_CODE.search(line)
            ended = self.run(*words[1:])
            assert ended.code == int(expected[1] if expected else 0), f"{line}\n{ended.err}"
        elif words[:1] == ["export"]:
            self.variables |= dict(word.split("=", 1) for word in words[1:])
        elif words[:1] in (["mkdir"], ["mv"]):
            subprocess.run(words, cwd=self.folder, check=True)
        elif words:
            assert words[0] != "bash" or (self.folder / words[1]).is_file()
            _BY_HAND[shlex.join(words)](self)

    def run(self, *arguments: str) -> Ended:
        """Run a command, and remember what it printed and wrote; each file has to be there."""
        given, typed = [*arguments], b""
        if "<" in given:
            at = given.index("<")
            typed = (self.folder / given[at + 1]).read_bytes()
            del given[at:]
        with patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed))):
            ended = run_here(self.variables, *given, cwd=self.folder)
        if "azure-cli" in given and "plan" in given:
            self.plan = given
        files = re.findall(r"^consent-auditor: wrote (.+)$", ended.err, re.MULTILINE)
        assert [name for name in files if not (self.folder / name).exists()] == []
        read = [self.folder / name for name in files if name.endswith(".md")]
        self.said += [ended.out.decode(), ended.err, *(one.read_text("utf-8") for one in read)]
        return ended

    def compare(self, example: str) -> None:
        """Find each piece of the example in what was said, in this order."""
        rest = told("\n".join(self.said))
        for piece in told(example).split("\n…\n"):
            wanted = piece.strip("\n")
            assert f"\n{wanted}\n" in f"\n{rest}\n", wanted
            rest = rest.partition(wanted)[2]


def told(text: str) -> str:
    """Give what is the same on every day and under every key."""
    return "\n".join(line.rstrip() for line in CHANGING.sub("*", text).splitlines())


def _register(desk: Desk) -> None:
    """Do what setup.sh does with the certificate."""
    data = (desk.folder / "keys" / "entra-consent-auditor.cer").read_bytes()
    desk.cloud.registration.certificates.append(load_pem_x509_certificate(data))


def _write(desk: Desk, *more: str) -> None:
    """Do what the plan's script does, with the same plan's requests."""
    given = [{"azure-cli": "http", "scripts": "-"}.get(word, word) for word in desk.plan]
    ended = desk.run(*given, *more)
    assert ended.code == 0
    send(ended.out.decode(), cloud=desk.cloud)


_BY_HAND: Mapping[str, Callable[[Desk], None]] = {
    "az login --tenant fabrikam.onmicrosoft.com --allow-no-subscriptions": lambda _: None,
    "bash setup.sh": _register,
    "bash scripts/apply.sh": _write,
    "bash scripts/rollback.sh": lambda desk: _write(desk, "--rollback"),
}


@pytest.mark.parametrize("guide", GUIDES)
def test_guide(start_cloud: StartCloud, tmp_path: Path, guide: str) -> None:
    cloud = start_cloud(served(TENANT), roles=ROLES, client_id=APP)
    variables = cloud.environment(GUIDES[guide])
    if GUIDES[guide] == "none":
        del variables["AZURE_TENANT_ID"], variables["AZURE_CLIENT_ID"]
    Desk(tmp_path, cloud, variables).follow(ROOT / "docs" / f"{guide}.md")


def test_what_a_page_leaves_undone_would_be_found(start_cloud: StartCloud, tmp_path: Path) -> None:
    desk = Desk(tmp_path, start_cloud(served(TENANT)), {})
    with pytest.raises(AssertionError):
        desk.obey("consent-auditor demo --sample nowhere")
    with pytest.raises(KeyError):
        desk.obey("terraform apply")
    desk.obey("consent-auditor explain AADSTS90094")
    with pytest.raises(AssertionError):
        desk.compare("Meaning: something else\n")
