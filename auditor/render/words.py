"""The words that reports use, each with the tone that picks its icon and colour."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

from auditor.model.baseline import ControlAnswer
from auditor.model.cloud import Cloud
from auditor.model.decision import Answer, Outcome
from auditor.model.fact import Why
from auditor.model.inventory import Coverage
from auditor.model.plan import Apps, People, Reversal
from auditor.model.profile import ProfileKind, Publisher
from auditor.model.report import Judgement, Severity
from auditor.model.risk import Risk


@unique
class Tone(StrEnum):
    """How good the news is; a template has one icon and one colour for each."""

    GOOD = "good"
    CAUTION = "caution"
    BAD = "bad"
    UNKNOWN = "unknown"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Label:
    """A word and its tone."""

    word: str
    tone: Tone


ANSWERS: Mapping[Outcome, Label] = {
    Outcome.NO_PROMPT: Label("Yes", Tone.GOOD),
    Outcome.USER_CAN_CONSENT: Label("Yes", Tone.GOOD),
    Outcome.ADMIN_APPROVAL_REQUIRED: Label("Not yet", Tone.CAUTION),
    Outcome.BLOCKED: Label("Blocked", Tone.BAD),
    Outcome.UNKNOWN: Label("Unknown", Tone.UNKNOWN),
}

LEADS: Mapping[Outcome, str] = {
    Outcome.NO_PROMPT: "Everything the app asks for is already consented: sign-in shows no prompt.",
    Outcome.USER_CAN_CONSENT: "The consent prompt appears, and whoever signs in can accept it.",
    Outcome.ADMIN_APPROVAL_REQUIRED: "Sign-in stops until an administrator consents.",
    Outcome.BLOCKED: "Sign-in fails before anybody can consent; approval alone does not help.",
    Outcome.UNKNOWN: "Something that decides this is not known.",
}

AFTERWARDS: Mapping[Outcome, str] = {
    **LEADS,
    Outcome.NO_PROMPT: "Sign-in then shows no prompt.",
}
"""What users meet once a plan is carried out."""

WORKFLOW: Mapping[bool | None, str] = {
    True: "The prompt offers to send a request to an administrator.",
    False: "The prompt is a dead end: it offers no way to ask an administrator.",
    None: "Whether the prompt offers to ask an administrator could not be found out.",
}

OUTCOMES: Mapping[Outcome, Label] = {
    Outcome.BLOCKED: Label("Blocked", Tone.BAD),
    Outcome.ADMIN_APPROVAL_REQUIRED: Label("Admin approval required", Tone.CAUTION),
    Outcome.UNKNOWN: Label("Unknown", Tone.UNKNOWN),
    Outcome.USER_CAN_CONSENT: Label("User can consent", Tone.GOOD),
    Outcome.NO_PROMPT: Label("No prompt", Tone.GOOD),
}
"""From worst to best; counts are shown in this order."""

COUNTED: Mapping[Outcome, str] = {
    Outcome.BLOCKED: "blocked",
    Outcome.ADMIN_APPROVAL_REQUIRED: "need admin approval",
    Outcome.UNKNOWN: "unknown",
    Outcome.USER_CAN_CONSENT: "users can consent to",
    Outcome.NO_PROMPT: "without a prompt",
}
"""Outcomes after a number of permissions."""

_OPEN = Label("Open", Tone.UNKNOWN)

RULE_RESULTS: Mapping[Answer, Label] = {
    Answer.YES: Label("Decides", Tone.NEUTRAL),
    Answer.NO: Label("Does not hold", Tone.NEUTRAL),
    Answer.UNKNOWN: _OPEN,
}
"""Whether a rule holds is neither good nor bad: it may be one that refuses."""

POLICY_RESULTS: Mapping[Answer, Label] = {
    Answer.YES: Label("Allows", Tone.NEUTRAL),
    Answer.NO: Label("Does not allow", Tone.NEUTRAL),
    Answer.UNKNOWN: _OPEN,
}

CONDITION_RESULTS: Mapping[Answer, Label] = {
    Answer.YES: Label("Fits", Tone.NEUTRAL),
    Answer.NO: Label("Does not fit", Tone.NEUTRAL),
    Answer.UNKNOWN: _OPEN,
}
"""A matching exclude is no good news, so these have no tone either."""

REGISTRATION: Mapping[Answer, Label] = {
    Answer.NO: Label("Not met", Tone.BAD),
    Answer.UNKNOWN: Label("Unknown", Tone.UNKNOWN),
    Answer.YES: Label("Met", Tone.GOOD),
}

JUDGEMENTS: Mapping[Judgement, Label] = {
    Judgement.NOT_MET: Label("Not met", Tone.CAUTION),
    Judgement.UNKNOWN: Label("Unknown", Tone.UNKNOWN),
    Judgement.MANUAL: Label("Check by hand", Tone.NEUTRAL),
    Judgement.MET: Label("Met", Tone.GOOD),
    Judgement.NOT_APPLICABLE: Label("Not applicable", Tone.NEUTRAL),
}
"""In the order of the report."""

FOLDED = frozenset({Judgement.MET, Judgement.NOT_APPLICABLE})
"""Findings that nobody has to act on."""

SEVERITIES: Mapping[Severity, str] = {
    Severity.HIGH: "High",
    Severity.MEDIUM: "Medium",
    Severity.LOW: "Low",
    Severity.INFO: "Info",
}
"""In the order of the report."""

RISKS: Mapping[Risk, Label] = {
    Risk.CRITICAL: Label("Critical", Tone.BAD),
    Risk.HIGH: Label("High", Tone.CAUTION),
    Risk.MEDIUM: Label("Medium", Tone.NEUTRAL),
    Risk.LOW: Label("Low", Tone.GOOD),
    Risk.UNRATED: Label("Not rated", Tone.UNKNOWN),
}
"""From worst to best."""

COVERAGES: Mapping[Coverage, Label] = {
    Coverage.READ: Label("Read", Tone.GOOD),
    Coverage.REFUSED: Label("Refused", Tone.CAUTION),
    Coverage.INCOMPLETE: Label("Incomplete", Tone.CAUTION),
    Coverage.NOT_ASKED: Label("Not asked", Tone.UNKNOWN),
}

STATUSES: Mapping[str, Label] = {
    "read": Label("Read", Tone.GOOD),
    "not-found": Label("Not in the tenant", Tone.NEUTRAL),
    "refused": Label("Refused", Tone.CAUTION),
    "not-in-cloud": Label("Not in this cloud", Tone.UNKNOWN),
    "not-licensed": Label("Not licensed", Tone.UNKNOWN),
    "malformed": Label("Not understood", Tone.CAUTION),
    "failed": Label("Failed", Tone.CAUTION),
    "not-asked": Label("Not asked", Tone.UNKNOWN),
}

ANSWERED = frozenset({"read", "not-found"})
"""Statuses after which the fact is known."""

WHYS: Mapping[Why, str] = {why: STATUSES[why.value].word for why in Why}

CLOUDS: Mapping[Cloud, str] = {
    Cloud.GLOBAL: "Global",
    Cloud.US_GOV_L4: "US Government L4",
    Cloud.US_GOV_L5: "US Government L5 (DoD)",
    Cloud.CHINA: "China (21Vianet)",
}

OWNERS: Mapping[bool, str] = {
    True: "This tenant's: it is registered here",
    False: "Another tenant's: it is registered there",
}
"""By whether the owner tenant is the tenant of the report."""

KINDS: Mapping[ProfileKind, str] = {
    ProfileKind.VENDOR_APP: "The vendor's, by the profile",
    ProfileKind.OWN_REGISTRATION: "Yours or a partner's, by the profile",
    ProfileKind.AD_HOC: "Not known",
}
"""Whose app it is where its owner tenant could not be compared."""

PUBLISHERS: Mapping[Publisher, str] = {
    Publisher.VERIFIED: "Verified",
    Publisher.UNVERIFIED: "Not verified",
    Publisher.UNKNOWN: "Unknown",
}

IN_TENANT: Mapping[bool | None, str] = {
    True: "Yes",
    False: "No",
    None: "Could not be found out",
}

CONTROLS: Mapping[ControlAnswer, Label] = {
    ControlAnswer.NOT_MET: Label("Not met", Tone.CAUTION),
    ControlAnswer.UNKNOWN: Label("Unknown", Tone.UNKNOWN),
    ControlAnswer.SKIPPED: Label("Skipped", Tone.NEUTRAL),
    ControlAnswer.MET: Label("Met", Tone.GOOD),
}
"""What a control's text says of the tenant, in the order of the report."""

