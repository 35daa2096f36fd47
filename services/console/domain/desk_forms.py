"""What the form of a triage desk states, as the service takes it (R1.11)."""

from collections.abc import Mapping, Sequence

from shared.base import id_numbers, normal_form

MOBILE_DIGITS = 11


def person_of(filled: Mapping[str, str]) -> dict[str, object]:
    """Return who stands at the desk: the one typed number is an ID number, a phone or else a card."""
    typed = filled["who"]
    number = id_numbers.whole(normal_form.id_number(typed))
    person: dict[str, object] = {"name": filled["name"], "contact_phone": filled["contact_phone"]}
    phone = normal_form.phone(typed)
    if id_numbers.has_form(number):
        person["id_number"] = number
    elif phone.isdigit() and len(phone) == MOBILE_DIGITS:
        person["phone"] = phone
    else:
        person["card"] = typed
    if filled["room"]:
        person["door"] = {name: filled[name] for name in ("compound", "building", "unit", "room")}
    return person


def body_of(filled: Mapping[str, str], symptoms: Sequence[str]) -> dict[str, object]:
    """Return one call of a desk; a temperature that is none stays as it was typed, and the service names it."""
    temperature = filled["temperature_c"].replace(",", ".").replace("，", ".")
    body: dict[str, object] = {"triage_id": filled["triage_id"], "person": person_of(filled)}
    body |= {"temperature_c": temperature or None, "symptoms": list(symptoms)}
    body |= {"issue_card": bool(filled["issue_card"]), "blank_card": filled["blank_card"]}
    if filled["origin_region"]:
        names = ("origin_region", "departs_on", "arrives_on", "transport", "plate")
        body["journey"] = {name: filled[name] for name in names}
    return body
