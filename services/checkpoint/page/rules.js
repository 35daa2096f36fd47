// The verdict of a page that is cut off: the service's own rules (domain/decision.py, client/offline.py), word for word.

import { Refused } from "/gate/code.js";
import { exceeds } from "/gate/temperature.js";

const CACHED_MS = 24 * 3600e3;
const USUAL = { fever_over_c: 37.3, fever_at_limit: false, mask_required: true, exits: "free", curfew: null, visitors: "measured", admission: "anyone", watched_plates: [], quota_persons: 0, quota_days: 0 };
const DENY = new Set(["code_forged", "isolated_no_exit", "fever", "exit_needs_permit", "curfew", "not_listed", "visitors_barred", "zone_no_exit", "zone_no_entry", "household_quota", "pass_missing"]);
const UNLESS_PERMITTED = new Set(["exit_needs_permit", "pass_missing", "curfew", "not_listed", "visitors_barred", "visitor_unregistered"]);
const SEVERITY = ["green", "yellow", "red"], STRICTNESS = ["allow", "recheck", "deny"];
const GREEN = { colour: "green", isolated: false };

function verdict(reasons, direction) {
  if (reasons.some((one) => DENY.has(one)) || (reasons.includes("code_red") && direction === "out")) return "deny";
  return reasons.length ? "recheck" : "allow";
}

export function decide(shown, standing, seen, { policy, curfew, zone }) {
  const reasons = shown.problem ? [shown.problem] : [];
  if (policy === null) reasons.push("policy_unavailable");
  const holds = policy || USUAL;
  if (shown.resident !== null) judgeResident(reasons, standing, shown.colour, seen.direction);
  else if (shown.kind === "visitor" && seen.temperature === null) reasons.push("temperature_missing");
  if (holds !== USUAL && !shown.permitted) judgePassage(reasons, shown.kind, seen.direction, holds, curfew);
  if (zone && !shown.permitted) reasons.push(...judgeZone(zone, shown, seen.direction));
  if (seen.temperature !== null && exceeds(seen.temperature, holds.fever_over_c, holds.fever_at_limit)) reasons.push("fever");
  if (seen.mask === false && holds.mask_required) reasons.push("mask_missing");
  return { verdict: verdict(reasons, seen.direction), reasons };
}

function judgeResident(reasons, standing, code, direction) {
  if (standing === null) reasons.push("standings_unavailable");
  const known = standing || GREEN;
  const colour = SEVERITY.indexOf(code) > SEVERITY.indexOf(known.colour) ? code : known.colour;
  if (known.isolated) reasons.push(direction === "out" ? "isolated_no_exit" : "isolated_escort");
  else if (colour !== "green") reasons.push(colour === "red" ? "code_red" : "code_yellow");
}

function judgePassage(reasons, kind, direction, policy, curfew) {
  if (direction === "out") {
    if (kind === "visitor" || kind === "plate") return;
    if (policy.exits === "permit") reasons.push("exit_needs_permit");
    if (policy.leads_out) reasons.push("pass_missing");
    if (curfew) reasons.push("curfew");
  } else if (policy.admission === "listed") reasons.push("not_listed");
  else if (kind === "visitor" && policy.visitors === "none") reasons.push("visitors_barred");
  else if (kind === "visitor" && policy.visitors === "registered") reasons.push("visitor_unregistered");
}

// As domain/zones.py judges: of a vehicle, those on board decide; what this page does not know is taken for the strictest.
function judgeZone(zone, shown, direction) {
  if (shown.kind === "plate") return [];
  const reason = direction === "out" ? judgeExit(zone, shown) : judgeEntry(zone, shown);
  return reason ? [reason] : zone.part ? ["zone_part"] : [];
}

function judgeExit(zone, shown) {
  if (zone.exits !== "free" && zone.exits !== "quota") return "zone_no_exit";
  return zone.exits === "quota" && shown.usedUp && shown.kind !== "visitor" ? "household_quota" : null;
}

function judgeEntry(zone, shown) {
  if (zone.entries === "free") return null;
  if (shown.resident === null) return "zone_no_entry";
  return zone.entries === "residents" ? null : "zone_return";
}

const KINDS = ["lockdown", "control", "prevention"]; // the strictest first; a kind of a later version comes before them

function strictest(zones, now) {
  const holding = zones.filter((one) => Date.parse(one.since) <= now && (!one.until || now < Date.parse(one.until)));
  return holding.sort((one, other) => KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind))[0] || null;
}

const OPEN = { exits: "free", entries: "free", persons: 0, days: 0, part: false };

function byZone(zone, now) {
  const begun = zone.rules.filter((one) => Date.parse(one.since) <= now);
  const rules = begun.sort((one, other) => Date.parse(other.since) - Date.parse(one.since))[0] || zone.rules[0];
  if (!rules) return { ...OPEN, exits: "none", entries: "checked" };
  return { ...OPEN, exits: rules.exits, entries: rules.entries, persons: rules.quota_persons, days: rules.quota_days };
}

// What zones and the gate's own quota mean here; null where neither holds.
function zoneOf(zones, policy, now) {
  const around = strictest(zones.filter((one) => !one.is_part), now);
  const part = strictest(zones.filter((one) => one.is_part), now);
  let zone = around && byZone(around, now);
  if (policy && policy.quota_persons && (!zone || zone.exits === "free")) {
    zone = { ...(zone || OPEN), exits: "quota", persons: policy.quota_persons, days: policy.quota_days };
  }
  const stricter = part && (!around || KINDS.indexOf(around.kind) > KINDS.indexOf(part.kind));
  return stricter ? { ...(zone || OPEN), part: true } : zone;
}

