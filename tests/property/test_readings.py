"""Whatever is lost or damaged on the way, no verdict comes from it."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.cli.demo import sample_requests
from auditor.consent.decide import decide
from auditor.facts import derive
from auditor.model.decision import Outcome
from auditor.model.profile import Asker, ConsentRequest
from auditor.model.snapshot import Reading, Snapshot
from auditor.model.well_known import EXCHANGE_ONLINE, MAIL_PROTOCOL_SCOPES, MICROSOFT_GRAPH
from auditor.pipeline import read_sample
from auditor.samples import load_sample, load_sample_file, sample_ids
from tests.unit.consent_case import NOT_FOUND, REFERENCES, Json

HOSTILE = Path(__file__).parents[1] / "samples" / "hostile.json"
DECIDED = frozenset(
    {Outcome.NO_PROMPT, Outcome.USER_CAN_CONSENT, Outcome.ADMIN_APPROVAL_REQUIRED, Outcome.BLOCKED}
)
ADELE = "d24ff790-d999-4df8-aa8b-633f7bc31e8c"
STATED = frozenset({"user", "user-roles"})
"""Where these cannot be read, what ``--user`` says stands for them, as the contract has it."""
FOR_CHECKS_ALONE = frozenset(
    {
        "reviewer-group",
        "reviewer-group-members",
        "reviewer-user",
        "role-holders",
        "service-principals",
    }
)
"""No verdict rests on these."""
OF_RESOURCES = frozenset({"permission-classifications", "resource-service-principal"})
MAY_BE_ABSENT = frozenset(
    {
        "application",
        "client-service-principal",
        "permission-grant-policy",
        "resource-service-principal",
    }
)
"""Graph's own 404 is an answer here; elsewhere it contradicts what the same snapshot says."""
TENANTS = [*((one, "") for one in sample_ids()), ("hostile", ""), ("ready", ADELE)]
TENANTS += [("assignment-required", ADELE), ("admin-consented", ADELE)]
TENANTS += [("ready", "9e028f7c-42ac-41ae-9d71-2a9a6d242e20")]
Verdicts = dict[str, Outcome]


@dataclass(frozen=True)
class Audit:
    snapshot: Snapshot
    requests: tuple[ConsentRequest, ...]

    def verdicts(self) -> Verdicts:
        """By profile, and by profile and permission."""
        facts, found = derive(self.snapshot), Verdicts()
        for request in self.requests:
            decision = decide(facts, request, REFERENCES)
            assert decision.reasons
            found[request.profile_id] = decision.outcome
            for one in decision.permissions:
                assert one.reasons
                found[f"{request.profile_id} {one.asked.requirement.value}"] = one.outcome
        return found

    def about(self, reading: Reading) -> "Audit":
        """Leave the requests that a reading can matter to."""
        if reading.source in OF_RESOURCES:
            kept = [one for one in self.requests if asks(one, reading.subject)]
        elif reading.subject in {one.app_id for one in self.requests}:
            kept = [one for one in self.requests if one.app_id == reading.subject]
        elif reading.source in FOR_CHECKS_ALONE:
            kept = [*self.requests[:1]]
        else:
            return self
        return replace(self, requests=tuple(kept or self.requests[:1]))

    def having(self, *readings: Reading) -> "Audit":
        return replace(self, snapshot=replace(self.snapshot, readings=readings))


def asks(request: ConsentRequest, resource_app_id: str) -> bool:
    """Say whether a verdict can rest on a resource; Graph's sign-in permissions always count."""
    asked = {one.requirement.resource_app_id for one in request.permissions}
    names = {one.requirement.value.casefold() for one in request.permissions}
    twins = {EXCHANGE_ONLINE} if names & MAIL_PROTOCOL_SCOPES else set()
    return resource_app_id in asked | twins | {MICROSOFT_GRAPH}


@cache
def audit(sample_id: str, user: str) -> tuple[Audit, Verdicts]:
    sample = load_sample_file(HOSTILE) if sample_id == "hostile" else load_sample(sample_id)
    requests = tuple(sample_requests(sample, asker=Asker(user_id=user)))
    found = Audit(read_sample(sample, requests), requests)
    return found, found.verdicts()


