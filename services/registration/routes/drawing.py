"""What is drawn as SVG: the QR code of a health code, and the card for those without a phone."""

import io
from html import escape

import segno

from services.registration.domain.codes import IssuedCode

_WIDTH, _HEIGHT, _QR = 540, 340, 300
_CARD = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"
 font-family="Noto Sans CJK SC, Microsoft YaHei, SimHei, sans-serif" fill="#000">
<rect width="{width}" height="{height}" fill="#fff" stroke="#000"/>
<svg x="10" y="20" width="{qr_width}" height="{qr_width}" viewBox="0 0 {modules} {modules}">{qr}</svg>
<text x="320" y="60" font-size="26" font-weight="bold">健康码 Health code</text>
<text x="320" y="110" font-size="30">{name}</text>
<text x="320" y="160" font-size="15">有效期至 Valid until</text>
<text x="320" y="182" font-size="18">{until}</text>
<text x="320" y="222" font-size="15">编号 Card number</text>
<text x="320" y="244" font-size="13" font-family="monospace">{first}</text>
<text x="320" y="262" font-size="13" font-family="monospace">{second}</text>
<text x="320" y="298" font-size="15">颜色以卡口核验为准</text>
<text x="320" y="318" font-size="13">Colour is decided at the gate</text>
</svg>
"""


def qr(text: str) -> bytes:
    """Return the QR code of a text."""
    drawing = io.BytesIO()
    segno.make(text, error="m").save(drawing, kind="svg", scale=6, border=4)
    return drawing.getvalue()


def card(code: IssuedCode, text: str, name: str, until: str) -> bytes:
    """Return the card to print: whose it is (masked), the QR code, until when it is good, its number."""
    made = segno.make(text, error="m")
    drawn = _CARD.format(
        width=_WIDTH,
        height=_HEIGHT,
        qr_width=_QR,
        modules=made.symbol_size(border=4)[0],
        qr=made.svg_inline(border=4),
        name=escape(name),
        until=until,
        first=code.code_id[:16],
        second=code.code_id[16:],
    )
    return drawn.encode()
