"""The directory setting "Consent Policy Settings", where a tenant has one."""

from auditor.model.tenant import ConsentSettings
from auditor.sources._json import GraphObject, items
from auditor.sources.source import Source, Subject

TEMPLATE = "dffd5d46-495d-40a9-8e21-954ff55e198a"
_FLAGS = {"true": True, "false": False}


class _Value(GraphObject):
    name: str
    value: str | None


class _Setting(GraphObject):
    template_id: str | None
    values: list[_Value]


def _parse(bodies: tuple[bytes, ...]) -> ConsentSettings:
    values = {
        value.name.casefold(): (value.value or "").strip().casefold()
        for setting in items(bodies, _Setting)
        if (setting.template_id or "").casefold() == TEMPLATE
        for value in setting.values
    }
    names = (
        "blockuserconsentforriskyapps",
        "enableadminconsentrequests",
        "enablegroupspecificconsent",
    )
    return ConsentSettings(
        block_risky_apps=_FLAGS.get(values.get(names[0], "")),
        admin_consent_requests=_FLAGS.get(values.get(names[1], "")),
        unrecognised=frozenset(name for name in names if values.get(name, "true") not in _FLAGS),
        group_specific_consent=_FLAGS.get(values.get(names[2], "")),
    )


SOURCE = Source(
    name="group-settings",
    title="Consent settings of the directory",
    subject=Subject.TENANT,
    path="/groupSettings",
    needs=("GroupSettings.Read.All",),
    also=("Directory.Read.All", "Directory.ReadWrite.All"),
    why="whether consent to risky apps is blocked",
    parse=_parse,
    pages=True,
)
