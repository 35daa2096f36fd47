// Whatever field has the focus, a scan is a scan: a scanner types faster than any person, and ends with Enter.

import { read } from "/gate/reading.js";

const FAST_MS = 50, PAUSE_MS = 80, LONG_PAUSE_MS = 700, ECHO_MS = 300;
const SHORTEST = 4, LONG = 6;
const FEW_DECIMALS = /^(?:[^.,。．]*|[^.,。．]*[.,。．][0-9０-９]{0,2}[^0-9０-９]*)$/; // 36.8 and a number behind it are no temperature
const NUMBER = /^[0-9０-９]{1,3}(?:[.,。．][0-9０-９]*)?$/;

const gapsOf = (times) => times.slice(1).map((at, before) => Math.abs(at) - Math.abs(times[before]));

function part(sorted, share) {
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] : 0;
}

// Keys that came together: half of them within 50 ms of the key before. What was pasted has negative times.
function isFast(times) {
  if (times.length < SHORTEST || times.some((at) => at < 0)) return false;
  return part(gapsOf(times).sort((one, other) => one - other), 0.5) <= FAST_MS;
}

// Returns where a run of keys may begin, the last first: behind each pause that is long beside the rhythm of the keys.
function beginnings(times) {
  const gaps = gapsOf(times);
  const rhythm = part(gaps.slice(-8).sort((one, other) => one - other), 0.25);
  const pauses = gaps.flatMap((gap, at) => (gap > Math.max(PAUSE_MS, 4 * rhythm) ? [at + 1] : []));
  return [...pauses.reverse(), 0];
}

function isScan(text, times) {
  if (NUMBER.test(text)) return false;
  return isFast(times) || text.length >= 2 * LONG || (text.length >= LONG && read(text).problem === null);
}

// Returns the scan in the scan field: without the keys that were touched long before it, if it is a scan by itself.
function inLine(text, times) {
  const late = beginnings(times).find((at) => at && Math.abs(times[at]) - Math.abs(times[at - 1]) > LONG_PAUSE_MS);
  if (!late) return text;
  const run = text.slice(late);
  return isFast(times.slice(late)) && read(run).problem === null ? run : text;
}

function inTemperature(text, times, isDegrees) {
  if (!text.trim() || isDegrees(text)) return { scan: null, keep: text };
  for (const at of beginnings(times)) {
    const before = text.slice(0, at), run = text.slice(at);
    if (before && !isDegrees(before)) continue;
    if (isDegrees(run)) return { scan: null, keep: run }; // measured again
    if (isScan(run, times.slice(at))) return { scan: run, keep: before };
  }
  return { scan: null, keep: text };
}

function inOther(text, times) {
  const at = beginnings(times).find((start) => isFast(times.slice(start)));
  return at === undefined ? { scan: null, keep: text } : { scan: text.slice(at), keep: text.slice(0, at) };
}

// Returns what Enter makes of a field: `scan` is what was scanned into it, or null, and `keep` what stays there.
// `times` has the milliseconds at which each character came.
export function onEnter(field, text, times, isDegrees) {
  if (field === "line") return { scan: inLine(text, times), keep: "" };
  const measured = (part) => FEW_DECIMALS.test(part) && isDegrees(part);
  return field === "temperature" ? inTemperature(text, times, measured) : inOther(text, times);
}

// Returns the times of the characters of a text after it changed; several at once were pasted.
export function timesOf(before, times, after, now) {
  let same = 0;
  while (same < before.length && same < after.length && before[same] === after[same]) same += 1;
  const added = after.length - same;
  return [...times.slice(0, same), ...Array(added).fill(added > 1 && after.length - before.length > 1 ? -now : now)];
}

const NO_TEXT = new Set(["radio", "checkbox", "button", "submit", "range", "file"]);
const isText = (element) => element?.matches("input, textarea") && !NO_TEXT.has(element.type);
const takesSpace = (element) => element?.matches("button, select, summary, a, input");
const isPrintable = ({ key }) => key.length === 1 || key === "Process" || key === "Unidentified";

// Hears every key of the document.
export class Wedge {
  // `taken` gets the text of a scan; `measured` is called after Enter in the temperature field.
  constructor(line, temperature, isDegrees, taken, measured) {
    Object.assign(this, { line, temperature, isDegrees, taken, measured });
    this.typed = new WeakMap();
    this.takenAt = -Infinity;
    this.owed = this.pressedAt = null;
  }

  listen() {
    document.addEventListener("keydown", (event) => this.#key(event), true);
    document.addEventListener("input", ({ target, timeStamp }) => isText(target) && this.#note(target, timeStamp), true);
    document.addEventListener("compositionend", ({ target }) => this.#composed(target), true);
  }

  // Sets a field's text without taking it for keys.
  set(field, text) {
    field.value = text;
    this.typed.set(field, { text, times: Array(text.length).fill(-1) });
  }

  // A key has the time at which it was pressed, also while the page was busy; other input has only its own.
  #note(field, inputAt) {
    const now = this.pressedAt ?? inputAt;
    this.pressedAt = null;
    const { text, times } = this.typed.get(field) || { text: "", times: [] };
    this.typed.set(field, { text: field.value, times: timesOf(text, times, field.value, now) });
  }

  #key(event) {
    const focused = document.activeElement;
    this.pressedAt = event.timeStamp;
    if (event.isComposing) {
      if (event.code === "Enter" || event.code === "NumpadEnter") this.owed = focused;
    } else if (event.key === "Enter") this.#enter(event, focused);
    else if (isPrintable(event) && !event.ctrlKey && !event.metaKey && !event.altKey && !isText(focused)) {
      // The key goes where the focus is when it has been handled.
      if (event.key !== " " || !takesSpace(focused)) this.line.focus();
    }
  }

  // An input method keeps the Enter of a scan for itself: it ends the letters that the scanner typed.
  #composed(field) {
    if (this.owed === field && field === this.line && /[0-9]/.test(field.value) && field.value.length >= LONG) this.#take(field.value);
    this.owed = null;
  }

  #enter(event, focused) {
    if (!isText(focused)) return;
    const kind = focused === this.line ? "line" : focused === this.temperature ? "temperature" : "other";
    const known = this.typed.get(focused);
    const times = known?.text === focused.value ? known.times : Array(focused.value.length).fill(-1);
    const { scan, keep } = onEnter(kind, focused.value, times, this.isDegrees);
    if (kind === "other" && scan === null) return; // the form's own Enter
    event.preventDefault();
    if (event.repeat || (kind === "line" && !scan && event.timeStamp - this.takenAt < ECHO_MS)) return; // a second end of line
    this.takenAt = event.timeStamp;
    if (kind !== "line") this.set(focused, keep);
    if (scan !== null) this.#take(scan);
    else this.measured(keep);
  }

  // Takes what stands in the scan field, as its button does.
  submit() {
    this.#take(this.line.value);
  }

  #take(text) {
    this.set(this.line, "");
    this.line.focus({ preventScroll: true });
    this.taken(text);
  }
}