PRINTS: Mapping[ControlAnswer, Label] = {
    ControlAnswer.NOT_MET: Label("Fail", Tone.CAUTION),
    ControlAnswer.UNKNOWN: Label("Unknown", Tone.UNKNOWN),
    ControlAnswer.SKIPPED: Label("Skipped", Tone.NEUTRAL),
    ControlAnswer.MET: Label("Pass", Tone.GOOD),
}
"""What a tool prints about a control."""

APPS: Mapping[Apps, Label] = {
    Apps.NONE: Label("No app", Tone.GOOD),
    Apps.THIS_APP: Label("This app alone", Tone.GOOD),
    Apps.NAMED_APPS: Label("The apps that the policy names", Tone.CAUTION),
    Apps.VERIFIED_AND_OWN: Label(
        "Every app of a verified publisher, and every app registered in this tenant", Tone.CAUTION
    ),
    Apps.ANY: Label("Any app of anybody", Tone.BAD),
}
"""Who gains from a plan."""

PEOPLE: Mapping[People, str] = {
    People.NOBODY: "Nobody",
    People.ONE_PERSON: "One person",
    People.ASSIGNED: "People who are assigned to the app",
    People.MEMBERS: "Every member of the tenant",
    People.MEMBERS_AND_GUESTS: "Every member and every guest",
}

ACCESS: Mapping[bool, str] = {
    True: "Standing: the app has it at once, and nobody has to consent",
    False: "On consent: each person decides",
}
"""By whether a plan gives standing access."""

REVERSALS: Mapping[Reversal, str] = {
    Reversal.COMPLETE: "Complete: the rollback restores what was and ends the access",
    Reversal.CONSENTS_STAY: "In part: what users consented to stays until somebody revokes it",
    Reversal.BY_OTHERS: "Not by you alone: somebody outside the tenant has to",
}

SHARE_SAFE = "Share-safe: names, ids and domains of the tenant are replaced."
