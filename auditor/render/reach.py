"""Says how far a plan opens the tenant: as facts, and in one line."""

from auditor.model.plan import Apps, Opened, Plan, Reach
from auditor.model.tenant import Count
from auditor.phrases import first_and_rest
from auditor.render import words
from auditor.render.clean import clean, clean_sentence
from auditor.render.say import count_text

_NAMED = 3
"""Permissions that one line names before it counts."""


def reach_facts(plan: Plan, app: str) -> tuple[tuple[str, str], ...]:
    """Return questions and answers about the reach of a plan; ``app`` is ready to be shown."""
    reach = plan.reach
    return (
        ("Apps that gain", gaining_apps(reach, app)),
        ("Permissions they gain", "; ".join(map(_opened, reach.opened)) or "None"),
        ("People", words.PEOPLE[reach.people]),
        ("Other apps in the tenant", other_apps(reach)),
        ("Access", words.ACCESS[reach.standing]),
        ("Taking it back", words.REVERSALS[reach.reversal]),
    )


def reach_line(plan: Plan, app: str) -> str:
    """Return the reach of a plan in one line."""
    reach = plan.reach
    parts = (
        gaining_apps(reach, app),
        _lower(words.PEOPLE[reach.people]),
        "standing access" if reach.standing else "on consent",
        _lower(other_apps(reach)),
    )
    return "; ".join(parts) + "."


def gaining_apps(reach: Reach, app: str) -> str:
    """Say which apps gain."""
    return f"{app} alone" if reach.apps is Apps.THIS_APP else words.APPS[reach.apps].word


def other_apps(reach: Reach) -> str:
    """Say how many apps that are in the tenant already gain and lose."""
    return f"{_counted(reach.others_gain, 'gain', 'gains')}, {_lost(reach.others_lose)}"


def opened_line(reach: Reach) -> str:
    """Name the first permissions that can newly be had, and count the rest."""
    names = [clean(name) for opened in reach.opened for name in opened.permissions]
    return first_and_rest(names, _NAMED) or "None"


def _opened(opened: Opened) -> str:
    return clean_sentence(f"{', '.join(opened.permissions)} of {opened.resource}")


def _counted(count: Count | None, many: str, one: str) -> str:
    if count is None:
        return f"How many others {many} is not known"
    if count.number == 1 and count.exact:
        return f"One other app {one}"
    return f"{'No' if count == Count(0, exact=True) else _upper(count_text(count))} others {many}"


def _lost(count: Count | None) -> str:
    if count is None:
        return "how many lose is not known"
    if count.number == 1 and count.exact:
        return "one loses"
    return f"{'none' if count == Count(0, exact=True) else count_text(count)} lose"


def _lower(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
