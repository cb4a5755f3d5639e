"""Arranges what an error means and what holds in a tenant, for every format that people read."""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.explanation import Explained, Explanation, permissions_of, shown_by
from auditor.model.decision import Decision, Outcome
from auditor.model.report import Assessment
from auditor.pasted_error import PastedError
from auditor.pasted_link import LinkKind, PastedLink
from auditor.phrases import first_and_rest
from auditor.render.clean import clean, clean_sentence
from auditor.render.shown import AssessmentView, TraceGroup, View
from auditor.render.traces import trace_groups
from auditor.render.view import view
from auditor.sign_in_errors import Owner

OWNERS = {
    Owner.TENANT_SETTING: "a consent setting of the tenant",
    Owner.VENDOR_REGISTRATION: "the app's registration or its request (the vendor)",
    Owner.TENANT_OBJECT: "an object of the tenant that is missing, disabled or not assigned",
    Owner.ACCESS_POLICY: "an access policy of the tenant",
    Owner.SECRET: "the app's secret or certificate",
    Owner.USER: "the user",
    Owner.MICROSOFT_SERVICE: "Microsoft's service",
}
_KINDS = {
    LinkKind.AUTHORIZE: "a sign-in",
    LinkKind.ADMIN_CONSENT: "an admin consent",
    LinkKind.ERROR: "the redirect after an error",
}
_PERMISSIONS = 10
_GROUPS = 1


@dataclass(frozen=True, slots=True)
class Holding:
    """One reason of a decision that shows a cause."""

    cause: int
    """From 1."""
    text: str
    code: str
    permissions: str


@dataclass(frozen=True, slots=True)
class HeldCode:
    """What of one code holds for one app."""

    code: str
    holdings: tuple[Holding, ...]
    nothing: str
    """Why none does, where none does."""


@dataclass(frozen=True, slots=True)
class HeldApp:
    """One app in the tenant."""

    app: AssessmentView
    codes: tuple[HeldCode, ...]
    evidence: tuple[TraceGroup, ...]
    """How the first of what stands in the way was decided."""
    compared: tuple[str, ...]
    """What of the link was compared with the app, and what was not."""
    recommended: str
    predicted: str


@dataclass(frozen=True, slots=True)
class CodeView:
    """One code of the text."""

    code: str
    name: str
    meaning: str
    owners: str
    causes: tuple[tuple[str, bool], ...]
    """Each with whether it holds for an app that was asked about."""
    remedy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExplainView:
    """Everything that a template shows."""

    codes: tuple[CodeView, ...]
    unknown: tuple[str, ...]
    link: tuple[tuple[str, str], ...]
    log: str
    report: View | None
    apps: tuple[HeldApp, ...]


def explain_view(found: Explanation) -> ExplainView:
    """Arrange an explanation."""
    shown = view(found.report) if found.report else None
    items = found.report.assessments if found.report else ()
    views = shown.assessments if shown else ()
    return ExplainView(
        codes=tuple(_code(one, items) for one in found.codes),
        unknown=found.unknown,
        link=tuple(_link(found.link)) if found.link else (),
        log=_log(found.pasted),
        report=shown,
        apps=tuple(_app(found, item, app) for item, app in zip(items, views, strict=True)),
    )


def _code(one: Explained, items: tuple[Assessment, ...]) -> CodeView:
    error = one.error
    return CodeView(
        code=one.code,
        name=error.name,
        meaning=error.meaning,
        owners=", or ".join(OWNERS[owner] for owner in error.belongs_to),
        causes=tuple(
            (cause.text, any(shown_by(cause, item.decision) for item in items))
            for cause in error.causes
        ),
        remedy=error.remedy,
    )


def _link(link: PastedLink) -> Iterator[tuple[str, str]]:
    yield "Link", f"{_KINDS[link.kind]}{f', unwrapped from {link.wrapper}' if link.wrapper else ''}"
    for name, value in (
        ("App", link.app_id),
        ("Tenant", link.tenant),
        ("Permissions", first_and_rest(link.scopes, _PERMISSIONS)),
        ("Redirect URI", link.redirect_uri),
    ):
        if value:
            yield name, clean(value)


def _log(pasted: PastedError) -> str:
    at = f"{pasted.time:%Y-%m-%d %H:%M:%S} UTC" if pasted.time else ""
    ids = [
        f"{name} {value}"
        for name, value in (
            ("correlation id", pasted.correlation_id),
            ("trace (request) id", pasted.trace_id),
        )
        if value
    ]
    if not ids and not at:
        return "the text names no correlation id and no time; the page's details have both"
    return f"look for {', '.join([*ids, *([at] if at else [])])}"


def _app(found: Explanation, item: Assessment, app: AssessmentView) -> HeldApp:
    return HeldApp(
        app=app,
        codes=tuple(_held(one, item) for one in found.codes),
        evidence=_evidence(item.decision, app),
        compared=_compared(item, app) if found.link else (),
        recommended=_recommended(item, app),
        predicted=item.decision.predicted_error or "",
    )


def _held(one: Explained, item: Assessment) -> HeldCode:
    holdings = tuple(
        Holding(
            number,
            clean_sentence(reason.text),
            reason.code,
            first_and_rest(
                [clean(each) for each in permissions_of(reason, item.decision)], _PERMISSIONS
            ),
        )
        for number, cause in enumerate(one.error.causes, 1)
        for reason in shown_by(cause, item.decision)
    )
    return HeldCode(one.code, holdings, "" if holdings else _nothing(one, item))


def _nothing(one: Explained, item: Assessment) -> str:
    if item.decision.outcome is Outcome.UNKNOWN:
        return "what decides could not be found out here, so no cause is shown or ruled out"
    unseen = [str(number) for number, cause in enumerate(one.error.causes, 1) if not cause.reasons]
    if not unseen:
        return "none of its causes holds in the tenant as it was read"
    rest = f"cause {', '.join(unseen)} cannot be seen in a tenant's settings"
    return f"none of its causes that can be read holds here; {rest}"


def _evidence(decision: Decision, app: AssessmentView) -> tuple[TraceGroup, ...]:
    every = zip(decision.permissions, app.permissions, strict=True)
    stuck = [(one, shown) for one, shown in every if not one.outcome.ready]
    return trace_groups([one for one, _ in stuck], [one for _, one in stuck])[:_GROUPS]


def _compared(item: Assessment, app: AssessmentView) -> tuple[str, ...]:
    checks = (
        f"{shown.result.word}: {shown.text}"
        for one, shown in zip(item.decision.registration, app.registration, strict=True)
        if one.name == "redirect-uri"
    )
    return (*checks, *(note for note in app.notes if note.startswith("The link")))


def _recommended(item: Assessment, app: AssessmentView) -> str:
    if item.decision.outcome.ready:
        return "nothing to change; users connect already"
    if app.plans:
        plan = app.plans[0]
        return f"{plan.title} (plan {clean(item.plans[0].id)}). {plan.summary}"
    steps = " ".join(f"{step.title}." for step in app.first_steps)
    return f"no plan could be proven. First: {steps}" if steps else "no plan could be proven"