const countsExits = ({ zone }, seen) => Boolean(zone && zone.exits === "quota" && zone.persons > 0 && seen.direction === "out");

// Whom this page let out by itself; it counts the exits of each resident and knows no households.
export class Exits {
  constructor() {
    this.out = new Map(); // resident -> times
  }

  add(resident, now) {
    this.out.set(resident, [...(this.out.get(resident) || []), now]);
  }

  count(resident, days, now, zone) {
    const dayOf = (at) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(at);
    const first = dayOf(now - (Math.max(days, 1) - 1) * 86400e3);
    return (this.out.get(resident) || []).filter((at) => dayOf(at) >= first).length;
  }
}

// A permit may let through whom these hold up, and the page knows none: it is looked at by hand.
function decided(shown, standing, seen, rules) {
  const decision = decide(shown, standing, seen, rules);
  if (!decision.reasons.some((one) => UNLESS_PERMITTED.has(one))) return decision;
  return decide({ ...shown, permitted: true, problem: shown.problem || "offline_unknown" }, standing, seen, rules);
}

export function ofVehicle(driver, onBoard, watched) {
  const all = [driver, ...onBoard];
  const more = [...(onBoard.length ? [] : ["person_not_shown"]), ...(watched ? ["plate_watched"] : [])];
  const verdicts = [...all.map((one) => one.verdict), ...more.map(() => "recheck")];
  const strictest = Math.max(...verdicts.map((one) => STRICTNESS.indexOf(one)));
  return { verdict: STRICTNESS[strictest], reasons: [...new Set([...all.flatMap((one) => one.reasons), ...more])] };
}

function holding(policies, now) {
  const began = policies.filter((policy) => Date.parse(policy.since) <= now);
  return began.reduce((one, other) => (one && Date.parse(one.since) >= Date.parse(other.since) ? one : other), null) || USUAL;
}

function inCurfew(now, curfew, zone) {
  if (!curfew) return false;
  const told = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const [begins, ends] = curfew, local = told.format(now);
  return begins <= ends ? begins <= local && local < ends : local >= begins || local < ends;
}

// The check digit of an ID number (GB 11643), as shared/base/id_numbers.py tests it.
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], CHECKS = "10X98765432";

export function isChecked(number) {
  if (!/^[1-9][0-9]{16}[0-9X]$/.test(number)) return false;
  const total = WEIGHTS.reduce((sum, weight, at) => sum + weight * Number(number[at]), 0);
  return CHECKS[total % 11] === number[17];
}

function unknown({ kind, value, problem }) {
  if (problem) return "credential_unreadable";
  if (kind === "id_number" && !isChecked(value)) return "id_number_wrong";
  return kind === "card" || kind === "id_number" ? "offline_unknown" : null;
}

// `onBoard` are the lines of those in a vehicle: what was measured is the driver's.
export async function judge(line, seen, lists, now, onBoard = [], exits = null) {
  const mode = lists && now - Date.parse(lists.as_of) <= CACHED_MS ? "cached" : "offline";
  const policy = !lists || lists.gate.policies === null ? null : holding(lists.gate.policies, now);
  const zone = lists ? zoneOf(lists.gate.zones || [], policy, now) : null;
  const rules = { policy, curfew: policy !== null && inCurfew(now, policy.curfew, lists.zone), zone, exits };
  const found = { mode, as_of: lists ? lists.as_of : null };
  const own = await judgeOne(line, seen, lists, now, mode, rules);
  if (line.kind !== "plate" || !(lists || onBoard.length)) return { ...own, ...found };
  const unmeasured = { direction: seen.direction, temperature: null, mask: null };
  const persons = [];
  for (const one of onBoard) persons.push(await judgeOne(one, unmeasured, lists, now, mode, rules));
  const watched = (policy?.watched_plates || []).some((start) => line.value.startsWith(start));
  return { ...ofVehicle(own, persons, watched), ...found, ...(persons.length ? { on_board: persons } : {}) };
}

async function judgeOne(line, seen, lists, now, mode, rules) {
  if (!lists) {
    const problem = line.kind === "code" ? "standings_unavailable" : unknown(line);
    return decided({ kind: line.kind, resident: null, problem, colour: "green" }, null, seen, rules);
  }
  const { shown, code } = await read(line, lists, now);
  const counts = shown.resident !== null && rules.exits && countsExits(rules, seen);
  if (counts) shown.usedUp = rules.exits.count(shown.resident, rules.zone.days, now, lists.zone) >= rules.zone.persons;
  const decision = decided(shown, await standing(shown, code, mode, lists), seen, rules);
  if (counts && decision.verdict === "allow") rules.exits.add(shown.resident, now);
  return decision;
}

async function read(line, lists, now) {
  const shown = { kind: line.kind, resident: null, problem: unknown(line), colour: "green" };
  if (line.kind !== "code") return { shown, code: null };
  if (!lists.verify) return { shown: { ...shown, problem: "offline_unknown" }, code: null }; // an old browser
  try {
    const code = await lists.verify(line.value, now);
    const newer = !code.printed && code.issued > Date.parse(lists.as_of);
    const problem = lists.revoked_codes.includes(code.id) ? "code_revoked" : null;
    return { shown: { ...shown, resident: code.resident, problem, colour: newer ? code.colour : "green" }, code };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { shown: { ...shown, resident: error.resident, problem: error.reason }, code: null };
  }
}

async function standing(shown, code, mode, lists) {
  if (shown.resident === null) return null;
  const fresh = code !== null && !code.printed;
  return (await lists.exception(shown.resident)) || (mode === "cached" || fresh ? GREEN : null);
}
