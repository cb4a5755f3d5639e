"""Nothing that a tenant owns gets into anything that is written, in any encoding.

The other way round: what is public is still there, and a report says what it said.
"""

import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from auditor.bundle import REPORTS, make_bundle
from auditor.catalog import ad_hoc_request, profile_ids
from auditor.consent.person import ROLES
from auditor.dialects import dialects, write_scripts
from auditor.explanation import explanation
from auditor.facts import derive
from auditor.model.profile import Asker, ConsentRequest, Publisher
from auditor.model.report import Report
from auditor.model.snapshot import Reading, Snapshot
from auditor.model.what_if import Supposition
from auditor.pasted_error import parse_error
from auditor.pipeline import make_report, read_sample
from auditor.render.explain_json import render_explanation_json
from auditor.render.plan_json import render_plans_json
from auditor.render.plan_markdown import render_plans_markdown
from auditor.render.plan_text import print_plans
from auditor.render.plans import plan_target
from auditor.render.summary import print_summary
from auditor.render.what_if_json import render_what_if_json
from auditor.render.write import formats, write
from auditor.resources import resource
from auditor.samples import Sample, load_sample, load_sample_file, sample_ids
from auditor.share_safe import Shared, share
from auditor.share_safe.documents import safe_readings
from auditor.share_safe.pseudonyms import Pseudonyms
from auditor.share_safe.public import public_facts
from auditor.share_safe.replacer import Replacer
from auditor.share_safe.shapes import SHAPES, Items, Members, Scalar, Shape, Text
from auditor.sign_in_errors import load_error_codes
from auditor.store import snapshot_bytes
from auditor.what_if import what_if
from tests.unit import marked_tenant
from tests.unit.leak_search import base64_of, found_in, opened
from tests.unit.sample_case import request_of, requests_of

HOSTILE = Path(__file__).parents[1] / "samples" / "hostile.json"
KEY, OTHER = bytes(range(32)), bytes(range(32, 64))
_PERSON = Asker(user_id="d24ff790-d999-4df8-aa8b-633f7bc31e8c")


def sample_of(name: str) -> Sample:
    return load_sample_file(HOSTILE) if name == "hostile" else load_sample(name)


def written(shared: Shared, *, full: bool = True) -> Iterator[tuple[str, bytes]]:
    """Everything that the program can write about a share-safe snapshot."""
    report = make_report(shared.snapshot, shared.requests)
    yield "snapshot", snapshot_bytes(shared.snapshot, tool_version="1")
    for one in formats():
        yield one, write(report, one).content
    reports = dict.fromkeys(REPORTS, b"")
    yield "bundle", make_bundle(shared.snapshot, shared.requests, reports, tool_version="1")
    stream = io.StringIO()
    print_summary(report, stream)
    print_plans(report, None, stream)
    yield "texts", stream.getvalue().encode()
    yield "plans.md", render_plans_markdown(report, None)
    yield "plans.json", render_plans_json(report, None, [])
    if full:
        yield from _scripts(report)
        yield from _questions(report, shared)


def _scripts(report: Report) -> Iterator[tuple[str, bytes]]:
    for item in report.assessments:
        for plan in item.plans:
            if any(step.change for step in plan.steps):
                for dialect in dialects():
                    for one in write_scripts(dialect.id, plan, plan_target(report, item)):
                        yield f"{plan.id} {one.name}", one.content.encode()


def _questions(report: Report, shared: Shared) -> Iterator[tuple[str, bytes]]:
    found = explanation(parse_error("AADSTS90094"), load_error_codes())
    yield "explain", render_explanation_json(replace(found, report=report))
    supposed = what_if(shared.snapshot, shared.requests, (Supposition("workflow", "on"),))
    yield "what-if", render_what_if_json(supposed)


