// Verifies a health code by its signature (COSE_Sign1, Ed25519), as shared/health_code.py does.

const PREFIX = "LM1:", LONGEST = 512, SEAL_BYTES = 17;
const SUBJECT = 2, EXPIRES = 4, ISSUED = 6, CODE_ID = 7, COLOUR = -65537, PRINTED = -65538, KID = 4;
const PROTECTED = "a10127"; // {alg: EdDSA}, all that it says
const COLOURS = ["green", "yellow", "red"];

export class Refused extends Error {
  constructor(reason, resident = null) {
    super(reason);
    this.reason = reason;
    this.resident = resident;
  }
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const fromBase64 = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

function fromBase64Url(text) {
  if (!/^[\w-]*$/.test(text)) throw new Error("that is no base64url");
  const bytes = fromBase64(text.replace(/-/g, "+").replace(/_/g, "/"));
  const again = btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  if (again !== text) throw new Error("that is no base64url");
  return bytes;
}

// Reads the CBOR (RFC 8949) that a code is made of, in its one shortest form.
class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  #take(count) {
    if (this.at + count > this.bytes.length) throw new Error("the bytes end too soon");
    return this.bytes.subarray(this.at, (this.at += count));
  }

  #head() {
    const [first] = this.#take(1);
    const kind = first >> 5, short = first & 31;
    if (short < 24) return [kind, short];
    if (short > 27) throw new Error("no definite length");
    const size = 1 << (short - 24);
    const number = this.#take(size).reduce((sum, byte) => sum * 256 + byte, 0);
    if (number < (size === 1 ? 24 : 256 ** (size / 2)) || !Number.isSafeInteger(number)) throw new Error("not shortest");
    return [kind, number];
  }

  read() {
    const [kind, number] = this.#head();
    if (kind === 0) return number;
    if (kind === 1) return -1 - number;
    if (kind === 2) return this.#take(number);
    if (kind === 3) return new TextDecoder("utf-8", { fatal: true }).decode(this.#take(number));
    if (kind === 4) return Array.from({ length: number }, () => this.read());
    if (kind === 5) return new Map(Array.from({ length: number }, () => [this.read(), this.read()]));
    if (kind === 6) return { tag: number, value: this.read() };
    if (number === 20 || number === 21) return number === 21;
    throw new Error("nothing that a code holds");
  }

  whole() {
    const found = this.read();
    if (this.at !== this.bytes.length) throw new Error("something trails behind");
    return found;
  }
}

const cborBytes = (bytes) => {
  const size = bytes.length;
  const head = size < 24 ? [0x40 | size] : size < 256 ? [0x58, size] : [0x59, size >> 8, size & 255];
  return [...head, ...bytes];
};

const toBeSigned = (body) =>
  new Uint8Array([0x84, 0x6a, ...new TextEncoder().encode("Signature1"), ...cborBytes(body[0]), 0x40, ...cborBytes(body[2])]);

export async function verifier(pem) {
  const keys = new Map();
  for (const [, text] of pem.matchAll(/-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----/g)) {
    const der = fromBase64(text.replace(/\s/g, ""));
    keys.set(hex(der.slice(-32, -24)), await crypto.subtle.importKey("spki", der, "Ed25519", false, ["verify"]));
  }
  return (text, now) => verified(keys, text, now);
}

async function verified(keys, text, now) {
  let code;
  try {
    code = await read(keys, text);
  } catch {
    throw new Refused("code_forged"); // whatever is wrong with a stranger's bytes, it is no code of ours
  }
  if (now >= code.expires) throw new Refused("code_expired", code.resident);
  return code;
}

async function read(keys, text) {
  if (!text.startsWith(PREFIX) || text.length > LONGEST) throw new Error("no code");
  const [signed, seal, more] = text.slice(PREFIX.length).split(".");
  if (more !== undefined || (seal !== undefined && fromBase64Url(seal).length !== SEAL_BYTES)) throw new Error("no seal");
  const { tag, value: body } = new Reader(fromBase64Url(signed)).whole();
  if (tag !== 18 || body.length !== 4 || hex(body[0]) !== PROTECTED || body[1].size !== 1) throw new Error("no code");
  const key = keys.get(hex(body[1].get(KID)));
  if (!(await crypto.subtle.verify("Ed25519", key, body[3], toBeSigned(body)))) throw new Error("forged");
  const claims = new Reader(body[2]).whole();
  const code = {
    resident: String(claims.get(SUBJECT)),
    colour: claims.get(COLOUR),
    issued: claims.get(ISSUED) * 1000,
    expires: claims.get(EXPIRES) * 1000,
    id: hex(claims.get(CODE_ID) || []),
    printed: claims.get(PRINTED) === true,
  };
  if (!COLOURS.includes(code.colour) || Number.isNaN(code.issued + code.expires)) throw new Error("no claims");
  return code;
}
