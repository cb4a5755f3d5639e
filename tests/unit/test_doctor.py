"""What ``doctor`` concludes without a network: tokens, permissions, and how it is printed."""

import base64
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.doctor import CHECKS
from auditor.doctor.entra_error import explained
from auditor.doctor.permissions import compare, only_reads
from auditor.graph.claims import read_claims
from auditor.graph.proxy import shown_proxy
from auditor.graph.sign_in import advice
from auditor.model.diagnosis import CheckResult, Diagnosis, Observation, Result
from auditor.permissions import application_permission_ids
from auditor.render.doctor_json import render_diagnosis_json
from auditor.render.doctor_text import print_diagnosis
from auditor.setup.permissions import needed_permissions
from auditor.sources import load

NEEDED = [one.value for one in needed_permissions(person=True)]
HOSTILE = "a\x1b[31m\u202e\ud800<script>'\"\n" + "x" * 300


def token(payload: object) -> str:
    return f"e30.{encoded(json.dumps(payload).encode())}.c2ln"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TestClaims:
    def test_an_app(self) -> None:
        found = read_claims(
            token({"tid": "T", "appid": "A", "aud": "G", "idtyp": "app", "roles": ["R"], "exp": 60})
        )
        assert found is not None
        assert (found.tid, found.appid, found.aud, found.roles) == ("T", "A", "G", ("R",))
        assert found.exp == datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
        assert not found.delegated

    def test_a_person(self) -> None:
        found = read_claims(token({"scp": "User.Read openid"}))
        assert found is not None
        assert found.delegated
        assert found.scp == ("User.Read", "openid")
        assert found.roles == ()

    def test_an_app_that_idtyp_names_is_one_whatever_scp_says(self) -> None:
        found = read_claims(token({"scp": "User.Read", "idtyp": "app"}))
        assert found is not None
        assert not found.delegated

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "opaque",
            "a.b",
            "a.b.c.d",
            "e30.!!!!.c2ln",
            "e30.\ud800.c2ln",
            f"e30.{encoded(b'no json')}.c2ln",
            f"e30.{encoded(b'[]')}.c2ln",
            f"e30.{encoded(b'null')}.c2ln",
            f"e30.{encoded(bytes(range(200, 256)))}.c2ln",
            f"e30.{encoded(b'[' * 30_000)}.c2ln",
            f"e30.{encoded(b'{' + b'%s' % (b'[' * 30_000) + b'}')}.c2ln",
            f"e30.{'A' * 1_000_000}.c2ln",
            "." * 1_000_000,
        ],
    )
    def test_what_is_no_jwt_is_opaque(self, text: str) -> None:
        assert read_claims(text) is None

    @pytest.mark.parametrize("roles", ["Mail.Read", {"a": 1}, [1], ["Mail.Read", None], 7, True])
    def test_roles_that_are_no_names_are_unknown(self, roles: object) -> None:
        found = read_claims(token({"roles": roles}))
        assert found is not None
        assert found.roles is None

    @pytest.mark.parametrize("exp", ["60", 1.5, True, [60], 10**30, -(10**18)])
    def test_an_end_that_is_no_moment_is_unknown(self, exp: object) -> None:
        found = read_claims(token({"exp": exp}))
        assert found is not None
        assert found.exp is None

    def test_members_of_another_kind_are_unknown(self) -> None:
        found = read_claims(token({"tid": 1, "appid": ["A"], "aud": {}, "scp": ["a"], "idtyp": 0}))
        assert found is not None
        assert {found.tid, found.appid, found.aud, found.scp, found.idtyp} == {None}

    @given(st.text())
    def test_any_text(self, text: str) -> None:
        read_claims(text)
        read_claims(f"e30.{text}.c2ln")

    @given(st.dictionaries(st.sampled_from(["tid", "roles", "exp", "scp", "x"]), st.from_type(int)))
    def test_any_payload(self, payload: dict[str, int]) -> None:
        assert read_claims(token(payload)) is not None


