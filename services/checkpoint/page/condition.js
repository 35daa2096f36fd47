// How the device is doing: whether the service answers, which is not known at first, and what is wrong.

const IDLE_MS = 10e3, AWAY_MS = 2e3;
const BROKEN = ["本页出错：请刷新页面；如再次出现，请报告管理员", "This page failed: load it again, and report it to the office if it fails again"];

export class Condition {
  // `changed` is called when the state or the trouble is another.
  constructor(changed = () => {}) {
    Object.assign(this, { state: "unknown", trouble: null, changed, heardAt: -Infinity });
  }

  // Whether the service is asked for a verdict.
  get online() {
    return this.state !== "offline";
  }

  heard() {
    this.heardAt = performance.now();
    this.#become("online", null);
  }

  cutOff(trouble = null) {
    this.#become("offline", trouble);
  }

  // `trouble` is a sentence in Chinese and English.
  tell(trouble) {
    this.#become(this.state, trouble);
  }

  failed(error) {
    console.error(error);
    this.tell(BROKEN);
  }

  #become(state, trouble) {
    const same = state === this.state && String(trouble) === String(this.trouble);
    Object.assign(this, { state, trouble });
    if (!same) this.changed();
  }

  // Watches the network: by the browser's events at once, and by a request while nothing else is asked.
  watch(probe) {
    let timer = null;
    const turn = async () => {
      clearTimeout(timer);
      if (this.state !== "online" || performance.now() - this.heardAt >= IDLE_MS) await probe().catch((error) => this.failed(error));
      // Who is refused is refused again: that is no matter of seconds.
      const wait = this.state === "online" || this.trouble ? IDLE_MS : AWAY_MS;
      timer = setTimeout(turn, wait * (0.75 + Math.random() / 2));
    };
    addEventListener("offline", () => this.cutOff());
    addEventListener("online", turn);
    if (navigator.onLine) turn();
    else {
      this.cutOff();
      timer = setTimeout(turn, AWAY_MS);
    }
  }
}
