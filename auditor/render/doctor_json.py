"""The JSON of ``doctor``, version 1. Members may be added, none may change or go."""

import msgspec

from auditor import __version__
from auditor.model.diagnosis import CheckResult, Diagnosis, Observation
from auditor.render.json_text import json_text
from auditor.render.json_v1 import ToolV1

SCHEMA = "consent-auditor/doctor/v1"


class ObservationV1(msgspec.Struct, frozen=True):
    """One line of the text."""

    result: str
    about: str
    found: str
    fix: str | None


class CheckV1(msgspec.Struct, frozen=True):
    """One check."""

    check: str
    observations: tuple[ObservationV1, ...]


class DoctorV1(msgspec.Struct, frozen=True):
    """The whole document."""

    schema: str
    tool: ToolV1
    exit_code: int
    checks: tuple[CheckV1, ...]


def render_diagnosis_json(found: Diagnosis) -> bytes:
    """Write what each check observed."""
    return json_text(
        DoctorV1(
            schema=SCHEMA,
            tool=ToolV1("entra-consent-auditor", __version__),
            exit_code=found.exit_code,
            checks=tuple(map(_check, found.checks)),
        )
    )


def _check(found: CheckResult) -> CheckV1:
    return CheckV1(found.check, tuple(map(_observation, found.observations)))


def _observation(one: Observation) -> ObservationV1:
    return ObservationV1(one.result, one.about, one.found, one.fix or None)
