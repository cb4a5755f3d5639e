"""Every reason and caveat code, with its meaning. Codes are stable: none is ever reused."""

from collections.abc import Mapping
from types import MappingProxyType

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "tenant-type-cannot-consent": "Users of a tenant of this type cannot consent to apps.",
        "single-tenant-app-of-another-tenant": (
            "The app is registered in another tenant and open to that tenant alone."
        ),
        "personal-accounts-only": "The app is open to personal Microsoft accounts alone.",
        "app-not-registered": "The app registration does not exist in this tenant.",
        "redirect-uri-not-registered": "The address that the app returns to is not registered.",
        "audience-does-not-fit": "The supported account types do not fit the app.",
        "credential-missing": "The app registration has no secret or certificate.",
        "credential-expired": "Every secret and certificate of the app registration has expired.",
        "registration-deactivated": "The app registration has been deactivated.",
        "permission-not-published": "The resource publishes no permission of this name.",
        "permission-disabled": "The resource has switched this permission off.",
        "scope-not-supported": "Entra does not support this scope.",
        "resource-not-in-tenant": "The resource has no service principal in this tenant.",
        "resource-disabled": "The resource's service principal is disabled in this tenant.",
        "app-disabled-in-tenant": "Sign-in to the app is switched off in this tenant.",
        "app-deactivated-by-owner": "The tenant that owns the app has deactivated it.",
        "app-disabled-by-microsoft": "Microsoft has disabled the app.",
        "user-not-assigned": "The app requires assignment and this person is not assigned.",
        "nobody-assigned": "The app requires assignment and nobody is assigned.",
        "service-principal-missing": "The own app registration has no service principal yet.",
        "granted-tenant-wide": "An administrator has consented for everybody.",
        "granted-to-user": "The person has consented already.",
        "default-scope-granted": "The app asks for .default and something is granted already.",
        "role-may-consent": "The person's directory role may consent.",
        "assignment-required": "Users cannot consent to an app that requires assignment.",
        "user-consent-off": "No app consent policy lets users consent for themselves.",
        "admin-only-permission": "The resource reserves this permission to administrators.",
        "not-classified": "The policy asks for a classification that the permission lacks.",
        "publisher-not-verified": "The policy asks for a verified publisher.",
        "excluded-by-policy": "The policy that would allow it excludes this permission.",
        "no-policy-covers": "No assigned app consent policy covers this permission for this app.",
        "risky-app": "Entra treats consent to this app as risky and asks for an administrator.",
        "policies-cover-in-parts": "Only several policies together cover the whole request.",
        "guest-rules-open": "Microsoft does not say what a guest may consent to here.",
        "allowed-by-policy": "An assigned app consent policy lets users consent.",
        "fact-not-read": "A fact that decides could not be read.",
        "app-id-not-given": "Nobody said which app it is.",
        "publisher-not-stated": "The tenant does not know the app yet, nor whether it is verified.",
        "person-not-found": "The tenant has no such user.",
        "person-not-named": "The app requires assignment, and nobody said who signs in.",
        "rule-open": "Microsoft's documents leave the deciding rule open.",
    }
)

CAVEATS: Mapping[str, str] = MappingProxyType(
    {
        "admin-type-in-policy": (
            "A policy includes a permission that its publisher reserves to administrators; "
            "Microsoft says that a tenant may allow this, but not seen live."
        ),
        "policies-cover-in-parts": (
            "One request would be covered half by one policy and half by another; Microsoft "
            "does not say whether policies add up."
        ),
        "mail-client-policies": (
            "Microsoft names this mail client as allowed under both managed policies together."
        ),
        "unrecognised-policy-entry": (
            "The list of assigned policies has an entry of an unknown form; it is passed over."
        ),
        "explicit-null-condition": (
            "A condition is an explicit null; it is read as its documented default."
        ),
        "undecided-condition": "A condition of a policy cannot be evaluated by reading the tenant.",
        "guest-rules": "Microsoft does not document what guests may consent to here.",
        "risk-rule": (
            "Entra asks for approval of an unverified app registered after 2020-11-08; the date "
            "cannot be read."
        ),
        "risk-switches-disagree": (
            "The two switches for consent to risky apps disagree; which one wins is not documented."
        ),
        "unknown-value": "Graph gave a value that is not documented.",
        "grant-on-twin-permission": (
            "The permission of the same name on the other of Microsoft Graph and Exchange Online "
            "is granted; whether that counts is not documented."
        ),
        "app-not-seen": (
            "The tenant does not know the app yet: that it exists, is enabled and is open to "
            "this tenant cannot be read."
        ),
        "preauthorization-not-read": (
            "The owner of the resource may have authorised the app in advance; that stands in the "
            "owner's tenant and cannot be read."
        ),
        "redirect-uri-not-checked": (
            "The address that the app returns to was not given, so that it was not compared with "
            "the registration."
        ),
        "registration-not-readable": (
            "The app is registered in another tenant: its redirect URIs, account types and "
            "credentials cannot be read."
        ),
        "automatic-sign-in-scopes": (
            "Entra adds User.Read and offline_access to a first consent; the deciding policy may "
            "not cover them."
        ),
        "stale-grant": (
            "With .default nobody is asked again: the app gets only what was granted before."
        ),
        "default-scope-list": (
            "With .default the app asks for all permissions of its registration; that list "
            "cannot be read here, the profile's stands for it."
        ),
        "several-resources": "The app is taken to ask for one resource at a time, as it must.",
        "scope-not-supported": "Entra supports neither address nor phone; leave them out.",
        "application-developer": (
            "An Application Developer may consent where user consent is off; Microsoft does not "
            "say whether that goes for apps of other tenants."
        ),
        "person-as-stated": (
            "Whether the person is a member or a guest, or which directory roles the person "
            "holds, could not be read; what the option --user says stands for it."
        ),
        "workflow-unclear": (
            "The admin consent workflow is on without reviewers, or its two switches disagree."
        ),
        "own-registration-without-service-principal": (
            "What users of an own registration meet before its service principal exists is not "
            "documented."
        ),
    }
)
