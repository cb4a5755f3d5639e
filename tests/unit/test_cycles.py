"""Long work goes without Python's search for cycles, and everything else with it."""

import gc

import pytest

from auditor.cycles import no_search_for_cycles


def test_the_search_is_off_within_and_on_again_afterwards() -> None:
    assert gc.isenabled()
    with no_search_for_cycles():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_turns_it_on_again() -> None:
    with pytest.raises(ValueError, match="x"), no_search_for_cycles():
        raise ValueError("x")
    assert gc.isenabled()


def test_one_within_another_leaves_it_off_until_the_outer_ends() -> None:
    with no_search_for_cycles():
        with no_search_for_cycles():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
