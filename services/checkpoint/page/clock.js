// The device's clock, corrected by what the service last answered; the correction outlives the page (client/clock.py).

const TOLERANCE_MS = 30e3;

export class DeviceClock {
  // `earliest` returns a time of the service that has passed for sure, in milliseconds; `steady` is never set by hand.
  constructor(book, earliest = () => null, raw = () => Date.now(), steady = () => performance.now()) {
    Object.assign(this, { book, earliest, raw, steady, offset: 0, confirmed: null, inDoubt: false });
    this.lead = raw() - steady();
  }

  async load() {
    const kept = await this.book.fact("clock");
    if (kept) Object.assign(this, { offset: kept.offset, confirmed: kept.confirmed, inDoubt: false });
  }

  // Returns the corrected time in milliseconds.
  now() {
    this.#lookForJump();
    const now = this.by(this.offset);
    const known = [this.earliest(), this.confirmed].filter((at) => at !== null);
    const behind = known.length ? Math.max(...known) - now : 0;
    if (behind <= TOLERANCE_MS) return now;
    this.inDoubt = true; // it was reset: the service's own time has passed
    this.#correct(this.offset + behind);
    return now + behind;
  }

  // Returns what the machine's clock says with another correction: that of the scans which are sent.
  by(offset) {
    return this.raw() + offset;
  }

  // Takes over a correction that the service's answer proves.
  learn(offset) {
    this.#lookForJump();
    this.inDoubt = false;
    const changed = Math.abs(offset - this.offset) > TOLERANCE_MS;
    const first = this.confirmed === null;
    this.confirmed = this.by(changed ? offset : this.offset);
    if (changed || first) this.#correct(changed ? offset : this.offset);
  }

  // Returns what the footer says: the name of a text with a number of seconds, or null for a good clock.
  warning() {
    if (this.inDoubt) return { text: "clock_in_doubt", seconds: null };
    if (Math.abs(this.offset) <= TOLERANCE_MS) return null;
    return { text: this.offset > 0 ? "clock_slow" : "clock_fast", seconds: Math.abs(this.offset) / 1000 };
  }

  #lookForJump() {
    const jump = this.raw() - this.steady() - this.lead;
    if (Math.abs(jump) <= TOLERANCE_MS) return;
    this.lead += jump;
    this.inDoubt = true;
    // A browser's steady clock may stand still while the machine sleeps: only a jump back proves that the clock was set.
    if (jump > 0) return;
    this.book.shiftOffsets(-jump).catch(() => {});
    this.#correct(this.offset - (this.confirmed === null ? 0 : jump));
  }

  #correct(offset) {
    this.offset = offset;
    this.book.keep("clock", { offset, confirmed: this.confirmed }).catch(() => {}); // it holds until the page ends
  }
}
