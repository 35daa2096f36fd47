// One gate: a line in, a verdict out; each scan is in the book before anything is shown.

import { SENT, UNSENT } from "/gate/book.js";
import { fold } from "/gate/normal_form.js";
import { read, temperatureIn } from "/gate/reading.js";
import { Exits, judge } from "/gate/rules.js";
import { problemOf, receiptOf } from "/gate/service.js";

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
export function newId() {
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
    Object.assign(this, { book, copy, service, condition, exits: new Exits() });
  }

  // Returns what is to be shown: {verdict, reasons, mode, as_of, recorded, note, unread, person, on_board, went_out, override}.
  // `onBoard` are the lines of those in a vehicle; `override` is why the person passes whatever the verdict.
  async scan(line, seen, { onBoard = [], override = null } = {}) {
    return { ...(await this.#take(line, seen, onBoard, override)), unread: line.problem, override };
  }

  async #take(line, seen, onBoard, override) {
    const { clock } = this.service;
    const now = clock.now();
    const offset = clock.offset;
    const scan = {
      scan_id: newId(),
      gate_id: this.service.credential.gate_id,
      at: new Date(now).toISOString(),
      direction: seen.direction,
      credential: credentialOf(line),
      temperature_c: seen.temperature,
      mask: seen.mask,
      mode: "live",
      ...(onBoard.length ? { on_board: onBoard.map(credentialOf) } : {}),
      ...(override ? { override } : {}),
    };
    const own = async () => overridden(await judge(line, seen, this.copy.lists, now, onBoard, this.exits), override);
    const online = this.condition.online;
    let seq;
    try {
      seq = await this.book.add(scan, online ? SENT : UNSENT, offset);
    } catch (error) {
      return { ...(await own()), recorded: false, note: noteOf(error) };
    }
    const answer = online ? await this.service.ask({ ...scan, seq }, offset) : null;
    const shown = answer ? answered(answer) : await own();
    try {
      const { person, on_board, went_out, ...kept } = shown; // a name is displayed and never kept
      await this.book.show(seq, { ...scan, mode: shown.mode }, kept, answer && receiptOf(answer));
    } catch (error) {
      return { ...shown, recorded: false, note: noteOf(error) };
    }
    this.service.call();
    return { ...shown, recorded: true };
  }
}

const credentialOf = ({ kind, value }) => ({ kind, value });

// An emergency is never held up; the reasons stay for the review.
const overridden = (judged, override) => (override ? { ...judged, verdict: "allow" } : judged);

function noteOf(error) {
  console.error(error);
  return ["本机无法保存这一条，请检查存储空间", "This device cannot store the scan: check its storage"];
}

function answered(answer) {
  const { verdict, reasons } = receiptOf(answer);
  // Nobody passes by a scan that the service does not take.
  if (answer.error) return { verdict: "recheck", reasons: [reasons[0]], mode: "live", as_of: null, note: problemOf(400, answer.error) };
  const { standing_as_of: as_of, person, on_board, went_out } = answer;
  return { verdict, reasons, mode: "live", as_of, person, on_board, went_out };
}
