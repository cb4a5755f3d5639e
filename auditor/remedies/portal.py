"""Where the Entra admin center has a page for it: path and deep link."""

from auditor.model.cloud import ENDPOINTS
from auditor.remedies.context import Context
from auditor.scopes import guid

ENTERPRISE_APPS = "Entra ID > Enterprise apps > All applications"
APP_REGISTRATIONS = "Entra ID > App registrations"


def enterprise_app_path(context: Context, *pages: str) -> str:
    """Name a page of the client's enterprise application."""
    return " > ".join((ENTERPRISE_APPS, context.app, *pages))


def registration_path(context: Context, *pages: str) -> str:
    """Name a page of the client's app registration."""
    return " > ".join((APP_REGISTRATIONS, "All applications", context.app, *pages))


def enterprise_app(context: Context, page: str) -> str:
    """Link to a page of the client's enterprise application; empty where its id is not at hand."""
    object_id = guid(context.client.id) if context.client else None
    if object_id is None or context.app_id is None or context.facts.share_safe:
        return ""
    blade = f"Microsoft_AAD_IAM/ManagedAppMenuBlade/~/{page}"
    return _view(context, f"{blade}/objectId/{object_id}/appId/{context.app_id}")


def registration(context: Context, page: str) -> str:
    """Link to a page of the client's app registration; empty where its app ID is not at hand."""
    if context.app_id is None or context.facts.share_safe:
        return ""
    blade = f"Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/{page}"
    return _view(context, f"{blade}/appId/{context.app_id}")


def new_registration(context: Context) -> str:
    """Link to the form for a new app registration."""
    return _view(context, "Microsoft_AAD_RegisteredApps/CreateApplicationBlade")


def user_consent_settings(context: Context) -> str:
    """Link to the choice of what users may consent to."""
    return _consent_page(context, "UserSettings")


def admin_consent_settings(context: Context) -> str:
    """Link to the switch of the admin consent workflow."""
    return _consent_page(context, "AdminConsentSettings")


def permission_classifications(context: Context) -> str:
    """Link to the menu that has the page; a link to the page itself is not documented."""
    return _consent_page(context, "UserSettings")


def admin_consent_requests(context: Context) -> str:
    """Link to the list of enterprise apps, whose menu has the requests."""
    return _view(context, "Microsoft_AAD_IAM/StartboardApplicationsMenuBlade/~/AppAppsPreview")


def _consent_page(context: Context, page: str) -> str:
    return _view(context, f"Microsoft_AAD_IAM/ConsentPoliciesMenuBlade/~/{page}")


def _view(context: Context, place: str) -> str:
    return f"{ENDPOINTS[context.facts.cloud].portal}/#view/{place}"
