"""What the known tools print for the same seven tenants, as their public sources say."""

import pytest

from auditor.baselines.load import load_baselines
from auditor.baselines.settings import Settings
from auditor.baselines.tools import TOOLS
from auditor.model.baseline import ControlAnswer
from tests.unit.baseline_case import ANSWERS, OWNED, STATES, low_with, results, tenant
from tests.unit.consent_case import GRAPH, LOW, RECOMMENDED, Tenant

TOOL_RULES = (
    "maester-cis-user-consent",  # Maester CIS.M365.5.1.5.1
    "maester-cisa-user-consent",  # Maester CISA.MS.AAD.5.2
    "maester-ap08",  # Maester EIDSCA.AP08
    "scubagear-user-consent",  # ScubaGear MS.AAD.5.2v1
    "prowler-user-consent",  # Prowler m365
    "prowler-verified-apps",  # Prowler azure
    "zero-trust-user-consent",  # Zero Trust Assessment 21776
    "maester-cis-user-consent",  # Monkey365 1102 looks at the same names
    "consent-list-empty",  # Steampipe CIS
    "consent-list-empty",  # M365-Assess CONSENT-001
)
TABLE = """
empty list                                            P P skip P P P P P P P
only entries for owned resources                      P P skip P P P P P F F
Low policy, harmless permissions classified           F F P    P F P P F F F
Low policy, mail and calendar permissions classified  F F P    F F P P F F F
Microsoft-managed policies                            P F F    F F P F P F F
legacy policy                                         F F F    P F F F F F F
a custom policy for harmless permissions              P F skip P F P F P F F
"""


def row(line: str) -> tuple[str, list[str]]:
    name, *answers = line.split("  ", 1)
    return name, answers[0].split()


@pytest.mark.parametrize(("state", "expected"), [row(line) for line in TABLE.strip().splitlines()])
def test_tools_answer_as_they_do(state: str, expected: list[str]) -> None:
    settings = Settings(STATES[state]().facts(), load_baselines().risky)
    assert [ANSWERS[TOOLS[rule].verdict(settings).answer] for rule in TOOL_RULES] == expected


def answer(rule: str, asked: Tenant) -> str:
    settings = Settings(asked.facts(), load_baselines().risky)
    return ANSWERS[TOOLS[rule].verdict(settings).answer]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("maester-cis-user-consent", "F"),
        ("maester-cisa-user-consent", "F"),
        ("maester-ap08", "F"),  # its prefix is compared with letter case, so nothing is left
        ("zero-trust-user-consent", "P"),
        ("scubagear-user-consent", "P"),  # misses the risky classification
        ("prowler-user-consent", "P"),  # misses the entry
    ],
)
def test_letter_case_of_the_entry(rule: str, expected: str) -> None:
    asked = low_with(Mail_Send="e383f46e-2787-4529-855e-0e479a3ffac0")
    asked.policies(entries=(f"managePermissionGrantsForSelf.{LOW}",))
    assert answer(rule, asked) == expected


def test_two_policies_are_one_string_for_ap08() -> None:
    assert answer("maester-ap08", tenant().policies(LOW, RECOMMENDED)) == "F"
    assert answer("maester-ap08", tenant().policies(LOW, entries=(OWNED, "odd"))) == "P"


def test_scubagear_needs_the_classifications_only_with_the_low_policy() -> None:
    unread = tenant().policies(LOW).refuses("permission-classifications", GRAPH)
    assert answer("scubagear-user-consent", unread) == "?"
    assert answer("scubagear-user-consent", unread.policies(RECOMMENDED)) == "F"
    assert answer("scubagear-user-consent", unread.policies()) == "P"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "skip F F F"),
        ({"EnableGroupSpecificConsent": "False"}, "P F F F"),
        ({"EnableGroupSpecificConsent": "perhaps"}, "F F F F"),
        ({"EnableGroupSpecificConsent": "true"}, "F F F F"),
        (
            {"BlockUserConsentForRiskyApps": "True", "EnableAdminConsentRequests": "TRUE"},
            "skip P P P",
        ),
        (
            {"BlockUserConsentForRiskyApps": "no", "EnableAdminConsentRequests": "false"},
            "skip F F F",
        ),
    ],
)
def test_directory_settings(values: dict[str, str], expected: str) -> None:
    asked = tenant().workflow(on=True).settings(**values)
    rules = ("maester-cp01", "maester-cp03", "maester-cp04", "scubagear-workflow")
    assert " ".join(answer(rule, asked) for rule in rules) == expected


def test_scubagear_fails_a_working_workflow_without_the_setting() -> None:
    result = results(tenant().workflow(on=True).facts())["scuba-aad", "MS.AAD.5.3v1"]
    assert result.text.answer is ControlAnswer.MET
    assert result.tool_verdict is not None
    assert result.tool_verdict.answer is ControlAnswer.NOT_MET


def test_a_tool_says_how_it_looks_or_what_is_missing() -> None:
    settings = Settings(tenant().facts(), load_baselines().risky)
    for tool in TOOLS.values():
        assert tool.looks.startswith("It ")
        assert tool.looks.endswith(".")
        assert tool.verdict(settings).why
    refused = tenant()
    for source in ("authorization-policy", "admin-consent-request-policy", "group-settings"):
        refused.refuses(source)
    settings = Settings(refused.facts(), load_baselines().risky)
    for tool in TOOLS.values():
        verdict = tool.verdict(settings)
        assert verdict.answer is ControlAnswer.UNKNOWN
        assert "Policy.Read.All" in verdict.why or "GroupSettings.Read.All" in verdict.why
