"""What changed since an earlier snapshot is the same where names are replaced."""

from collections.abc import Callable

import pytest

from auditor.errors import UsageError
from auditor.model.profile import ConsentRequest
from auditor.model.report import Judgement
from auditor.model.snapshot import Snapshot
from auditor.pipeline import check_previous, make_report, read_sample
from auditor.samples import load_sample
from auditor.share_safe import share
from tests.unit.consent_case import Tenant, asking
from tests.unit.sample_case import (
    Json,
    application_path,
    changed,
    client_path,
    refused,
    request_of,
    requests_of,
)
from tests.unit.test_checks_previous import PUBLISHER_CASES, SETTING_CASES, tenant

KEY, OTHER = bytes(range(32)), bytes(range(32, 64))
CHECKS = ("app-publishers-are-unchanged", "consent-settings-are-unchanged")
SAMPLE = load_sample("ready")
SOPHIIE = request_of(SAMPLE, "sophiie")
LOST: Json = {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None}
CASES = [(one[0], one[1]) for one in (*PUBLISHER_CASES, *SETTING_CASES)]


def said(
    now: Snapshot, previous: Snapshot, requests: tuple[ConsentRequest, ...]
) -> list[tuple[Judgement, int]]:
    found = {one.check: one for one in make_report(now, requests, previous).findings}
    return [(found[one].outcome, len(found[one].evidence)) for one in CHECKS]


def assert_same(now: Snapshot, previous: Snapshot, *requests: ConsentRequest) -> None:
    shared = share(now, requests, KEY, previous)
    assert shared.previous is not None
    check_previous(shared.previous, shared.snapshot)
    assert said(shared.snapshot, shared.previous, shared.requests) == said(now, previous, requests)


@pytest.mark.parametrize("now", [one[1] for one in CASES], ids=[one[0] for one in CASES])
def test_the_answer_is_the_same(now: Tenant) -> None:
    assert_same(now.snapshot(), tenant().snapshot(), asking("Mail.Read", "EXO:SMTP.Send"))


@pytest.mark.parametrize("path", [application_path, client_path])
def test_an_app_that_only_one_of_both_proves_to_be_the_vendors(path: Callable[[str], str]) -> None:
    app = SOPHIIE.app_id or ""
    first = read_sample(refused(SAMPLE, path(app)), [SOPHIIE])
    now = read_sample(changed(SAMPLE, client_path(app), {"verifiedPublisher": LOST}), [SOPHIIE])
    assert_same(now, first, SOPHIIE)
    assert_same(read_sample(refused(SAMPLE, path(app)), [SOPHIIE]), now, SOPHIIE)


def test_a_share_safe_file_is_compared_with_its_original_later() -> None:
    requests = requests_of(SAMPLE)
    now = read_sample(SAMPLE, requests)
    kept = share(now, requests, KEY).snapshot
    again = share(now, requests, KEY, kept)
    assert again.previous == kept
    check_previous(kept, again.snapshot)
    assert said(again.snapshot, kept, again.requests) == said(now, now, requests)
    assert share(kept, requests, KEY, now).previous == kept


def test_two_that_cannot_be_compared_are_refused() -> None:
    now = read_sample(SAMPLE, [SOPHIIE])
    kept = share(now, [SOPHIIE], KEY).snapshot
    with pytest.raises(UsageError, match=r"one of the two snapshots is share-safe.*--share-safe"):
        check_previous(kept, now)
    with pytest.raises(UsageError, match="another tenant, or was made with another key"):
        check_previous(kept, share(now, [SOPHIIE], OTHER).snapshot)
