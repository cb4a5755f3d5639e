"""A small generated tenant behind a fake cloud, to read, edit and read again."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.inventory_pipeline import MANY, load_inventory, read_inventory
from auditor.model.inventory import Inventory
from tests.fakes.cloud import FakeCloud
from tests.fakes.large_tenant import (
    APPLICATIONS,
    ASSIGNMENTS,
    DELETED,
    DISABLED,
    GRANTS,
    MICROSOFT_GRAPH,
    PRINCIPALS,
    LargeTenant,
    Size,
)
from tests.fakes.live import Naps, connection_of, sign_in_of
from tests.fakes.wire import Json
from tests.property.naive_inventory import Item, Records

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PRIVILEGED = slice(4, 9)
"""One of Microsoft's apps, then others, as the generator makes them."""
OWNED_BY_MANY = slice(5, 7)
"""Some of these, with more owners than Graph expands."""
_TAGS: list[Json] = [["HideApp"], None, []]
_SIGN_INS = "/reports/servicePrincipalSignInActivities"
_ROLES = f"/servicePrincipals(appId='{MICROSOFT_GRAPH}')/appRoleAssignedTo"


@dataclass
class SmallTenant:
    """Its records, and the cloud that serves them."""

    cloud: FakeCloud
    folder: Path
    size: Size
    records: Records
    made: LargeTenant
    many: int = MANY
    """Rows from which on a listing is read in ranges."""
    _added: int = 0
    _files: int = field(default=0)

    @classmethod
    def begin(cls, cloud: FakeCloud, folder: Path, size: Size, page: int) -> "SmallTenant":
        """Serve a new tenant."""
        made = LargeTenant(size)
        principals, applications, grants, assignments, disabled, deleted = (
            list(made.rows(one))
            for one in (PRINCIPALS, APPLICATIONS, GRANTS, ASSIGNMENTS, DISABLED, DELETED)
        )
        records = Records(
            size.tenant_id, principals, applications, grants, assignments, disabled, deleted
        )
        cloud.faults.clear()
        cloud.tenant.page_size = cloud.tenant.deltas.page_size = page
        cloud.tenant.deltas.expired_status = 410
        cloud.tenant.deltas.whole = cloud.tenant.deltas.replays = False
        found = cls(cloud, folder, size, records, made)
        dice = random.Random(size.seed)
        for row in records.principals:
            _use(row, dice, records)
        for row in records.principals[OWNED_BY_MANY]:
            _crowd(row, records)
        records.assignments += [_privilege(row, principals[0]) for row in principals[PRIVILEGED]]
        found.serve()
        return found

    def serve(self) -> None:
        """Let the cloud answer with the records as they are now."""
        records, tenant = self.records, self.cloud.tenant
        users = [{**one, "accountEnabled": False} for one in records.disabled]
        users.append({"id": "somebody-else", "accountEnabled": True})
        for path, rows in (
            ("/servicePrincipals", records.principals),
            ("/applications", records.applications),
            ("/oauth2PermissionGrants", records.grants),
            (_ROLES, records.assignments),
            ("/users", users),
            (DELETED, records.deleted),
            (_SIGN_INS, records.sign_ins),
            *((f"{PRINCIPALS}/{key}/owners", rows) for key, rows in records.owners.items()),
        ):
            value: list[Json] = [*rows]
            tenant.set(path, {"@odata.context": "x", "value": value})
        registered = {str(one["appId"]).lower() for one in records.applications}
        for key, rows in records.registration_owners.items():
            value = [*rows]
            status = 200 if key in registered else 404
            tenant.set(f"{APPLICATIONS}(appId='{key}')/owners", {"value": value}, status=status)

    def file(self) -> Path:
        """Name a new snapshot."""
        self._files += 1
        return self.folder / f"{self._files}.snapshot"

    def read(
        self,
        path: Path | None = None,
        earlier: Path | None = None,
        clock: Callable[[], datetime] = lambda: NOW,
        told: list[str] | None = None,
    ) -> Path:
        """Read the tenant to a snapshot; waiting takes no time."""
        path = path or self.file()
        read_inventory(
            sign_in_of(self.cloud),
            connection_of(self.cloud),
            path,
            earlier=earlier,
            progress=(told if told is not None else []).append,
            clock=clock,
            sleep=Naps(),
            many=self.many,
        )
        assert not path.with_name(f"{path.name}.partial").exists()
        return path

    def inventory(self, path: Path | None = None) -> Inventory:
        """Load a snapshot; read one first without."""
        return load_inventory(path or self.read())[0]

    def edit(self, seed: int, edits: int) -> None:
        """Change, remove and add objects anywhere."""
        dice = random.Random(seed)
        for _ in range(edits):
            collection, rows = dice.choice(
                [
                    (PRINCIPALS, self.records.principals),
                    (APPLICATIONS, self.records.applications),
                    (GRANTS, self.records.grants),
                    (GRANTS, self.records.grants),
                ]
            )
            match dice.choice(("add", "remove", "change", "change", "user", "role")):
                case "add":
                    rows.insert(dice.randrange(len(rows) + 1), self._new(collection))
                case "remove" if rows:
                    rows.pop(dice.randrange(len(rows)))
                case "change" if rows:
                    _change(dice.choice(rows), dice)
                case "user" if self.records.disabled:
                    self.records.disabled.pop()
                case "role" if self.records.assignments:
                    self.records.assignments.pop()
                case _:
                    pass
        self.serve()

    def _new(self, collection: str) -> Item:
        self._added += 1
        index = self.made.count(collection) + self._added
        row: Item = json.loads(json.dumps(self.made.row(collection, index)))
        if collection == GRANTS and row["principalId"]:
            row["principalId"] = f"ffffffff-0000-4000-8000-{self._added:012x}"
        return row


