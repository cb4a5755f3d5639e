"""What is written of a profile reads back as the same profile."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.catalog import load_profile, profile_ids
from auditor.model.profile import (
    WAYS,
    Feature,
    ProfileKind,
    Registration,
    Requirement,
    Variable,
    VendorProfile,
)
from auditor.permissions import load_permissions, resource_name
from auditor.profile_file import AUDIENCES, PLATFORMS, read_profile
from auditor.profile_text import profile_text
from auditor.toml_file import parse_toml

TABLE = load_permissions()
HOSTILE = "'''\"\"\"\\#{}[]=é\N{SNOWMAN}\N{GRINNING FACE}\u05d0\uffff \t\n"


def read(text: str) -> VendorProfile:
    return read_profile(parse_toml(text, "written"), TABLE)


words = st.text(
    alphabet=st.one_of(st.sampled_from(HOSTILE), st.characters(codec="utf-8")), max_size=40
).map(lambda text: " ".join("".join(c for c in text if c.isprintable()).split()) or "x")
ids = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
guids = st.uuids().map(str)
known = st.sampled_from(TABLE.permissions).map(lambda one: (one.resource_app_id, one.value))
foreign = st.tuples(guids, st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,20}", fullmatch=True))
foreign = foreign.filter(lambda one: not one[1].lower().endswith("default"))


@st.composite
def requirements(draw: st.DrawFn) -> Requirement:
    app_id, value = draw(known | foreign)
    optional = st.just("") | words
    return Requirement(
        app_id, resource_name(app_id), value, draw(optional), draw(optional), draw(st.booleans())
    )


@st.composite
def features(draw: st.DrawFn) -> Feature:
    def key(one: Requirement) -> tuple[str, str]:
        return one.resource_app_id, one.value.lower()

    found = draw(st.lists(requirements(), min_size=1, max_size=6, unique_by=key))
    return Feature(draw(ids), draw(words), draw(st.booleans()), draw(st.booleans()), tuple(found))


registrations = st.builds(
    Registration,
    platform=st.sampled_from(PLATFORMS),
    redirect_uris=st.lists(
        st.sampled_from(["https://x.example/{domain}", "https://y.example/", "http://localhost"])
    ).map(lambda uris: ("https://{domain}/", *uris)),
    audiences=st.lists(st.sampled_from(AUDIENCES), min_size=1).map(tuple),
    credential=st.booleans(),
    elsewhere=st.booleans(),
)


@st.composite
def profiles(draw: st.DrawFn) -> VendorProfile:
    own = draw(st.none() | registrations)
    found = draw(st.lists(features(), min_size=1, max_size=3, unique_by=lambda one: one.id))
    variables = [Variable("app_id", draw(words), "guid", draw(st.booleans()))]
    if own:
        variables.append(Variable("domain", draw(words), "domain", draw(st.booleans())))
    return VendorProfile(
        id=draw(ids),
        name=draw(words),
        version=draw(words),
        kind=ProfileKind.OWN_REGISTRATION if own else ProfileKind.VENDOR_APP,
        summary=draw(words),
        source=draw(words),
        retrieved=draw(st.dates(date(1, 1, 1))),
        app_id=draw(st.none() | guids),
        registration=own,
        variables=tuple(variables),
        features=(replace(found[0], default=True), *found[1:]),
        notes=tuple(draw(st.lists(words, max_size=3))),
        documented_way=draw(st.sampled_from(("", *WAYS))),
    )


@settings(max_examples=60, deadline=None)
@given(profile=profiles(), remarks=st.lists(st.text(max_size=30), max_size=2))
def test_round_trip(profile: VendorProfile, remarks: list[str]) -> None:
    assert read(profile_text(profile, remarks)) == profile


@pytest.mark.parametrize("profile_id", profile_ids())
def test_round_trip_of_every_shipped_profile(profile_id: str) -> None:
    profile = load_profile(profile_id)
    assert read(profile_text(profile)) == profile


def test_a_lone_surrogate_is_replaced() -> None:
    text = profile_text(load_profile("sophiie"), ["a\ud800b\nid = 1"])
    assert text.startswith("# a\N{REPLACEMENT CHARACTER}b\\u000aid = 1\n")
    assert read(text).id == "sophiie"
