"""An inventory says what the tenant holds, however it was read."""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from auditor.errors import SignInError
from auditor.inventory_pipeline import load_inventory
from auditor.listings import load
from auditor.model.inventory import Coverage, Inventory
from auditor.snapshot_format import Limits, frames
from auditor.snapshot_stream import SnapshotWriter, stream_snapshot
from tests.fakes import faults
from tests.fakes.cloud import FakeCloud
from tests.fakes.faults import Fault
from tests.fakes.large_tenant import Size
from tests.fakes.live import served
from tests.property.inventory_tenant import NOW, PRIVILEGED, SmallTenant
from tests.property.naive_inventory import Item, naive, told

SAMPLE = "ready"
NEXT = "skiptoken"
LISTINGS = (
    ("service-principals-all", "/servicePrincipals"),
    ("applications-all", "/applications"),
    ("delegated-grants-all", "/oauth2PermissionGrants"),
    ("disabled-users", "/users"),
    ("deleted-users", "/directory/deletedItems/microsoft.graph.user"),
    ("application-permissions", "/servicePrincipals(appId='*')/appRoleAssignedTo"),
    ("sign-ins", "/reports/servicePrincipalSignInActivities"),
    ("app-owners", "/servicePrincipals/*/owners"),
    ("registration-owners", "/applications(appId='*')/owners"),
)
OWNERS = {"app-owners": "/servicePrincipals", "registration-owners": "/applications"}
"""Where they are read together first."""
EXPAND = "expand=owners"
SMALL = Size(service_principals=12, applications=5, grants=19, users=80, seed=3)
few = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # shrinking starts too many reads
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
sizes = st.builds(
    Size,
    service_principals=st.integers(1, 40),
    applications=st.integers(0, 12),
    grants=st.integers(0, 60),
    users=st.just(130),
    seed=st.integers(0, 10_000),
)
pages = st.integers(1, 20)
seeds = st.integers(0, 10_000)


@pytest.fixture(scope="module")
def cloud() -> Iterator[FakeCloud]:
    gc.collect()
    gc.freeze()  # each test ends with a collection, which looks at no more than is made here
    with FakeCloud(served(SAMPLE)) as running:
        yield running
    gc.unfreeze()


@pytest.fixture(scope="module")
def whole(cloud: FakeCloud) -> Inventory:
    """Read the small tenant without a fault."""
    with TemporaryDirectory() as folder:
        return SmallTenant.begin(cloud, Path(folder), _here(SMALL, cloud), 4).inventory()


def _here(size: Size, cloud: FakeCloud) -> Size:
    return replace(size, tenant_id=cloud.tenant_id)


@pytest.fixture
def begin(cloud: FakeCloud) -> Iterator[Callable[[Size, int], SmallTenant]]:
    with TemporaryDirectory() as folder:

        def start(size: Size, page: int) -> SmallTenant:
            return SmallTenant.begin(cloud, Path(folder), _here(size, cloud), page)

        yield start
        gc.collect()
    gc.collect()
    assert cloud.violations == []


Begin = Callable[[Size, int], SmallTenant]


@few
@given(size=sizes, page=pages)
def test_says_what_the_tenant_holds(begin: Begin, size: Size, page: int) -> None:
    tenant = begin(size, page)
    found = tenant.inventory()
    assert told(found) == naive(tenant.records)
    assert all(one.coverage is Coverage.READ for one in found.listings)
    rows = {one.name: one.rows for one in found.listings}
    assert rows["delegated-grants-all"] == len(tenant.records.grants)
    assert rows["disabled-users"] == len(tenant.records.disabled)


@few
@given(
    size=sizes,
    page=pages,
    edits=st.lists(st.tuples(seeds, st.integers(0, 12)), min_size=1, max_size=3),
    whole=st.booleans(),
    replays=st.booleans(),
)
def test_changes_lead_to_what_a_full_read_says(
    begin: Begin, size: Size, page: int, edits: list[tuple[int, int]], *, whole: bool, replays: bool
) -> None:
    tenant = begin(size, page)
    tenant.cloud.tenant.deltas.whole, tenant.cloud.tenant.deltas.replays = whole, replays
    file, lines = tenant.read(), list[str]()
    for seed, number in edits:
        tenant.edit(seed, number)
        file = tenant.read(earlier=file, told=lines)
    assert not [line for line in lines if "anew" in line]
    found = tenant.inventory(file)
    assert told(found) == naive(tenant.records)
    assert found == tenant.inventory()