def flipped(value: Json, rng: random.Random) -> Iterator[Json]:
    """Give the document with one value of another type, for a few of its values."""
    others: list[Json] = [7, "x", True, [], {}]
    if isinstance(value, dict):
        for name in rng.sample(sorted(value), min(2, len(value))):
            yield from ({**value, name: other} for other in flipped(value[name], rng))
    if isinstance(value, list) and value:
        place = rng.randrange(len(value))
        yield from (
            [*value[:place], other, *value[place + 1 :]] for other in flipped(value[place], rng)
        )
    yield rng.choice([other for other in others if type(other) is not type(value)])


def damaged(reading: Reading, rng: random.Random) -> Iterator[Reading]:
    body = reading.body
    yield replace(reading, status=0, body=b"", failure="the connection was reset")
    for status, text in ((404, b"<html>not here</html>"), (500, b"oops"), (200, b"")):
        yield replace(reading, status=status, body=text)
    yield replace(reading, status=403, body=b'{"error":{"code":"x","message":"y"}}')
    for text in (b"{}", b"null", b"<html></html>", body[: len(body) // 2]):
        yield replace(reading, status=200, body=text)
    if reading.source not in MAY_BE_ABSENT:
        yield replace(reading, status=404, body=json.dumps(NOT_FOUND).encode())
    if reading.status == 200:
        document = json.loads(body)
        for other in flipped(document, rng):
            if loses_its_type(document, other):
                yield replace(reading, body=json.dumps(other).encode())


def loses_its_type(before: Json, after: Json) -> bool:
    """A null that becomes a value, or a list that becomes empty, is another answer, not damage."""
    if isinstance(before, dict) and isinstance(after, dict):
        return any(
            loses_its_type(before[name], after[name])
            for name in before
            if before[name] != after[name]
        )
    if isinstance(before, list) and isinstance(after, list):
        return (
            any(loses_its_type(b, a) for b, a in zip(before, after, strict=True) if a != b)
            if after
            else False
        )
    return before is not None and type(before) is not type(after)


def assert_no_new_verdict(before: Verdicts, after: Verdicts) -> None:
    for what, outcome in after.items():
        assert outcome not in DECIDED or outcome is before[what], (what, before[what], outcome)


@pytest.mark.parametrize(("sample_id", "user"), TENANTS)
def test_every_single_reading_lost_or_damaged(sample_id: str, user: str) -> None:
    whole, before = audit(sample_id, user)
    rng = random.Random(sample_id)
    readings = whole.snapshot.readings
    for number, reading in enumerate(readings):
        if reading.source in STATED:
            continue
        rest = (readings[:number], readings[number + 1 :])
        concerned = whole.about(reading)
        assert_no_new_verdict(before, concerned.having(*rest[0], *rest[1]).verdicts())
        for other in damaged(reading, rng):
            after = concerned.having(*rest[0], other, *rest[1]).verdicts()
            assert_no_new_verdict(before, after)


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_pairs_of_readings_lost_or_damaged(data: st.DataObject) -> None:
    whole, before = audit(*data.draw(st.sampled_from(TENANTS)))
    rng = random.Random(data.draw(st.integers(0, 999)))
    readings = list(whole.snapshot.readings)
    for number in data.draw(st.sets(st.integers(0, len(readings) - 1), min_size=2, max_size=2)):
        if readings[number].source not in STATED:
            readings[number] = rng.choice(list(damaged(readings[number], rng)))
    assert_no_new_verdict(before, whole.having(*readings).verdicts())


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_knowing_less_never_gives_another_verdict(data: st.DataObject) -> None:
    whole, _ = audit(*data.draw(st.sampled_from(TENANTS)))
    readings = [one for one in whole.snapshot.readings if one.source not in STATED]
    stated = [one for one in whole.snapshot.readings if one.source in STATED]
    more = [one for one in readings if data.draw(st.integers(0, 3))]
    less = [one for one in more if data.draw(st.integers(0, 3))]
    knowing = whole.having(*more, *stated).verdicts()
    assert_no_new_verdict(knowing, whole.having(*less, *stated).verdicts())


@pytest.mark.parametrize("user", [user for _, user in TENANTS if user])
def test_a_person_who_cannot_be_read_is_as_stated_and_only_probable(user: str) -> None:
    whole, _ = audit("ready", user)
    rest = tuple(one for one in whole.snapshot.readings if one.source not in STATED)
    facts = derive(whole.having(*rest).snapshot)
    for request in whole.requests:
        decision = decide(facts, request, REFERENCES)
        if decision.outcome in {Outcome.USER_CAN_CONSENT, Outcome.ADMIN_APPROVAL_REQUIRED}:
            assert "person-as-stated" in decision.caveats
