"""Chinese texts of what is wrong with rows of rosters. The English sentence is the key: reports are stored with it.

`{}` stands for a value of the sentence, which the Chinese text takes in the same order. The first sentence that fits
counts.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

BETWEEN_LANGUAGES = " · "  # of a stored text in English and Chinese
_COLUMN_TEXT = "请把该列设为文本格式后重新填写"
TEXTS: Mapping[str, str] = MappingProxyType(
    {
        # Cells that the spreadsheet has changed.
        "the spreadsheet made a date of it: make the column text and enter it again": (
            f"被表格软件改成了日期：{_COLUMN_TEXT}"
        ),
        "the spreadsheet made a number of it, and zeros are lost: make the column text and enter it again": (
            f"被表格软件改成了数字，丢失了前面的零：{_COLUMN_TEXT}"
        ),
        "the spreadsheet made a number of it and lost digits: make the column text and enter it again": (
            f"被表格软件改成了数字，丢失了后几位：{_COLUMN_TEXT}"
        ),
        "the spreadsheet made TRUE or FALSE of it: make the column text and enter it again": (
            f"被表格软件改成了 TRUE 或 FALSE：{_COLUMN_TEXT}"
        ),
        "the spreadsheet shows an error there: correct the formula, or enter the value": (
            "单元格显示错误：请更正公式，或直接填写内容"
        ),
        "has more than {} characters: shorten it": "超过 {} 个字符：请缩短",
        "has 1 to {} parts: write 3号楼2单元501 or 3-2-501": "门牌为 1 至 {} 段：请写成 3号楼2单元501 或 3-2-501",
        # Imports that were given up.
        "Row {} and those behind it were not stored because of a mistake in this system: tell the operator the import's"
        " id": "系统错误，第 {} 行及其后各行没有入库：请将导入编号告知运维人员",
        "Some rows were not stored because of a mistake in this system: tell the operator the import's id": (
            "系统错误，部分行没有入库：请将导入编号告知运维人员"
        ),
        # Rows.
        "the row has more cells than the heading: put a cell that holds the mark between cells into quotes": (
            "该行的单元格比表头多：内容中含有分隔符的单元格请加上引号"
        ),
        "is empty below a filled cell, and this kind of file does not state which cells were merged: enter it in each"
        " row, or 无 where there is none": "上方有内容而此处为空，无法判断是否为合并单元格：请逐行填写，没有的填 无",
        "states no building or unit, and the room is not that of the stored door: state the whole door": (
            "没有写楼栋或单元，房号又与已登记的不同：请写完整的住址"
        ),
        "stands in an earlier row of this file already: keep one of them": "与本文件前面的一行重复：请只保留一行",
        "stands in an earlier row of this file already: a card belongs to one person": (
            "与本文件前面的一行重复：一张卡只能属于一个人，请更正"
        ),
        "another person holds this card: pass it on at that person's file, or issue another one": (
            "此卡已由另一人使用：请在该人的档案中转出，或换发新卡"
        ),
        "is registered as dead: undo that in the file's history if it is wrong, or take the row out": (
            "档案登记为已去世：如有误，请在档案变更记录中撤销，否则请删去该行"
        ),
        "is not stored by itself and is examined by hand: {} · {}": "{1}",
        # Staff of employers.
        "is missing: state the ID number or the phone": "没有填写：请填写身份证号或电话",
        "is no employer of yours: write the name or the credit code as it is registered, or register the employer": (
            "不是您名下已登记的单位：请按登记填写单位名称或统一社会信用代码，或先登记该单位"
        ),
        "is missing: you act for several employers, so state which one": "没有填写：您负责多个单位，请写明是哪一个",
        "is no day: write it as 2022-03-10": "不是日期：请写成 2022-03-10",
        "lies before the first day: correct one of both": "早于入职日期：请更正",
        "has not come yet: state it on that day": "日期尚未到来：请在当日填写",
        "states up to {} persons as 李梅（妻子）、王小明（儿子）: correct it": (
            "最多 {} 人，请写成 李梅（妻子）、王小明（儿子）：请更正"
        ),
        "The employer was not found in your area": "该单位已不在您的名下：请联系登记该单位的社区",
        # Risk regions.
        "states no risk: write 高, 中 or 低": "没有写风险等级：请写 高、中 或 低",
        "is no name of a region: use letters, digits and - alone": "不是地区名称：只能用文字、数字和短横线",
        "is no time: write it as 2022-03-10 08:00": "不是时间：请写成 2022-03-10 08:00",
        "ends before it begins: correct one of both times": "截止时间早于起始时间：请更正",
        "is empty although a smaller region is stated: fill it in": "填写了下级地区，此项却为空：请填写",
        "states another risk for the region and the time of an earlier row: keep one of them": (
            "与前面一行的地区和时间相同，风险等级却不同：请只保留一行"
        ),
        # Persons.
        "is missing: fill it in": "没有填写：请填写",
        "the ID number must have 17 digits and a last digit or X": "身份证号须为 17 位数字加一位数字或 X：请更正",
        "the ID number's check digit is wrong: compare it with the document": "身份证号的校验码不对：请对照证件更正",
        "the ID number holds no valid birth date: compare it with the document": (
            "身份证号中的出生日期不存在：请对照证件更正"
        ),
        "the birth date in the ID number lies in the future: compare it with the document": (
            "身份证号中的出生日期晚于今天：请对照证件更正"
        ),
        "the birth date in the ID number lies before {}: compare it": "身份证号中的出生日期早于 {} 年：请对照证件更正",
        "holds a line break: write one person in a row": "含有换行：请每行只写一个人",
        "holds a control character: enter the name again": "含有不可见的控制字符：请重新填写姓名",
        "shows an error of the spreadsheet: enter the name": "显示的是表格错误：请填写姓名",
        "holds a character that an earlier program lost (? or a box): enter the name again": (
            "有字变成了问号或方框：请重新填写姓名"
        ),
        "holds nothing but marks that are not visible: enter the name again": "只有不可见的字符：请重新填写姓名",
        "the phone number must have 7 to 15 digits: write one number without words": (
            "电话号码须为 7 至 15 位数字：请只写一个号码，不写文字"
        ),
        "a mobile number has {} digits: correct it": "手机号须为 {} 位：请更正",
        "a card's number has 4 to 64 letters and digits": "卡号须为 4 至 64 位字母和数字：请更正",
        "an unknown qualification: use {}, or 无 for none": "没有这种资质：请填写 {}，没有的填 无",
        "an unknown duty: use {}, or 无 for none": "没有这种职责：请填写 {}，没有的填 无",
        "'{}' holds an ID number or a telephone number, and others read it: leave it out": (
            "含有身份证号或手机号，该文字会向他人公开：请删去"
        ),
        "is no account: enter the one with which the person signs in": "不是有效的账号：请填写此人登录所用的账号",
        "no single place of that path or name lies in your area: correct it or define it": (
            "您的辖区内没有唯一的这个地点：请更正名称，或先登记该地点"
        ),
        "The person is staff of another office: the office above both, or the city, changes the area": (
            "此人属于其他单位的名册：由两个单位共同的上级或市级变更其辖区"
        ),
        "This is the id of a resident's file: state the account with which the person signs in at work": (
            "这是居民档案的编号：请填写此人工作时登录所用的账号"
        ),
        "an unknown special-care category: use {}, or 无 for none": "没有这种重点人群类别：请填写 {}，没有的填 无",
        # Places.
        "an unknown level: use {}": "没有这种级别：请填写 {}",
        "has up to 40 letters, digits, '_' and '-': write 3号楼 or 3, and 1-2, not 1/2": (
            "最多 40 个字母、数字、_ 和 -：请写 3号楼 或 3，写 1-2，不写 1/2"
        ),
        "has up to 40 letters, digits, '_' and '-'": "最多 40 个字母、数字、_ 和 -：请更正",
        "no single compound of that path, code or name lies in your area: correct it or define it": (
            "在您的辖区内没有找到唯一对应的小区：请更正，或先登记该小区"
        ),
        "There is no place {} in your area: define it first": "在您的辖区内没有地点 {}：请先登记",
        "There is no place {}: define it first": "没有地点 {}：请先登记",
        "{} is a {} already: use another code": "{0} 已用于其他级别的地点：请换一个编码",
        "A {} does not lie in {}": "这一级的地点不能属于所填的上级：请更正级别或上级",
        "Only the city's own office defines a city: name the parent": "只有市级可以新建城市：请填写上级地点",
        "{} was not found in your area {}": "在您的辖区 {1} 内没有找到：请核对后更正",
        # Rows that are no data.
        "a total": "合计行",
        "a remark": "说明行",
        "a repeated heading": "重复的表头",
        "nothing in the known columns": "能识别的列中没有内容",
    }
)


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.*)".join(map(re.escape, english.split("{}"))), re.DOTALL)


_PATTERNS = [(_pattern(english), chinese) for english, chinese in TEXTS.items() if "{}" in english]


def chinese_of_row(problem: str) -> str:
    """Return the Chinese text of what is wrong with a row, or the sentence itself where there is none."""
    if text := TEXTS.get(problem):
        return text
    for pattern, chinese in _PATTERNS:
        if match := pattern.fullmatch(problem):
            return chinese.format(*match.groups())
    return problem


def failure_in(failure: str | None, *, chinese: bool) -> str | None:
    """Return why an import or an undoing was given up, in one language, where the text has both or is known here."""
    if failure is None:
        return None
    english, _, other = failure.partition(BETWEEN_LANGUAGES)
    return (other or chinese_of_row(english)) if chinese else english
