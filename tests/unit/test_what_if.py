"""Named changes: applied to what Graph said, in order, and everything that they move."""

import json
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO

import pytest

from auditor.errors import UsageError
from auditor.facts import derive
from auditor.model.baseline import ControlAnswer
from auditor.model.decision import Outcome
from auditor.model.profile import Asker, ConsentRequest, Publisher, UserKind
from auditor.model.what_if import Supposition, VerdictMove, WhatIf
from auditor.pipeline import read_sample
from auditor.render.what_if_json import render_what_if_json
from auditor.render.what_if_text import print_what_if
from auditor.samples import Sample, load_sample, sample_ids
from auditor.sources import authorization_policy
from auditor.what_if import what_if
from auditor.what_if.scenario import Scenario
from auditor.what_if.suppose import SUPPOSITIONS, suppose
from tests.unit.report_fixture import HOSTILE
from tests.unit.sample_case import (
    GRAPH,
    Json,
    app_id,
    body,
    changed,
    client_path,
    refused,
    request_of,
    requests_of,
    with_answer,
    without,
)

POLICY = "/policies/authorizationPolicy"
MANAGED = "microsoft-user-default-recommended"
LOW = "microsoft-user-default-low"
CLASSIFIED = f"/servicePrincipals(appId='{GRAPH}')/delegatedPermissionClassifications"
SETTINGS = "/groupSettings"
PERSON = "d24ff790-d999-4df8-aa8b-633f7bc31e8c"
ASKED = ("openid", "profile", "email", "offline_access", "User.Read", "Calendars.ReadWrite")
ALL = (*ASKED, "Mail.ReadWrite", "Mail.Send")


def tried(
    sample: Sample | str, *changes: str, asked: Sequence[ConsentRequest] | None = None
) -> WhatIf:
    """Try changes such as ``classify Mail.Send`` on a sample, for Sophiie alone."""
    tenant = load_sample(sample) if isinstance(sample, str) else sample
    requests = asked or [request_of(tenant, "sophiie")]
    found = [Supposition(name, value) for name, _, value in (one.partition(" ") for one in changes)]
    return what_if(read_sample(tenant, requests), requests, found)


def only(found: WhatIf) -> VerdictMove:
    (verdict,) = found.verdicts
    return verdict


def outcomes(found: WhatIf) -> dict[str, tuple[Outcome | None, Outcome | None]]:
    """The permissions that move, before and after."""
    return {
        one.requirement.value: (
            one.before.outcome if one.before else None,
            one.after.outcome if one.after else None,
        )
        for one in only(found).permissions
    }


def controls(found: WhatIf) -> dict[str, tuple[ControlAnswer, ControlAnswer]]:
    return {
        one.after.control: (one.before.text.answer, one.after.text.answer) for one in found.controls
    }


def refusal(sample: Sample | str, *changes: str) -> str:
    with pytest.raises(UsageError) as error:
        tried(sample, *changes)
    text = str(error.value)
    assert text.splitlines() == [text]
    return text


class TestClassify:
    def test_moves_the_permission_and_the_control(self) -> None:
        found = tried("low-nothing-classified", "classify Mail.Send")
        assert found.supposed == (
            "Mail.Send on Microsoft Graph is classified Low. It was not classified.",
        )
        needed = Outcome.ADMIN_APPROVAL_REQUIRED
        assert outcomes(found) == {"Mail.Send": (needed, Outcome.USER_CAN_CONSENT)}
        assert controls(found)["MS.AAD.5.2v1"] == (ControlAnswer.MET, ControlAnswer.NOT_MET)

    def test_everything_that_is_asked_for_leads_to_ready(self) -> None:
        found = tried("low-nothing-classified", *(f"classify {one}" for one in ALL))
        assert only(found).after.outcome is Outcome.USER_CAN_CONSENT

    def test_every_step_adds_to_what_stands_against_a_control(self) -> None:
        once = load_sample("low-nothing-classified")
        twice = tried(once, "classify Mail.Send", "classify Mail.ReadWrite")
        (move,) = twice.controls
        assert len(move.because) == 2

    def test_another_level_does_not_help(self) -> None:
        assert not tried("low-nothing-classified", "classify Mail.Send=HIGH").moves

    def test_takes_the_place_of_the_level_that_was_there(self) -> None:
        found = tried("ready", "classify Mail.Send=high")
        assert outcomes(found)["Mail.Send"][1] is Outcome.ADMIN_APPROVAL_REQUIRED

    def test_none_takes_it_away(self) -> None:
        found = tried("ready", "classify Mail.Send=none")
        assert outcomes(found)["Mail.Send"][1] is Outcome.ADMIN_APPROVAL_REQUIRED

    def test_and_back_moves_nothing(self) -> None:
        found = tried("low-nothing-classified", "classify Mail.Send", "classify Mail.Send=none")
        assert not found.moves
        assert found.controls == ()

    def test_what_is_so_already(self) -> None:
        found = tried("ready", "classify mail.send=low")
        assert found.supposed[0].endswith("It is already.")
        assert not found.moves

    @pytest.mark.parametrize(
        ("value", "said"),
        [
            ("Mail.Sent", "publishes no permission Mail.Sent here; the nearest name is Mail.Send"),
            ("Mail.Send=lowest", "low, medium, high or none"),
            ("User.Read.All", "only an administrator can consent to User.Read.All"),
            ("https://nowhere.example/x", "nowhere.example"),
            (f"{PERSON}/Read", "it was not collected"),
        ],
    )
    def test_what_cannot_be(self, value: str, said: str) -> None:
        assert said in refusal("low-nothing-classified", f"classify {value}")

    def test_what_was_not_read(self) -> None:
        sample = refused(load_sample("low-nothing-classified"), CLASSIFIED)
        assert "Application.Read.All lets it be read" in refusal(sample, "classify Mail.Send")


