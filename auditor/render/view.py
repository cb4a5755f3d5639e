"""From a ``Report`` to what templates print: words, order and counts, all tenant text cleaned.

Templates compute nothing. Whatever they show stands here as text that no format has escaped yet.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from auditor.consent.codes import REASONS
from auditor.model.decision import (
    Certainty,
    Decision,
    Outcome,
    PermissionDecision,
    Reason,
    RegistrationCheck,
)
from auditor.model.fact import Unknown
from auditor.model.profile import Asker, ConsentRequest, Requirement, UserKind
from auditor.model.report import (
    Assessment,
    ClientSummary,
    Completeness,
    Finding,
    Judgement,
    Report,
)
from auditor.render import words
from auditor.render.by_permission import by_permission
from auditor.render.clean import clean, clean_sentence
from auditor.render.compare import comparison
from auditor.render.controls import control_groups
from auditor.render.plans import app_name, first_step_views, not_proven_view, plan_views
from auditor.render.say import caveat, count_text, link, moment, plural
from auditor.render.scripts import SHORT, dialect_ids
from auditor.render.shown import (
    AssessmentView,
    FindingGroup,
    FindingView,
    MissingView,
    NextStep,
    PermissionView,
    ReasonView,
    RegistrationView,
    SourceView,
    StepView,
    View,
)
from auditor.render.traces import trace_groups
from auditor.render.words import Label

TOP_REASONS = 3
"""Reasons of the first screen."""


def view(report: Report) -> View:
    """Arrange a report for people."""
    assessments = tuple(
        _assessment(item, f"app-{number}", report)
        for number, item in enumerate(report.assessments, 1)
    )
    tenant = clean(report.tenant_name or report.tenant_id or "a tenant that gave no name")
    sources = [(item.status in words.ANSWERED, _source(item)) for item in report.completeness]
    findings = _finding_groups(report.findings)
    controls = control_groups(report.baselines)
    return View(
        title=_title(assessments, tenant),
        tenant=tenant,
        tenant_id=clean(report.tenant_id or "unknown"),
        cloud=words.CLOUDS[report.cloud],
        collected=moment(report.collected_at),
        collected_iso=report.collected_at.isoformat(),
        share_safe=words.SHARE_SAFE if report.share_safe else "",
        tool_version=clean(report.tool_version),
        several=len(assessments) > 1,
        counts=_count_words(item.answer.word for item in assessments),
        assessments=assessments,
        by_permission=by_permission(report.assessments),
        finding_counts=", ".join(f"{item.count} {item.label.word.lower()}" for item in findings),
        findings=findings,
        control_counts=", ".join(item.title for item in controls),
        controls=controls,
        source_counts=_count_words(item.status.word for _, item in sources),
        unread=tuple(item for answered, item in sources if not answered),
        sources=tuple(item for answered, item in sources if answered),
        dialects=dialect_ids(),
        short_dialect=SHORT,
        codes=_codes(report.assessments),
    )


def _title(assessments: tuple[AssessmentView, ...], tenant: str) -> str:
    if len(assessments) != 1:
        return f"Consent report: {tenant}"
    only = assessments[0]
    return f"{only.answer.word}: {only.name} in {tenant}"


def _assessment(item: Assessment, anchor: str, report: Report) -> AssessmentView:
    decision, request = item.decision, item.request
    plans = plan_views(report, item, anchor)
    first_steps = first_step_views(report, item, anchor)
    permissions = tuple(
        _permission(one, f"{anchor}-permission-{number}")
        for number, one in enumerate(decision.permissions, 1)
    )
    rest = len(decision.reasons) - TOP_REASONS
    return AssessmentView(
        anchor=anchor,
        profile=clean(request.profile_id),
        name=clean(request.name),
        question=_question(request),
        answer=words.ANSWERS[decision.outcome],
        lead=_lead(decision),
        doubt=_doubt(decision),
        caveats=_caveats(decision),
        reasons=tuple(_reason(reason) for reason in decision.reasons[:TOP_REASONS]),
        more_reasons=f"{plural(rest, 'more reason')} in the table of permissions" * (rest > 0),
        next_step=_next_step(decision, plans[0].steps if plans else first_steps, anchor),
        facts=_facts(item, report.tenant_id),
        plans=plans,
        comparison=comparison(item.plans, clean(app_name(item))),
        not_proven=not_proven_view(item.not_proven) if item.not_proven else None,
        first_steps=first_steps,
        counts=_permission_counts(decision),
        permissions=permissions,
        traces=trace_groups(decision.permissions, permissions),
        registration=tuple(_registration(check) for check in decision.registration),
        notes=tuple(clean_sentence(note) for note in request.notes),
        origin=_origin(request),
        source_url=link(request.source),
    )


def _permission_counts(decision: Decision) -> str:
    counts = Counter(one.outcome for one in decision.permissions)
    parts = (f"{counts[key]} {word}" for key, word in words.COUNTED.items() if counts[key])
    return f"{plural(len(decision.permissions), 'permission')}: {', '.join(parts)}"


def _question(request: ConsentRequest) -> str:
    asker = _asker(request.asker)
    return f"Can {asker} connect {clean(request.name)} without admin approval?"


def _asker(asker: Asker) -> str:
    if asker.user_id:
        return f"the user {clean(asker.user_id)}"
    if asker.role:
        return f"a user with the role {clean(asker.role)}"
    return {
        UserKind.MEMBER: "users",
        UserKind.GUEST: "guest users",
        UserKind.ADMIN: "a Global Administrator",
    }[asker.kind]


def _lead(decision: Decision) -> str:
    lead = words.LEADS[decision.outcome]
    if decision.outcome is not Outcome.ADMIN_APPROVAL_REQUIRED:
        return lead
    return f"{lead} {words.WORKFLOW[decision.workflow_offered]}"


def _doubt(decision: Decision) -> str:
    if decision.outcome is Outcome.UNKNOWN:
        return "Open question" if _caveats(decision) else ""
    if decision.certainty is Certainty.CERTAIN:
        return ""
    return f"Probably {words.ANSWERS[decision.outcome].word.lower()}"


def _caveats(decision: Decision | PermissionDecision) -> tuple[str, ...]:
    """Say the caveats that no reason has said already."""
    reasons = {reason.code for reason in decision.reasons}
    said = [_plain(reason.text) for reason in decision.reasons]
    codes = (code for code in decision.caveats if not reasons & {code, _SAID_BY.get(code)})
    sentences = (caveat(code) for code in codes)
    return tuple(one for one in sentences if not any(_plain(one) in text for text in said))


_SAID_BY: Mapping[str, str] = {"guest-rules": "guest-rules-open"}
"""Caveats and the reasons that say the same in other words."""


def _plain(sentence: str) -> str:
    return " ".join(sentence.split()).rstrip(".").lower()


def _reason(reason: Reason) -> ReasonView:
    return ReasonView(clean(reason.code), clean_sentence(reason.text))


def _next_step(decision: Decision, steps: tuple[StepView, ...], anchor: str) -> NextStep:
    if decision.outcome.ready:
        return NextStep("Nothing to do.", "", "")
    if steps:
        read_on = "See how" if len(steps) == 1 else f"See all {len(steps)} steps"
        return NextStep(steps[0].title, f"{anchor}-steps", read_on)
    missing = [fact for one in decision.permissions for fact in one.missing]
    if missing:
        return NextStep(_settle(missing), f"{anchor}-permissions", "See what is missing")
    text = "This report has no steps for it: the permissions say what stands in the way."
    return NextStep(text, f"{anchor}-permissions", "See the permissions")


def _settle(missing: list[Unknown]) -> str:
    needs = sorted({need for fact in missing for need in fact.needs})
    if needs:
        text = f"Let this program read what is missing ({', '.join(needs)}), then run it again."
    else:
        text = f"Find out {missing[0].fact} ({missing[0].request}), then run it again."
    return clean_sentence(text)


def _facts(item: Assessment, tenant_id: str | None) -> tuple[tuple[str, str], ...]:
    client, request = item.client, item.request
    pairs = (
        ("App ID", client.app_id or request.app_id or "Not known"),
        ("Name in the tenant", client.display_name or ""),
        ("Whose app", _whose(item, tenant_id)),
        ("In the tenant", words.IN_TENANT[client.in_tenant]),
        ("Publisher", words.PUBLISHERS[client.publisher]),
        ("Owner tenant", client.owner_tenant or ""),
        ("Users who consented themselves", _own_grants(client)),
        ("Error that users meet", item.decision.predicted_error or ""),
    )
    return tuple((name, clean(value)) for name, value in pairs if value)


def _whose(item: Assessment, tenant_id: str | None) -> str:
    owner = item.client.owner_tenant
    if owner is None or tenant_id is None:
        return words.KINDS[item.request.kind]
    return words.OWNERS[owner.lower() == tenant_id.lower()]


def _own_grants(client: ClientSummary) -> str:
    return "" if client.users_with_own_grant is None else count_text(client.users_with_own_grant)


def _origin(request: ConsentRequest) -> str:
    version = f"version {request.version}" if request.version else ""
    named = request.source and not link(request.source)
    source = f"from {request.source}" if named else ""
    retrieved = f"read on {request.retrieved.isoformat()}" if request.retrieved else ""
    parts = (f"Profile {request.profile_id}", version, source, retrieved)
    return clean_sentence(", ".join(part for part in parts if part))


def _permission(item: PermissionDecision, anchor: str) -> PermissionView:
    wanted = item.asked.requirement
    certain = item.certainty is Certainty.CERTAIN or item.outcome is Outcome.UNKNOWN
    return PermissionView(
        anchor=anchor,
        value=clean(wanted.value),
        resource=clean(wanted.resource or wanted.resource_app_id),
        need="Required" if item.asked.required else "Optional",
        features=clean_sentence(", ".join(item.asked.features)),
        remarks=_remarks(wanted),
        outcome=words.OUTCOMES[item.outcome],
        certainty="" if certain else "probably",
        caveats=_caveats(item),
        reasons=tuple(_reason(reason) for reason in item.reasons),
        missing=tuple(_missing(fact) for fact in item.missing),
    )


def _remarks(wanted: Requirement) -> tuple[str, ...]:
    spelled = f"The document calls it {clean(wanted.documented_as)}."
    assumed = "The vendor's document does not name it; Microsoft's documentation asks for it."
    remarks = (
        spelled if wanted.documented_as else "",
        assumed if wanted.assumed else "",
        clean_sentence(wanted.note),
    )
    return tuple(remark for remark in remarks if remark)


def _missing(fact: Unknown) -> MissingView:
    return MissingView(
        fact=clean_sentence(fact.fact),
        why=words.WHYS[fact.why],
        request=clean_sentence(fact.request),
        needs=clean_sentence(", ".join(fact.needs)),
        detail=clean_sentence(fact.detail),
    )


def _registration(check: RegistrationCheck) -> RegistrationView:
    name = clean(check.name.replace("-", " ").capitalize())
    return RegistrationView(words.REGISTRATION[check.answer], name, clean_sentence(check.text))


def _finding_groups(findings: tuple[Finding, ...]) -> tuple[FindingGroup, ...]:
    order = list(words.SEVERITIES)
    ranked = sorted(findings, key=lambda item: (order.index(item.severity), item.check))
    groups = []
    for outcome, label in words.JUDGEMENTS.items():
        members = tuple(_finding(item) for item in ranked if item.outcome is outcome)
        if members:
            folded, brief = outcome in words.FOLDED, outcome is Judgement.NOT_APPLICABLE
            reasons = _checks_by_reason(members) if brief else ()
            groups.append(FindingGroup(label, len(members), folded, members, reasons))
    return tuple(groups)


def _checks_by_reason(members: tuple[FindingView, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, tuple[str, ...]] = {}
    for one in members:
        found[one.message] = (*found.get(one.message, ()), one.check)
    return tuple(found.items())


def _finding(item: Finding) -> FindingView:
    return FindingView(
        check=clean(item.check),
        title=clean_sentence(item.title),
        outcome=words.JUDGEMENTS[item.outcome],
        severity=words.SEVERITIES[item.severity],
        message=clean_sentence(item.message),
        evidence=tuple((clean(name), clean_sentence(value)) for name, value in item.evidence),
    )


def _source(item: Completeness) -> SourceView:
    name = f"{item.source} → {item.subject}" if item.subject else item.source
    return SourceView(
        title=clean_sentence(item.title),
        name=clean(name),
        status=words.STATUSES.get(item.status, Label(clean(item.status), words.Tone.UNKNOWN)),
        read_at=moment(item.read_at) if item.read_at else "",
        request=clean_sentence(item.request),
        needs="" if item.status in words.ANSWERED else clean_sentence(", ".join(item.needs)),
        detail=clean_sentence(item.detail),
    )


def _codes(assessments: tuple[Assessment, ...]) -> tuple[ReasonView, ...]:
    decisions = [item.decision for item in assessments]
    used = {reason.code for decision in decisions for reason in decision.reasons}
    for decision in decisions:
        used |= {reason.code for one in decision.permissions for reason in one.reasons}
    known = ((code, REASONS.get(code, "")) for code in sorted(used))
    return tuple(ReasonView(clean(code), clean_sentence(text)) for code, text in known if text)


def _count_words(items: Iterable[str]) -> str:
    """Count equal words, most frequent first, such as ``3 not yet, 1 yes``."""
    return ", ".join(f"{number} {word.lower()}" for word, number in Counter(items).most_common())
