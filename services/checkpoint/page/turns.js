// Scans one after the other, however fast they come: each gets its own answer, and what was measured of its person.

import { Unreadable, recognised } from "/gate/gate.js";
import { Vehicle } from "/gate/vehicle.js";

export const UNREAD = { kind: "unread", value: "" };
const NO_CREDENTIAL = { kind: "card", value: "?", temperature: null, problem: "no_credential" };

export class Turns {
  // `measured` gives what is entered of the person, and forgets it; `claims` may keep a line for a form that is open.
  constructor(gate, panel, measured, claims) {
    Object.assign(this, { gate, panel, measured, claims, queue: Promise.resolve(), after: () => {} });
    this.vehicle = new Vehicle(panel, (plate, seen, onBoard) => this.#send(plate, seen, { onBoard }));
  }

  // Takes a text that was scanned or typed; returns when it is answered.
  take(text) {
    let line, seen;
    try {
      line = recognised(text);
      if (this.claims(line)) return this.queue;
      seen = this.measured.of(line);
    } catch (error) {
      if (!(error instanceof Unreadable)) this.gate.condition.failed(error);
      this.panel.unread(this.panel.begin(UNREAD, null), error instanceof Unreadable ? error.message : "not_read");
      return this.queue;
    }
    this.measured.forget();
    if (this.vehicle.takes(line, seen)) return this.queue;
    return this.#send(line, seen);
  }

  // Lets a person pass in an emergency: `entry` is who was stopped, or null without a credential.
  override(reason, entry) {
    const seen = entry ? entry.seen : { direction: this.measured.direction(), temperature: null, mask: null };
    return this.#send(entry ? entry.line : NO_CREDENTIAL, seen, { override: reason, onBoard: entry?.onBoard || [], again: entry });
  }

  #send(line, seen, more = {}) {
    const entry = this.panel.begin(line === NO_CREDENTIAL ? { kind: "none", value: "" } : line, seen, more.again);
    entry.onBoard = more.onBoard;
    this.queue = this.queue.then(async () => {
      try {
        this.panel.answer(entry, await this.gate.scan(line, seen, more));
      } catch (error) {
        this.gate.condition.failed(error);
        this.panel.unread(entry, "not_read");
      }
      this.after();
    });
    return this.queue;
  }
}