class TestPolicies:
    def test_assigned_beside_what_is_there(self) -> None:
        found = tried("ready", f"unassign {LOW}", f"assign {LOW}")
        assert not found.moves

    def test_letter_case_counts_not(self) -> None:
        found = tried("ready", f"unassign {LOW.upper()}")
        assert only(found).after.outcome is Outcome.ADMIN_APPROVAL_REQUIRED

    def test_entries_for_owned_data_stay(self) -> None:
        sample = load_sample("microsoft-managed")
        requests = [request_of(sample, "sophiie")]
        facts = derive(read_sample(sample, requests))
        after, _ = suppose(Scenario(facts, tuple(requests)), Supposition("unassign", MANAGED))
        document = json.dumps(after.facts.document(authorization_policy.SOURCE))
        assert document.count("ManagePermissionGrantsForOwnedResource.") == 2

    def test_one_that_was_not_read_is_unknown(self) -> None:
        found = tried("microsoft-managed", "assign contoso-own")
        assert "was not read" in found.supposed[0]
        assert only(found).after.outcome is Outcome.UNKNOWN

    def test_one_that_is_not_there_is_refused(self) -> None:
        sample = without(load_sample("ready"), f"/policies/permissionGrantPolicies/{MANAGED}")
        assert "no app consent policy of this id" in refusal(sample, f"assign {MANAGED}")

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (f"assign ManagePermissionGrantsForSelf.{LOW}", "without ManagePermissionGrants"),
            ("assign a b", "give a policy's id"),
            (f"unassign {LOW}", f"assigned for user consent: {MANAGED}, "),
        ],
    )
    def test_what_cannot_be(self, change: str, said: str) -> None:
        assert said in refusal("microsoft-managed", change)

    @pytest.mark.parametrize("change", [f"assign {LOW}", f"unassign {LOW}"])
    def test_unread_settings(self, change: str) -> None:
        sample = refused(load_sample("ready"), POLICY)
        assert "Policy.Read.All lets it be read" in refusal(sample, change)

    def test_microsoft_excludes_one_more(self) -> None:
        found = tried("microsoft-managed", "managed-excludes Mail.Send")
        needed = Outcome.ADMIN_APPROVAL_REQUIRED
        assert outcomes(found) == {"Mail.Send": (Outcome.USER_CAN_CONSENT, needed)}

    def test_exclusions_of_a_policy_that_is_not_assigned(self) -> None:
        found = tried("ready", "managed-excludes Mail.Send")
        assert "not assigned here" in found.supposed[0]
        assert not found.moves

    def test_unread_exclusions(self) -> None:
        text = refusal("partly-unreadable", "managed-excludes Mail.Send")
        assert "Policy.Read.PermissionGrant" in text


