"""Which members each source's answer may have, and the rule for each. Any other member goes.

A new source needs its shape here: without one its answers would be left out, and a test says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from auditor.share_safe.replacer import Replacer, Rule


@dataclass(frozen=True, slots=True)
class Members:
    """A JSON object."""

    of: Mapping[str, "Shape"]
    unknown: bool = False
    """Members that nobody knows matter: their number stays, under other names."""


@dataclass(frozen=True, slots=True)
class Items:
    """A JSON array."""

    of: "Shape"


@dataclass(frozen=True, slots=True)
class Text:
    """A JSON string."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number, or true or false."""

    kind: type[bool] | type[int]


Shape: TypeAlias = Members | Items | Text | Scalar

_FLAG, _NUMBER = Scalar(bool), Scalar(int)
_NEXT = "@odata.nextLink"


def _word(kind: str, *known: str) -> Text:
    words = frozenset(known)
    return Text(lambda replacer, text: replacer.word(kind, text, words))


def _name(kind: str) -> Text:
    return Text(lambda replacer, text: replacer.name(kind, text))


def _ident_or(*words: str) -> Text:
    return Text(lambda replacer, text: replacer.ident_or(text, *words))


def _publisher_id(replacer: Replacer, text: str) -> str:
    return replacer.word("publisher-id", text, frozenset({"all"}))


def _date(_: Replacer, text: str) -> str:
    try:
        msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return "no date"
    return text


def _marked(_: Replacer, __: str) -> str:
    return "left out"


def _dropped(_: Replacer, __: str) -> None:
    return None


def _rule(rule: Callable[[Replacer, str], str]) -> Text:
    return Text(rule)


_ID = _rule(Replacer.ident)
_FREE_TEXT = Text(_dropped)
"""Goes; where it is of the wrong type the answer has to stay malformed."""
_LEFT_OUT = Text(_marked)
"""That it is there matters, not what it says."""
_SCOPE = _rule(Replacer.scope)

_AUDIENCE = _word(
    "audience",
    "azureadmyorg",
    "azureadmultipleorgs",
    "azureadandpersonalmicrosoftaccount",
    "personalmicrosoftaccount",
)
_STATUSES = frozenset({"notdisabled", "disabledduetoviolationofservicesagreement"})


def _listing(item: Members) -> Members:
    return Members({"value": Items(item), _NEXT: _LEFT_OUT})


_PRINCIPAL = Members(
    {
        "id": _ID,
        "appId": _ID,
        "displayName": _rule(Replacer.app),
        "accountEnabled": _FLAG,
        "isDisabled": _FLAG,
        "disabledByMicrosoftStatus": Text(lambda one, text: one.status(text, _STATUSES)),
        "appOwnerOrganizationId": _ID,
        "appRoleAssignmentRequired": _FLAG,
        "verifiedPublisher": Members(
            {"displayName": _name("publisher"), "verifiedPublisherId": Text(_publisher_id)}
        ),
        "signInAudience": _AUDIENCE,
        "oauth2PermissionScopes": Items(
            Members(
                {
                    "id": _ID,
                    "value": _SCOPE,
                    "type": _word("type", "user", "admin"),
                    "isEnabled": _FLAG,
                }
            )
        ),
    }
)
_REDIRECTS = Members({"redirectUris": Items(_rule(Replacer.uri))})
_CREDENTIALS = Items(Members({"displayName": _name("credential"), "endDateTime": Text(_date)}))
_APPLICATION = Members(
    {
        "id": _ID,
        "appId": _ID,
        "displayName": _rule(Replacer.app),
        "signInAudience": _AUDIENCE,
        "isDisabled": _FLAG,
        "web": _REDIRECTS,
        "spa": _REDIRECTS,
        "publicClient": _REDIRECTS,
        "requiredResourceAccess": Items(
            Members(
                {
                    "resourceAppId": _ID,
                    "resourceAccess": Items(
                        Members({"id": _ID, "type": _word("type", "scope", "role")})
                    ),
                }
            )
        ),
        "passwordCredentials": _CREDENTIALS,
        "keyCredentials": _CREDENTIALS,
    }
)
_ASSIGNMENT = Members(
    {
        "principalId": _ID,
        "principalType": _word("type", "user", "group", "serviceprincipal"),
        "resourceId": _ID,
        "appRoleId": _ID,
    }
)
_GRANT = Members(
    {
        "id": _ID,
        "clientId": _ID,
        "consentType": _word("type", "allprincipals", "principal"),
        "principalId": _ID,
        "resourceId": _ID,
        "scope": _rule(Replacer.scopes),
    }
)
_SETTINGS_MEMBERS: dict[str, Shape] = {
    "defaultUserRolePermissions": Members(
        {
            "permissionGrantPoliciesAssigned": Items(_rule(Replacer.entry)),
            "allowedToCreateApps": _FLAG,
        }
    ),
    "permissionGrantPolicyIdsAssignedToDefaultUserRole": Items(_rule(Replacer.entry)),
    "allowUserConsentForRiskyApps": _FLAG,
    "guestUserRoleId": _ID,
}
_CONDITION_SET = Members(
    {
        "id": _ID,
        "permissionType": _word("type", "delegated", "application", "delegateduserconsentable"),
        "permissionClassification": _word("level", "low", "medium", "high", "all"),
        "permissions": Items(_ident_or("all", "any")),
        "resourceApplication": _ident_or("all", "any"),
        "clientApplicationIds": Items(_ident_or("all", "any")),
        "clientApplicationTenantIds": Items(_ident_or("all", "any")),
        "clientApplicationPublisherIds": Items(Text(_publisher_id)),
        "clientApplicationsFromVerifiedPublisherOnly": _FLAG,
        "certifiedClientApplicationsOnly": _FLAG,
        "scopeSensitivityLabels": Members({"labelKind": _word("kind", "all", "enumerated")}),
    },
    unknown=True,
)
_POLICY = Members(
    {
        "id": _rule(Replacer.policy),
        "displayName": _FREE_TEXT,
        "description": _FREE_TEXT,
        "deletedDateTime": _FREE_TEXT,
        "includeAllPreApprovedApplications": _FLAG,
        "resourceScopeType": _word("type", "tenant", "group", "team", "chat"),
        "includes": Items(_CONDITION_SET),
        f"includes{_NEXT}": _LEFT_OUT,
        "excludes": Items(_CONDITION_SET),
        f"excludes{_NEXT}": _LEFT_OUT,
    },
    unknown=True,
)
_WORKFLOW = Members(
    {
        "isEnabled": _FLAG,
        "notifyReviewers": _FLAG,
        "remindersEnabled": _FLAG,
        "requestDurationInDays": _NUMBER,
        "reviewers": Items(
            Members(
                {
                    "query": _rule(Replacer.query),
                    "queryType": _word("type", "microsoftgraph"),
                    "queryRoot": _word("root", "self"),
                }
            )
        ),
    }
)
_GROUP_SETTING = Members(
    {
        "id": _ID,
        "templateId": _ID,
        "values": Items(
            Members(
                {
                    "name": _word(
                        "setting",
                        "blockuserconsentforriskyapps",
                        "enableadminconsentrequests",
                        "enablegroupspecificconsent",
                        "constraingroupspecificconsenttomembersofgroupid",
                    ),
                    "value": _rule(Replacer.switch),
                }
            )
        ),
    }
)
_ORGANIZATION = Members(
    {
        "id": _ID,
        "displayName": _name("tenant"),
        "tenantType": _word("type", "aad", "aad b2c", "ciam"),
        "verifiedDomains": Items(Members({"name": _rule(Replacer.domain)})),
    }
)
_USER = Members({"id": _ID, "accountEnabled": _FLAG, "userType": _word("type", "member", "guest")})
_ROLE_HOLDER = Members(
    {
        "principalId": _ID,
        "directoryScopeId": _word("scope", "/"),
        "principal": Members(
            {
                "@odata.type": _word(
                    "type",
                    "#microsoft.graph.user",
                    "#microsoft.graph.group",
                    "#microsoft.graph.serviceprincipal",
                ),
                "accountEnabled": _FLAG,
                "userType": _word("type", "member", "guest"),
            }
        ),
    }
)

