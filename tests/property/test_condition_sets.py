"""An evaluator written from the documents in plain booleans agrees with the product's."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.decision import Certainty, Outcome
from tests.unit.consent_case import (
    APP,
    ELSEWHERE,
    EXCHANGE,
    GRAPH,
    HERE,
    IDS,
    OTHER_APP,
    Json,
    Tenant,
)

NAMES = [("Mail.Read", GRAPH), ("User.Read.All", GRAPH), ("SMTP.Send", EXCHANGE)]
LEVELS = ["", "low", "medium", "high"]
Conditions = dict[str, Json]


@dataclass(frozen=True)
class World:
    """What is true of the app and the permission."""

    name: str
    resource: str
    level: str
    owner: str
    verified: bool


def cased(text: str) -> st.SearchStrategy[str]:
    return st.sampled_from([text, text.upper(), text.title()])


def listed(*values: str) -> st.SearchStrategy[Json]:
    return st.lists(st.sampled_from(values).flatmap(cased), max_size=3).map(list[Json])


WORLDS = st.builds(
    lambda pair, level, owner, verified: World(pair[0], pair[1], level, owner, verified),
    st.sampled_from(NAMES),
    st.sampled_from(LEVELS),
    st.sampled_from([HERE, ELSEWHERE]),
    st.booleans(),
)
SETS: st.SearchStrategy[Conditions] = st.fixed_dictionaries(
    {
        "permissionType": st.sampled_from(
            ["delegated", "delegatedUserConsentable", "application"]
        ).flatmap(cased)
    },
    optional={
        "permissionClassification": st.sampled_from(["all", "low", "medium", "high"]).flatmap(
            cased
        ),
        "resourceApplication": st.sampled_from(["any", GRAPH, EXCHANGE]).flatmap(cased),
        "permissions": listed("all", *(IDS[home, name] for name, home in NAMES)),
        "clientApplicationIds": listed("all", APP, OTHER_APP),
        "clientApplicationTenantIds": listed("all", HERE, ELSEWHERE),
        "clientApplicationPublisherIds": listed("all", "6100001", "6100002"),
        "clientApplicationsFromVerifiedPublisherOnly": st.booleans(),
    },
)
POLICIES = st.lists(
    st.tuples(st.lists(SETS, max_size=3), st.lists(SETS, max_size=2)), min_size=1, max_size=3
)


def matches(found: Conditions, world: World) -> bool:
    def text(name: str, widest: str) -> str:
        value = found.get(name, widest)
        assert isinstance(value, str)
        return value.casefold()

    def holds(name: str, own: str | None) -> bool:
        values = found.get(name, ["all"])
        assert isinstance(values, list)
        folded = [str(value).casefold() for value in values]
        return "all" in folded or own in folded

    kind = text("permissionType", "")
    admin = world.name == "User.Read.All"
    publisher = "6100001" if world.verified else None
    return (
        (kind == "delegated" or (kind == "delegateduserconsentable" and not admin))
        and text("resourceApplication", "any") in {"any", world.resource}
        and text("permissionClassification", "all") in {"all", world.level or "unclassified"}
        and holds("permissions", IDS[world.resource, world.name])
        and holds("clientApplicationIds", APP)
        and holds("clientApplicationTenantIds", world.owner)
        and holds("clientApplicationPublisherIds", publisher)
        and (not found.get("clientApplicationsFromVerifiedPublisherOnly") or world.verified)
    )


def allows(policy: tuple[list[Conditions], list[Conditions]], world: World) -> bool:
    includes, excludes = policy
    fits: Callable[[Conditions], bool] = lambda found: matches(found, world)  # noqa: E731
    return any(map(fits, includes)) and not any(map(fits, excludes))


@settings(deadline=None, max_examples=200)
@given(world=WORLDS, policies=POLICIES)
def test_the_documents_rule_in_plain_booleans(
    world: World, policies: list[tuple[list[Conditions], list[Conditions]]]
) -> None:
    tenant = Tenant().client(verified=world.verified, owner=world.owner)
    ids = [f"policy-{number}" for number in range(len(policies))]
    tenant.policies(*ids, allowUserConsentForRiskyApps=True)
    for policy_id, (includes, excludes) in zip(ids, policies, strict=True):
        tenant.policy(policy_id, list[Json](includes), list[Json](excludes))
    if world.level:
        tenant.classified(world.name, resource=world.resource, level=world.level)
    prefix = "EXO:" if world.resource == EXCHANGE else ""
    decision = tenant.decide(prefix + world.name)
    expected = any(allows(policy, world) for policy in policies)
    ready = Outcome.USER_CAN_CONSENT
    assert decision.outcome is (ready if expected else Outcome.ADMIN_APPROVAL_REQUIRED)
    if not expected:
        assert decision.certainty is Certainty.CERTAIN
