"""Bodies about what a file holds beside name and number."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from services.registration.domain.particulars import (
    MOST_ADDRESSES,
    MOST_PAPERS,
    Address,
    AddressKind,
    Consent,
    PaperKind,
    Particulars,
    Presence,
)
from services.registration.schemas import Body, PersonId, View
from shared.web.ids import MaybePath

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class PaperBody(Body):
    """A paper beside the resident ID: its kind and its number."""

    kind: PaperKind
    number: Annotated[str, StringConstraints(min_length=1, max_length=40), Field(examples=["11010519491231002X"])]


class PapersBody(Body):
    """The papers beside the resident ID; they replace the earlier ones. None: none yet, as of a newborn child."""

    papers: Annotated[list[PaperBody], Field(max_length=MOST_PAPERS)]


class AddressBody(Body):
    """An address beside the lived-in one, in words; `path` is its door where it lies in this city."""

    kind: AddressKind
    text: Text
    path: MaybePath = ""

    def address(self) -> Address:
        """Return the address."""
        return Address(self.kind.value, self.text, self.path)


class AddressesBody(Body):
    """The addresses beside the lived-in one; they replace the earlier ones."""

    addresses: Annotated[list[AddressBody], Field(max_length=MOST_ADDRESSES)]


class RelationBody(Body):
    """The relation to the head of the household: a code, its Chinese term, or another word."""

    relation: Annotated[Short, Field(examples=["配偶"])]


class ConsentBody(Body):
    """The consent to the processing of personal data; `witness` is the member of staff who was there."""

    text_version: Annotated[Short, Field(examples=["2026-01"])]
    given_on: date
    witness: PersonId
    withdrawn_on: date | None = None

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.withdrawn_on and self.withdrawn_on < self.given_on:
            raise ValueError("withdrawn_on lies before given_on: correct one of them")
        return self

    def consent(self) -> Consent:
        """Return the consent."""
        return Consent(self.text_version, self.given_on, self.witness, self.withdrawn_on)


class StateBody(Body):
    """Since which day a resident has departed, is here again, or is dead."""

    presence: Presence
    since: date
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class PaperView(View):
    """A paper of a resident."""

    kind: Annotated[str, Field(examples=["passport"])]
    number: Annotated[str, Field(examples=["E12345678"])]


class AddressView(View):
    """An address beside the lived-in one."""

    kind: Annotated[str, Field(examples=["second_home"])]
    text: str
    path: str


class ConsentView(View):
    """A consent, withdrawn or not."""

    text_version: str
    given_on: date
    witness: Annotated[str, Field(examples=["keeper-g01"])]
    withdrawn_on: date | None


class StateView(View):
    """Whether the person lives here; `since` is null where that was never stated."""

    presence: Annotated[str, Field(examples=["departed"])]
    since: date | None
    note: str


class ParticularsView(View):
    """What a file holds beside name and number. The door of the file is the address that is lived in.

    `id_number` is that of the resident ID, of 18 digits, empty for a person without one. `left`: the person does not
    live here, and opens no gate.
    """

    resident_id: str
    id_number: str
    papers: list[PaperView]
    addresses: list[AddressView]
    relation: Annotated[str, Field(examples=["spouse"])]
    consent: ConsentView | None
    state: StateView
    left: bool

    @classmethod
    def of_file(cls, resident_id: str, id_number: str, left: bool, particulars: Particulars) -> Self:
        """Return the view of a file's particulars."""
        return cls.of(particulars, resident_id=resident_id, id_number=id_number, left=left)
