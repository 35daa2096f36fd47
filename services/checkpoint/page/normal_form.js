// The one normal form of what people type: the rules of shared/base/normal_form.py, word for word.

const SELECTORS = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;
const INVISIBLE = /\p{Cf}/gu;
const DASHES = /[\u2010-\u2015\u2212\ufe58]/g;
const MIDDLE_DOTS = /[\u2022\u2027\u2219\u22c5\u30fb\u00b7]/g;
const BLANK_BETWEEN_WIDE = /(?<=[^\x00-\u02ff]) | (?=[^\x00-\u02ff])/gu;
const BLANKS = /[\s\x1c-\x1f\x85]+/g; // those of Python
const FOREIGN = "АВЕКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", LATIN = "ABEKMHOPCTYXABEZHIKMNOPTYX"; // letters that look like Latin ones
const CHINA = /^(?:\+|00)86(?=[0-9]{7,})|^86(?=1[0-9]{10}$)/;

export function fold(text) {
  const visible = text.replace(SELECTORS, "").normalize("NFKC").replace(INVISIBLE, "");
  return visible.replace(DASHES, "-").replace(MIDDLE_DOTS, "·").replace(BLANKS, " ").trim();
}

const capitals = (text) => text.toUpperCase().replace(/[\u0370-\u04ff]/g, (sign) => LATIN[FOREIGN.indexOf(sign)] || sign);

export const name = (text) => fold(text).replace(BLANK_BETWEEN_WIDE, "");
export const idNumber = (text) => fold(text).replace(/[ -]/g, "").toUpperCase().replace(/[\u0425\u03a7\u00d7]$/, "X");
export const card = (text) => capitals(fold(text).replace(/ /g, ""));
export const phone = (text) => fold(text).replace(/[\s()-]|\.(?!0$)/g, "").replace(CHINA, "");
export const plate = (text) => capitals(fold(text).replace(/[\s·.-]/g, ""));