def _use(row: Item, dice: random.Random, records: Records) -> None:
    """Let an app be used at some time, and owned by somebody."""
    names = ("lastSignInActivity", "delegatedClientSignInActivity")
    days = dice.sample(range(400), len(names))
    times = (f"{NOW - timedelta(days=one):%Y-%m-%dT%H:%M:%SZ}" for one in days)
    activities: Item = {
        name: {"lastSignInDateTime": time} for name, time in zip(names, times, strict=True)
    }
    if dice.random() < 0.5:
        records.sign_ins.append({"id": str(row["id"]), "appId": row["appId"], **activities})
    people = [_person(dice.randrange(6)) for _ in range(dice.randrange(9))]
    records.owners[str(row["id"]).lower()] = people
    if dice.random() < 0.5 and row["appId"]:
        records.registration_owners[str(row["appId"]).lower()] = [*people[:2], _person(7)]


def _crowd(row: Item, records: Records) -> None:
    """Let an app and its registration be owned by many."""
    records.owners[str(row["id"]).lower()] = [_person(one) for one in range(25)]
    several = [_person(one) for one in range(20, 43)]
    records.registration_owners[str(row["appId"]).lower()] = several


def _privilege(row: Item, graph: Item) -> Item:
    """Let an app assign directory roles."""
    return {
        "id": f"privilege of {row['id']}",
        "appRoleId": "9E3F62CF-ca93-4989-b6ce-bf83c28f9fe8",
        "principalId": str(row["id"]).upper(),
        "principalType": "ServicePrincipal",
        "resourceId": graph["id"],
        "createdDateTime": None,
    }


def _person(number: int) -> Item:
    """Make an owner; a listing may name the same one twice."""
    return {
        "@odata.type": f"#microsoft.graph.{('user', 'servicePrincipal')[number % 2]}",
        "id": f"EEEEEEEE-0000-4000-8000-{number:012x}",
        "userPrincipalName": f"{number}@example.test" if number % 3 else None,
        "displayName": None,
        "userType": ("Guest", "Member", None)[number % 3],
        "accountEnabled": (True, False, None)[number % 3],
    }


def _change(row: Item, dice: random.Random) -> None:
    """Change one or two members to another value that Graph could give."""
    options: Item = {
        "displayName": dice.choice(["renamed", None, "<b>", "\u202e"]),
        "accountEnabled": dice.choice([True, False, None]),
        "verifiedPublisher": {"displayName": "New", "verifiedPublisherId": str(dice.random())},
        "tags": dice.choice(_TAGS),
        "scope": dice.choice(["Mail.Read", " User.Read  Mail.Send", "", None]),
        "passwordCredentials": [],
        "web": {"redirectUris": ["https://changed.example"]},
    }
    names = [one for one in options if one in row]
    for name in dice.sample(names, min(len(names), dice.choice([1, 2]))):
        row[name] = options[name]
