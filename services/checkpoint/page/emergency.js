// An emergency: the keeper lets a person pass whatever the verdict, and says why; the office reviews it.

const element = (id) => document.getElementById(id);

export class Emergency {
  constructor(turns, panel) {
    Object.assign(this, { turns, panel, who: null });
    element("emergency").addEventListener("click", () => this.open());
    element("emergency-close").addEventListener("click", () => this.close());
    // No button has the focus at first: the Enter of a scanner lets nobody pass.
    for (const button of document.querySelectorAll("[data-reason]")) button.addEventListener("click", () => this.#pass(button.dataset.reason));
  }

  #pass(reason) {
    const entry = element("stopped").checked ? this.who : null;
    this.close();
    this.turns.override(reason, entry);
  }

  open() {
    this.who = this.panel.stopped;
    element("who-stopped").hidden = !this.who;
    element(this.who ? "stopped" : "stranger").checked = true;
    this.say();
    element("emergency-box").show();
    element("emergency-title").focus();
  }

  say() {
    element("stopped-label").textContent = this.who ? this.panel.label(this.who) : "";
  }

  // A scan ends it: the next person is another.
  close() {
    element("emergency-box").close();
  }
}
