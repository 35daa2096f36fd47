"""The lint for `Any` names each use without a reason."""

from tests.reasons import without_reason


def test_any_without_a_reason_is_named_and_one_with_a_reason_is_not() -> None:
    text = """from typing import Any

a: Any = 1
b: Any = 1  # Any: of a library


# Any: of a library
def f(c: Any) -> None:
    \"\"\"Any text.\"\"\"
"""
    assert list(without_reason(text)) == [3]
