// The device's book in IndexedDB: every scan in the order in which they were made, there before its verdict is shown.

export const UNSENT = "unsent", SENT = "sent", PARKED = "parked", ACCEPTED = "accepted", REJECTED = "rejected";
const KEPT_MS = 30 * 86400e3; // as long as the service takes late scans
const ASKED_MS = 10e3; // whoever asks for one scan gives up long before

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

const ended = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error || new Error("aborted"));
  });

function open() {
  const request = indexedDB.open("lastmetre-gate", 1);
  request.onupgradeneeded = () => {
    // The key generator counts on whatever is deleted: it is the device's number of the scan.
    const scans = request.result.createObjectStore("scans", { keyPath: "seq", autoIncrement: true });
    scans.createIndex("state", "state");
    request.result.createObjectStore("facts");
  };
  return done(request);
}

export class Book {
  static async open() {
    const book = new Book();
    book.database = await open();
    return book;
  }

  #write(names) {
    return this.database.transaction(names, "readwrite", { durability: "strict" });
  }

  // `offset` added to the machine's clock gives the clock by which the scan was made.
  async add(scan, state, offset = 0) {
    const transaction = this.#write("scans");
    const added = done(transaction.objectStore("scans").add({ scan, state, offset, asked: Date.now(), shown: null, receipt: null }));
    const [seq] = await Promise.all([added, ended(transaction)]);
    return seq;
  }

  async #change(seqs, change) {
    const transaction = this.#write("scans");
    const scans = transaction.objectStore("scans");
    for (const seq of seqs) {
      scans.get(seq).onsuccess = ({ target }) => target.result && scans.put(change(target.result));
    }
    await ended(transaction);
  }

  show(seq, scan, shown, receipt) {
    return this.#change([seq], (row) => ({ ...row, scan, shown, receipt, state: receipt ? receipt.state : UNSENT }));
  }

  settle(receipts) {
    return this.#change(receipts.keys(), (row) => ({ ...row, receipt: receipts.get(row.seq), state: receipts.get(row.seq).state }));
  }

  giveBack(seqs) {
    return this.#change(seqs, (row) => ({ ...row, state: UNSENT }));
  }

  // Keeps the clock of the scans that are not accepted so far, after the machine's clock was set.
  async shiftOffsets(by) {
    const { waiting } = await this.held();
    await this.#change(waiting, (row) => ({ ...row, offset: (row.offset || 0) + by }));
  }

  // Returns what is to be sent, in its order, noted as on its way; what a closed tab left on its way goes again.
  // All of it was made by one clock: a request says what that clock says now.
  async take(limit) {
    const transaction = this.#write("scans");
    const scans = transaction.objectStore("scans");
    const found = [];
    for (const state of [UNSENT, PARKED, SENT]) found.push(...(await done(scans.index("state").getAll(state, limit))));
    const waiting = found.filter((row) => row.state !== SENT || Math.abs(Date.now() - row.asked) > ASKED_MS);
    const sorted = waiting.sort((one, other) => one.seq - other.seq).slice(0, limit);
    const other = sorted.findIndex((row) => (row.offset || 0) !== (sorted[0].offset || 0));
    const taken = other < 0 ? sorted : sorted.slice(0, other);
    for (const row of taken) scans.put({ ...row, state: SENT, asked: Date.now() });
    await ended(transaction);
    return taken;
  }

  async counts() {
    const index = this.database.transaction("scans").objectStore("scans").index("state");
    const states = [UNSENT, SENT, PARKED, ACCEPTED, REJECTED];
    const found = await Promise.all(states.map((state) => done(index.count(state))));
    return Object.fromEntries(states.map((state, at) => [state, found[at]]));
  }

  // Returns what a sign of life says of the book, and the numbers that wait.
  async held() {
    const scans = this.database.transaction("scans").objectStore("scans");
    const last = await done(scans.openKeyCursor(null, "prev"));
    const waiting = [];
    for (const state of [UNSENT, SENT, PARKED]) waiting.push(...(await done(scans.index("state").getAllKeys(state))));
    const rejected = await done(scans.index("state").getAllKeys(REJECTED, 1000));
    const lowest = waiting.length ? waiting.reduce((one, other) => Math.min(one, other)) : null;
    return { last_seq: last ? last.key : 0, unsent: waiting.length, unsent_from: lowest, rejected, waiting };
  }

  // Forgets what was accepted long ago, but the newest: a sign of life names its number.
  async forget() {
    const { last_seq } = await this.held();
    const transaction = this.#write("scans");
    const request = transaction.objectStore("scans").index("state").openCursor(ACCEPTED);
    const oldest = Date.now() - KEPT_MS;
    request.onsuccess = ({ target: { result: cursor } }) => {
      if (!cursor) return;
      if (cursor.primaryKey < last_seq && Date.parse(cursor.value.scan.at) < oldest) cursor.delete();
      cursor.continue();
    };
    await ended(transaction);
  }

  fact(name) {
    return done(this.database.transaction("facts").objectStore("facts").get(name));
  }

  async keep(name, value) {
    const transaction = this.#write("facts");
    transaction.objectStore("facts").put(value, name);
    await ended(transaction);
  }
}
