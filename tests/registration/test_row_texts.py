"""What is wrong with a row of a roster has a Chinese text, whatever sentence the source makes of it."""

import ast
import re
from pathlib import Path

from services.registration import main
from services.registration.rosters import row_texts
from services.registration.rosters.row_texts import chinese_of_row
from services.registration.settings import Settings
from services.registration.usecases import imports
from tests.conftest import MakeService

SERVICE = Path(row_texts.__file__).parents[1]
SOURCES = [
    *(SERVICE / "rosters").glob("*.py"),
    *(SERVICE / "domain" / name for name in ("persons.py", "places.py", "staff_terms.py")),
    *(
        SERVICE / "usecases" / name
        for name in ("doors.py", "imports.py", "places.py", "applying.py", "staff_rosters.py")
    ),
]


def _sentences(tree: ast.Module) -> set[str]:
    """Return the sentences of `ValueError(...)`, `refuse(column, ...)`, `RowProblem(row, column, ...)`."""
    constants = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    at = {"ValueError": 0, "refuse": 1, "RowProblem": 2}
    sentences = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            position = at.get(ast.unparse(node.func).rpartition(".")[2])
            if position is not None and len(node.args) > position:
                given = node.args[position]
                given = constants.get(given.id, given) if isinstance(given, ast.Name) else given
                sentences.add(_text(given))
    return sentences - {""}


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return ""


def _is_chinese(text: str) -> bool:
    return bool(re.match(r"[\u4e00-\u9fff7 /A-Z0-9]*[\u4e00-\u9fff]", text))


def test_every_sentence_about_a_row_has_a_chinese_text() -> None:
    sentences = set().union(*(_sentences(ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES))
    assert len(sentences) > 25, "the scan sees too few sentences"
    assert {one for one in sentences if not _is_chinese(chinese_of_row(one))} == set()


def test_values_of_a_sentence_stand_in_its_chinese_text() -> None:
    assert chinese_of_row("has more than 60 characters: shorten it") == "超过 60 个字符：请缩短"
    assert (
        chinese_of_row("There is no place /a/b in your area: define it first") == "在您的辖区内没有地点 /a/b：请先登记"
    )
    assert chinese_of_row(imports.EXAMINED[1]).startswith("本行不能直接入库")
    assert chinese_of_row("a sentence of another version") == "a sentence of another version"


async def test_a_preview_states_what_is_wrong_with_a_row_in_the_language_that_the_clerk_prefers(
    service: MakeService,
) -> None:
    made = await service(main.build, Settings)
    files = {"file": ("roster.csv", "级别,编码,名称,上级\n小屋,c01,春华,/jinhe\n".encode())}
    answered = {}
    async with made.client("city", area="/") as office:
        for language in ("zh-CN", "en"):
            headers = {"Accept-Language": language}
            answer = await office.post("/v1/imports/places/preview", files=files, headers=headers)
            (answered[language],) = answer.json()["problems"]
    assert answered["zh-CN"]["problem"].startswith("没有这种级别：请填写")
    assert answered["en"]["problem"].startswith("an unknown level: use")
