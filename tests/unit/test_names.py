"""Names that look alike to a reader, and names that do not."""

import pytest

from auditor.names import is_part, words


@pytest.mark.parametrize(
    "name",
    [
        "Sophiie",
        "sophiie",
        "  SOPHIIE\t",
        "S o p h i i e",
        "Sophi-ie",
        "S\u00f3phi\u00efe",
        "S\u043ephi\u0456e",
        "\u0405\u043e\u0440hiie",
        "S\u03bfphiie",
        "S0phi1e",
        "Sophlie",
        "So\u200bphi\u00adie",
        "\u202eSophiie\u202c",
        "So\x00phi\x1bie",
        "\uff33\uff4f\uff50\uff48\uff49\uff49\uff45",
        "So\ud800phiie",
    ],
)
def test_the_same_to_a_reader(name: str) -> None:
    assert "".join(words(name)) == "".join(words("Sophiie"))


@pytest.mark.parametrize("name", ["Sofie", "Sophiiee", "Sophie", "", "\u200b", "<>", "ソフィー"])
def test_another_name(name: str) -> None:
    assert "".join(words(name)) != "".join(words("Sophiie"))


def test_pairs_that_look_like_one_letter() -> None:
    assert words("Rnicrosoft 365") == words("Microsoft 365")
    assert words("VVingtip") == words("Wingtip")


def test_words_are_split_at_what_is_no_letter() -> None:
    assert words("Sofa\n365_Bridge (test)") == ("sofa", "365", "brldge", "test")
    assert words("<script>alert('x')</script>") == ("scrlpt", "alert", "x", "scrlpt")
    assert words("x" * 300) == ("x" * 300,)


def test_a_name_in_another() -> None:
    bridge = words("Sofa 365 Bridge")
    assert is_part(bridge, words("The Sofa-365 Bridge!"))
    assert is_part(bridge, bridge)
    assert not is_part(bridge, words("Bridge 365 Sofa"))
    assert not is_part(bridge, words("Sofa"))
    assert not is_part(words("Box"), words("Box tools"))
    assert not is_part(words(""), words("Anything"))
