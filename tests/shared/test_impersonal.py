"""ID numbers and telephone numbers are recognised in public texts, other numbers are not."""

import pytest

from shared.base.errors import DomainError
from shared.base.impersonal import require_impersonal


@pytest.mark.parametrize(
    "text",
    [
        "见13800138000",
        "138 0013 8000",
        "138-0013-8000 王",
        "身份证 11010519491231002X。",
        "110105 19491231 0029",
        "１３８００１３８０００",
    ],
)
def test_a_personal_number_is_refused(text: str) -> None:
    with pytest.raises(DomainError, match="leave it out") as refused:
        require_impersonal(text, "reason")
    assert (refused.value.code, refused.value.status) == ("request.personal_number", 422)


@pytest.mark.parametrize(
    "text", ["封闭管理", "京疫防〔2022〕12号", "2022-04-01至2022-04-15", "工单 9913800138000123", "12345 热线"]
)
def test_other_numbers_stay(text: str) -> None:
    require_impersonal(text, "reason")
