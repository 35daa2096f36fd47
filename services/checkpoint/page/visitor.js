// A visitor at the gate: registered while the service answers, known by a slip the next times. The page keeps nothing of it.

import { Refused } from "/gate/service.js";
import { newId } from "/gate/gate.js";
import { one, say } from "/gate/texts.js";

const HOUR_MS = 3600e3;
const FIELDS = ["name", "phone", "id_number", "plate"];
const element = (id) => document.getElementById(id);
const field = (name) => element(`visitor-${name}`);

export class Visitors {
  constructor(service, condition, check) {
    Object.assign(this, { service, condition, check, problem: null, asked: null, busy: false });
    element("visitor").addEventListener("click", () => this.open());
    element("visitor-close").addEventListener("click", () => this.close());
    element("registration").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#register();
    });
    element("check-slip").addEventListener("click", () => {
      const slip = element("slip-code").textContent;
      this.close();
      this.check(slip);
    });
  }

  open() {
    element("visitor-box").show();
    element("registration").hidden = false;
    element("slip").hidden = true;
    field("name").focus();
    this.say();
  }

  close() {
    element("visitor-box").close();
    element("registration").reset();
    element("slip-code").textContent = "";
    element("slip-picture").removeAttribute("src");
    Object.assign(this, { problem: null, asked: null });
    this.say();
  }

  // An ID number or a plate that is scanned while the form is open is the visitor's.
  claims(line) {
    const name = { id_number: "id_number", plate: "plate" }[line.kind];
    if (!name || line.problem || !element("visitor-box").open || element("registration").hidden) return false;
    field(name).value = line.value;
    return true;
  }

  say() {
    const away = this.condition.online ? null : say("away_visitor");
    element("visitor-problem").textContent = away || (this.problem ? one(this.problem) : "");
    element("register").disabled = this.busy || Boolean(away);
    element("register").textContent = say(this.busy ? "registering" : "register");
  }

  async #register() {
    if (this.busy) return;
    this.busy = true;
    this.problem = null;
    this.say();
    try {
      this.#show(await this.service.register(this.#asked()));
    } catch (error) {
      if (!(error instanceof Refused)) this.condition.failed(error);
      this.problem = error.words || ["登记失败，请重试", "The registration failed: try again"];
    }
    this.busy = false;
    this.say();
  }

  // The same entries are the same registration, so that asking again registers nobody twice.
  #asked() {
    const stated = Object.fromEntries(FIELDS.map((name) => [name, field(name).value.trim() || null]));
    const visit = { ...stated, purpose: field("purpose").value, hours: Number(field("hours").value) };
    const text = JSON.stringify(visit);
    if (this.asked?.text !== text) {
      const until = new Date(this.service.clock.now() + visit.hours * HOUR_MS - 60e3).toISOString();
      const { hours, ...body } = visit;
      this.asked = { text, body: { permit_id: newId(), ...body, until } };
    }
    return this.asked.body;
  }

  #show(given) {
    element("registration").reset();
    this.asked = null;
    element("registration").hidden = true;
    element("slip").hidden = false;
    element("slip-code").textContent = given.slip;
    // Within a page an SVG needs no namespace, as a picture it does.
    const drawn = given.qr_svg.includes("xmlns=") ? given.qr_svg : given.qr_svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"');
    element("slip-picture").src = `data:image/svg+xml,${encodeURIComponent(drawn)}`;
    element("check-slip").focus();
  }
}
