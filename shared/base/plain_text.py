"""Characters that no text may hold: they are not visible, end a text early, or turn the order of what is read."""

import re

# Controls (C0, DEL, C1), line and paragraph separators, halves of characters, and marks that turn the reading order.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_HALF = re.compile("[\ud800-\udfff]")
_LINE_BREAKS = re.compile("\r?\n|\t")


def unwanted(text: str, *, lines: bool = False) -> str | None:
    """Return what is wrong with a text and what to do, in English and Chinese; None where nothing is.

    `lines`: line feeds and tabs are allowed, as in a text of several lines.
    """
    if _CONTROL.search(_LINE_BREAKS.sub(" ", text) if lines else text):
        return "holds a control character or a line break: enter it again (含有控制字符或换行：请重新输入)"
    if _TURNS.search(text):
        return "holds a mark that turns the reading direction: enter it again (含有改变文字方向的字符：请重新输入)"
    if _HALF.search(text):
        return "holds half a character: enter it again (含有不完整的字符：请重新输入)"
    return None
