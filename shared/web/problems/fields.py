"""Chinese texts of what is wrong with a field of a request, by the type of pydantic's error."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

_TEXT, _WHOLE, _NUMBER = "须为文字", "须为整数", "须为数字"
_DATE = "日期格式不对：请按 2026-01-31 的格式填写"
_DATETIME = "日期时间格式不对：请按 2026-01-31T08:00:00Z 的格式填写"
_CHOICE = "只能是以下之一：{expected}"
_LIST, _OBJECT = "须为列表", "须为带字段的对象"

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "missing": "缺少此项：请填写",
        "extra_forbidden": "没有这一项：请删去，或核对名称",
        "string_type": _TEXT,
        "string_too_short": "至少 {min_length} 个字符",
        "string_too_long": "最多 {max_length} 个字符",
        "string_pattern_mismatch": "格式不对（须符合 {pattern}）",
        "string_unicode": "有无法识别的字符：请重新填写",
        "int_type": _WHOLE,
        "int_parsing": _WHOLE,
        "int_parsing_size": "数字过大：请更正",
        "int_from_float": _WHOLE,
        "float_type": _NUMBER,
        "float_parsing": _NUMBER,
        "decimal_type": _NUMBER,
        "decimal_parsing": _NUMBER,
        "finite_number": _NUMBER,
        "bool_type": "须为 true 或 false",
        "bool_parsing": "须为 true 或 false",
        "greater_than": "须大于 {gt}",
        "greater_than_equal": "不能小于 {ge}",
        "less_than": "须小于 {lt}",
        "less_than_equal": "不能大于 {le}",
        "multiple_of": "须为 {multiple_of} 的倍数",
        "enum": _CHOICE,
        "literal_error": _CHOICE,
        "union_tag_invalid": "只能是以下之一：{expected_tags}",
        "date_type": _DATE,
        "date_parsing": _DATE,
        "date_from_datetime_parsing": _DATE,
        "date_from_datetime_inexact": "只写日期，不写时间：请按 2026-01-31 的格式填写",
        "date_past": "须为过去的日期",
        "date_future": "须为将来的日期",
        "datetime_type": _DATETIME,
        "datetime_parsing": _DATETIME,
        "datetime_from_date_parsing": _DATETIME,
        "datetime_object_invalid": _DATETIME,
        "timezone_aware": "缺少时区：请按 2026-01-31T08:00:00Z 的格式填写",
        "time_type": "时间格式不对：请按 08:00 的格式填写",
        "time_parsing": "时间格式不对：请按 08:00 的格式填写",
        "uuid_type": "编号格式不对：须为 UUID",
        "uuid_parsing": "编号格式不对：须为 UUID",
        "list_type": _LIST,
        "tuple_type": _LIST,
        "set_type": _LIST,
        "frozen_set_type": _LIST,
        "dict_type": _OBJECT,
        "model_type": _OBJECT,
        "model_attributes_type": _OBJECT,
        "too_short": "至少 {min_length} 项",
        "too_long": "最多 {max_length} 项",
        "json_invalid": "不是有效的 JSON：请更正格式",
        "unknown_parameter": "没有这个参数：可用的参数有 {known}",
        "no_parameters": "没有这个参数：这个地址不接受参数",
        "unwanted_character": "{msg}",
        "value_error": "内容不符合要求（{error}）",
    }
)


def chinese_of_field(error: Mapping[str, Any]) -> str:  # Any: what pydantic states about an error
    """Return the Chinese text of one of pydantic's errors; it never repeats the input."""
    text = TEXTS.get(str(error["type"]), "内容有误（{msg}）")
    values = {"msg": error["msg"]} | error.get("ctx", {})
    try:
        return text.format_map(values)
    except KeyError:
        return f"内容有误（{error['msg']}）"
