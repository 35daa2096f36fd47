// The page's copy of the lists: kept new by changes, compared by digest, told whole again where it differs.

import { fromBase64, hex, verifier } from "/gate/code.js";

const ID_BYTES = 16;

export async function shortId(identity) {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(identity)) return identity.replace(/-/g, "").toLowerCase();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(identity));
  return hex(new Uint8Array(digest, 0, ID_BYTES));
}

export class Copy {
  constructor(book) {
    this.book = book;
    this.said = null;
    this.standings = new Map(); // short id in hex -> "red+isolated"
    this.verify = null;
  }

  async load() {
    const kept = await this.book.fact("lists");
    if (kept) await this.#use(kept.said, new Map(kept.standings));
  }

  async #use(said, standings) {
    this.standings = standings;
    this.said = said;
    // Without Ed25519 in an old browser codes are checked by hand.
    this.verify = await verifier(said.code_keys).catch(() => null);
  }

  // What the rules are given; null before the first list has come.
  get lists() {
    if (!this.said) return null;
    return { ...this.said, verify: this.verify, exception: (resident) => this.exception(resident) };
  }

  async exception(resident) {
    const name = this.standings.get(await shortId(resident));
    if (!name) return null;
    const [colour, isolated] = name.split("+");
    return { colour, isolated: isolated !== undefined };
  }

  // Takes over what the service said; false where the copy is not the service's list then.
  async take(answer) {
    const { exceptions, digest, full, ...said } = answer;
    const standings = full ? new Map() : new Map(this.standings);
    for (const [name, text] of Object.entries(exceptions)) {
      const bytes = fromBase64(text);
      for (let at = 0; at < bytes.length; at += ID_BYTES) {
        const short = hex(bytes.subarray(at, at + ID_BYTES));
        if (name === "green") standings.delete(short);
        else standings.set(short, name);
      }
    }
    if (digest && !agrees(standings, digest)) return false;
    await this.book.keep("lists", { said, standings: [...standings] });
    await this.#use(said, standings);
    return true;
  }
}

function agrees(standings, digest) {
  const sums = Object.fromEntries(Object.keys(digest).map((name) => [name, [0, 0n]]));
  for (const [short, name] of standings) {
    sums[name][0] += 1;
    sums[name][1] ^= BigInt(`0x${short}`);
  }
  return Object.entries(digest).every(([name, [count, sum]]) => sums[name][0] === count && sums[name][1] === BigInt(`0x${sum}`));
}
