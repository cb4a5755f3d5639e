"""New users of an app connect as those do who have consented already.

What it asks. Of each audited app that single users have consented to: can a member who has not
consented connect as well?

Why it matters. Whoever has consented keeps connecting, whatever the settings say later, for they
govern new consent alone. So a change such as Microsoft's of 2025 and 2026, which left mail,
calendar, chat and file permissions to administrators, goes unnoticed until somebody new starts,
and looks like a fault of that person's account. No data is at risk, but the next rollout stops:
therefore the severity is medium.

Met when. New users need no administrator, or of what the app asks for, single users have consented
to nothing that new users may not consent to.

Not met when. Single users have consented to a permission for which a new user needs an
administrator. Counted are users whose consent, with what an administrator consented to for
everybody, covers all that the app asks for, and those whose consent covers a part of it. One page
of grants is read; where there are more, a number is followed by "or more". Disabled accounts count
like others. How many users have not consented is not read.

Unknown when. The app's grants were not read, or whether new users can connect is unknown.

Reads. The app's delegated permission grants (Directory.Read.All) and what the outcome of the app
rests on. It does not apply to an app without such users; to one that nobody can use at present; to
one that asks with prompt=consent, for then those who have consented are asked again and fail too;
and where a person, a guest or a role was asked about instead of any member. Apps whose app ID was
not given are left aside.

Remedy. Consent for everybody: Entra ID > Enterprise apps > the app > Permissions > Grant admin
consent; a Cloud Application Administrator can do it for delegated permissions. The plans of the
report name narrower ways. Until then leave the grants of single users alone: whoever loses one
meets what new users meet, and so does everybody once the app asks for a permission beyond them.

References. https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from auditor.checks.check import Check, CheckContext, Verdict, joined, unread
from auditor.consent import explain
from auditor.consent.case import Case, Target, make_case
from auditor.consent.granted import is_default_granted, is_granted
from auditor.consent.logic import any_of
from auditor.model.decision import Answer, Certainty, Decision, Outcome, PermissionDecision
from auditor.model.fact import Known, Unknown
from auditor.model.profile import Asker
from auditor.model.report import Judgement, Severity
from auditor.model.tenant import ClientGrants, DelegatedGrant

_Answers = tuple[Answer, ...]
"""For each permission that the app asks for: is it granted?"""


class _Standing(msgspec.Struct, frozen=True):
    """How far users have come with an app by consent of their own."""

    everybody: _Answers
    """What is granted without it."""
    groups: Counter[_Answers]
    """Numbers of users with the same answers."""
    exact: bool

    def whole(self) -> int:
        """Count those who need no further consent."""
        return sum(n for one, n in self._ahead() if set(one) == {Answer.YES})

    def part(self) -> int:
        """Count those whose consent covers some of it."""
        return sum(n for _, n in self._ahead()) - self.whole()

    def holds(self, positions: set[int], *, surely: bool) -> bool:
        """Say whether anybody has consented to one of these permissions."""
        wanted = {Answer.YES} if surely else {Answer.YES, Answer.UNKNOWN}
        return any(one[position] in wanted for one in self.groups for position in positions)

    def _ahead(self) -> Iterator[tuple[_Answers, int]]:
        for one, number in self.groups.items():
            gained = zip(one, self.everybody, strict=True)
            if any(mine is Answer.YES is not other for mine, other in gained):
                yield one, number

    def words(self, number: int) -> str:
        """Write a number of users."""
        return str(number) if self.exact else f"{number} or more"


def _judge(context: CheckContext) -> Verdict:
    nothing = "No audited app rests on the consent of single users."
    return joined(_verdicts(context), nothing)


def _verdicts(context: CheckContext) -> Iterator[Verdict]:
    for request, decision in context.decisions:
        helped = not request.prompt_consent and decision.outcome is not Outcome.BLOCKED
        if not request.app_id or request.asker != Asker() or not helped:
            continue
        case = make_case(context.facts, request)
        if isinstance(case.grants, Unknown):
            yield unread(case.grants)
        elif case.grants.value is not None and case.grants.value.single:
            yield _verdict(context, case, case.grants.value, decision)


def _verdict(
    context: CheckContext, case: Case, grants: ClientGrants, decision: Decision
) -> Verdict:
    if decision.outcome.ready:
        return Verdict(Judgement.MET, f"New users of {case.app} can connect.")
    standing = _standing(case, grants)
    decided = {_place(one): one for one in decision.permissions}
    outcomes = [decided[_place_of(one)].outcome for one in case.targets]
    closed = {n for n, one in enumerate(outcomes) if one is Outcome.ADMIN_APPROVAL_REQUIRED}
    undecided = {n for n, one in enumerate(outcomes) if one is Outcome.UNKNOWN}
    evidence = _evidence(context, case, standing, decision)
    if standing.holds(closed, surely=True):
        return Verdict(Judgement.NOT_MET, _text(case, standing, closed, decision), evidence)
    if standing.holds(closed | undecided, surely=False):
        return Verdict(Judgement.UNKNOWN, _open(case, decision), evidence)
    text = (
        f"{case.app}: of what it asks for, single users have consented to nothing that new users "
        "may not consent to."
    )
    return Verdict(Judgement.MET, text, evidence)


def _standing(case: Case, grants: ClientGrants) -> _Standing:
    """Ask once for all users whose grants are alike."""
    by_user: dict[str | None, list[DelegatedGrant]] = {}
    for grant in grants.single:
        by_user.setdefault(grant.principal_id, []).append(grant)
    alike = {_shape(found): tuple(found) for found in by_user.values()}
    answers = {shape: _answers(case, found) for shape, found in alike.items()}
    groups = Counter(answers[_shape(found)] for found in by_user.values())
    return _Standing(_answers(case, ()), groups, exact=grants.own.exact)


def _shape(grants: list[DelegatedGrant]) -> frozenset[tuple[str, frozenset[str]]]:
    return frozenset((one.resource_id, frozenset(one.scopes)) for one in grants)


def _answers(case: Case, grants: tuple[DelegatedGrant, ...]) -> _Answers:
    person = replace(case, user_grants=Known(grants))
    return tuple(
        any_of((is_granted(person, one), is_default_granted(person, one))).answer
        for one in case.targets
    )


def _text(case: Case, standing: _Standing, closed: set[int], decision: Decision) -> str:
    whole, part = standing.whole(), standing.part()
    names = explain.listed([case.targets[position].name for position in sorted(closed)])
    doubt = "probably " if decision.certainty is Certainty.PROBABLE else ""
    texts = [f"{case.app}: new users {doubt}need an administrator for {names}."]
    if whole:
        kept = standing.words(whole)
        texts.append(f"Users who keep connecting by consent of their own: {kept}.")
    if part:
        texts.append(
            f"Users who have consented to a part of it: {standing.words(part)}; they keep that, "
            "and for the rest they fare like new users."
        )
    return " ".join(texts)


def _open(case: Case, decision: Decision) -> str:
    if decision.outcome is Outcome.UNKNOWN:
        return f"{case.app}: whether new users can connect is open. {decision.reasons[0].text}"
    return f"{case.app}: whether the consent of single users counts for what it asks is open."


def _evidence(
    context: CheckContext, case: Case, standing: _Standing, decision: Decision
) -> tuple[tuple[str, str], ...]:
    pairs = zip(case.targets, standing.everybody, strict=True)
    given = [target.name for target, answer in pairs if answer is Answer.YES]
    since = _since(context, decision)
    entries = (
        ("users with consent to all", standing.words(standing.whole())),
        ("users with consent to a part", standing.words(standing.part())),
        ("consent for everybody", ", ".join(given) or "none"),
        ("users without consent", "not read"),
        *((("left to administrators by Microsoft since", since),) if since else ()),
    )
    return tuple((f"{case.app}: {name}", value) for name, value in entries)


def _since(context: CheckContext, decision: Decision) -> str:
    """Name the months in which Microsoft's managed policy came to exclude permissions."""
    settings = context.facts.authorization_policy()
    assigned = settings.value.user_consent if isinstance(settings, Known) else ()
    if context.managed.recommended not in {one.casefold() for one in assigned}:
        return ""
    months = {(one.resource_app_id, one.permission_id): one for one in context.managed.exclusions}
    found = (
        months.get((one.asked.requirement.resource_app_id, one.id or ""))
        for one in decision.permissions
        if any(reason.code == "excluded-by-policy" for reason in one.reasons)
    )
    return ", ".join(f"{one.value} {one.since}" for one in found if one is not None)


def _place(one: PermissionDecision) -> tuple[str, str]:
    return one.asked.requirement.resource_app_id, one.asked.requirement.value.casefold()


def _place_of(one: Target) -> tuple[str, str]:
    return one.resource_app_id, one.name.casefold()


CHECK = Check(
    id="new-users-fare-like-connected-ones",
    title="New users of an app connect as those do who have consented already",
    severity=Severity.MEDIUM,
    judge=_judge,
)
