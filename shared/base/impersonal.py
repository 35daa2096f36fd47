"""Texts that are public, or in clear in the store: no ID number and no mobile number stands in them."""

import re
import unicodedata

from shared.base.errors import DomainError

# Digits may be grouped. Longer rows of digits are other numbers, as of documents.
_BETWEEN = r"[ .\-]?"
_PHONE = re.compile(rf"(?<![0-9])1[3-9](?:{_BETWEEN}[0-9]){{9}}(?![0-9])")
_ID_NUMBER = re.compile(rf"(?<![0-9])[1-9](?:{_BETWEEN}[0-9]){{16}}{_BETWEEN}[0-9Xx](?![0-9])")


def require_impersonal(text: str, name: str) -> None:
    """Raise a `DomainError` (422) for a text that holds an ID number or a mobile number; `name` is its field's."""
    plain = unicodedata.normalize("NFKC", text)
    if _PHONE.search(plain) or _ID_NUMBER.search(plain):
        raise DomainError(
            "request.personal_number",
            f"'{name}' holds an ID number or a telephone number, and others read it: leave it out",
            detail_zh=f"{name} 中含有身份证号或手机号，该文字会向他人公开：请删去",
        )
