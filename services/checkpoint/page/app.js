// The page at the gate: its parts put together.

import { Book } from "/gate/book.js";
import { canWatch, watch } from "/gate/camera.js";
import { DeviceClock } from "/gate/clock.js";
import { Condition } from "/gate/condition.js";
import { Emergency } from "/gate/emergency.js";
import { enrolling } from "/gate/enrolment.js";
import { Gate, temperatureOf } from "/gate/gate.js";
import { Copy } from "/gate/lists.js";
import { Panel } from "/gate/panel.js";
import { Service } from "/gate/service.js";
import { play, wake } from "/gate/sound.js";
import { both, inWords, one, say, speak } from "/gate/texts.js";
import { Turns, UNREAD } from "/gate/turns.js";
import { Visitors } from "/gate/visitor.js";
import { Wedge } from "/gate/wedge.js";

const ONLINE = { unknown: "connecting", online: "online", offline: "cut_off" };
const element = (id) => document.getElementById(id);
const sounds = () => element("sound").getAttribute("aria-pressed") === "true";

function isDegrees(text) {
  try {
    return temperatureOf(text) !== null;
  } catch {
    return false;
  }
}

// What the keeper entered of the person who is scanned next.
const measured = {
  // Raises `Unreadable` for a temperature that no body has.
  of(line) {
    const typed = element("temperature").value.trim();
    if (line.temperature === null && typed && !isDegrees(typed)) element("temperature").select(); // it is to be measured again
    const temperature = line.temperature ?? (typed ? temperatureOf(typed) : null);
    return { direction: this.direction(), temperature, mask: { yes: true, no: false }[element("mask").value] ?? null };
  },

  direction: () => document.querySelector("input[name=direction]:checked").value,

  forget() {
    element("temperature").value = "";
    element("mask").value = "";
  },
};

class App {
  constructor(book, copy, clock) {
    Object.assign(this, { book, copy, clock, visitors: null });
    this.condition = new Condition(() => this.tell());
    this.service = new Service(book, copy, this.condition, clock);
    this.gate = new Gate(book, copy, this.service, this.condition);
    this.panel = new Panel((name) => sounds() && play(name), () => copy.said?.reasons || [], () => clock.now());
  }

  // Says how the device is doing.
  tell() {
    const { state, trouble } = this.condition;
    document.body.dataset.link = state;
    element("online").textContent = say(ONLINE[state]);
    element("band").textContent = say(`band_${state}`);
    element("trouble").textContent = trouble ? one(trouble) : "";
    const { name, checkpoint_name: whole } = this.copy.said?.gate || {};
    const own = name || this.service.credential?.gate_name || this.service.credential?.gate_id || "";
    element("where").textContent = whole && whole !== own ? `${whole} · ${own}` : own;
    const as_of = this.copy.said?.as_of;
    element("age").textContent = as_of ? `${say("age")} ${inWords((this.clock.now() - Date.parse(as_of)) / 1000)}` : say("no_list");
    const wrong = this.clock.warning();
    element("clock").textContent = wrong ? say(wrong.text, wrong.seconds === null ? "" : inWords(wrong.seconds)) : "";
    this.visitors?.say();
  }

  async count() {
    const { unsent, sent, parked } = await this.book.counts();
    element("unsent").textContent = `${say("unsent")} ${unsent + sent + parked}`;
    this.tell();
  }

  async speak(language) {
    speak(language);
    this.panel.draw();
    this.refusal?.();
    this.emergency?.say();
    await this.count();
  }

  begin() {
    element("enrolment").hidden = true;
    element("scanning").hidden = false;
    this.tell();
    const turns = new Turns(this.gate, this.panel, measured, (line) => this.visitors.claims(line));
    turns.after = () => this.count();
    this.visitors = new Visitors(this.service, this.condition, (slip) => turns.take(slip));
    this.emergency = new Emergency(turns, this.panel);
    const taken = (text) => {
      this.emergency.close();
      return turns.take(text);
    };
    this.#hearKeys(turns, taken);
    element("vehicle-done").addEventListener("click", () => turns.vehicle.done());
    element("vehicle-cancel").addEventListener("click", () => turns.vehicle.cancel());
    if (canWatch()) {
      element("camera").hidden = false;
      const failed = () => this.condition.tell(both("camera_failed"));
      element("camera").addEventListener("click", () => watch(element("view"), taken).catch(failed));
    }
    this.service.start();
    this.condition.watch(() => this.service.probe());
  }

  #hearKeys(turns, taken) {
    const line = element("line"), temperature = element("temperature");
    const wedge = new Wedge(line, temperature, isDegrees, (text) => {
      if (!text.trim() && turns.vehicle.open) turns.vehicle.done();
      else taken(text);
    }, (text) => {
      if (text.trim() && !isDegrees(text)) this.panel.unread(this.panel.begin(UNREAD, null), "no_temperature");
      else if (line.value) wedge.submit();
      else line.focus();
    });
    wedge.listen();
    element("reading").addEventListener("submit", (event) => {
      event.preventDefault();
      if (event.submitter || line.value) wedge.submit();
    });
    // Scanners without keys write where the focus is: unless another field was chosen, that is the scan field.
    const home = ({ target }) => target.closest("input:not([type=radio]), select, summary, option, dialog, #actions") || line.focus({ preventScroll: true });
    document.addEventListener("click", home);
    element("mask").addEventListener("change", () => line.focus());
    line.focus();
  }
}

async function main() {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/gate/sw.js", { scope: "/gate" });
  const book = await Book.open();
  navigator.storage?.persist?.();
  const copy = new Copy(book);
  await copy.load();
  const clock = new DeviceClock(book, () => (copy.said ? Date.parse(copy.said.as_of) : null));
  await clock.load();
  const app = new App(book, copy, clock);
  let language = (await book.fact("language")) || "zh";
  element("language").addEventListener("click", () => {
    language = language === "zh" ? "en" : "zh";
    book.keep("language", language);
    app.speak(language);
  });
  element("sound").addEventListener("click", ({ currentTarget }) => {
    currentTarget.setAttribute("aria-pressed", String(currentTarget.getAttribute("aria-pressed") !== "true"));
  });
  addEventListener("pointerdown", wake, { once: true });
  addEventListener("keydown", wake, { once: true });
  app.service.credential = (await book.fact("credential")) || null;
  await app.speak(language);
  setInterval(() => app.count(), 1000);
  if (app.service.credential) app.begin();
  else app.refusal = enrolling(app.service, () => app.begin());
}

main().catch((error) => console.error(error));
