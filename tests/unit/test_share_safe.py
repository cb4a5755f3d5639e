"""A share-safe snapshot says what the original says, under stable keyed names."""

import re
from dataclasses import replace

import pytest

from auditor.catalog import ad_hoc_request, profile_ids
from auditor.cli.demo import sample_requests
from auditor.model.profile import Asker, ConsentRequest, ProfileKind, Publisher
from auditor.model.report import Report
from auditor.model.snapshot import Snapshot
from auditor.pipeline import make_report, read_sample
from auditor.samples import sample_ids
from auditor.share_safe import Shared, share
from auditor.share_safe.pseudonyms import MARK, Pseudonyms
from auditor.share_safe.public import Public
from auditor.share_safe.replacer import Replacer
from auditor.share_safe.shapes import SHAPES
from auditor.sources import load
from tests.unit import marked_tenant
from tests.unit.consent_case import Tenant, asking
from tests.unit.sample_case import request_of, requests_of
from tests.unit.test_checks_reviewers import ONE_REVIEWER
from tests.unit.test_share_safe_leaks import (
    KEY,
    MARKED,
    OTHER,
    marked_snapshot,
    sample_of,
    shared_sample,
)

APP = "8ab1b2c3-0000-4000-8000-00000000000d"
NOTHING = Public(frozenset(), frozenset(), frozenset(), frozenset({"callback"}))


def said(report: Report) -> list[object]:
    """What a report says, without a name."""
    apps = [
        (
            one.decision.outcome,
            one.decision.certainty,
            one.decision.caveats,
            one.decision.predicted_error,
            [reason.code for reason in one.decision.reasons],
            [
                (each.outcome, each.certainty, each.caveats, len(each.trace), len(each.missing))
                for each in one.decision.permissions
            ],
            [(each.name, each.answer) for each in one.decision.registration],
            [(each.id, [step.id for step in each.steps], each.reach.apps) for each in one.plans],
            [(each.reach.others_gain, each.reach.others_lose) for each in one.plans],
            [step.id for step in one.first_steps],
            one.not_proven is None,
            (one.client.in_tenant, one.client.publisher, one.client.users_with_own_grant),
        )
        for one in report.assessments
    ]
    findings = [(one.check, one.outcome) for one in report.findings]
    controls = [
        (one.control, one.text.answer, one.tool_verdict and one.tool_verdict.answer)
        for one in report.baselines
    ]
    read = sorted((one.source, one.status) for one in report.completeness)
    return [apps, findings, controls, read]


def assert_same(snapshot: Snapshot, requests: tuple[ConsentRequest, ...]) -> Shared:
    shared = share(snapshot, requests, KEY)
    before = make_report(snapshot, requests)
    after = make_report(shared.snapshot, shared.requests)
    assert said(after) == said(before)
    assert after.share_safe
    assert not before.share_safe
    return shared


@pytest.mark.parametrize("name", [*sample_ids(), "hostile"])
def test_every_profile_gets_the_same_answer(name: str) -> None:
    sample = sample_of(name)
    requests = requests_of(sample)
    assert_same(read_sample(sample, requests), requests)


@pytest.mark.parametrize(("name", "extras"), MARKED)
@pytest.mark.parametrize("damaged", [False, True])
def test_odd_tenants_get_the_same_answer(
    name: str,
    extras: bool,  # noqa: FBT001
    damaged: bool,  # noqa: FBT001
) -> None:
    snapshot, requests = marked_snapshot(name, extras=extras)
    assert_same(marked_tenant.broken(snapshot) if damaged else snapshot, requests)


def test_unknown_words_stay_unknown() -> None:
    for name in ("admin-consented", "hostile"):
        assert_same(*marked_snapshot(name, extras=True, words=True))


@pytest.mark.parametrize(
    "found", [one[1] for one in ONE_REVIEWER], ids=[one[0] for one in ONE_REVIEWER]
)
def test_every_reviewer_gets_the_same_answer(found: Tenant) -> None:
    assert_same(found.snapshot(), (asking("Mail.Read"),))


def test_every_source_has_a_shape() -> None:
    assert set(SHAPES) == {one.name for one in load()}


