"""The encodings in which scanners and offices write: UTF-8, GBK (as part of GB 18030) and UTF-16."""

import codecs

_SAMPLE = 512
_PAIRS = 2  # so many at least before zeros say anything


def utf_16_of(start: bytes) -> str | None:
    """Return which UTF-16 a text is in by its first bytes; None for any other encoding.

    Without a byte order mark it is recognised by the zeros between ASCII characters.
    """
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = (start[at:_SAMPLE:2].count(0) for at in (0, 1))
    pairs = len(start[:_SAMPLE]) // 2
    if pairs < _PAIRS or not (even + odd) * 3 > pairs or (even and odd):
        return None
    return "utf-16-le" if odd else "utf-16-be"


def decoded(line: bytes) -> str:
    """Return a line in UTF-8 or GBK as text; in neither, with U+FFFD for what is lost."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode(errors="replace")
