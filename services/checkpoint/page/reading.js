// What a line holds, whatever scanner or input method it came through: the rules of domain/reading.py, word for word.

import { card, fold, idNumber, plate } from "/gate/normal_form.js";
import { liesWithin } from "/gate/temperature.js";

const PREFIX = "LM1:", LONGEST = 512, ALL_LETTERS = 40, RANGE = [30, 45];
const TABS = /[\t-\r]+/g;
const CONTROLS = /^[\x00-\x20\x7f]+|[\x00-\x20\x7f]+$/g;
// An AIM identifier as ]Q1 and an ECI mark as \000026; an input method writes other brackets and dashes.
const FRAME = /^(?:[\]】][A-Za-z][0-9A-Za-z])?(?:[\\、][0-9]{6})? ?/;
const DEGREES = /^[0-9]{2,3}(?:[.,。][0-9]+)?$/;
const MEASURED = /^(.*?) ?(?:[;:,] ?([0-9]{2,3}(?:[.,。][0-9]+)?)| ([0-9]{2}[.,。][0-9]+)) ?(?:°?[Cc]|度)? ?;?$/;
const SOME_DEGREES = /(?:[;:, \u4e00-\u9fff]|^)([0-9]{2}[.,。][0-9]+)|; ?([0-9]{2})(?![0-9.,。])/g;
const SCAN_BEHIND = /^ ?[0-9]{2}[.,。][0-9]+.{4,}|[0-9]{4}|LM1:/;
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\ufffd\u25a1]/;
const WEB = /^(?:https?|weixin|wxp|alipays?):\/\//i;
const CODE = /^(?:LM1:|lm1:)/, CODES = /LM1:/gi;
const ID = "[0-9]{17}[0-9X]", SLIP = "V-[0-9A-Z]{8}";
// Each text has one way to match, so that no long one takes minutes.
const PLATE = "[\u4e00-\u9fff][A-Z][A-Z0-9]{4}(?:[A-Z0-9]{0,3}|[A-Z0-9]{0,2}[学警港澳挂领使])";
const whole = (pattern) => new RegExp(`^(?:${pattern})$`, "u");
const ID_NUMBER = whole(ID), IS_SLIP = whole(SLIP), IS_PLATE = whole(PLATE);
const TWICE = whole(`(?:${ID}){2,}|(?:${SLIP}){2,}|(?:${PLATE}){2,}`);
const CARD = /^[\p{L}\p{N}_-]{1,64}$/u;

const length = (text) => [...text].length;
const cutTo = (text, most) => [...text].slice(0, most).join("");

// Of a line that is not read the highest temperature is kept, so that no fever is lost.
export function read(text) {
  const plain = plainLine(text);
  const measured = MEASURED.exec(plain);
  const [value, degrees] = measured ? [measured[1], measured[2] || measured[3]] : cut(plain);
  const temperature = degrees === null ? null : temperatureIn(degrees);
  const found = credential(value);
  const unmeasured = SCAN_BEHIND.test(degrees) ? "two_scans" : "no_temperature";
  const problem = found.problem || (degrees !== null && temperature === null ? unmeasured : null);
  if (problem) return { kind: "card", value: cutTo(plain, LONGEST), temperature: highest(plain), problem };
  return { ...found, temperature, problem: null };
}

function plainLine(text) {
  const bare = text.replace(CONTROLS, "").replace(TABS, ";"); // a tab ends what was scanned before it
  const plain = fold(bare).replace(FRAME, "");
  if (!CODE.test(plain)) return plain;
  return fold(bare.replaceAll("\u2014\u2014", "_")).replace(FRAME, "").replaceAll("。", "."); // dashes stand for _
}

function cut(plain) {
  const at = plain.lastIndexOf(";");
  return at < 0 ? [plain, null] : [plain.slice(0, at).trim(), plain.slice(at + 1)];
}

// Returns null for what is no body temperature.
export function temperatureIn(degrees) {
  if (!DEGREES.test(degrees)) return null;
  const number = Number(degrees.replace(/[,。]/, "."));
  return liesWithin(number, RANGE) ? number : null;
}

function highest(plain) {
  const some = [...plain.matchAll(SOME_DEGREES)].map((one) => temperatureIn(one[1] || one[2]));
  return some.reduce((most, one) => (one !== null && (most === null || one > most) ? one : most), null);
}

function credential(value) {
  if (!value) return { problem: "nothing" };
  if (value.includes(";") || (value.match(CODES) || []).length > 1) return { problem: "two_scans" };
  if (length(value) > LONGEST) return { problem: "too_long" };
  if (UNPRINTABLE.test(value)) return { problem: "lost_characters" };
  if (WEB.test(value)) return { problem: "web_address" };
  if (CODE.test(value)) return code(value);
  const number = idNumber(value), sign = plate(value), plain = card(value);
  if (ID_NUMBER.test(number)) return { kind: "id_number", value: number };
  if (IS_SLIP.test(plain)) return { kind: "visitor", value: plain };
  if (IS_PLATE.test(sign)) return { kind: "plate", value: sign };
  if ([number, sign, plain].some((one) => TWICE.test(one))) return { problem: "two_scans" };
  return CARD.test(plain) ? { kind: "card", value: plain } : { problem: "no_credential" };
}

const swapped = (text) =>
  text.replace(/[A-Za-z]/g, (letter) => (letter > "Z" ? letter.toUpperCase() : letter.toLowerCase()));

// Caps lock swaps the case of all letters, of the prefix too.
function code(value) {
  const own = value.startsWith(PREFIX) ? value : swapped(value);
  const letters = own.slice(PREFIX.length).replace(/[^A-Za-z]/g, "");
  const oneCase = letters === letters.toLowerCase() || letters === letters.toUpperCase();
  return letters.length >= ALL_LETTERS && oneCase ? { problem: "letter_case" } : { kind: "code", value: own };
}