class TestSwitches:
    def test_risky_app_consent(self) -> None:
        sample = load_sample("microsoft-managed")
        found = tried(
            sample, "risky-app-consent on", asked=[request_of(sample, "cyclr-office-365")]
        )
        assert {after for _, after in outcomes(found).values()} == {Outcome.USER_CAN_CONSENT}
        assert controls(found)["AP09"] == (ControlAnswer.MET, ControlAnswer.NOT_MET)

    def test_both_switches_are_set(self) -> None:
        """With one alone they would disagree, and verdicts would be unknown."""
        sample = with_answer(load_sample("microsoft-managed"), SETTINGS, _settings("true"))
        asked = [request_of(sample, "cyclr-office-365")]
        found = tried(sample, "risky-app-consent on", asked=asked)
        assert {after for _, after in outcomes(found).values()} == {Outcome.USER_CAN_CONSENT}

    def test_workflow_is_set_up_where_nobody_reviews(self) -> None:
        found = tried("microsoft-managed", "workflow on")
        assert only(found).before.workflow_offered is False
        assert only(found).after.workflow_offered is True
        assert only(found).permissions == ()
        assert "had no reviewers" in found.supposed[0]
        assert controls(found)["5.1.5.2"] == (ControlAnswer.NOT_MET, ControlAnswer.MET)

    def test_workflow_off(self) -> None:
        found = tried("consent-off-workflow", "workflow off")
        assert only(found).after.workflow_offered is False
        assert only(found).after.predicted_error != only(found).before.predicted_error

    @pytest.mark.parametrize("change", ["workflow on", "risky-app-consent off"])
    def test_the_older_switch_follows(self, change: str) -> None:
        sample = with_answer(load_sample("microsoft-managed"), SETTINGS, _settings("false"))
        found = tried(sample, change)
        assert only(found).after.outcome is not Outcome.UNKNOWN
        assert only(found).after.workflow_offered is (change == "workflow on")

    def test_beyond_a_dead_end_the_workflow_moves_no_verdict(self) -> None:
        assert not only(tried("ready", "workflow on")).moves


def _settings(value: str) -> Json:
    names = ("BlockUserConsentForRiskyApps", "EnableAdminConsentRequests")
    setting: Json = {
        "id": "f0b4a3c2-0000-4000-8000-000000000001",
        "templateId": "dffd5d46-495d-40a9-8e21-954ff55e198a",
        "values": [{"name": name, "value": value} for name in names],
    }
    return {"value": [setting]}


class TestApps:
    def test_grants_add_up(self) -> None:
        found = tried("consent-off", *(f"grant {one}" for one in ALL))
        assert only(found).after.outcome is Outcome.NO_PROMPT

    def test_grants_of_several_apps_stay_apart(self) -> None:
        sample = load_sample("consent-off")
        asked = requests_of(sample)
        found = tried(sample, "grant Mail.Send", "grant Mail.ReadWrite", asked=asked)
        for verdict in found.verdicts:
            granted = {
                one.asked.requirement.value
                for one in verdict.after.permissions
                if one.outcome is Outcome.NO_PROMPT
            }
            wanted = {one.requirement.value for one in verdict.request.permissions}
            assert granted == wanted & {"Mail.Send", "Mail.ReadWrite"}

    def test_an_unseen_app_gets_its_service_principal(self) -> None:
        sample = load_sample("ready")
        app = app_id(sample, "sophiie")
        for path in ("", "/oauth2PermissionGrants", "/appRoleAssignedTo"):
            sample = without(sample, client_path(app) + path)
        asked = [request_of(sample, "sophiie", publisher=Publisher.VERIFIED)]
        before = tried(sample, "grant Mail.Send", asked=asked)
        assert outcomes(before)["Mail.Send"] == (Outcome.USER_CAN_CONSENT, Outcome.NO_PROMPT)
        assert only(before).after.outcome is Outcome.USER_CAN_CONSENT

    def test_grants_that_were_not_read(self) -> None:
        assert "Directory.Read.All" in refusal("partly-unreadable", "grant Mail.Send")
        assert "Directory.Read.All" in refusal("partly-unreadable", "revoke-grants")

    def test_revoked(self) -> None:
        found = tried("admin-consented", "revoke-grants")
        assert only(found).before.outcome is Outcome.NO_PROMPT
        assert only(found).after.outcome is not Outcome.NO_PROMPT

    def test_granted_and_revoked_again(self) -> None:
        found = tried("consent-off", "grant Mail.Send", "revoke-grants")
        assert not found.moves

    def test_grants_of_a_person_are_revoked_too(self) -> None:
        sample = load_sample("consent-off")
        app = app_id(sample, "sophiie")
        client = body(sample, client_path(app))["id"]
        graph = body(sample, client_path(GRAPH))["id"]
        grant = {
            "id": "own",
            "clientId": client,
            "consentType": "Principal",
            "principalId": PERSON,
            "resourceId": graph,
            "scope": " ".join(ALL),
        }
        path = client_path(app) + "/oauth2PermissionGrants"
        sample = with_answer(sample, path, {"value": [grant]})
        asked = [request_of(sample, "sophiie", asker=Asker(user_id=PERSON))]
        found = tried(sample, "revoke-grants", asked=asked)
        assert only(found).before.outcome is Outcome.NO_PROMPT
        assert only(found).after.outcome is Outcome.ADMIN_APPROVAL_REQUIRED

    def test_publisher_loses_verification(self) -> None:
        found = tried("ready", "publisher-loses-verification")
        assert only(found).after.outcome is Outcome.ADMIN_APPROVAL_REQUIRED
        assert {one.code for one in only(found).after.reasons} == {"publisher-not-verified"}

    def test_publisher_of_an_unseen_app_as_stated(self) -> None:
        sample = without(load_sample("ready"), client_path(app_id(load_sample("ready"), "sophiie")))
        asked = [request_of(sample, "sophiie", publisher=Publisher.VERIFIED)]
        found = tried(sample, "publisher-loses-verification", asked=asked)
        assert only(found).before.outcome.ready
        assert not only(found).after.outcome.ready

    def test_require_assignment(self) -> None:
        found = tried("ready", "require-assignment")
        assert not only(found).after.outcome.ready

    def test_assignment_needs_a_service_principal(self) -> None:
        sample = without(load_sample("ready"), client_path(app_id(load_sample("ready"), "sophiie")))
        assert "no service principal of Sophiie" in refusal(sample, "require-assignment")

    @pytest.mark.parametrize(
        "change", ["grant Mail.Send", "revoke-grants", "publisher-loses-verification"]
    )
    def test_an_app_that_nobody_named(self, change: str) -> None:
        sample = load_sample("ready")
        asked = [request_of(sample, "sophiie", app_id=None)]
        with pytest.raises(UsageError, match=r"--set sophiie\.app_id=GUID"):
            tried(sample, change, asked=asked)

    def test_as_guest(self) -> None:
        found = tried("ready", "as-guest")
        assert only(found).request.asker.kind is UserKind.GUEST
        assert only(found).after.outcome is Outcome.UNKNOWN

    def test_a_person_becomes_a_guest(self) -> None:
        sample = load_sample("ready")
        asked = [request_of(sample, "sophiie", asker=Asker(user_id=PERSON))]
        found = tried(sample, "as-guest", "revoke-grants", asked=asked)
        assert only(found).before.outcome.ready
        assert only(found).after.outcome is Outcome.UNKNOWN


