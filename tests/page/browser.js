// What the page's rules take from a browser beyond the language, for an engine that has the language alone.
// Hashing and signatures are Python's (tests/page/engine.py): `native` holds its functions, which take and give hex.

const native = {};

globalThis.TextEncoder = class {
  encode(text) {
    return Uint8Array.from(unescape(encodeURIComponent(text)), (sign) => sign.charCodeAt(0));
  }
};

globalThis.TextDecoder = class {
  decode(bytes) {
    return decodeURIComponent(Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
  }
};

const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The forgiving decoder of https://infra.spec.whatwg.org/#forgiving-base64-decode.
globalThis.atob = (text) => {
  let data = text.replace(/[\t\n\f\r ]/g, "");
  if (data.length % 4 === 0) data = data.replace(/={1,2}$/, "");
  if (data.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(data)) throw new Error("InvalidCharacterError");
  let bits = 0, held = 0, bytes = "";
  for (const sign of data) {
    bits = ((bits << 6) | SIGNS.indexOf(sign)) & 0xffff;
    held += 6;
    if (held >= 8) bytes += String.fromCharCode((bits >> (held -= 8)) & 255);
  }
  return bytes;
};

globalThis.btoa = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const [first, second, third] = [0, 1, 2].map((next) => bytes.charCodeAt(at + next) || 0);
    const bits = (first << 16) | (second << 8) | third, left = bytes.length - at;
    const signs = [18, 12, 6, 0].map((shift) => SIGNS[(bits >> shift) & 63]);
    text += signs.map((sign, number) => (number > left ? "=" : sign)).join("");
  }
  return text;
};

const asHex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
const asBytes = (text) => Uint8Array.from(text.match(/../g) || [], (byte) => parseInt(byte, 16));

// Whether a signature holds never changes, and a page judges the same code many times: Python is asked once.
const verified = new Map();

const verify = async (...given) => {
  const question = given.join();
  if (!verified.has(question)) verified.set(question, await native.verify(...given));
  return verified.get(question);
};

globalThis.crypto = {
  subtle: {
    digest: async (name, bytes) => asBytes(await native.digest(name, asHex(bytes))).buffer,
    importKey: async (format, bytes, name) => ({ name, spki: asHex(bytes) }),
    verify: async (name, key, signature, bytes) => verify(key.spki, asHex(signature), asHex(bytes)),
  },
};
