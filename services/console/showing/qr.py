"""QR codes as SVG within a page."""

from markupsafe import Markup


def qr_svg(text: str) -> Markup:
    """Return the QR code of a text as SVG: dark on light on every screen, with the quiet zone that scanners need."""
    import segno  # few requests need it

    made = segno.make(text, error="m", micro=False)
    # The drawing holds modules alone, and nothing of the text.
    return Markup(made.svg_inline(border=4, light="#fff", svgclass="qr", lineclass=None, omitsize=True))
