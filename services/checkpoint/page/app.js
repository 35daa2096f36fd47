// The page at the gate: what the keeper sees, types and hears.

import { Book } from "/gate/book.js";
import { DeviceClock } from "/gate/clock.js";
import { Gate, Unreadable, recognised, temperatureOf } from "/gate/gate.js";
import { Copy } from "/gate/lists.js";
import { REASONS, UNREAD } from "/gate/reasons.js";
import { Service } from "/gate/service.js";
import { inWords, one, say, speak } from "/gate/texts.js";

const TONES = { allow: [880, 0.12], recheck: [440, 0.3], deny: [220, 0.7] };
const element = (id) => document.getElementById(id);

// How the device is doing: whether the service answers, and what is wrong, in a sentence.
const condition = {
  online: true,
  heard() {
    this.online = true;
    this.tell("");
  },
  cutOff(trouble) {
    this.online = false;
    this.tell(trouble);
  },
  tell(trouble) {
    element("trouble").textContent = trouble;
  },
};

let sound = null;
let last = null; // what is shown, to be said again in the other language

function beep(verdict) {
  if (element("sound").getAttribute("aria-pressed") !== "true") return;
  sound = sound || new AudioContext();
  const [pitch, seconds] = TONES[verdict];
  const tone = sound.createOscillator();
  tone.frequency.value = pitch;
  tone.connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + seconds);
}

function show(shown, copy, clock) {
  last = shown;
  const verdict = element("verdict");
  verdict.dataset.verdict = shown.verdict;
  verdict.dataset.recorded = shown.recorded;
  element("word").textContent = say(shown.verdict);
  const newer = new Map((copy.said?.reasons || []).map((reason) => [reason.code, [reason.zh, reason.en]]));
  const told = shown.reasons.map((code) => one(REASONS[code] || newer.get(code) || [code, code]));
  if (shown.unread) told.unshift(one(UNREAD[shown.unread]));
  if (shown.person) told.unshift(`${say("compare")}: ${shown.person.name} ${shown.person.birth_year}`);
  if (!shown.recorded) told.unshift(say("not_recorded"));
  if (shown.note) told.push(shown.note);
  element("reasons").replaceChildren(...told.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  const age = shown.as_of ? inWords((clock.now() - Date.parse(shown.as_of)) / 1000) : say("no_list");
  element("mode").textContent = `${say(shown.mode)} · ${say("age")} ${age}`;
}

function showUnread(error) {
  last = null;
  element("verdict").dataset.verdict = "";
  element("word").textContent = "?";
  element("reasons").replaceChildren();
  const cause = UNREAD[error.message];
  element("mode").textContent = cause ? `${say("unread")}: ${one(cause)}` : say("not_read");
}

async function showCondition(book, copy, clock) {
  const counts = await book.counts();
  const unsent = counts.unsent + counts.sent + counts.parked;
  element("online").textContent = say(condition.online ? "online" : "cut_off");
  const as_of = copy.said?.as_of;
  element("age").textContent = as_of ? `${say("age")} ${inWords((clock.now() - Date.parse(as_of)) / 1000)}` : say("no_list");
  element("unsent").textContent = `${say("unsent")} ${unsent}`;
  const wrong = clock.warning();
  const howMuch = wrong && wrong.seconds !== null ? inWords(wrong.seconds) : "";
  element("clock").textContent = wrong ? say(wrong.text).replace("{}", howMuch) : "";
}

function seenNow(line) {
  const typed = element("temperature").value;
  const temperature = line.temperature ?? (typed.trim() ? temperatureOf(typed) : null);
  const direction = document.querySelector("input[name=direction]:checked").value;
  return { direction, temperature, mask: { yes: true, no: false }[element("mask").value] ?? null };
}

// Scans one after the other, however fast lines come.
let queue = Promise.resolve();

function take(text, gate, copy, refresh) {
  queue = queue.then(async () => {
    try {
      const line = recognised(text);
      const shown = await gate.scan(line, seenNow(line));
      element("temperature").value = "";
      show(shown, copy, gate.service.clock);
      beep(shown.recorded ? shown.verdict : "deny");
    } catch (error) {
      if (!(error instanceof Unreadable)) condition.tell(String(error));
      showUnread(error instanceof Unreadable ? error : new Unreadable("not_read"));
    }
    await refresh();
  });
  return queue;
}

async function watch(video, taken) {
  const detector = new BarcodeDetector({ formats: ["qr_code", "code_128"] });
  let before = "";
  video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  video.hidden = false;
  await video.play();
  while (video.srcObject) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found && found.rawValue !== before) await taken(found.rawValue);
    before = found ? found.rawValue : "";
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function scanning(service, copy, gate, refresh) {
  element("enrolment").hidden = true;
  element("scanning").hidden = false;
  element("where").textContent = service.credential.gate_id;
  const line = element("line");
  const taken = (text) => take(text, gate, copy, refresh);
  element("reading").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = line.value;
    line.value = "";
    taken(text);
    line.focus();
  });
  // A scanner types wherever the focus is: unless somebody chose another field, that is here.
  document.addEventListener("click", ({ target }) => target.matches("input, select, summary, option") || line.focus());
  line.focus();
  if ("BarcodeDetector" in window && navigator.mediaDevices) {
    element("camera").hidden = false;
    element("camera").addEventListener("click", () => watch(element("view"), taken).catch((error) => condition.tell(String(error))));
  }
  service.start();
}

async function enrolling(service, then) {
  element("enrolment").hidden = false;
  element("code").focus();
  element("enrolment").addEventListener("submit", async (event) => {
    event.preventDefault();
    const token = element("token").value.trim();
    try {
      if (token) await service.keep({ token, gate_id: element("gate").value.trim() });
      else await service.enrol(element("code").value);
      then();
    } catch (error) {
      element("refusal").textContent = error.message;
    }
  });
}

async function main() {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/gate/sw.js", { scope: "/gate" });
  const book = await Book.open();
  navigator.storage?.persist?.();
  const copy = new Copy(book);
  await copy.load();
  const clock = new DeviceClock(book, () => (copy.said ? Date.parse(copy.said.as_of) : null));
  await clock.load();
  const service = new Service(book, copy, condition, clock);
  const gate = new Gate(book, copy, service, condition);
  const refresh = () => showCondition(book, copy, clock);
  let language = (await book.fact("language")) || "zh";
  const spoken = () => {
    speak(language);
    if (last) show(last, copy, clock);
    return refresh();
  };
  element("language").addEventListener("click", () => {
    language = language === "zh" ? "en" : "zh";
    book.keep("language", language);
    spoken();
  });
  element("sound").addEventListener("click", ({ currentTarget }) => {
    currentTarget.setAttribute("aria-pressed", String(currentTarget.getAttribute("aria-pressed") !== "true"));
  });
  await spoken();
  setInterval(refresh, 1000);
  service.credential = (await book.fact("credential")) || null;
  const begin = () => scanning(service, copy, gate, refresh);
  if (service.credential) begin();
  else await enrolling(service, begin);
}

main().catch((error) => condition.tell(String(error)));
