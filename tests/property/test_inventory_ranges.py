"""A listing that is read in ranges says the same as one that is not."""

import gc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import pytest

from auditor.model.inventory import Coverage
from tests.fakes import faults
from tests.fakes.cloud import FakeCloud
from tests.fakes.faults import Fault
from tests.fakes.large_tenant import Size
from tests.fakes.live import served
from tests.property.inventory_tenant import SmallTenant
from tests.property.naive_inventory import naive, told
from tests.property.test_inventory import Clock, Interrupted

NAME = "service-principals-all"
PATH = "/servicePrincipals"
COUNT = f"{PATH}/$count"
MANY = 60
"""Service principals; no other listing has more."""
AGAIN = "All service principals: read again undivided"


class Begin(Protocol):
    def __call__(self, *, nameless: int = 0, page: int = 2) -> SmallTenant: ...


@pytest.fixture(scope="module")
def cloud() -> Iterator[FakeCloud]:
    gc.collect()
    gc.freeze()  # each test ends with a collection, which looks at no more than is made here
    with FakeCloud(served("ready")) as running:
        yield running
    gc.unfreeze()


@pytest.fixture
def begin(cloud: FakeCloud) -> Iterator[Begin]:
    with TemporaryDirectory() as folder:

        def start(*, nameless: int = 0, page: int = 2) -> SmallTenant:
            size = Size(
                service_principals=MANY,
                applications=5,
                grants=50,
                users=80,
                seed=7,
                tenant_id=cloud.tenant_id,
            )
            tenant = SmallTenant.begin(cloud, Path(folder), size, page)
            tenant.many = MANY
            for row in tenant.records.principals[20 : 20 + nameless]:
                row["appId"] = None
            tenant.serve()
            cloud.journal.seen.clear()
            return tenant

        yield start
        gc.collect()
    gc.collect()
    assert cloud.violations == []


def asked(tenant: SmallTenant) -> tuple[int, int]:
    """Count the first pages that were asked for: of ranges, and of the whole listing."""
    queries = [dict(one.query) for one in tenant.cloud.journal.seen if one.path == PATH]
    mine = [one for one in queries if "accountEnabled" in one.get("$select", "")]
    firsts = [one for one in mine if "$skiptoken" not in one]
    ranges = sum("$filter" in one for one in firsts)
    return ranges, len(firsts) - ranges


def test_says_what_the_tenant_holds(begin: Begin) -> None:
    tenant = begin()
    found = tenant.inventory()
    assert asked(tenant) == (16, 0)
    assert told(found) == naive(tenant.records)
    (listing,) = (one for one in found.listings if one.name == NAME)
    assert (listing.coverage, listing.rows) == (Coverage.READ, MANY)


@pytest.mark.parametrize("many", [MANY + 1, 10_000])
def test_a_listing_of_few_rows_is_read_undivided(begin: Begin, many: int) -> None:
    tenant = begin()
    tenant.many = many
    assert told(tenant.inventory()) == naive(tenant.records)
    assert asked(tenant) == (0, 1)


def test_another_listing_that_takes_longer_leaves_nothing_to_gain(begin: Begin) -> None:
    tenant = begin()
    tenant.cloud.faults.add("/oauth2PermissionGrants/$count", number(MANY + 1), times=None)
    assert told(tenant.inventory()) == naive(tenant.records)
    assert asked(tenant) == (0, 1)


def test_without_a_count_nothing_is_divided(begin: Begin) -> None:
    tenant = begin()
    tenant.cloud.faults.add(COUNT, faults.status(403), times=None)
    assert told(tenant.inventory()) == naive(tenant.records)
    assert asked(tenant) == (0, 1)


def number(rows: int) -> Fault:
    return faults.rewrite(lambda _: str(rows).encode())


def test_an_app_that_is_in_no_range_is_found(begin: Begin) -> None:
    tenant, lines = begin(nameless=2), list[str]()
    file = tenant.read(told=lines)
    assert asked(tenant) == (16, 1)
    assert [line for line in lines if line.startswith(AGAIN)]
    found = tenant.inventory(file)
    assert told(found) == naive(tenant.records)
    (listing,) = (one for one in found.listings if one.name == NAME)
    assert (listing.coverage, listing.rows) == (Coverage.READ, MANY)


def test_apps_that_went_meanwhile_are_not_missed(begin: Begin) -> None:
    tenant, lines = begin(), list[str]()
    tenant.cloud.faults.add(COUNT, number(MANY + 3), times=1)
    assert told(tenant.inventory(tenant.read(told=lines))) == naive(tenant.records)
    assert asked(tenant) == (16, 0)
    assert not [line for line in lines if line.startswith(AGAIN)]


def test_a_count_that_is_gone_proves_nothing(begin: Begin) -> None:
    tenant = begin()
    tenant.cloud.faults.add(COUNT, number(MANY + 3), times=1)
    tenant.cloud.faults.add(COUNT, faults.status(403), times=None)
    assert told(tenant.inventory()) == naive(tenant.records)
    assert asked(tenant) == (16, 1)


