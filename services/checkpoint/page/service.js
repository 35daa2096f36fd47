// The page's connection to the service: scans, lists, signs of life; in one tab at a time.

import { PARKED } from "/gate/book.js";

const LATER = [408, 425, 429, 500, 502, 503, 504];
const PATIENCE_MS = 1500, ASKED_MS = 10e3, POST_MS = 30e3, BATCH = 200;
const FIRST_PAUSE_MS = 200, LONGEST_PAUSE_MS = 10e3, IDLE_MS = 1000, EVERY_MS = 60e3;
const RENEW_BEFORE_MS = 7 * 86400e3;

// The answer refuses; `words` says why in Chinese and English.
export class Refused extends Error {
  constructor(words) {
    super(words[1]);
    this.words = words;
  }
}

// Returns a problem of the service as [Chinese, English].
export function problemOf(status, said) {
  const code = said?.code || status;
  if (!status) return ["未连上服务，请稍后再试", "The service did not answer: try again"];
  return [said?.detail_zh || `服务拒绝了请求（${code}），请报告管理员`, said?.detail || `The service refused the request (${code}): report it to the office`];
}

export function receiptOf(answer) {
  if (answer.error) return { state: "rejected", verdict: null, reasons: [answer.error.code, answer.error.detail] };
  return { state: answer.durable ? "accepted" : PARKED, verdict: answer.verdict, reasons: answer.reasons };
}

// Returns by how many milliseconds the clock of the scans was wrong by the service's answers; null without an answer.
export function clockOffsetOf(answers) {
  const accepted = answers.filter((answer) => !answer.error);
  return accepted.length ? 1000 * (accepted[accepted.length - 1].clock_offset_s || 0) : null;
}

// Waits twice as long each time, and never as long as everybody else.
class Pause {
  constructor() {
    this.longest = FIRST_PAUSE_MS;
  }

  next(told = 0) {
    const wait = told + Math.random() * this.longest;
    this.longest = Math.min(this.longest * 2, LONGEST_PAUSE_MS);
    return wait;
  }

  reset() {
    this.longest = FIRST_PAUSE_MS;
  }
}

export class Service {
  constructor(book, copy, condition, clock) {
    this.book = book;
    this.clock = clock;
    this.copy = copy;
    this.condition = condition;
    this.credential = null;
    this.called = null;
    this.news = new BroadcastChannel("lastmetre-gate");
    this.news.onmessage = ({ data }) => this.#hear(data);
  }

