"""Every problem code that the source raises has a Chinese text, and the catalog has no other codes."""

import ast
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.base import errors
from shared.web.language import language_of
from shared.web.problems import TEXTS, chinese_of
from shared.web.problems.fields import chinese_of_field

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(
    r"(access|checkpoint|console|dead_letters|http|import|isolation|notification|operators|registration|request|server|store|supply)\.[a-z_0-9]+"
)
# Calls whose first argument looks like a problem code and is none.
_NO_ERRORS = frozenset({"EventConsumer", "derived_id"})
# Codes that a status or a parameter of the address makes: `http.{status}`, `request.{name}_in_url`.
STATUSES = frozenset({400, 401, 403, 404, 405, 406, 408, 409, 411, 413, 414, 415, 416, 422, 429, 431, *range(500, 505)})
MADE = frozenset(f"http.{status}" for status in STATUSES) | frozenset(
    {"request.purpose_in_url", "request.reason_in_url"}
)
# The expressions by which errors are made from a code that stands elsewhere: the scan sees it there.
MADE_ELSEWHERE = {
    ("services/checkpoint/routes/scans.py", "answer.error.code"),
    (
        "services/console/client/apis.py",
        "{name: parameters[name] for name in ('acr_values', 'max_age') if name in parameters}",
    ),
    ("services/registration/rosters/answers.py", "about['code']"),
    ("shared/web/http.py", "f'request.{name}_in_url'"),
    ("shared/web/pages.py", "code"),
}
ALWAYS = frozenset({"correlation_id"})


class Raised(NamedTuple):
    """A call that makes an error or a problem: where, its code, and the names of the details that it gives."""

    where: str
    code: str
    details: frozenset[str]


def raised_in(path: str, source: str) -> Iterator[Raised]:
    """Yield the errors that a module makes: each call with a problem code before its English text."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = _called(node)
        for given in node.args[:3]:
            if (code := _constant(given)) and CODE.fullmatch(code) and called not in _NO_ERRORS:
                details = frozenset(keyword.arg or "**" for keyword in node.keywords)
                if called == "_not_served":  # it gives the text itself
                    details |= {"detail_zh"}
                yield Raised(f"{path}:{node.lineno}", code, details)


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func).partition("[")[0].partition("(")[0].rpartition(".")[2]


def _constant(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


SOURCES = {
    str(file.relative_to(ROOT)): file.read_text(encoding="utf-8")
    for folder in ("services", "shared")
    for file in sorted((ROOT / folder).rglob("*.py"))
}
RAISED = [one for path, source in SOURCES.items() for one in raised_in(path, source)]


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_the_scan_sees_a_code_in_each_form_in_which_the_source_gives_one() -> None:
    source = """
raise Conflict("supply.one", "English", most=3)
error = errors.Invalid("supply.two", text, detail_zh=chinese)
super().__init__("store.three", text)
return problem(422, "request.four", text)
log = getLogger("other.five")
"""
    seen = {one.code: set(one.details) for one in raised_in("module.py", source)}
    assert seen == {
        "supply.one": {"most"},
        "supply.two": {"detail_zh"},
        "store.three": set(),
        "request.four": set(),
    }


def test_each_error_is_raised_with_its_code_in_the_same_call_but_for_those_known_here() -> None:
    classes = {name for name, kind in vars(errors).items() if isinstance(kind, type) and "Unreadable" not in name}
    made = {
        (path, ast.unparse(node.args[0]))
        for path, source in SOURCES.items()
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and _called(node) in classes and node.args and not _constant(node.args[0])
    }
    assert made == MADE_ELSEWHERE


def test_every_code_that_is_raised_has_a_chinese_text() -> None:
    assert len({one.code for one in RAISED}) > 180, "the scan sees too few codes"
    without = [one for one in RAISED if one.code not in TEXTS and not {"detail_zh", "**"} & one.details]
    assert not without, "add a text to shared/web/problems: " + ", ".join(
        f"{one.code} ({one.where})" for one in without
    )


def _statuses(package: str) -> set[int]:
    """Return the statuses with which the modules of a package raise an error by its status alone."""
    files = sorted(Path(find_spec(package).submodule_search_locations[0]).rglob("*.py"))  # type: ignore[union-attr, index]
    calls = [node for file in files for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    raising = [call for call in calls if _called(call).endswith("HTTPException")]
    given = [[*call.args[:1], *(one.value for one in call.keywords if one.arg == "status_code")] for call in raising]
    texts = [ast.unparse(one) for each in given for one in each]
    return {int(number) for text in texts if (number := "".join(re.findall("[45][0-9]{2}", text)))}


@pytest.mark.parametrize("package", ["fastapi", "starlette", "services", "shared"])
def test_each_status_that_is_an_error_by_itself_has_a_chinese_text(package: str) -> None:
    raised = _statuses(package)
    assert raised or package == "shared"
    assert {f"http.{status}" for status in raised} - TEXTS.keys() == set()


def test_each_status_that_proxies_and_servers_know_has_a_chinese_text_with_what_to_do() -> None:
    for status in STATUSES:
        text = chinese_of(f"http.{status}", {"correlation_id": "x"})
        assert text, status
        assert "：" in text, status


def test_the_catalog_has_no_code_that_is_not_raised() -> None:
    needed = {one.code for one in RAISED if "detail_zh" not in one.details}
    assert TEXTS.keys() - needed - MADE == set()


def test_every_detail_that_a_text_names_is_given_wherever_its_code_is_raised() -> None:
    lacking = {
        f"{one.code} ({one.where})": names
        for one in RAISED
        if "detail_zh" not in one.details and (names := _names(TEXTS.get(one.code, "")) - one.details - ALWAYS)
    }
    assert lacking == {}


def test_each_text_is_chinese_and_has_no_western_punctuation() -> None:
    for code, text in TEXTS.items():
        assert re.search(r"[\u4e00-\u9fff]", text), code
        assert not re.search(r"[,;!?:](?!\d)", re.sub(r"\{\w+\}", "", text)), code


def test_the_text_of_the_raise_site_goes_before_the_catalog_and_a_missing_detail_leaves_the_english_one() -> None:
    assert chinese_of("supply.expired", {"detail_zh": "此处"}) == "此处"
    assert (
        chinese_of("supply.expired", {"expires_on": "2026-01-31"})
        == "物资已于 2026-01-31 过期：请不要入库，或更正有效期"
    )
    assert chinese_of("supply.expired", {}) is None
    assert chinese_of("supply.of_no_catalog", {}) is None


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=2)
    age: int = Field(ge=0)


@pytest.mark.parametrize(
    ("given", "chinese"),
    [
        ({"age": 1}, "缺少此项：请填写"),
        ({"name": "王芳", "age": -1}, "不能小于 0"),
        ({"name": "王芳", "age": "x"}, "须为整数"),
        ({"name": "王", "age": 1}, "至少 2 个字符"),
        ({"name": "王芳", "age": 1, "sex": "f"}, "没有这一项：请删去，或核对名称"),
    ],
)
def test_what_is_wrong_with_a_field_has_a_chinese_text_by_its_type(given: dict[str, object], chinese: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _Form.model_validate(given)
    (error,) = refused.value.errors()
    assert chinese_of_field(error) == chinese


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB, zh;q=0.9", "en"),
        ("fr, zh-Hans;q=0.2", "zh"),
        ("en;q=0.5, zh ; q=0.7", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=much, *", "en"),
        ("de", "en"),
    ],
)
def test_the_language_is_the_one_of_two_that_the_header_weighs_most_and_english_without_one(
    header: str, language: str
) -> None:
    assert language_of(header) == language
