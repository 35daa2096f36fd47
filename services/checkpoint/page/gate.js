// One gate: a line in, a verdict out; each scan is in the book before anything is shown.

import { SENT, UNSENT } from "/gate/book.js";
import { fold } from "/gate/normal_form.js";
import { read, temperatureIn } from "/gate/reading.js";
import { judge } from "/gate/rules.js";
import { receiptOf } from "/gate/service.js";

export class Unreadable extends Error {}

export function temperatureOf(text) {
  const degrees = temperatureIn(fold(text).replace(/ ?(?:°?[Cc]|度)$/, ""));
  if (degrees === null) throw new Unreadable("no_temperature");
  return degrees;
}

// A temperature beside a credential that is not read is a scan, so that no fever is lost; its `problem` says why.
export function recognised(text) {
  const line = read(text);
  if (line.problem && line.temperature === null) throw new Unreadable(line.problem);
  return line;
}

// A UUIDv7: it sorts by the time at which it was made.
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) & 255;
  bytes[6] = 0x70 | (bytes[6] & 15);
  bytes[8] = 0x80 | (bytes[8] & 63);
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export class Gate {
  constructor(book, copy, service, condition) {
    Object.assign(this, { book, copy, service, condition });
  }

  // Returns what is to be shown: {verdict, reasons, mode, as_of, recorded, note, unread}.
  async scan(line, seen) {
    return { ...(await this.#take(line, seen)), unread: line.problem };
  }

  async #take(line, seen) {
    const { clock } = this.service;
    const now = clock.now();
    const offset = clock.offset;
    const scan = {
      scan_id: newId(),
      gate_id: this.service.credential.gate_id,
      at: new Date(now).toISOString(),
      direction: seen.direction,
      credential: { kind: line.kind, value: line.value },
      temperature_c: seen.temperature,
      mask: seen.mask,
      mode: "live",
    };
    const online = this.condition.online;
    let seq;
    try {
      seq = await this.book.add(scan, online ? SENT : UNSENT, offset);
    } catch (error) {
      return { ...(await judge(line, seen, this.copy.lists, now)), recorded: false, note: String(error) };
    }
    const answer = online ? await this.service.ask({ ...scan, seq }, offset) : null;
    const shown = answer ? answered(answer) : await judge(line, seen, this.copy.lists, now);
    try {
      const { person, ...kept } = shown; // a name is displayed and never kept
      await this.book.show(seq, { ...scan, mode: shown.mode }, kept, answer && receiptOf(answer));
    } catch (error) {
      return { ...shown, recorded: false, note: String(error) };
    }
    this.service.call();
    return { ...shown, recorded: true };
  }
}

function answered(answer) {
  const { verdict, reasons } = receiptOf(answer);
  // Nobody passes by a scan that the service does not take.
  if (answer.error) return { verdict: "recheck", reasons: [reasons[0]], mode: "live", as_of: null, note: reasons[1] };
  return { verdict, reasons, mode: "live", as_of: answer.standing_as_of, person: answer.person };
}