  // What one tab does is news to the others.
  async #hear(news) {
    if (news === "scan") this.called?.();
    if (news === "heard") this.condition.heard();
    if (news === "lists") await this.copy.load();
    if (news === "clock") await this.clock.load();
    if (news === "credential") this.credential = await this.book.fact("credential");
  }

  #heard() {
    this.condition.heard();
    this.news.postMessage("heard");
  }

  #cutOff(status, said) {
    this.condition.cutOff(status && !LATER.includes(status) ? problemOf(status, said) : null);
  }

  // Asks for next to nothing, with the device's token: whether it would be answered.
  async probe() {
    const [status, said] = await this.request("/v1/reasons?limit=1", {}, PATIENCE_MS * 2);
    if (status === 200) this.#heard();
    else this.#cutOff(status, said);
  }

  // Registers a visitor at this gate. Raises `Refused`.
  async register(visitor) {
    const [status, said] = await this.#post("/v1/visitors", JSON.stringify(visitor), ASKED_MS);
    if (status !== 201) throw new Refused(problemOf(status, said));
    return said;
  }

  // What an answer proves of the clock that the request stated.
  #learn(offset) {
    const before = this.clock.offset;
    this.clock.learn(offset);
    if (this.clock.offset !== before) this.news.postMessage("clock");
  }

  async #fetch(path, options, patience) {
    // Problems come in both languages; `detail` is the English text.
    const headers = { "Accept-Language": "en", "Lastmetre-Device-Time": new Date(this.clock.now()).toISOString(), ...options.headers };
    if (this.credential) headers.Authorization = `Bearer ${this.credential.token}`;
    const signal = AbortSignal.timeout(patience);
    return fetch(path, { ...options, headers, signal, cache: "no-store", credentials: "omit" });
  }

  // Returns [status, what was said, milliseconds to wait]; status 0 when nobody answered.
  async request(path, options = {}, patience = POST_MS) {
    try {
      const response = await this.#fetch(path, options, patience);
      const wait = LATER.includes(response.status) ? 1000 * (Number(response.headers.get("Retry-After")) || 1) : 0;
      return [response.status, await response.json(), wait];
    } catch {
      return [0, null, 0];
    }
  }

  #post(path, body, patience, kind = "application/json", offset = this.clock.offset) {
    const headers = { "Content-Type": kind, "Lastmetre-Device-Time": new Date(this.clock.by(offset)).toISOString() };
    return this.request(path, { method: "POST", body, headers }, patience);
  }

  // Returns the answer to one scan while somebody waits for it; null when there is none in time.
  async ask(scan, offset) {
    const [status, said] = await this.#post("/v1/scans", JSON.stringify(scan), PATIENCE_MS, undefined, offset);
    if (status === 200) this.#learn(offset + clockOffsetOf([said]));
    if (status === 200 || (status === 400 && said.code)) this.#heard();
    if (status === 200) return said;
    if (status === 400 && said.code) return { error: said };
    this.#cutOff(status, said);
    return null;
  }

  // With the gate, wrong codes are counted for that gate alone.
  async enrol(code, gate_id) {
    const request_id = (await this.book.fact("enrolment")) || crypto.randomUUID();
    await this.book.keep("enrolment", request_id);
    const [status, said] = await this.#post("/v1/devices/enrol", JSON.stringify({ code, request_id, ...(gate_id && { gate_id }) }));
    if (status !== 200) throw new Refused(problemOf(status, said));
    await this.keep(said);
  }

  async keep(credential) {
    this.credential = credential;
    await this.book.keep("credential", credential);
    this.news.postMessage("credential");
  }

  // Lets the tab that sends look at the book now.
  call() {
    if (this.called) this.called();
    else this.news.postMessage("scan");
  }

  // Several tabs share one book: whoever has the lock sends, fetches lists and gives signs of life.
  start() {
    navigator.locks.request("lastmetre-gate", () => Promise.all([this.#send(), this.#every(() => this.#list()), this.#every(() => this.#beat())]));
  }

  async #every(turn) {
    for (;;) {
      const wait = await turn().catch((error) => this.condition.failed(error) || EVERY_MS);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  async #send() {
    const pause = new Pause();
    await this.book.forget();
    for (;;) {
      const wait = await this.#sendBatch(pause).catch((error) => this.condition.failed(error) || LONGEST_PAUSE_MS);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, wait);
        this.called = () => wait <= IDLE_MS && (clearTimeout(timer), resolve());
      });
    }
  }

  async #sendBatch(pause) {
    const batch = await this.book.take(BATCH);
    if (!batch.length) return IDLE_MS;
    const lines = batch.map((row) => JSON.stringify({ ...row.scan, seq: row.seq })).join("\n");
    const offset = batch[0].offset || 0;
    const [status, said, wait] = await this.#post("/v1/scans/batch", lines, POST_MS, "application/x-ndjson", offset);
    const answers = status === 200 ? said : [];
    const wrong = clockOffsetOf(answers);
    if (wrong !== null) this.#learn(offset + wrong);
    const receipts = new Map(answers.map((answer, at) => [batch[at].seq, receiptOf(answer)]));
    await this.book.settle(receipts);
    await this.book.giveBack(batch.slice(answers.length).map((row) => row.seq));
    if (status === 200) this.#heard();
    else this.#cutOff(status, said);
    if (status !== 200) return pause.next(wait);
    if ([...receipts.values()].some((receipt) => receipt.state === PARKED)) return pause.next();
    pause.reset();
    return 0;
  }

  async #list(whole = false) {
    const version = whole ? "" : this.copy.said?.version || "";
    const asked = new URLSearchParams({ version, gate_id: this.credential.gate_id });
    const [status, said, wait] = await this.request(`/v1/lists?${asked}`);
    if (status !== 200) {
      this.#cutOff(status, said);
      return (wait || 5000) * (1 + Math.random());
    }
    if (!(await this.copy.take(said))) return whole ? EVERY_MS : this.#list(true);
    this.#heard();
    this.news.postMessage("lists");
    return EVERY_MS * (0.8 + 0.4 * Math.random()); // a city's devices were switched on at the same time
  }

  async #beat() {
    const { device_id, expires_at } = this.credential;
    if (!device_id) return EVERY_MS;
    const { waiting, ...held } = await this.book.held();
    // Not corrected: the office learns that the clock is wrong.
    const said = { sent_at: new Date(this.clock.raw()).toISOString(), ...held, app_version: "page" };
    const list = { list_version: this.copy.said?.version.slice(0, 64), list_as_of: this.copy.said?.as_of };
    const [heard, answer] = await this.#post("/v1/devices/me/heartbeat", JSON.stringify({ ...said, ...(this.copy.said ? list : {}) }), POST_MS);
    if (heard === 200) this.#learn(Date.parse(answer.now) - this.clock.raw());
    if (Date.parse(expires_at) - this.clock.now() < RENEW_BEFORE_MS) {
      const [status, renewed] = await this.#post("/v1/devices/me/renew", "", POST_MS);
      if (status === 200) await this.keep(renewed);
    }
    return EVERY_MS;
  }
}