class TestKeys:
    def test_the_same_key_gives_the_same_bytes(self) -> None:
        sample = sample_of("ready")
        requests = requests_of(sample)
        again = share(read_sample(sample, requests), requests, KEY)
        assert again == shared_sample("ready")

    def test_another_key_shares_no_pseudonym(self) -> None:
        made = re.compile(rb"%b-[0-9a-f-]{27}|[a-z]+-[0-9a-f]{10}\b" % MARK.encode())
        first, second = (
            {
                each
                for one in shared_sample("ready", key).snapshot.readings
                for each in made.findall(one.body)
            }
            for key in (KEY, OTHER)
        )
        assert len(first) == len(second) > 50
        assert not first & second

    def test_a_person_is_one_pseudonym_in_every_file(self) -> None:
        sample = sample_of("admin-consented")
        person = "d24ff790-d999-4df8-aa8b-633f7bc31e8c"
        asked = [request_of(sample, "sophiie", asker=Asker(user_id=person))]
        shared = share(read_sample(sample, asked), asked, KEY)
        name = Pseudonyms(KEY).guid(person)
        assert shared.requests[0].asker.user_id == name
        sources = {one.source for one in shared.snapshot.readings if name.encode() in one.body}
        assert {"client-assignments", "user", "user-grants"} <= sources


class TestSharedAgain:
    def test_a_share_safe_snapshot_stays_as_it_is(self) -> None:
        shared = shared_sample("custom-policy")
        assert share(shared.snapshot, shared.requests, OTHER) == shared

    def test_an_original_id_still_meets_its_pseudonym(self) -> None:
        sample = sample_of("custom-policy")
        requests = requests_of(sample)
        shared = shared_sample("custom-policy")
        assert share(shared.snapshot, requests, KEY) == shared


class TestRequests:
    def test_a_vendors_app_of_a_shipped_profile_is_public(self) -> None:
        asked = {one.profile_id: one for one in shared_sample("custom-policy").requests}
        assert asked["sophiie"].app_id == "85c8ad99-e136-4b1c-b453-fe3578b83189"
        assert asked["sophiie"].name == "Sophiie"

    def test_an_own_registration_is_not(self) -> None:
        asked = {one.profile_id: one for one in shared_sample("custom-policy").requests}
        assert str(asked["sofie"].app_id).startswith(MARK)
        assert asked["sofie"].name == "Sofie"
        registration = asked["sofie"].registration
        assert registration is not None
        (uri,) = registration.redirect_uris
        assert re.fullmatch(
            r"https://d-[b-v]{10}\.example/api/integrations/callback/microsoft", uri
        )

    def test_a_vendors_app_that_is_registered_here_is_not(self) -> None:
        sample = sample_of("custom-policy")
        own = sample.variables["sofie"]["app_id"]
        asked = [request_of(sample, "sophiie", app_id=own)]
        shared = share(read_sample(sample, asked), asked, KEY)
        assert shared.requests[0].app_id == Pseudonyms(KEY).guid(own)

    def test_an_own_profile_is_replaced_even_under_the_id_of_a_shipped_one(self) -> None:
        sample = sample_of("custom-policy")
        asked = [
            request_of(
                sample,
                "sophiie",
                name="Contoso payroll",
                notes=("Call Adele.",),
                source="Contoso intranet",
                kind=ProfileKind.VENDOR_APP,
            )
        ]
        (safe,) = share(read_sample(sample, asked), asked, KEY).requests
        text = repr(safe)
        assert not [one for one in ("Contoso", "Adele", "sophiie", "85c8ad99") if one in text]
        assert [one.requirement.value for one in safe.permissions] == [
            one.requirement.value for one in asked[0].permissions
        ]

    def test_the_name_of_an_ad_hoc_request_is_its_app(self) -> None:
        asked = ad_hoc_request(
            APP,
            [f"{marked_tenant.API}/Payroll.Read", "Mail.Raed"],
            asker=Asker(),
            publisher=Publisher.UNKNOWN,
            prompt_consent=False,
            default_scope=False,
        )
        sample = sample_of("ready")
        (safe,) = share(read_sample(sample, [asked]), [asked], KEY).requests
        assert safe.name == safe.app_id == Pseudonyms(KEY).guid(APP)
        own, microsofts = (one.requirement for one in safe.permissions)
        assert own.resource == own.resource_app_id == Pseudonyms(KEY).guid(marked_tenant.API)
        assert own.value.startswith("scope-")
        assert microsofts.value == "Mail.Raed"

    def test_notes_that_do_not_ship_go(self) -> None:
        sample = sample_of("ready")
        plain = request_of(sample, "sofie")
        asked = replace(plain, notes=(*plain.notes, "The link's redirect URI https://a.b/c"))
        (safe,) = share(read_sample(sample, [asked]), [asked], KEY).requests
        assert safe.notes == plain.notes

    def test_every_shipped_profile_keeps_its_words(self) -> None:
        sample = sample_of("ready")
        asked = sample_requests(sample, profile_ids())
        found = share(read_sample(sample, asked), asked, KEY).requests
        for before, after in zip(asked, found, strict=True):
            assert (after.name, after.source, after.permissions) == (
                before.name,
                before.source,
                before.permissions,
            )
        assert len(found) == len(profile_ids())


