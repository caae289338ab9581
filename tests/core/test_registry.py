import pytest

from core.errors import BadSetting
from core.registry import Registry


def _fruits() -> Registry[int]:
    fruits: Registry[int] = Registry("fruit")
    fruits.add("apple", 1)
    fruits.add("pear", 2)
    return fruits


def test_an_unknown_name_lists_the_choices_and_the_nearest() -> None:
    with pytest.raises(
        BadSetting, match=r"no fruit named 'aple'; choose one of apple, pear"
    ) as told:
        _fruits()["aple"]
    assert "Did you mean 'apple'?" in str(told.value)


def test_what_is_no_name_at_all_is_refused_the_same_way() -> None:
    with pytest.raises(BadSetting, match="no fruit named"):
        _fruits()[["apple"]]  # type: ignore[index]


def test_a_name_twice_is_our_defect() -> None:
    fruits = _fruits()
    with pytest.raises(ValueError, match="twice"):
        fruits.add("pear", 3)
    assert fruits["pear"] == 2


def test_order_is_that_of_adding() -> None:
    assert _fruits().names() == ("apple", "pear")
    assert _fruits().items() == [("apple", 1), ("pear", 2)]
