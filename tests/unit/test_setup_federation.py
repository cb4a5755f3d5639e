"""What an issuer's tokens can say, and what they cannot."""

import pytest

from auditor.errors import UsageError
from auditor.model.cloud import Cloud
from auditor.setup.federation import AUDIENCES, ISSUERS, make_federation
from auditor.setup.registration import Federation

SUBJECTS = {
    "github": "repo:contoso/auditor:ref:refs/heads/main",
    "azure-devops": "sc://contoso/Audit project/entra audit",
    "kubernetes": "system:serviceaccount:audit:consent-auditor",
}
URL = "https://issuer.example/id"


def made(
    issuer: str, subject: str | None = None, *, url: str = URL, audience: str = ""
) -> Federation:
    text = SUBJECTS[issuer] if subject is None else subject
    return make_federation(issuer, text, url=url, audience=audience, cloud=Cloud.GLOBAL)


@pytest.mark.parametrize("issuer", SUBJECTS)
def test_what_is_given_is_kept(issuer: str) -> None:
    found = made(issuer, audience="api://own")
    assert found == Federation(issuer, URL, SUBJECTS[issuer], "api://own")


def test_every_issuer_is_tried() -> None:
    assert [one.id for one in ISSUERS] == [*SUBJECTS]


def test_github_has_one_issuer() -> None:
    assert made("github", url="").issuer == "https://token.actions.githubusercontent.com"


@pytest.mark.parametrize("cloud", Cloud)
def test_each_cloud_has_its_audience(cloud: Cloud) -> None:
    found = make_federation("github", SUBJECTS["github"], url="", audience="", cloud=cloud)
    assert found.audience == AUDIENCES[cloud]


@pytest.mark.parametrize(
    ("issuer", "subject"),
    [
        ("github", "repo:octocat-123456/my-repo-456789:ref:refs/heads/main"),
        ("github", "repo:contoso/auditor:pull_request"),
        ("github", "repo:contoso/auditor:environment:Production EU"),
        ("azure-devops", "/eid1/c/pub/t/abc/a/def/sc/1/2"),
        ("azure-devops", "p://contoso/project/pipeline"),
    ],
)
def test_the_forms_that_issuers_document(issuer: str, subject: str) -> None:
    assert made(issuer, subject).subject == subject


@pytest.mark.parametrize("issuer", ["azure-devops", "kubernetes"])
def test_some_issuers_differ_by_customer(issuer: str) -> None:
    with pytest.raises(UsageError, match="needs --issuer-url"):
        made(issuer, url="")


@pytest.mark.parametrize("issuer", SUBJECTS)
@pytest.mark.parametrize(
    "subject",
    [
        "",
        "x",
        "repo:contoso",
        "repo:contoso/a",
        "repo:*",
        " repo:a/b:c",
        "system:serviceaccount:a",
        "repo:a/b:c\nd",
        "repo:a/b:\u202ec",
        "\ud800",
        "repo:a/b:" + "c" * 1_000_000,
    ],
)
def test_other_subjects_are_refused(issuer: str, subject: str) -> None:
    with pytest.raises(UsageError) as refused:
        made(issuer, subject)
    assert "--subject" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "url",
    [
        "http://issuer.example",
        "https://",
        "issuer.example",
        "https://a:b@issuer.example",
        "https://issuer.example?x=1",
        "https://issuer.example#x",
        "https://issuer.example:99999",
        "https://[::1",
        "https://bücher.example",
        "https://a.example/\u202e",
        "https://a.example/a b",
        "https://a.example/\n",
        "javascript:alert(1)",
        'https://a.example/"',
        "https://a.example/\ud800",
        "https://a.example/" + "x" * 1_000_000,
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        made("kubernetes", url=url)
    assert "--issuer-url" in str(refused.value)
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize("audience", [" x", "a\nb", "x" * 601])
def test_other_audiences_are_refused(audience: str) -> None:
    with pytest.raises(UsageError, match="--audience"):
        made("github", audience=audience)
