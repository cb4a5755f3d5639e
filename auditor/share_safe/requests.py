"""What was asked, in the same pseudonyms: options and a person's own profile name things too."""

from dataclasses import replace

from auditor.catalog import AD_HOC
from auditor.model.profile import Asked, ConsentRequest, Registration, Requirement, VendorProfile
from auditor.permissions import resource_name
from auditor.share_safe.public import shipped
from auditor.share_safe.replacer import Replacer


def safe_request(request: ConsentRequest, replacer: Replacer) -> ConsentRequest:
    """Replace what is not public in a request; a profile that ships is."""
    app_id = replacer.ident(request.app_id) if request.app_id else request.app_id
    user_id = replacer.ident(request.asker.user_id)
    safe = replace(request, app_id=app_id, asker=replace(request.asker, user_id=user_id))
    profile = shipped(request)
    if profile is not None:
        return _of_shipped(safe, profile, replacer)
    return _of_own(safe, replacer, ad_hoc=request.profile_id == AD_HOC)


def _of_shipped(
    request: ConsentRequest, profile: VendorProfile, replacer: Replacer
) -> ConsentRequest:
    registration = request.registration
    late = registration.unchecked if registration else ()
    starts = tuple(f"The redirect URI {one} was not checked" for one in late)
    return replace(
        request,
        notes=tuple(
            one
            for one in request.notes
            if one in profile.notes or (starts and one.startswith(starts))
        ),
        registration=_registration(registration, replacer, profile),
    )


def _of_own(request: ConsentRequest, replacer: Replacer, *, ad_hoc: bool) -> ConsentRequest:
    own = replacer.word("profile", request.profile_id, frozenset({AD_HOC}))
    return replace(
        request,
        profile_id=own,
        name=request.app_id or own if ad_hoc else replacer.app(request.name),
        version="",
        source="",
        notes=(),
        permissions=tuple(_asked(one, replacer) for one in request.permissions),
        registration=_registration(request.registration, replacer, None),
    )


def _asked(one: Asked, replacer: Replacer) -> Asked:
    wanted = one.requirement
    app_id = replacer.ident(wanted.resource_app_id)
    return Asked(
        Requirement(
            resource_app_id=app_id,
            resource=resource_name(app_id),
            value=replacer.scope(wanted.value),
            assumed=wanted.assumed,
        ),
        one.required,
        tuple(replacer.word("feature", name, frozenset({AD_HOC})) for name in one.features),
    )


def _registration(
    found: Registration | None, replacer: Replacer, profile: VendorProfile | None
) -> Registration | None:
    if found is None:
        return None
    known = profile.registration.redirect_uris if profile and profile.registration else ()
    return replace(
        found,
        redirect_uris=tuple(replacer.uri(one) for one in found.redirect_uris),
        unchecked=tuple(one if one in known else replacer.uri(one) for one in found.unchecked),
    )