@few
@given(seed=seeds, status=st.sampled_from([410, 400]), number=st.integers(0, 6))
def test_an_expired_delta_token_costs_a_full_read(
    begin: Begin, seed: int, status: int, number: int
) -> None:
    tenant = begin(SMALL, 7)
    file, lines = tenant.read(), list[str]()
    tenant.edit(seed, number)
    tenant.cloud.tenant.deltas.expired_status = status
    tenant.cloud.tenant.deltas.expire()
    file = tenant.read(earlier=file, told=lines)
    assert len([line for line in lines if "anew" in line]) == 3
    assert told(tenant.inventory(file)) == naive(tenant.records)
    tenant.edit(seed + 1, number)
    lines.clear()
    file = tenant.read(earlier=file, told=lines)
    assert not [line for line in lines if "anew" in line]
    assert tenant.inventory(file) == tenant.inventory()


def test_many_changes_are_not_carried_on_for_ever(begin: Begin) -> None:
    tenant = begin(SMALL, 1)
    file, lines, sizes = tenant.read(), list[str](), list[int]()
    for seed in range(12):
        tenant.edit(seed, 12)
        file = tenant.read(earlier=file, told=lines)
        sizes.append(_changes(file)["delegated-grants-all"])
        assert told(tenant.inventory(file)) == naive(tenant.records)
    anew = [line for line in lines if line.startswith("All delegated permission grants: read anew")]
    assert 1 <= len(anew) <= 4
    assert anew[0].endswith("what changed since it was read whole fills more than 30 pages")
    assert max(sizes) <= 30
    assert sizes.count(1) == len(anew)


def test_more_changes_than_are_worth_it_are_not_read_to_their_end(begin: Begin) -> None:
    """They are held in memory, and a listing that is read anew does not need them."""
    tenant = begin(SMALL, 1)
    file, lines = tenant.read(), list[str]()
    for seed in range(60):
        tenant.edit(seed, 12)
    before = len(tenant.cloud.reads)
    file = tenant.read(earlier=file, told=lines)
    asked = Counter(one.path for one in tenant.cloud.reads[before:])
    # The earlier file has one page of changes; one more says where to ask the next time.
    assert asked["/oauth2PermissionGrants/delta"] <= 30 + 1 + 1 + 1
    assert any("grants: read anew, as what changed" in line for line in lines)
    assert _changes(file)["delegated-grants-all"] == 1
    assert told(tenant.inventory(file)) == naive(tenant.records)


def test_a_few_changes_are_carried_on(begin: Begin) -> None:
    tenant = begin(SMALL, 4)
    file, lines = tenant.read(), list[str]()
    for days in range(6, 31, 6):
        tenant.edit(days, 2)
        file = tenant.read(earlier=file, told=lines, clock=later(days))
    assert not [line for line in lines if "anew" in line]
    assert _changes(file)["service-principals-all"] == 6
    assert told(tenant.inventory(file)) == naive(tenant.records)


def test_an_old_listing_is_read_anew(begin: Begin) -> None:
    tenant = begin(SMALL, 4)
    file, lines = tenant.read(), list[str]()
    for days in (20, 31, 50):
        tenant.edit(days, 5)
        file = tenant.read(earlier=file, told=lines, clock=later(days))
        assert told(tenant.inventory(file)) == naive(tenant.records)
    anew = [line for line in lines if "anew" in line]
    assert len(anew) == 3
    assert all(line.endswith("as it was last read whole more than 30 days ago") for line in anew)
    assert set(_changes(file).values()) == {2}


def test_what_another_version_asked_for_is_read_anew(begin: Begin) -> None:
    tenant = begin(SMALL, 4)
    file, lines, path = tenant.read(), list[str](), tenant.file()
    with stream_snapshot(file) as snapshot, SnapshotWriter.begin(path, snapshot.header) as writer:
        for one in snapshot.readings:
            writer.add(replace(one, request=one.request.replace(",isDisabled", "")))
        writer.finish()
    tenant.edit(1, 5)
    found = tenant.inventory(tenant.read(earlier=path, told=lines))
    (line,) = (one for one in lines if "anew" in one)
    assert line.startswith("All service principals: read anew, as another version")
    assert told(found) == naive(tenant.records)


def later(days: int) -> Callable[[], datetime]:
    now = NOW + timedelta(days=days)
    return lambda: now


def _changes(path: Path) -> Counter[str]:
    """Count the pages of changes of each listing."""
    with stream_snapshot(path) as snapshot:
        names = [one.source for one in snapshot.readings]
    return Counter(one.removesuffix("-changes") for one in names if one.endswith("-changes"))


LATE = {
    *("default-app-management-policy", "app-management-policies"),
    *("app-management-policy-targets", "role-holders", *OWNERS),
    *(f"{one}-together" for one in OWNERS),
}