class TestEverywhere:
    @pytest.mark.parametrize("sample_id", sample_ids())
    @pytest.mark.parametrize("name", sorted(SUPPOSITIONS))
    def test_every_change_moves_or_is_refused_in_one_line(self, sample_id: str, name: str) -> None:
        values = {"classify": "Mail.Send", "grant": "Mail.Send", "managed-excludes": "Mail.Send"}
        values |= {"assign": LOW, "unassign": MANAGED, "workflow": "off", "risky-app-consent": "on"}
        sample = load_sample(sample_id)
        try:
            found = tried(sample, f"{name} {values.get(name, '')}", asked=requests_of(sample))
        except UsageError as error:
            said, start = str(error), f"--{name} "
        else:
            (said,), start = found.supposed, ""
            assert len(found.verdicts) == 5
        assert said.startswith(start)
        assert said.splitlines() == [said]

    def test_the_order_counts(self) -> None:
        changes = ("revoke-grants", "grant Mail.Send")
        first, second = (tried("admin-consented", *one) for one in (changes, changes[::-1]))
        assert first.supposed == second.supposed[::-1]
        assert outcomes(first) != outcomes(second)

    def test_a_later_refusal_names_its_own_change(self) -> None:
        assert refusal("ready", "workflow on", "classify Nope").startswith("--classify Nope ")

    def test_same_bytes_twice(self) -> None:
        found = [render_what_if_json(tried("ready", "as-guest")) for _ in range(2)]
        assert found[0] == found[1]


class TestHostileNames:
    @pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
    def test_text_and_json(self, text: str) -> None:
        sample = load_sample("ready")
        members = {"displayName": text}
        sample = changed(sample, client_path(app_id(sample, "sophiie")), members)
        sample = with_answer(
            sample,
            "/organization",
            {"value": [{**_organization(sample), "displayName": text}]},
        )
        asked = [replace(request_of(sample, "sophiie"), name=text)]
        found = tried(sample, "publisher-loses-verification", "workflow on", asked=asked)
        shown = StringIO()
        print_what_if(found, shown)
        assert all(one.isprintable() for one in shown.getvalue().replace("\n", ""))
        written = render_what_if_json(found)
        assert json.loads(written)["verdicts"][0]["profile_name"] == text
        assert all(one.isprintable() for one in written.decode().replace("\n", ""))


def _organization(sample: Sample) -> dict[str, Json]:
    value = body(sample, "/organization")["value"]
    assert isinstance(value, list)
    assert isinstance(value[0], dict)
    return value[0]