@pytest.mark.parametrize("nameless", [0, 2])
def test_goes_on_wherever_it_was_interrupted(begin: Begin, nameless: int) -> None:
    tenant = begin(nameless=nameless, page=4)
    whole = tenant.inventory()
    for left in range(35, 1000, 6):
        path = tenant.file()
        try:
            tenant.read(path, clock=Clock(left))
        except Interrupted:
            assert tenant.inventory(tenant.read(path)) == whole
        else:
            break
    assert left > 100


@pytest.mark.parametrize("first", [MANY, 10_000])
def test_goes_on_as_it_began(begin: Begin, first: int) -> None:
    tenant = begin(nameless=1, page=4)
    whole = tenant.inventory()
    for left in range(60, 120, 12):
        path = tenant.file()
        tenant.many = first
        with suppress(Interrupted):
            tenant.read(path, clock=Clock(left))
        tenant.many = 10_000 if first == MANY else MANY
        if not path.exists():
            assert tenant.inventory(tenant.read(path)) == whole


def test_goes_on_again_and_again(begin: Begin) -> None:
    tenant = begin(nameless=1)
    path = tenant.file()
    for _ in range(100):
        try:
            tenant.read(path, clock=Clock(90))
        except Interrupted:
            continue
        break
    assert tenant.inventory(path) == tenant.inventory()


def test_what_is_privileged_may_be_known_later_than_the_apps(begin: Begin) -> None:
    tenant = begin(page=4)
    whole = tenant.inventory()
    for left in range(40, 90, 10):
        path = tenant.file()
        tenant.cloud.faults.add("*/appRoleAssignedTo", faults.status(503), times=None)
        with suppress(Interrupted):
            tenant.read(path, clock=Clock(left))
        tenant.cloud.faults.clear()
        if not path.exists():
            with suppress(Interrupted):
                tenant.read(path, clock=Clock(45))
            assert tenant.inventory(tenant.read(path)) == whole


@pytest.mark.parametrize("nameless", [0, 1])
@pytest.mark.parametrize("seed", range(3))
def test_changes_lead_to_what_a_full_read_says(begin: Begin, seed: int, nameless: int) -> None:
    tenant, lines = begin(nameless=nameless), list[str]()
    file = tenant.read()
    for number_of_run in range(3):
        tenant.edit(seed * 10 + number_of_run, 8)
        file = tenant.read(earlier=file, told=lines)
        assert told(tenant.inventory(file)) == naive(tenant.records)
    assert not [line for line in lines if "anew" in line]


PASSING: dict[str, tuple[Fault, int]] = {
    "storm": (faults.throttled(), 5),
    "reset in the middle": (faults.reset_mid_body(), 3),
    "cut off": (faults.truncate(), 2),
    "expired page token": (faults.expired_page_token(), 1),
}
LASTING: dict[str, Fault] = {
    "cut off": faults.truncate(),
    "expired page token": faults.expired_page_token(),
    "forbidden": faults.status(403),
    "broken": faults.status(500),
    "a circle": faults.next_link_loop(),
    "other JSON": faults.rewrite(lambda _body: b'{"error":{"code":"x","message":"y"}}'),
}
WHERE = ("startswith(appId,'c')", "skiptoken")


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_leaves_no_trace(begin: Begin, fault: str, where: str) -> None:
    tenant = begin()
    made, times = PASSING[fault]
    tenant.cloud.faults.add(PATH, made, times=times, query=where)
    assert told(tenant.inventory()) == naive(tenant.records)
    assert asked(tenant)[1] == 0


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_lasts_is_told(begin: Begin, fault: str, where: str) -> None:
    tenant = begin()
    tenant.cloud.faults.add(PATH, LASTING[fault], times=None, query=where)
    found = tenant.inventory()
    (listing,) = (one for one in found.listings if one.name == NAME)
    if listing.coverage is Coverage.READ:  # it was read undivided, in one page
        assert told(found) == naive(tenant.records)
        return
    assert listing.coverage in {Coverage.INCOMPLETE, Coverage.REFUSED}
    assert listing.detail


def test_a_graph_that_takes_no_ranges_is_read_undivided(begin: Begin) -> None:
    tenant, lines = begin(), list[str]()
    tenant.cloud.faults.add(PATH, faults.status(400), times=None, query="startswith(appId")
    assert told(tenant.inventory(tenant.read(told=lines))) == naive(tenant.records)
    assert asked(tenant)[1] == 1
    assert f"{AGAIN}, as Graph did not take its ranges" in lines


@pytest.mark.parametrize("nameless", [0, 1])
def test_what_was_divided_and_is_worn_is_read_anew(begin: Begin, nameless: int) -> None:
    tenant, lines = begin(nameless=nameless), list[str]()
    file = tenant.read()
    tenant.cloud.tenant.deltas.expire()
    tenant.edit(1, 6)
    tenant.cloud.journal.seen.clear()
    file = tenant.read(earlier=file, told=lines)
    assert len([line for line in lines if "anew" in line]) == 3
    assert asked(tenant) == (16, nameless)
    assert told(tenant.inventory(file)) == naive(tenant.records)


def test_two_sizes_are_no_reason_to_read_anew(begin: Begin) -> None:
    tenant, lines = begin(), list[str]()
    file = tenant.read()
    tenant.many = 10_000
    tenant.edit(5, 6)
    file = tenant.read(earlier=file, told=lines)
    assert not [line for line in lines if "anew" in line]
    assert tenant.inventory(file) == tenant.inventory()
