"""Facts and decisions of a sample tenant, as a run makes them, with changes to its answers."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from auditor.catalog import load_profile, make_request
from auditor.checks.check import CheckContext
from auditor.collect import collect
from auditor.consent.decide import References, decide
from auditor.facts import TenantFacts, derive
from auditor.managed import load_managed
from auditor.model.decision import Decision
from auditor.model.profile import Asker, ConsentRequest, Publisher
from auditor.model.snapshot import Reading
from auditor.remedies.context import Context
from auditor.samples import Sample, SampleAnswer, answer, load_sample
from auditor.sign_in_errors import load_sign_in_errors
from auditor.sources.source import Item

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

GRAPH = "00000003-0000-0000-c000-000000000000"
EXCHANGE = "00000002-0000-0ff1-ce00-000000000000"
REFUSED: Json = {"error": {"code": "Authorization_RequestDenied", "message": "no"}}
REFERENCES = References(load_managed(), load_sign_in_errors())


class SampleTransport:
    """Answers from a sample instead of the network."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample

    async def read(self, items: Sequence[Item]) -> list[Reading]:
        found = []
        for item in items:
            status, body = answer(self.sample, item.request)
            at = self.sample.collected_at
            found.append(Reading(item.source.name, item.subject, 0, item.request, status, body, at))
        return found


def app_id(sample: Sample, profile_id: str) -> str:
    return sample.variables[profile_id]["app_id"]


def request_of(sample: Sample, profile_id: str, **changes: object) -> ConsentRequest:
    profile = _profile(profile_id)
    names = {variable.name for variable in profile.variables}
    given = sample.variables.get(profile_id, {})
    request = make_request(
        profile,
        features=(),
        settings={name: value for name, value in given.items() if name in names},
        asker=Asker(),
        publisher=Publisher.UNKNOWN,
        prompt_consent=False,
        default_scope=False,
    )
    return replace(request, **changes)  # type: ignore[arg-type]


_profile = cache(load_profile)


def requests_of(sample: Sample) -> tuple[ConsentRequest, ...]:
    return tuple(request_of(sample, one) for one in sorted(sample.variables))


def facts_of(sample: Sample, requests: Sequence[ConsentRequest]) -> TenantFacts:
    snapshot = asyncio.run(
        collect(
            SampleTransport(sample),
            requests,
            tenant=sample.tenant,
            cloud=sample.cloud,
            clock=lambda: sample.collected_at,
            progress=lambda _: None,
        )
    )
    return derive(snapshot)


@cache
def assessed(sample_id: str) -> tuple[TenantFacts, tuple[tuple[ConsentRequest, Decision], ...]]:
    sample = load_sample(sample_id)
    return assess(sample, requests_of(sample))


def assess(
    sample: Sample, requests: Sequence[ConsentRequest]
) -> tuple[TenantFacts, tuple[tuple[ConsentRequest, Decision], ...]]:
    facts = facts_of(sample, requests)
    return facts, tuple((one, decide(facts, one, REFERENCES)) for one in requests)


def context_of(sample: Sample, request: ConsentRequest) -> Context:
    facts, ((_, decision),) = assess(sample, (request,))
    return Context(facts, request, decision)


def check_context(sample: Sample, *profiles: str) -> CheckContext:
    wanted = profiles or sorted(sample.variables)
    facts, decisions = assess(sample, [request_of(sample, one) for one in wanted])
    return CheckContext(facts, decisions, REFERENCES.managed)


def body(sample: Sample, path: str) -> dict[str, Json]:
    found: dict[str, Json] = json.loads(sample.answers[path].body)
    return found


def with_answer(sample: Sample, path: str, content: Json, status: int = 200) -> Sample:
    given = SampleAnswer(status, json.dumps(content).encode())
    answers = dict(sample.answers) | {path: given}
    return replace(sample, answers=MappingProxyType(answers))


def without(sample: Sample, path: str) -> Sample:
    answers = {name: given for name, given in sample.answers.items() if name != path}
    return replace(sample, answers=MappingProxyType(answers))


def refused(sample: Sample, path: str) -> Sample:
    return with_answer(sample, path, REFUSED, 403)


def changed(sample: Sample, path: str, members: Mapping[str, Json]) -> Sample:
    return with_answer(sample, path, body(sample, path) | dict(members))


def client_path(app: str) -> str:
    return f"/servicePrincipals(appId='{app}')"


def application_path(app: str) -> str:
    return f"/applications(appId='{app}')"