def unpacked(files: Iterator[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    return [part for name, content in files for part in opened(name, content)]


@cache
def shared_sample(name: str, key: bytes = KEY) -> Shared:
    sample = sample_of(name)
    requests = requests_of(sample)
    return share(read_sample(sample, requests), requests, key)


WORDS = frozenset(
    [
        "allowInvitesFrom",
        "capabilities",
        "classification",
        "consentType",
        "countryLetterCode",
        "description",
        "permissionClassification",
        "permissionType",
        "principalType",
        "queryType",
        "resourceApplication",
        "servicePrincipalType",
        "signInAudience",
        "tags",
        "tenantType",
        "type",
        "usage",
        "userType",
        "date",
    ]
)
"""Members whose values are Graph's own words in the samples."""
PUBLIC = (
    "00000002-0000-0ff1-ce00-000000000000",
    "00000003-0000-0000-c000-000000000000",
    "00000003-0000-0ff1-ce00-000000000000",
    "10dae51f-b6af-4016-8d66-8c2a99b929b3",
    *ROLES.values(),
    "1aa05f6f-68cb-4f86-87c3-55dcc1a08784",  # the app of a shipped vendor's profile
    "85c8ad99-e136-4b1c-b453-fe3578b83189",  # as above
    "authorizationpolicy",
    "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",  # Microsoft's own apps
    "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
    "constraingroupspecificconsenttomembersofgroupid",
    "dffd5d46-495d-40a9-8e21-954ff55e198a",
    "enablegroupspecificconsent",
    "f8cdef31-a31e-4b4a-93e4-5f571e91255a",
)
TABLES = ("managed", "permissions", "profiles", "errors", "baselines")


@cache
def public_text() -> str:
    """Everything that ships but the samples, in lower case."""
    files = (one for name in TABLES for one in resource("policies", name).iterdir())
    return "\n".join(one.read_text(encoding="utf-8") for one in files if one.is_file()).lower()


def owned(snapshot: Snapshot) -> set[str]:
    """What a tenant's answers hold of its own: no date, no documented word, nothing that ships."""
    found: set[str] = {snapshot.tenant}
    for one in snapshot.readings:
        found |= {*_texts(json.loads(one.body), "")} if one.status == 200 else set()
    known = public_text() + "\n".join(PUBLIC)
    return {one for one in found if len(one) > 4 and one.strip() and one.lower() not in known}


def _texts(value: object, member: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, member)
    elif isinstance(value, str) and member == "scope":
        yield from value.split()
    elif isinstance(value, str) and _is_own(value, member):
        yield value


def _is_own(value: str, member: str) -> bool:
    word = re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z|[A-Za-z]{1,12}|.*(?i:microsoft-[\w-]*)", value)
    return not word and member not in WORDS and "@odata." not in member


@pytest.mark.parametrize("name", [*sample_ids(), "hostile"])
def test_no_sample_leaks(name: str) -> None:
    sample = sample_of(name)
    originals = owned(read_sample(sample, requests_of(sample)))
    assert len(originals) > 40
    assert found_in(unpacked(written(shared_sample(name), full=False)), originals) == []


def marked_requests(sample: Sample, marker: marked_tenant.Marker) -> list[ConsentRequest]:
    person = Asker(user_id=marker.guid(_PERSON.user_id))
    app = sample.variables["sofie"]["app_id"]
    own = ad_hoc_request(
        app,
        ["Mail.Read", marked_tenant.own_scope(marker)],
        asker=Asker(),
        publisher=Publisher.UNKNOWN,
        prompt_consent=False,
        default_scope=True,
    )
    every = [request_of(sample, one) for one in profile_ids()]
    return [*every, *(request_of(sample, one, asker=person) for one in profile_ids()), own]


@cache
def marked_snapshot(
    name: str, *, extras: bool = False, words: bool = False
) -> tuple[Snapshot, tuple[ConsentRequest, ...]]:
    sample, marker = marked_tenant.marked(sample_of(name), extras=extras, words=words)
    requests = marked_requests(sample, marker)
    return read_sample(sample, requests), tuple(requests)


MARKED = [("admin-consented", False), ("custom-policy", False), ("hostile", True), ("ready", True)]


def leaks(files: Sequence[tuple[str, bytes]]) -> list[str]:
    found = found_in(files, marked_tenant.TEXTS)
    for name, content in files:
        for raw in marked_tenant.GUID_BYTES:
            found += [f"{raw.hex()} in {name}" for one in base64_of(raw) if one in content]
    return found


@pytest.mark.parametrize(("name", "extras"), MARKED)
def test_no_marked_tenant_leaks(name: str, extras: bool) -> None:  # noqa: FBT001
    snapshot, requests = marked_snapshot(name, extras=extras)
    shared = share(snapshot, requests, KEY)
    assert leaks(unpacked(iter([("before", snapshot_bytes(snapshot, tool_version="1"))])))
    assert leaks(unpacked(written(shared))) == []


def test_a_marked_tenant_answers_to_every_source() -> None:
    found = {
        one.source
        for name, extras in MARKED
        for one in marked_snapshot(name, extras=extras)[0].readings
        if one.status == 200 and one.body
    }
    assert found >= {*SHAPES} - {"tenant-wide-grants"}  # only where an app's grants fill a page


@pytest.mark.parametrize(("name", "extras"), MARKED)
def test_no_damaged_answer_leaks(name: str, extras: bool) -> None:  # noqa: FBT001
    snapshot, requests = marked_snapshot(name, extras=extras)
    shared = share(marked_tenant.broken(snapshot), requests, KEY)
    assert leaks(unpacked(written(shared, full=False))) == []


def test_no_word_leaks_where_graph_documents_words() -> None:
    for name in ("admin-consented", "hostile"):
        snapshot, requests = marked_snapshot(name, extras=True, words=True)
        assert leaks(unpacked(written(share(snapshot, requests, KEY), full=False))) == []


def rules(shape: Shape, place: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """List the place of every rule for text."""
    match shape:
        case Members(of=members):
            for name, one in members.items():
                yield from rules(one, (*place, name))
        case Items(of=one):
            yield from rules(one, (*place, "[]"))
        case Text():
            yield place
        case Scalar():
            pass


def without(shape: Shape, place: tuple[str, ...]) -> Shape:
    """Take one rule away: the text stays as it is."""
    if isinstance(shape, Members):
        changed = {place[0]: without(shape.of[place[0]], place[1:])}
        return Members({**shape.of, **changed}, shape.unknown)
    if isinstance(shape, Items):
        return Items(without(shape.of, place[1:]))
    return Text(lambda _, text: text)


MARK = marked_tenant.STEM
ANYTHING = (
    f"{MARK} name \u202e <b>",
    f"0000000a{marked_tenant.GUID_STEM}00000000000b",
    f"https://App.{MARK}.example:8443/{MARK}/Callback?a={MARK}#{MARK}",
    f"{MARK}://auth",
    f"http://localhost/{MARK}",
    f"ManagePermissionGrantsForSelf.{MARK}-policy",
    f"ManagePermissionGrantsForSelf.microsoft-{MARK} x",
    f"microsoft-{MARK}",
    f"disabled{MARK}",
    f"/v1.0/users/{MARK}@{MARK}.example/members?$filter=id eq '{MARK}'",
    f"2026-01-01T00:00:00Z {MARK}",
    f"Mail.Read {MARK}.Read",
    f" true {MARK}",
)
"""Texts of every form that some rule keeps a part of."""


def filled(shape: Shape, text: str) -> object:
    """Make a document with a text at every place, and members that nobody knows."""
    match shape:
        case Members(of=members):
            odd = {f"{MARK}Member": MARK, "notes": {MARK: [MARK]}, f"{MARK}@odata.type": MARK}
            return {name: filled(one, text) for name, one in members.items()} | odd
        case Items(of=one):
            return [filled(one, text), {MARK: MARK}, [MARK], MARK]
        case Text() | Scalar():
            return text


@pytest.fixture(scope="module")
def replacer() -> Replacer:
    snapshot = shared_sample("ready").snapshot
    return Replacer(Pseudonyms(KEY), public_facts((), derive(snapshot)))


def answers(name: str) -> list[Reading]:
    texts = (json.dumps(filled(SHAPES[name], one)).encode() for one in ANYTHING)
    return [Reading(name, MARK, 0, f"/{MARK}", 200, body, AT) for body in texts]


AT = load_sample("ready").collected_at
ALL_RULES = sorted((name, *place) for name, shape in SHAPES.items() for place in rules(shape))


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_no_text_leaks_wherever_it_stands(name: str, replacer: Replacer) -> None:
    safe = safe_readings(answers(name), replacer)
    assert len(safe) == len(ANYTHING)
    assert leaks([("before", answers(name)[0].body)])
    assert leaks([("after", repr(one).encode()) for one in safe]) == []


@pytest.mark.parametrize("rule", ALL_RULES, ids=".".join)
def test_every_rule_is_needed(
    rule: tuple[str, ...], replacer: Replacer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Take one rule away, and the search finds what it held back."""
    name, *place = rule
    weaker = {**SHAPES, name: without(SHAPES[name], tuple(place))}
    monkeypatch.setattr("auditor.share_safe.documents.SHAPES", weaker)
    safe = safe_readings(answers(name), replacer)
    assert leaks([("after", one.body) for one in safe])
