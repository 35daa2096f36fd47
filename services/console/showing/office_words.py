"""The words for the codes of supply and notification."""

from collections.abc import Mapping

from services.console.showing.texts import N_

Words = Mapping[str, str]

DELIVERY_STATES: Words = {
    "due": N_("due today or late"),
    "late": N_("late"),
    "all": N_("all"),
    "waiting": N_("waits for goods"),
    "planned": N_("to be brought"),
    "handed_over": N_("delivered"),
    "cancelled": N_("no longer brought"),
}
DELIVERY_KINDS: Words = {
    "isolation_kit": N_("isolation kit"),
    "weekly_care": N_("weekly delivery"),
    "zone_supply": N_("supply of a locked-down area"),
    "need": N_("ordered"),
}
DELIVERY_STEPS: Words = {
    "asked": N_("asked for"),
    "assigned": N_("assigned"),
    "failed": N_("not handed over"),
    "handed_over": N_("delivered"),
    "withdrawn": N_("withdrawn by the office"),
    "isolation_ended": N_("the isolation has ended"),
    "care_ended": N_("the special care has ended"),
    "cancelled": N_("no longer brought"),
}
FAILURES: Words = {
    "nobody_home": N_("nobody is at home"),
    "refused": N_("refused at the door"),
    "no_access": N_("no access to the door"),
    "other": N_("another cause"),
}
SOURCES: Words = {"purchase": N_("bought"), "donation": N_("donated")}
CHANNELS: Words = {
    "in_app": N_("inbox"),
    "sms": N_("SMS"),
    "email": N_("e-mail"),
    "chat": N_("group chat"),
    "webhook": N_("webhook"),
    "phone_list": N_("phone list"),
}
COPY_STATES: Words = {
    "all": N_("all"),
    "in_app": N_("in the inbox"),
    "sending": N_("on its way"),
    "sent": N_("sent"),
    "failed": N_("failed"),
    "unread": N_("not read yet"),
}
OUTCOMES: Words = {
    "sent": N_("sent"),
    "refused": N_("The receiver refused it or could not be reached."),
    "timed_out": N_("The receiver did not answer in time."),
    "not_allowed": N_("The address is none, or its server is not allowed."),
    "no_address": N_("The contact no longer names this channel."),
    "contact_unreadable": N_("The contact cannot be opened with the service's key."),
    "interrupted": N_("The service ended in the middle of every attempt."),
}
ADVICE: Words = {
    "refused": N_("See that the receiver works, then send it again."),
    "timed_out": N_("See that the receiver works, then send it again."),
    "not_allowed": N_("Correct the contact in the person's file, then send it again."),
    "no_address": N_("Phone the person, or state the channel in the contact again."),
    "contact_unreadable": N_("Tell the operator: the key differs from that of registration."),
    "interrupted": N_("Tell the operator, then send it again."),
}
TEMPLATES: Words = {
    "case_planned": N_("isolation planned"),
    "case_opened": N_("isolation begins"),
    "case_opened_staff": N_("isolation begins (staff)"),
    "case_extended": N_("isolation extended"),
    "case_extension_asked_staff": N_("longer isolation asked for (office)"),
    "case_moved_staff": N_("isolated person moved (keeper)"),
    "case_handover": N_("isolation handed over: begun"),
    "case_handover_staff": N_("isolation handed over: to accept (office)"),
    "case_handover_keeper": N_("isolation handed over: begun (keeper)"),
    "case_handed_over": N_("isolation handed over"),
    "case_handed_over_staff": N_("isolation handed over (staff)"),
    "case_handed_over_keeper": N_("isolation handed over (former keeper)"),
    "case_handover_refused_staff": N_("handover refused (staff)"),
    "case_referred": N_("to the fever clinic"),
    "case_referred_staff": N_("to the fever clinic (staff)"),
    "release_requested_staff": N_("release requested (office)"),
    "release_held_staff": N_("release held (doctor)"),
    "case_released": N_("isolation ended"),
    "case_released_staff": N_("isolation ended (keeper)"),
    "case_cancelled": N_("isolation withdrawn"),
    "case_cancelled_staff": N_("isolation withdrawn (keeper)"),
    "case_breached_staff": N_("isolated person at a gate (staff)"),
    "measurement_missed": N_("report missed"),
    "measurement_missed_staff": N_("report missed (staff)"),
    "fever_reported_staff": N_("fever reported (staff)"),
    "symptoms_reported_staff": N_("symptoms reported (doctor)"),
    "standing_changed": N_("code colour changed"),
    "returnee_reported_staff": N_("report of a returnee (staff)"),
    "return_asked_staff": N_("return to approve (office)"),
    "return_approved": N_("return approved"),
    "return_approved_staff": N_("return approved (keeper)"),
    "return_refused": N_("return refused"),
    "return_arrived_staff": N_("returnee arrived (staff)"),
    "appeal_decided": N_("appeal decided"),
    "code_drawn": N_("code drawn by an office"),
    "contact_replaced": N_("contact replaced"),
    "single_orders_exceeded_staff": N_("many single orders (office)"),
    "rows_to_examine_staff": N_("rows to examine (office)"),
    "fever_at_gate_staff": N_("fever at a gate (staff)"),
    "delivery_planned": N_("delivery planned"),
    "delivery_planned_staff": N_("delivery planned (keeper)"),
    "delivery_failed_staff": N_("delivery failed (keeper)"),
    "delivery_cancelled": N_("delivery no longer brought"),
    "delivery_cancelled_staff": N_("delivery no longer brought (keeper)"),
    "zone_ordered": N_("zone ordered (residents)"),
    "zone_began": N_("zone in force (residents)"),
    "zone_changed": N_("zone changed (residents)"),
    "zone_lifted": N_("zone lifted (residents)"),
    "zone_began_staff": N_("zone in force (staff)"),
    "zone_lifted_staff": N_("zone lifted (staff)"),
    "stock_low_staff": N_("stock runs low (office)"),
}
WORDS: Mapping[str, Words] = {
    "delivery_state": DELIVERY_STATES,
    "delivery_kind": DELIVERY_KINDS,
    "delivery_step": DELIVERY_STEPS,
    "delivery_failure": FAILURES,
    "source": SOURCES,
    "channel": CHANNELS,
    "copy_state": COPY_STATES,
    "outcome": OUTCOMES,
    "advice": ADVICE,
    "template": TEMPLATES,
}