class Interrupted(Exception):  # noqa: N818 - as KeyboardInterrupt
    pass


class Clock:
    """Stops the run at its n-th look; every page is one."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self) -> datetime:
        self.left -= 1
        if self.left < 0:
            raise Interrupted
        return NOW


def test_goes_on_wherever_it_was_interrupted(begin: Begin) -> None:
    tenant = begin(SMALL, 6)
    whole = tenant.inventory()
    for left in range(1000):
        path = tenant.file()
        try:
            tenant.read(path, clock=Clock(left))
        except Interrupted:
            assert not path.exists()
            assert tenant.inventory(tenant.read(path)) == whole
        else:
            break
    assert left > 20


@few
@given(left=st.integers(8, 40), cut=st.floats(0, 1))
def test_goes_on_with_what_a_power_cut_left(begin: Begin, left: int, cut: float) -> None:
    tenant = begin(SMALL, 6)
    path = tenant.file()
    try:
        tenant.read(path, clock=Clock(left))
    except Interrupted:
        partial = path.with_name(f"{path.name}.partial")
        if partial.exists():
            content = partial.read_bytes()
            partial.write_bytes(content[: int(len(content) * cut)])
        tenant.read(path)
    assert told(tenant.inventory(path)) == naive(tenant.records)


def test_a_full_read_after_an_interrupted_update_is_a_full_read(begin: Begin) -> None:
    for left in range(40, 70, 3):
        tenant = begin(SMALL, 2)
        file, path = tenant.read(), tenant.file()
        tenant.edit(left, 12)
        # So that one listing is read whole, which takes long enough to be interrupted.
        tenant.cloud.faults.add("/oauth2PermissionGrants/delta", faults.status(410), times=1)
        with suppress(Interrupted):
            tenant.read(path, earlier=file, clock=Clock(left))
        tenant.edit(left + 1, 12)
        assert told(tenant.inventory(tenant.read(path))) == naive(tenant.records)


def test_goes_on_behind_every_answer(begin: Begin) -> None:
    """A power cut can part the pages of one list, which are written together."""
    tenant = begin(SMALL, 3)
    whole = tenant.read()
    expected = load_inventory(whole)
    with whole.open("rb") as file:
        parts = [frame for _, frame in frames(file, Limits())]
    with stream_snapshot(whole) as snapshot:
        sources = ["header", *(one.source for one in snapshot.readings)]
    for number, source in enumerate(sources, 1):
        if source in LATE:
            path = tenant.file()
            path.with_name(f"{path.name}.partial").write_bytes(b"".join(parts[:number]))
            assert load_inventory(tenant.read(path)) == expected


def test_what_is_privileged_may_be_known_later_than_the_apps(begin: Begin) -> None:
    tenant = begin(SMALL, 6)
    whole = tenant.inventory()
    for left in range(30, 60, 3):
        path = tenant.file()
        tenant.cloud.faults.add("*/appRoleAssignedTo", faults.status(503), times=None)
        with suppress(Interrupted):
            tenant.read(path, clock=Clock(left))
        tenant.cloud.faults.clear()
        if not path.exists():
            assert tenant.inventory(tenant.read(path)) == whole


def test_an_update_that_reads_nothing_leaves_the_earlier_file_alone(begin: Begin) -> None:
    tenant = begin(SMALL, 4)
    file = tenant.read()
    before = file.read_bytes()
    tenant.cloud.faults.add("*", faults.status(403), times=None)
    with pytest.raises(SignInError, match="not one listing"):
        tenant.read(file, earlier=file)
    assert file.read_bytes() == before


def test_a_run_that_read_nothing_is_not_gone_on_with(begin: Begin) -> None:
    tenant = begin(SMALL, 4)
    expected, path = load_inventory(tenant.read()), tenant.file()
    tenant.cloud.faults.add("*", faults.status(403), times=None)
    with pytest.raises(SignInError, match="not one listing"):
        tenant.read(path)
    tenant.cloud.faults.clear()
    assert load_inventory(tenant.read(path)) == expected


def test_goes_on_again_and_again(begin: Begin) -> None:
    tenant = begin(SMALL, 3)
    path = tenant.file()
    for _ in range(100):
        try:
            tenant.read(path, clock=Clock(50))
        except Interrupted:
            continue
        break
    assert tenant.inventory(path) == tenant.inventory()


SHORT = {one.name for one in load() if one.short}
MAY_BE_ABSENT = {one.name for one in load() if one.may_be_absent}
NAMING = {"service-principals-all", "applications-all"}
PASSING: dict[str, tuple[Fault, int]] = {
    "storm": (faults.throttled(), 5),
    "warning": (faults.nearly_throttled(), 5),
    "reset": (faults.reset(), 3),
    "reset in the middle": (faults.reset_mid_body(), 3),
    "cut off": (faults.truncate(), 2),
    "a portal's page": (faults.html(), 2),
    "nothing": (faults.empty(), 2),
    "expired page token": (faults.expired_page_token(), 1),
    "unauthorized": (faults.unauthorized(), 1),
    "unavailable": (faults.status(503), 3),
}
LASTING: dict[str, Fault] = {
    "storm": faults.throttled(),
    "reset": faults.reset(),
    "cut off": faults.truncate(),
    "a portal's page": faults.html(),
    "expired page token": faults.expired_page_token(),
    "forbidden": faults.status(403),
    "not found": faults.status(404),
    "broken": faults.status(500),
    "a circle": faults.next_link_loop(),
    "another host": faults.next_link("https://localhost:9/v1.0/servicePrincipals?$skiptoken=x"),
    "other JSON": faults.rewrite(lambda _body: b'{"error":{"code":"x","message":"y"}}'),
}


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize(("name", "path"), LISTINGS)
def test_a_fault_that_passes_leaves_no_trace(
    begin: Begin, whole: Inventory, name: str, path: str, fault: str
) -> None:
    tenant = begin(SMALL, 4)
    made, times = PASSING[fault]
    tenant.cloud.faults.add(path, made, times=times, query=NEXT)
    found = tenant.inventory()
    assert found == whole


@pytest.mark.parametrize("fault", [*PASSING, *LASTING])
@pytest.mark.parametrize("name", OWNERS)
def test_owners_are_never_fewer_than_they_are(
    begin: Begin, whole: Inventory, name: str, fault: str
) -> None:
    """Whatever becomes of a read of several apps: all owners, or the word that they are not all."""
    tenant = begin(SMALL, 20)
    made, times = PASSING.get(fault) or (LASTING[fault], None)
    tenant.cloud.faults.add(OWNERS[name], made, times=times, query=EXPAND)
    found = tenant.inventory()
    for app, owners in whole.owners.items():
        assert found.owners[app] == owners or found.owners[app].unread
    if found.owners != whole.owners:
        by_name = {one.name: one for one in found.listings}
        assert by_name[name].coverage in {Coverage.INCOMPLETE, Coverage.REFUSED}


@pytest.mark.parametrize("where", ["", NEXT])
@pytest.mark.parametrize("fault", LASTING)
@pytest.mark.parametrize(("name", "path"), LISTINGS)
def test_a_fault_that_lasts_is_told(
    begin: Begin, whole: Inventory, name: str, path: str, fault: str, where: str
) -> None:
    tenant = begin(SMALL, 4)
    tenant.cloud.faults.add(path, LASTING[fault], times=None, query=where or "top=999")
    if name in OWNERS and not where:
        tenant.cloud.faults.add(OWNERS[name], LASTING[fault], times=None, query=EXPAND)
    found = tenant.inventory()
    if where and len(_rows(tenant, name)) <= 4:  # there is no second page
        assert found == whole
        return
    if fault == "not found" and not where and name in MAY_BE_ABSENT:
        return
    by_name = {one.name: one for one in found.listings}
    assert by_name[name].coverage in {Coverage.INCOMPLETE, Coverage.REFUSED}
    assert by_name[name].detail
    if fault == "forbidden" and not where:
        assert by_name[name].coverage is Coverage.REFUSED
    # Short listings share a batch, and its fate; owners are read of those whom others name.
    together = {name} | (SHORT if name in SHORT else set())
    together |= {*OWNERS} if name in {*SHORT, *OWNERS, *NAMING} else set()
    others = [one for one in found.listings if one.name not in together]
    assert others == [one for one in whole.listings if one.name not in together]


def _rows(tenant: SmallTenant, name: str) -> list[Item]:
    records = tenant.records
    return {
        "service-principals-all": records.principals,
        "applications-all": records.applications,
        "delegated-grants-all": records.grants,
        "disabled-users": records.disabled,
        "deleted-users": records.deleted,
        "application-permissions": records.assignments,
        "sign-ins": records.sign_ins,
        "app-owners": _longest(records.owners, tenant),
        "registration-owners": _longest(records.registration_owners, tenant),
    }[name]


def _longest(owners: dict[str, list[Item]], tenant: SmallTenant) -> list[Item]:
    """Return the longest list of owners that is asked for."""
    asked = tenant.records.principals[PRIVILEGED]
    ids = {str(one[key]).lower() for one in asked for key in ("id", "appId")}
    return max((rows for key, rows in owners.items() if key in ids), key=len, default=[])
