"""Names in Latin letters as clerks type them: pinyin without tones, or initials (R1.3).

A surname has the reading that surnames have: 曾 is zeng, 单 is shan. Where people of one surname use two, both count. A
name of parts (阿依古丽·买买提) is looked up by each of its parts too.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain, islice, product

from pypinyin import lazy_pinyin

from shared.base import normal_form

MOST_SPELLINGS = 4
BEGINNINGS = range(2, 7)  # so many letters of a spelling are a key of their own
MOST_INITIALS = 4

# Surnames whose reading as a surname is not the usual one of the character, or that have two.
_SURNAMES = {
    **{"曾": "zeng", "单": "shan", "解": "xie", "仇": "qiu", "查": "zha", "任": "ren", "华": "hua", "朴": "piao"},
    **{"区": "ou", "盖": "ge gai", "缪": "miao", "宁": "ning", "乐": "yue le", "覃": "qin tan", "翟": "zhai di"},
    **{"召": "shao", "种": "chong", "繁": "po", "员": "yun", "折": "she", "祭": "zhai", "冼": "xian", "洗": "xian"},
    **{"隗": "wei kui", "逄": "pang", "黑": "he", "那": "na", "能": "nai", "訾": "zi", "秘": "bi", "钭": "tou"},
    **{"参": "shen", "郇": "xun huan", "应": "ying", "过": "guo", "薄": "bo", "燕": "yan", "卜": "bu", "宓": "mi"},
    **{"句": "gou", "谌": "chen shen", "郗": "xi chi", "尉": "wei yu", "晟": "cheng", "盛": "sheng", "炅": "gui"},
    **{"俞": "yu", "於": "yu", "沈": "shen", "石": "shi", "车": "che", "都": "du", "葛": "ge", "哈": "ha", "曲": "qu"},
    **{"重": "chong", "长": "chang", "相": "xiang", "粘": "nian", "仉": "zhang", "乜": "nie", "褚": "chu", "撒": "sa"},
    **{"尉迟": "yu'chi", "万俟": "mo'qi", "长孙": "zhang'sun", "澹台": "tan'tai", "单于": "chan'yu", "令狐": "ling'hu"},
    **{"欧阳": "ou'yang", "上官": "shang'guan", "司马": "si'ma", "诸葛": "zhu'ge", "夏侯": "xia'hou"},
    **{"皇甫": "huang'fu", "呼延": "hu'yan", "慕容": "mu'rong", "宇文": "yu'wen", "东方": "dong'fang"},
    **{"尔朱": "er'zhu", "鲜于": "xian'yu", "赫连": "he'lian", "濮阳": "pu'yang", "淳于": "chun'yu"},
    **{"公孙": "gong'sun", "申屠": "shen'tu", "闻人": "wen'ren", "百里": "bai'li", "南宫": "nan'gong"},
    **{"独孤": "du'gu", "拓跋": "tuo'ba", "司徒": "si'tu", "司空": "si'kong", "端木": "duan'mu"},
}
# Characters of given names that have two readings in names.
_GIVEN = {
    **{"乐": "le yue", "行": "xing hang", "朝": "chao zhao", "晟": "sheng cheng", "茜": "qian xi", "重": "chong zhong"},
    **{"盛": "sheng cheng", "长": "chang zhang", "柏": "bai bo", "莎": "sha suo", "娜": "na nuo", "单": "shan dan"},
    **{"曾": "zeng ceng", "泊": "bo po", "澄": "cheng deng", "朴": "pu piao", "仔": "zi zai", "少": "shao"},
}
_NOT_LATIN = re.compile("[^a-z]")
_NU_LU = re.compile("(?<=[ln])yu(?!a)")  # passports write 吕 as lyu; keyboards as lv
_TYPED = re.compile(r"[A-Za-zÀ-ǿ][A-Za-zÀ-ǿ '’·.-]*")

Spelling = tuple[str, ...]  # the syllables of a name, or of one of its parts


def is_typed(text: str) -> bool:
    """Whether a text is written in Latin letters, as pinyin and initials are."""
    return _TYPED.fullmatch(unicodedata.normalize("NFC", text)) is not None


def letters(text: str) -> str:
    """Return what is typed as keys are written: small letters alone, without tones; ü is v."""
    plain = unicodedata.normalize("NFD", normal_form.fold(text).casefold()).replace("u\u0308", "v")
    return _NU_LU.sub("v", _NOT_LATIN.sub("", plain))


def keys(name: str) -> tuple[str, ...]:
    """Return the keys by which a name is looked up: the beginnings of its spellings, the whole ones, and initials."""
    made: dict[str, None] = {}
    for spelling in spellings(name):
        whole = letters("".join(spelling))
        ends = [end for end in BEGINNINGS if end <= len(whole)]
        initials = letters("".join(part[:1] for part in spelling))[:MOST_INITIALS]
        made |= dict.fromkeys([whole[:end] for end in ends] + [whole] * (len(whole) > 1))
        made |= dict.fromkeys(initials[:end] for end in range(2, len(initials) + 1))
    return tuple(made)


def key_of(typed: str) -> str:
    """Return the key for a beginning that is typed, in `letters`: what is longer than a key has its first letters."""
    return typed[: BEGINNINGS[-1]]


def matches(name: str, typed: str) -> bool:
    """Whether a spelling of the name, or its initials, begin with what is typed, in `letters`."""
    wholes = (("".join(one), "".join(part[:1] for part in one)) for one in spellings(name))
    return any(letters(text).startswith(typed) for text in chain.from_iterable(wholes))


def spellings(name: str) -> list[Spelling]:
    """Return the spellings of a name and of each of its further parts; of each at most `MOST_SPELLINGS`."""
    parts = [part for part in normal_form.name(name).replace(" ", "·").split("·") if part]
    by_part = [_of_part(part, is_surname=len(parts) == 1) for part in parts]
    whole = islice((tuple(chain(*chosen)) for chosen in product(*by_part)), MOST_SPELLINGS)
    return [*whole, *chain.from_iterable(by_part[1:])]


def _of_part(part: str, *, is_surname: bool) -> list[Spelling]:
    surname = next((part[:end] for end in (2, 1) if is_surname and part[:end] in _SURNAMES), "")
    first = [_syllables(one) for one in _SURNAMES[surname].split(" ")] if surname else [()]
    rest = part[len(surname) :]
    usual = lazy_pinyin(rest)
    if len(usual) != len(rest):  # Latin letters stay together
        return [(*one, *usual) for one in first]
    given = [_GIVEN.get(mark, one).split(" ") for mark, one in zip(rest, usual, strict=True)]
    return [tuple(chain(*chosen)) for chosen in islice(product(first, *_each(given)), MOST_SPELLINGS)]


def _each(given: Sequence[Sequence[str]]) -> Iterator[list[Spelling]]:
    for readings in given:
        yield [(one,) for one in readings]


def _syllables(reading: str) -> Spelling:
    return tuple(reading.split("'"))