class TestPermissions:
    def compared(self, *roles: str, person: bool = True) -> list[Observation]:
        return [*compare(roles, person=person, where="there")]

    def test_exactly_what_is_needed(self) -> None:
        (line,) = self.compared(*NEEDED)
        assert line.result is Result.OK
        assert f"all {len(NEEDED)}" in line.found

    def test_letter_case_does_not_matter(self) -> None:
        assert [one.result for one in self.compared(*map(str.upper, NEEDED))] == [Result.OK]

    @pytest.mark.parametrize("name", NEEDED)
    def test_each_one_is_missed(self, name: str) -> None:
        found = [one for one in self.compared(*set(NEEDED) - {name}) if one.about == name]
        readers = [one for one in load() if name in one.needs]
        unread = [one for one in readers if not set(one.also) & (set(NEEDED) - {name})]
        (line,) = found
        assert line.result is (Result.FAILED if unread else Result.OK)
        assert all(one.why in line.found for one in unread)
        assert (application_permission_ids()[name] in line.found) == bool(unread)
        assert line.exit_code == (4 if unread else 0)

    def test_nothing_is_there(self) -> None:
        found = self.compared()
        assert [one.about for one in found] == NEEDED
        assert {one.result for one in found} == {Result.FAILED}
        assert all(one.fix for one in found)

    def test_a_broader_one_does_not_hide_what_it_cannot_read(self) -> None:
        roles = set(NEEDED) - {"Policy.Read.All"}
        (line,) = [one for one in self.compared(*roles) if one.about == "Policy.Read.All"]
        assert line.result is Result.FAILED
        assert "under which app consent policies" in line.found
        assert "who decides" not in line.found, "Directory.Read.All reads the workflow"

    def test_what_an_inventory_reads_more_with_is_not_too_much(self) -> None:
        line = self.compared(*NEEDED, "AuditLog.Read.All")[-1]
        assert (line.result, line.about) == (Result.OK, "AuditLog.Read.All")
        assert line.found == "no audit needs it; inventory reads more with it"

    @pytest.mark.parametrize("name", ["Mail.Read", "Calendars.Read", "User.ReadBasic.All"])
    def test_reading_more_than_needed_is_a_warning(self, name: str) -> None:
        line = self.compared(*NEEDED, name)[-1]
        assert (line.result, line.about) == (Result.WARNING, name)
        assert line.found.startswith("not needed")
        assert application_permission_ids()[name] in line.found

    def test_an_unknown_name_is_not_taken_for_harmless(self) -> None:
        line = self.compared(*NEEDED, "Nonsense")[-1]
        assert "can do more than read" in line.found

    def test_every_permission_that_writes_is_told_from_those_that_read(self) -> None:
        reading = {one for one in application_permission_ids() if only_reads(one)}
        assert set(NEEDED) <= reading
        verbs = {one.partition(".")[2] for one in reading}
        assert not any("Write" in one or "Update" in one for one in verbs)
        writing = {"Mail.Send", "Sites.FullControl.All", "Sites.Selected", "User.ReadUpdate.All"}
        writing |= {"Group.Create", "Bookings.Manage.All", "User.Export.All", "Calls.Initiate.All"}
        assert not writing & reading
        assert {"Chat.ReadBasic.All", "TeamsAppInstallation.ReadForChat.All"} <= reading

    def test_broader_permissions_of_sources_exist(self) -> None:
        named = {name for one in load() for name in one.also}
        assert named <= application_permission_ids().keys()
        assert not any(set(one.also) & set(one.needs) for one in load())


class TestOrder:
    def test_a_check_rests_on_earlier_ones(self) -> None:
        ids = [one.id for one in CHECKS]
        assert len(set(ids)) == len(ids)
        for number, check in enumerate(CHECKS):
            assert set(check.rests_on) <= set(ids[:number])

    @pytest.mark.parametrize(
        ("codes", "whole"), [((), 0), ((0, 4), 4), ((4, 3), 3), ((4, 3, 2), 2), ((0, 0), 0)]
    )
    def test_the_first_obstacle_gives_the_code(self, codes: tuple[int, ...], whole: int) -> None:
        lines = tuple(Observation(Result.FAILED, "", "x", exit_code=one) for one in codes)
        assert Diagnosis((CheckResult("a", lines),)).exit_code == whole


class TestEntraError:
    def test_a_known_code(self) -> None:
        said = explained("AADSTS7000222: The provided client secret keys are expired.")
        assert said is not None
        assert said[0].startswith("AADSTS7000222 (")
        assert "expired" in said[0]
        assert "new client secret" in said[1]

    def test_a_code_that_only_sign_in_has_a_hint_for(self) -> None:
        assert explained("AADSTS700024: not within its valid time range") is None
        assert "clock" in advice("AADSTS700024: not within its valid time range")

    @pytest.mark.parametrize(
        "text", ["", "no route to host", "AADSTS", "AADSTS1234567: what", "<" * 9000]
    )
    def test_no_code(self, text: str) -> None:
        assert explained(text) is None


class TestProxy:
    @pytest.mark.parametrize(
        ("proxy", "shown"),
        [
            ("http://proxy.example:3128", "http://proxy.example:3128"),
            ("http://user:geheim@proxy.example:3128", "http://proxy.example:3128"),
            ("https://proxy.example", "https://proxy.example"),
            ("socks5://user:geheim@proxy.example", ""),
            ("http://user:geheim@proxy.example:port", ""),
            ("http://", ""),
            ("", ""),
        ],
    )
    def test_password_is_never_shown(self, proxy: str, shown: str) -> None:
        assert shown_proxy(proxy) == shown


class TestRendering:
    diagnosis = Diagnosis(
        (
            CheckResult("token", (Observation(Result.WARNING, HOSTILE, HOSTILE, HOSTILE),)),
            CheckResult("sources", (Observation(Result.OK, "", "Read."),)),
        )
    )

    def test_one_line_each(self) -> None:
        stream = io.StringIO()
        print_diagnosis(self.diagnosis, stream)
        first, second = stream.getvalue().splitlines()
        assert first.startswith("warning  token    a⟨U+001B⟩[31m⟨U+202E⟩⟨U+D800⟩<script>")
        assert second == "ok       sources  Read."

    def test_terminal(self) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        stream = Terminal()
        print_diagnosis(self.diagnosis, stream)
        assert "\x1b[1;33mwarning" in stream.getvalue()
        assert "\x1b[31m" not in stream.getvalue()
        assert "\u202e" not in stream.getvalue()

    def test_json_keeps_the_words(self) -> None:
        content = render_diagnosis_json(self.diagnosis)
        assert b"\x1b" not in content
        found = json.loads(content)
        assert found["checks"][1]["observations"] == [
            {"result": "ok", "about": "", "found": "Read.", "fix": None}
        ]
        assert found["exit_code"] == 0
