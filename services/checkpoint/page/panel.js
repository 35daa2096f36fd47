// What the keeper sees of scans: the newest one fills the panel, the last ones stand beside it.

import { REASONS, UNREAD } from "/gate/reasons.js";
import { inWords, one, say } from "/gate/texts.js";

const KEPT = 30, SHOWN_MS = 6000, LOOKED_AT_MS = 12000, EMERGENCY_MS = 120e3;
const element = (id) => document.getElementById(id);
const made = (name, text, className = "") => Object.assign(document.createElement(name), { textContent: text, className });

// The end of a credential is enough to tell the people in a queue apart.
function labelOf({ kind, value }) {
  return value ? `${say(`kind_${kind}`)} …${[...value].slice(-4).join("")}` : say(`kind_${kind}`);
}

const localTime = (at) => new Date(at).toLocaleString("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false });

function flash(shown) {
  shown.animate([{ opacity: 0.15, transform: "scale(0.96)" }, { opacity: 1, transform: "none" }], { duration: 260, easing: "ease-out" });
}

export class Panel {
  // `sound` plays a note by its name; `newer` gives texts of reasons that this page does not know; `now` the time.
  constructor(sound, newer, now) {
    Object.assign(this, { sound, newer, now, entries: [], number: 0, timer: null, vehicle: null, held: null });
  }

  get newest() {
    return this.entries[0] || null;
  }

  // Returns who may need to pass in an emergency: the last one who was checked and did not pass, for two minutes.
  get stopped() {
    const last = this.newest;
    const counts = last?.shown && last.shown.verdict !== "allow" && performance.now() - last.at < EMERGENCY_MS;
    return counts ? last : null;
  }

  // A scan begins: no verdict of another one is in sight from now on.
  // `again` is the entry of the same person, where there is one.
  begin(line, seen, again = null) {
    const before = this.newest;
    if (this.held === again) this.held = null;
    const urgent = before?.shown && before !== again && before.shown.verdict !== "allow" && this.current === before;
    const entry = { number: (this.number += 1), line, seen, at: performance.now(), shown: null, unread: null, clock: this.now() };
    this.entries = [entry, ...this.entries].slice(0, KEPT);
    if (urgent) this.#hold(before);
    this.#look(entry);
    return entry;
  }

  answer(entry, shown) {
    entry.shown = shown;
    this.sound(shown.recorded ? shown.verdict : "deny");
    if (entry === this.newest) this.#look(entry, shown.verdict === "allow" ? SHOWN_MS : LOOKED_AT_MS);
    else {
      if (shown.verdict !== "allow") this.#hold(entry);
      this.draw();
    }
    flash(entry === this.newest ? element("verdict") : element("recent").querySelector(`[data-number="${entry.number}"]`));
  }

  // `cause` is the name of a text: no scan was made.
  unread(entry, cause) {
    entry.unread = cause;
    this.sound("unread");
    if (entry === this.newest) this.#look(entry, LOOKED_AT_MS);
    else this.draw();
    flash(element("verdict"));
  }

  // Shows the vehicle whose people are being scanned; null ends it.
  board(vehicle) {
    this.vehicle = vehicle;
    if (vehicle) this.#look(null);
    else if (this.current === null) this.clear();
  }

  clear() {
    this.#look(null);
  }

  label(entry) {
    return `#${entry.number} ${labelOf(entry.line)}`;
  }

  // Who was stopped and stands behind the newest one: it stays in sight for some seconds.
  #hold(entry) {
    this.held = entry;
    setTimeout(() => this.held === entry && ((this.held = null), this.draw()), LOOKED_AT_MS);
  }

  #look(entry, ms = null) {
    clearTimeout(this.timer);
    this.current = entry;
    if (ms) this.timer = setTimeout(() => this.clear(), ms);
    this.draw();
  }

  draw() {
    const entry = this.current, shown = entry?.shown;
    const state = shown ? "shown" : entry?.unread ? "unread" : entry ? "checking" : this.vehicle ? "vehicle" : "ready";
    const place = element("verdict");
    Object.assign(place.dataset, { state, verdict: shown?.verdict || "", mode: shown?.mode || "", recorded: shown ? shown.recorded : "" });
    place.dataset.number = entry?.number || "";
    place.dataset.override = shown?.override || "";
    for (const name of ["state", "verdict", "mode", "override"]) document.body.dataset[name] = place.dataset[name];
    element("who").textContent = entry ? this.label(entry) : "";
    element("word").textContent = this.#word(state, shown);
    element("reasons").replaceChildren(...(shown ? this.#told(entry) : []).map((text) => made("li", text)));
    element("mode").textContent = this.#mode(state, shown);
    this.#drawPerson(shown);
    element("vehicle").hidden = !this.vehicle;
    element("vehicle-word").textContent = this.vehicle ? `${say("vehicle", this.vehicle.plate.value)} · ${say("on_board", this.vehicle.lines.length)}` : "";
    this.#drawHeld();
    this.#drawRecent();
  }

  #word(state, shown) {
    if (state === "vehicle") return String(this.vehicle.lines.length);
    if (state === "unread") return "?";
    if (!shown) return say(state);
    if (shown.override) return say("emergency");
    return say(shown.verdict === "allow" && shown.mode !== "live" ? "allow_away" : shown.verdict);
  }

  #told({ shown, onBoard }) {
    const newer = new Map(this.newer().map((reason) => [reason.code, [reason.zh, reason.en]]));
    const told = shown.reasons.map((code) => REASONS[code] || newer.get(code) || (shown.note ? null : [code, code])).filter(Boolean).map(one);
    if (shown.unread && !shown.override) told.unshift(one(UNREAD[shown.unread]));
    if (shown.override) told.unshift(`${say("emergency")}: ${say(shown.override)}`);
    if (!shown.recorded) told.unshift(say("not_recorded"));
    if (shown.note) told.push(one(shown.note));
    const persons = (shown.on_board || []).map(({ verdict }, at) => [verdict, at]).filter(([verdict]) => verdict !== "allow");
    return [...persons.map(([verdict, at]) => `${say("person_on_board", at + 1)} ${labelOf(onBoard[at])}: ${say(verdict)}`), ...told];
  }

  #mode(state, shown) {
    if (state === "ready") return say("ready_hint");
    if (state === "vehicle") return say("vehicle_hint");
    if (state === "unread") return UNREAD[this.current.unread] ? `${say("unread")}: ${one(UNREAD[this.current.unread])}` : say(this.current.unread);
    if (!shown) return "";
    const age = shown.as_of ? inWords((this.now() - Date.parse(shown.as_of)) / 1000) : say("no_list");
    return `${say(shown.mode)} · ${say("age")} ${age}`;
  }

  // The service says whom to compare, by the policy of the checkpoint; a device that is cut off knows no names.
  #drawPerson(shown) {
    const persons = shown ? [shown.person, ...(shown.on_board || []).map((one) => one.person)].filter(Boolean) : [];
    const texts = persons.map(({ name, birth_year }) => `${name} · ${say("born", birth_year)}`);
    for (const { name, at } of (shown && shown.went_out) || []) texts.push(`${say("went_out")} ${name} · ${localTime(at)}`);
    if (shown && shown.mode !== "live" && !shown.override) texts.push(say("no_name"));
    const compared = persons.length > 0;
    element("person").replaceChildren(...texts.map((text) => made("span", text)));
    element("person").dataset.compared = compared;
    element("compare").textContent = compared ? say("compare") : "";
  }

  #drawHeld() {
    const held = this.held?.shown && this.held !== this.current ? this.held : null;
    element("held").hidden = !held;
    element("held").dataset.verdict = held?.shown.verdict || "";
    element("held").textContent = held ? `${say("before")} ${this.label(held)}: ${say(held.shown.verdict)}` : "";
  }

  #drawRecent() {
    element("recent").replaceChildren(...this.entries.map((entry) => this.#row(entry)));
    element("nothing").hidden = this.entries.length > 0;
  }

  #row(entry) {
    const { shown } = entry;
    const row = made("li", "");
    const verdict = shown?.verdict || "";
    Object.assign(row.dataset, { number: entry.number, verdict, mode: shown?.mode || "", state: shown ? "shown" : entry.unread ? "unread" : "checking" });
    const word = shown ? this.#word("shown", shown) : say(entry.unread ? "not_taken" : "checking");
    const clock = new Date(entry.clock).toLocaleTimeString("zh-CN", { hour12: false });
    row.append(made("span", word, "word"), made("span", `#${entry.number} ${labelOf(entry.line)}`, "label"), made("span", clock, "clock"));
    if (verdict && verdict !== "allow") row.append(made("span", this.#told(entry).join(" · "), "why"));
    return row;
  }
}
