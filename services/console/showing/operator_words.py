"""The words for what services answer to operators, and what an operator does about each reason of a dead letter."""

from collections.abc import Mapping

from services.console.showing.texts import N_

Words = Mapping[str, str]

SERVICES: Words = {
    "registration": N_("Registration"),
    "checkpoint": N_("Checkpoint"),
    "isolation": N_("Isolation"),
    "supply": N_("Supply"),
    "notification": N_("Notification"),
    "console": N_("Console"),
}
CHECKS: Words = {
    "store": N_("the store does not answer"),
    "consumers": N_("a consumer has no partitions yet"),
    "tasks": N_("background work has failed"),
}
PROCESS_ROLES: Words = {
    "all": N_("requests and events"),
    "api": N_("requests"),
    "worker": N_("events"),
}
LETTER_STATES: Words = {
    "waiting": N_("waiting for a decision"),
    "replayed": N_("replayed, no result yet"),
    "handled": N_("handled"),
    "skipped": N_("not for this service"),
    "failed_again": N_("failed again"),
    "given_up": N_("given up"),
}
LETTER_REASONS: Words = {
    "failed": N_("fault in the service"),
    "forged": N_("not written by its owner"),
    "invalid": N_("does not follow its contract"),
    "not_an_event": N_("is no event"),
    "unknown_type": N_("event of an unknown type"),
    "unknown_version": N_("event of an unknown version"),
    "wrong_key": N_("wrong key"),
}
PAYLOAD_KINDS: Words = {
    "text": N_("text"),
    "number": N_("number"),
    "boolean": N_("yes or no"),
    "null": N_("null"),
    "list": N_("list"),
    "object": N_("object"),
    "missing": N_("missing"),
}
PAYLOAD_PROBLEMS: Words = {
    "not_json": N_("The value is no JSON."),
    "no_object": N_("The value is JSON, and no object."),
    "empty": N_("The record has no value."),
    "gone": N_("The bus keeps this record no longer: it cannot be replayed."),
    "away": N_("The bus does not give the record now. Open the page again in a moment."),
}
ADVICE: Words = {
    "failed": N_(
        "The service has a fault or lacked something. Search its log for the correlation number, remove the cause, then"
        " replay it."
    ),
    "forged": N_(
        "The owner of the topic did not write it. If event keys were rotated, give the service the new key and replay"
        " it. Otherwise find who writes to the bus, and give it up."
    ),
    "invalid": N_(
        "A replay of the same record fails again. Have its publisher corrected and its event published anew, then give"
        " this letter up; replay it where the service was upgraded."
    ),
    "not_an_event": N_("It has no event's headers: find who wrote it, and give it up."),
    "unknown_type": N_("It comes from a newer version. Upgrade the service, then replay it."),
    "unknown_version": N_("It comes from a newer version. Upgrade the service, then replay it."),
    "wrong_key": N_("Its key is not the one that its contract names: have its publisher corrected, and give it up."),
}
USUAL_ADVICE = N_("A rule of the service refused it. Read the message, correct what it names, then replay it.")
