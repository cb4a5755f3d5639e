"""What a vendor's app asks for: requirement profiles and the request made from one."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique

import msgspec


@unique
class ProfileKind(StrEnum):
    """Whose app it is."""

    VENDOR_APP = "vendor-app"
    """One app of the vendor that every customer uses."""
    OWN_REGISTRATION = "own-registration"
    """The customer or partner registers an app of its own."""
    AD_HOC = "ad-hoc"
    """Named on the command line by app ID and scopes."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One delegated permission that the app asks for."""

    resource_app_id: str
    """Lower case."""
    resource: str
    """The resource's usual name, such as ``Microsoft Graph``."""
    value: str
    """The permission's name, such as ``Mail.Read``."""
    documented_as: str = ""
    """How the vendor's document spells it, where that is no real permission."""
    note: str = ""
    assumed: bool = False
    """The vendor's document does not name it; it is taken from Microsoft's documentation."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A part of the product and the permissions that it takes."""

    id: str
    name: str
    required: bool
    default: bool
    """Asked for when a run does not choose features."""
    permissions: tuple[Requirement, ...]


class Variable(msgspec.Struct, frozen=True):
    """A value that a run gives with ``--set name=value``."""

    name: str
    description: str
    kind: str
    """``guid``, ``domain`` or ``text``."""
    required: bool


@dataclass(frozen=True, slots=True)
class Registration:
    """What the app registration has to look like."""

    platform: str
    """``web``, ``spa`` or ``public``."""
    redirect_uris: tuple[str, ...]
    """Exact; may hold ``{variables}`` in a profile, never in a request."""
    audiences: tuple[str, ...]
    """Accepted ``signInAudience`` values."""
    credential: bool
    """A client secret or certificate is needed."""
    elsewhere: bool
    """It may be registered in another tenant, such as a partner's."""
    unchecked: tuple[str, ...] = ()
    """Redirect URIs whose variables were not given, in a request; as the profile has them."""


WAYS = (
    "tenant-wide-consent",
    "request-approval",
    "app-consent-policy",
    "one-user-consent",
    "low-classification",
    "publisher-verification",
)
"""What a document may describe: the ids of the plans that settle consent."""


class VendorProfile(msgspec.Struct, frozen=True):
    """One file of ``policies/profiles/``."""

    id: str
    name: str
    version: str
    kind: ProfileKind
    summary: str
    source: str
    """The document that it was made from."""
    retrieved: date
    app_id: str | None
    """The vendor's app ID, lower case, where it is publicly known."""
    registration: Registration | None
    variables: tuple[Variable, ...]
    features: tuple[Feature, ...]
    notes: tuple[str, ...]
    """What an administrator should know about the document, such as where it is wrong."""
    documented_way: str = ""
    """The plan's id whose way the document describes, such as ``low-classification``."""


class KnownApp(msgspec.Struct, frozen=True):
    """A vendor's app whose id its profile states."""

    name: str
    app_id: str
    """Lower case."""


@unique
class UserKind(StrEnum):
    """Who asks."""

    MEMBER = "member"
    GUEST = "guest"
    ADMIN = "admin"


@unique
class Publisher(StrEnum):
    """Publisher verification of an app, stated or found."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asker:
    """The person who signs in to the app."""

    kind: UserKind = UserKind.MEMBER
    role: str = ""
    """A directory role's display name, where the person holds one."""
    user_id: str = ""
    """Object id, lower case; empty for any such user."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One requested permission and the features that want it."""

    requirement: Requirement
    required: bool
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """The concrete request that is decided: one app, its permissions, one person."""

    profile_id: str
    name: str
    """The app's or vendor's name."""
    kind: ProfileKind
    version: str
    source: str
    retrieved: date | None
    notes: tuple[str, ...]
    app_id: str | None
    """Lower case; None when nobody said which app it is."""
    permissions: tuple[Asked, ...]
    """Without duplicates, in the profile's order."""
    registration: Registration | None
    asker: Asker
    publisher: Publisher
    """Stated for an app that the tenant does not know yet; UNKNOWN for "find out"."""
    prompt_consent: bool
    default_scope: bool
    documented_way: str = ""
    """As in the profile."""
