// A vehicle at the gate: its plate, then those on board, next, next, done; one scan with all of them.

const MOST = 60, FORGOTTEN_MS = 90e3;

// Of a vehicle the highest temperature and a missing mask count, whoever on board they are of.
export function together(seen, other) {
  const degrees = [seen.temperature, other.temperature].filter((one) => one !== null);
  const masks = [seen.mask, other.mask];
  const mask = masks.includes(false) ? false : masks.includes(true) ? true : null;
  return { ...seen, temperature: degrees.length ? Math.max(...degrees) : null, mask };
}

export class Vehicle {
  // `send` gets the plate's line, what was measured, and the lines of those on board.
  constructor(panel, send) {
    Object.assign(this, { panel, send, now: null, timer: null });
  }

  get open() {
    return this.now !== null;
  }

  // Whether a line belongs to a vehicle: a plate begins one, its own plate again ends it, and others are on board.
  takes(line, seen) {
    if (line.kind === "plate" && !line.problem) {
      const again = this.now?.plate.value === line.value;
      if (again) this.now.seen = together(this.now.seen, seen);
      this.done();
      if (!again) this.#begin(line, seen);
      return true;
    }
    if (!this.now) return false;
    if (this.now.lines.length === MOST) this.done(); // the plate goes with those who fit; the next ones are on foot
    else {
      this.now.lines.push(line);
      this.now.seen = together(this.now.seen, seen);
      this.#wait();
      this.panel.sound("noted");
      return true;
    }
    return false;
  }

  done() {
    if (!this.now) return;
    const { plate, seen, lines } = this.now;
    this.#end();
    this.send(plate, seen, lines);
  }

  cancel() {
    this.#end();
  }

  #begin(plate, seen) {
    this.now = { plate, seen, lines: [] };
    this.panel.sound("noted");
    this.#wait();
  }

  // A vehicle that a keeper forgets is sent as it is: the next person is none of its own.
  #wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.done(), FORGOTTEN_MS);
    this.panel.board(this.now);
  }

  #end() {
    clearTimeout(this.timer);
    this.now = null;
    this.panel.board(null);
  }
}