class TestRules:
    rule = Replacer(Pseudonyms(KEY), NOTHING)

    def test_an_id_maps_alike_in_any_letter_case(self) -> None:
        assert self.rule.ident(APP) == self.rule.ident(APP.upper())
        assert re.fullmatch(
            rf"{MARK}-[0-9a-f]{{4}}-4[0-9a-f]{{3}}-[89ab][0-9a-f]{{3}}-[0-9a-f]{{12}}",
            self.rule.ident(APP),
        )

    @pytest.mark.parametrize("text", ["no guid", "a/b", "=1+1", "\u212a" + APP[1:]])
    def test_what_is_no_guid_becomes_none(self, text: str) -> None:
        assert not re.fullmatch(r"[0-9a-f-]{36}", self.rule.ident(text))

    def test_policies(self) -> None:
        assert self.rule.policy("Microsoft-User-Default-LOW") == "Microsoft-User-Default-LOW"
        assert re.fullmatch("policy-[0-9a-f]{10}", self.rule.policy("Contoso"))
        assert re.fullmatch("microsoft-policy-[0-9a-f]{10}", self.rule.policy("microsoft-contoso"))

    @pytest.mark.parametrize(
        ("entry", "form"),
        [
            ("ManagePermissionGrantsForSelf.Contoso", r"ManagePermissionGrantsForSelf\.policy-\w+"),
            ("MANAGEPERMISSIONGRANTSFORSELF.a b", r"MANAGEPERMISSIONGRANTSFORSELF\..*~.*"),
            ("Contoso", r"entry-[0-9a-f]{10}~"),
            ("x microsoft-user-default-low", r"entry-[0-9a-f]{10}~ microsoft-user-default-low"),
        ],
    )
    def test_assigned_entries_keep_their_form(self, entry: str, form: str) -> None:
        assert re.fullmatch(form, self.rule.entry(entry))

    @pytest.mark.parametrize(
        ("uri", "form"),
        [
            ("https://a.contoso.com/callback", r"https://d-\w{10}\.example/callback"),
            ("https://*.contoso.com/x/", r"https://\*\.d-\w{10}\.example/p-\w{10}/"),
            ("http://localhost:3000/x?a=b#c", r"http://localhost:3000/(p-\w{10}[?=#]?){4}"),
            ("http://[::1]/", r"http://\[::1\]/"),
            ("urn:ietf:wg:oauth:2.0:oob", r"urn:ietf:wg:oauth:2\.0:oob"),
            ("ms-app://s-1-15-2-12", r"ms-app://d-\w{10}\.example"),
            ("msal8ab1b2c3://auth", r"x-\w{10}://d-\w{10}\.example"),
            ("urn:contoso:x", r"urn:p-\w{10}"),
            ("no uri", r"uri-\w{10}"),
        ],
    )
    def test_redirect_uris_keep_their_form(self, uri: str, form: str) -> None:
        assert re.fullmatch(form, self.rule.uri(uri))

    def test_redirect_uris_differ_in_letter_case_as_before(self) -> None:
        uris = [
            f"https://{host}/{path}" for host in ("a.b", "A.b") for path in ("x/y", "X/y", "x/Y")
        ]
        safe = [self.rule.uri(one) for one in uris]
        assert len(set(safe)) == len(uris)
        assert len({one.casefold() for one in safe}) == 1

    def test_reviewers(self) -> None:
        role = "/beta/roleManagement/directory/roleAssignments?$filter=roleDefinitionId eq '{}'"
        assert self.rule.query(role.format(APP)) == role.format(self.rule.ident(APP))
        encoded = role.replace("$", "%24").replace(" ", "+").format(APP)
        assert self.rule.query(encoded) == self.rule.query(role.format(APP))
        assert "%2520" not in self.rule.query("/users%2520x")
        safe = self.rule.query("/v1.0/users/adele@contoso.com")
        assert re.fullmatch(r"/v1\.0/users/value-[0-9a-f]{10}", safe)

    def test_error_codes_keep_what_they_say_about_absence(self) -> None:
        assert self.rule.error_code("Request_X", frozenset({"request_x"})) == "Request_X"
        assert self.rule.error_code("ContosoNotFound", frozenset()).endswith("-notfound")
