"""English."""

from services.notification.templates.language import Language, Text

_TEXTS = {
    "case_opened": Text(
        "Notice of {kind}",
        "You are in {kind} from {starts_on} to {ends_on}. Reason: {reason}. Please stay in, take your temperature "
        "every morning and every afternoon, and report it.",
    ),
    "case_planned": Text(
        "{kind} after your journey",
        "You declared an arrival from a high-risk region on {starts_on}. {kind} begins shortly before it and lasts to "
        "{ends_on}. If the journey is cancelled or put off, please change the declaration.",
    ),
    "case_opened_staff": Text(
        "New case of {kind}",
        "A resident of {where} is in {kind} from {starts_on} to {ends_on}. Please see that everything needed is "
        "done and that two temperatures a day are reported.",
    ),
    "case_extended": Text(
        "Longer {kind}", "Your {kind} now lasts to {ends_on}. Please go on reporting two temperatures a day."
    ),
    "case_moved_staff": Text(
        "{kind}: a new address",
        "A resident in {kind} whom you keep lives at {where} now. You remain the keeper; please visit the new address.",
    ),
    "case_handover": Text(
        "{kind}: your new community",
        "You have moved, and your {kind} (to {ends_on}) is handed over to the community where you live now. Until it "
        "accepts, your keeper stays the same. Please go on reporting two temperatures a day.",
    ),
    "case_handover_staff": Text(
        "To be accepted: {kind}",
        "A resident in {kind} (to {ends_on}) has moved to {where}. Please check, then accept the case and name a "
        "keeper, or refuse it with the reason.",
    ),
    "case_handover_keeper": Text(
        "{kind}: please write a handover note",
        "A resident in {kind} whom you keep has moved to {where}. Until the new community accepts, you remain the "
        "keeper. Please write down what it must know.",
    ),
    "case_handed_over": Text(
        "{kind}: accepted by your new community",
        "The community where you live now has accepted your {kind} (to {ends_on}). Please go on reporting two "
        "temperatures a day.",
    ),
    "case_handed_over_staff": Text(
        "A resident in {kind} was accepted",
        "A resident of {where} is in {kind} to {ends_on}. Please read the handover note and see that everything needed "
        "is done.",
    ),
    "case_handed_over_keeper": Text(
        "{kind} handed over", "A resident in {kind} whom you kept is now kept at {where}; nothing more is to be done."
    ),
    "case_handover_refused_staff": Text(
        "{kind}: handover refused",
        "The new community refused the case of a resident of {where} in {kind}; it stays with the old community. "
        "Please check the address and ask again if it is right.",
    ),
    "case_referred": Text(
        "Please go to the fever clinic",
        "You reported a fever or other symptoms. Put on a mask, wait where you are until staff take you to the fever "
        "clinic, and do not use public transport.",
    ),
    "case_referred_staff": Text(
        "Referral to the fever clinic",
        "A resident of {where} in {kind} has a fever or symptoms and must go to the fever clinic. Please arrange the "
        "transfer and follow the diagnosis.",
    ),
    "case_extension_asked_staff": Text(
        "To be confirmed: a longer {kind}",
        "A colleague asks that {kind} of a resident of {where} (now to {ends_on}) lasts longer. Please look into it "
        "and confirm it as the second person; without that within hours the days stay as they are.",
    ),
    "release_requested_staff": Text(
        "To be approved: end of {kind}",
        "A resident of {where} has completed {kind} (to {ends_on}) with every temperature reported. Please approve, so "
        "that the {notice} can be issued.",
    ),
    "release_held_staff": Text(
        "{kind}: days done, temperatures missing",
        "A resident of {where} has completed the days of {kind} (to {ends_on}), but {missing} temperatures were never "
        "taken. Please state why, so that the release can be asked for.",
    ),
    "case_released": Text(
        "End of {kind}",
        "The end of your {kind} has been approved. Number of your {notice}: {notice_id}. Thank you for your patience.",
    ),
    "case_released_staff": Text(
        "End of {kind}",
        "The end of {kind} of a resident of {where} has been approved. Number of the {notice}: {notice_id}.",
    ),
    "case_cancelled": Text(
        "{kind} withdrawn",
        "Your {kind} was ordered by mistake and is withdrawn; you need not report temperatures any more. We are sorry.",
    ),
    "case_cancelled_staff": Text(
        "{kind} withdrawn", "The {kind} of a resident of {where} is withdrawn; nothing more is to be done for it."
    ),
    "case_breached_staff": Text(
        "Isolation breached",
        "A resident of {where} in {kind} was seen at the checkpoint {gate_id} on {at}. Please check at once and "
        "persuade them to return.",
    ),
    "measurement_missed": Text(
        "Please report your temperature",
        "Your temperature of the {half_day} of {day} has not been reported. Please take it and report it now.",
    ),
    "measurement_missed_staff": Text(
        "Temperature not reported",
        "The temperature of an isolated resident of {where} for the {half_day} of {day} has not been reported. Please "
        "get in touch and, if need be, take it at the door.",
    ),
    "fever_reported_staff": Text(
        "Fever in isolation",
        "An isolated resident of {where} reported a fever for the {half_day} of {day}. Please refer them to the fever "
        "clinic; the case has the temperature.",
    ),
    "symptoms_reported_staff": Text(
        "Symptoms in isolation",
        "An isolated resident of {where} reported symptoms for the {half_day} of {day}. Please assess them in the case "
        "and refer to the fever clinic if need be.",
    ),
    "standing_changed": Text(
        "Your health code is {colour}",
        "Your health code is now {colour}. Reason: {rule}. Until: {until}. You can object at your community office.",
    ),
    "code_drawn": Text(
        "An official drew your health code",
        "Official {drawn_by} drew or printed your health code, {at}. If you did not ask for it, please inform your "
        "community at once; the code can be revoked.",
    ),
    "contact_replaced": Text(
        "How you are reached has changed",
        "Official {replaced_by} changed how you are reached, {at}; the old number gets this message too. If you did "
        "not ask for it, please inform your community at once.",
    ),
    "single_orders_exceeded_staff": Text(
        "More colours by one officer than a day allows",
        "{where}: officer {officer} asked alone for colour number {orders} of {day}, beyond the limit of a day. "
        "This one and those after it wait for a second person. Please look into it.",
    ),
    "rows_to_examine_staff": Text(
        "Rows of a roster wait for you",
        "{where}: official {asked_by} sent rows of a roster about people of your area, {day}. Please examine and "
        "decide them in registration; many rows by one official for no reason are a matter for the auditors.",
    ),
    "exit_requested_staff": Text(
        "A request to leave waits",
        "A resident at {where} asks to leave from {since} to {until}. Compare the conditions, then approve it, or"
        " refuse it with a reason.",
    ),
    "exit_approved": Text(
        "You may leave",
        "Your request to leave is approved: the pass is good from {since} to {until}. Show it with your identity card.",
    ),
    "exit_refused": Text(
        "Your request to leave is not approved",
        "Your request to leave is not approved: please stay. The reason stands with the request; the community explains"
        " it.",
    ),
    "exit_revoked": Text(
        "Your pass is good no longer",
        "Your permission to leave was revoked and the pass is good no longer: please stay. The community explains why.",
    ),
    "return_asked_staff": Text(
        "A return to approve",
        "A resident at {where} asks to return (leaves {departs_on}, arrives {arrives_on}). Compare form, certificate"
        " and code, and sign.",
    ),
    "return_approved": Text(
        "Your return is approved",
        "Your return is approved: leaving on {departs_on}, arriving on {arrives_on}. Report to the community on"
        " arrival.",
    ),
    "return_approved_staff": Text(
        "A return is approved",
        "The return of a resident at {where} is approved, arriving on {arrives_on}. Prepare for it.",
    ),
    "return_refused": Text(
        "Your return is not approved",
        "Your return is not approved: please do not leave yet. The reason stands with the approval; the community"
        " explains it.",
    ),
    "return_arrived_staff": Text(
        "A returnee has arrived",
        "A returnee of {where} arrived at {arrived_at} ({was_approved} before the departure). Receive and check the"
        " person now.",
    ),
    "returnee_reported_staff": Text(
        "A report of a returnee to verify",
        "A resident reported a returnee at {where}: verify it by {due_at}, by phone or at the door. What was reported"
        " stands in registration; do not ask who reported it.",
    ),
    "zone_ordered": Text(
        "Your area will be a zone",
        "From {since} on {where} is {kind} ({source}). Have medicine and goods ready; ask the community for help.",
    ),
    "zone_began": Text(
        "Your area is a zone",
        "Since {since} {where} is {kind} ({source}). The gates act by it. If you need a doctor, medicine or help, call"
        " the community at once.",
    ),
    "zone_changed": Text(
        "The zone in your area changed",
        "Rules of {where} ({kind}), or the request to lift it, changed. What holds now holds until it is lifted"
        " ({source}). Ask the community for details.",
    ),
    "zone_lifted": Text(
        "The zone in your area was lifted",
        "{where} is no zone any more since {until} ({source}). Please go on protecting yourself.",
    ),
    "zone_began_staff": Text(
        "A zone is in force",
        "{where}: a zone is in force since {since} ({source}), for {households} households. The gates act by it; "
        "please inform the residents, and see to supply and special care.",
    ),
    "zone_lifted_staff": Text(
        "A zone was lifted",
        "{where}: the zone was lifted at {until} ({source}). The gates let pass again; please inform the residents.",
    ),
    "appeal_decided": Text(
        "Your appeal is {outcome}",
        "Your appeal against a health code that was {colour} is {outcome}. The reason stands with your appeal; your "
        "community office explains it. What counts at the gates is the colour that your code has now.",
    ),
    "fever_at_gate_staff": Text(
        "Fever at a checkpoint",
        "A person ({where}) had a fever at the checkpoint {gate_id} on {at}. Please follow up; doctors see the "
        "temperature in the alert.",
    ),
    "delivery_planned": Text("To be delivered: {kind}", "The {kind} will be at your door on {due_on}: {lines}."),
    "delivery_planned_staff": Text(
        "To be delivered: {kind}", "Please take the {kind} to {where} on {due_on}: {lines}."
    ),
    "delivery_failed_staff": Text(
        "Not delivered: {kind}",
        "The {kind} for {where} could not be handed over: {failure}. Please try again on {due_on} and call first.",
    ),
    "delivery_cancelled": Text(
        "Delivery cancelled: {kind}", "The {kind} planned for your door on {due_on} is cancelled: {reason}."
    ),
    "delivery_cancelled_staff": Text(
        "Delivery cancelled: {kind}", "The {kind} planned for {where} on {due_on} is cancelled: {reason}."
    ),
    "stock_low_staff": Text(
        "Goods run short",
        "Too little {item} in {where}: {on_hand} there, {reserved} of them promised, {quantity} missing. Please "
        "restock.",
    ),
}
_WORDS = {
    "home": "home isolation",
    "lockdown": "a lockdown area (do not leave the door; staff bring what you need)",
    "control": "a control area (do not leave the area; a household goes out by its quota)",
    "prevention": "a prevention area (do not gather)",
    "central": "central isolation",
    "notice_home": "notice of release from home observation",
    "notice_central": "notice of release from central observation",
    "morning": "morning",
    "afternoon": "afternoon",
    "green": "green",
    "yellow": "yellow",
    "red": "red",
    "isolation": "you are in isolation",
    "risk_travel": "travel from a region at risk",
    "manual": "an order by hand of the epidemic control office",
    "no_evidence": "nothing is held against it any more",
    "other_rule": "a rule of epidemic control",
    "high_risk_arrival": "arrival from a high-risk region",
    "fever_at_desk": "fever or symptoms at a triage desk",
    "doctors_order": "a doctor's order",
    "other_reason": "epidemic control",
    "True": "approved",
    "False": "not approved",
    "upheld": "upheld",
    "rejected": "rejected",
    "open_ended": "further notice",
    "fever": "fever",
    "isolation_kit": "isolation kit",
    "weekly_care": "weekly delivery",
    "zone_supply": "delivery to a locked-down area",
    "need": "requested goods",
    "nobody_home": "nobody was at home",
    "refused": "the household refused it",
    "no_access": "there was no access",
    "other": "another reason",
    "isolation_ended": "the isolation has ended",
    "care_ended": "the special care has ended",
    "withdrawn": "it was withdrawn",
    "flour": "flour",
    "milk": "milk",
    "disinfectant": "disinfectant",
}
ENGLISH = Language(
    texts=_TEXTS,
    words=_WORDS,
    comma=", ",
    day=lambda day: f"{day.day} {day:%B %Y}",
    moment=lambda at: f"{at.day} {at:%B %Y}, {at:%H:%M}",
)