SHAPES: Mapping[str, Members] = MappingProxyType(
    {
        "admin-consent-request-policy": _WORKFLOW,
        "application": _APPLICATION,
        "authorization-policy": Members(
            {**_SETTINGS_MEMBERS, "value": Items(Members(_SETTINGS_MEMBERS))}
        ),
        "client-assignments": _listing(_ASSIGNMENT),
        "client-grants": _listing(_GRANT),
        "client-service-principal": _PRINCIPAL,
        "group-settings": _listing(_GROUP_SETTING),
        "organization": _listing(_ORGANIZATION),
        "permission-classifications": _listing(
            Members(
                {
                    "id": _ID,
                    "permissionId": _ID,
                    "permissionName": _SCOPE,
                    "classification": _word("level", "low", "medium", "high"),
                }
            )
        ),
        "permission-grant-policy": _POLICY,
        "resource-service-principal": _PRINCIPAL,
        "reviewer-group": Members(
            {
                "id": _ID,
                "visibility": _word("visibility", "public", "private", "hiddenmembership"),
            }
        ),
        "reviewer-group-members": _listing(_USER),
        "reviewer-user": _USER,
        "role-holders": _listing(_ROLE_HOLDER),
        "service-principals": _listing(_PRINCIPAL),
        "tenant-wide-grants": _listing(_GRANT),
        "user": _USER,
        "user-assignments": _listing(_ASSIGNMENT),
        "user-grants": _listing(_GRANT),
        "user-roles": _listing(Members({"roleTemplateId": _ID})),
    }
)
"""By the source's name."""

ERROR_CODES = frozenset(
    {
        "authentication_forbiddenpremiumtenantrequired",
        "authentication_requestfromnonpremiumtenantorb2ctenant",
        "authorization_identitydisabled",
        "authorization_identitynotfound",
        "authorization_requestdenied",
        "accessdenied",
        "badgateway",
        "badrequest",
        "directory_expiredpagetoken",
        "directory_objectnotfound",
        "forbidden",
        "gatewaytimeout",
        "generalexception",
        "invalidauthenticationtoken",
        "notfound",
        "request_badrequest",
        "request_resourcenotfound",
        "request_unsupportedquery",
        "resourcenotfound",
        "serviceunavailable",
        "servicenotavailable",
        "toomanyrequests",
        "unauthorized",
        "unknownerror",
    }
)
"""Codes of Graph's errors, in lower case."""
