"""Issuers whose tokens can stand in for a secret: what their tokens say, and how one is had.

Sources (read 2026-11):
learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust,
docs.github.com/actions/reference/security/oidc,
github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens,
learn.microsoft.com/azure/devops/pipelines/release/convert-service-connections,
azure.github.io/azure-workload-identity.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from auditor.errors import UsageError
from auditor.files import shown
from auditor.model.cloud import Cloud
from auditor.setup.registration import Federation, checked_text

_LONGEST = 600
"""Entra takes no longer issuer, subject or audience."""
AUDIENCES: Mapping[Cloud, str] = {
    Cloud.GLOBAL: "api://AzureADTokenExchange",
    Cloud.US_GOV_L4: "api://AzureADTokenExchangeUSGov",
    Cloud.US_GOV_L5: "api://AzureADTokenExchangeUSGov",
    Cloud.CHINA: "api://AzureADTokenExchangeChina",
}


@dataclass(frozen=True, slots=True)
class Issuer:
    """One kind of issuer."""

    id: str
    title: str
    url: str
    """Its issuer; empty where each customer has another one."""
    where: str
    """Where a customer finds that."""
    subject: re.Pattern[str]
    form: str
    """The subject in words."""
    token: str
    """How a run gets its token into the file that ``AZURE_FEDERATED_TOKEN_FILE`` names."""


ISSUERS = (
    Issuer(
        "github",
        "GitHub Actions",
        "https://token.actions.githubusercontent.com",
        "of your GitHub Enterprise",
        re.compile(r"repo:[^/:\s]+/[^/:\s]+:\S.*"),
        "repo:OWNER/REPOSITORY:environment:NAME, repo:OWNER/REPOSITORY:ref:refs/heads/BRANCH or "
        "repo:OWNER/REPOSITORY:pull_request",
        "The job needs the permission id-token: write; it asks $ACTIONS_ID_TOKEN_REQUEST_URL for "
        "a token with this audience.",
    ),
    Issuer(
        "azure-devops",
        "Azure DevOps",
        "",
        "that the draft of the service connection shows",
        re.compile(r"(/eid1/|sc://|p://)\S.*"),
        "what the draft of the service connection shows: /eid1/… or sc://ORGANIZATION/PROJECT/NAME",
        "The task AzureCLI@2 with addSpnToEnvironment gives the token as $idToken.",
    ),
    Issuer(
        "kubernetes",
        "Kubernetes",
        "",
        "of the cluster, such as az aks show --query oidcIssuerProfile.issuerUrl prints",
        re.compile(r"system:serviceaccount:[a-z0-9.-]+:[a-z0-9.-]+"),
        "system:serviceaccount:NAMESPACE:SERVICE-ACCOUNT",
        "Where Microsoft Entra Workload ID is installed in the cluster, it sets this and the two "
        "ids in a pod.",
    ),
)


def issuer(issuer_id: str) -> Issuer:
    """Return the issuer of that id; there has to be one."""
    return next(one for one in ISSUERS if one.id == issuer_id)


def make_federation(
    issuer_id: str, subject: str, *, url: str, audience: str, cloud: Cloud
) -> Federation:
    """Check what was given and fill in what is known.

    Args:
        issuer_id: Of one of ``ISSUERS``.
        subject: Has to be what the token says, to the letter.
        url: Instead of the issuer's usual one; empty for that.
        audience: Empty for the one of the cloud.
        cloud: Where the tenant is.

    Raises:
        UsageError: Something is missing or cannot be right.
    """
    kind = issuer(issuer_id)
    if not subject:
        msg = f"--issuer {kind.id} needs --subject: {kind.form}"
        raise UsageError(msg)
    checked_text(subject, "--subject", _LONGEST)
    if not kind.subject.fullmatch(subject):
        msg = f"--subject {shown(subject[:80])!r} is no subject of {kind.title}: give {kind.form}"
        raise UsageError(msg)
    if not (url or kind.url):
        msg = f"--issuer {kind.id} needs --issuer-url: the issuer {kind.where}"
        raise UsageError(msg)
    wanted = checked_text(audience or AUDIENCES[cloud], "--audience", _LONGEST)
    return Federation(kind.id, _checked_url(url or kind.url), subject, wanted)


def _checked_url(url: str) -> str:
    """Refuse what no token can have as its issuer.

    Raises:
        UsageError: It is no https address of a host, or has a query.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    clean = url.isascii() and url.isprintable() and not re.search(r"[\s?#@\\\"<>]", url)
    if not (good and clean and len(url) <= _LONGEST):
        msg = f"--issuer-url {shown(url[:80])!r}: give an https address without a query"
        raise UsageError(msg)
    return url
