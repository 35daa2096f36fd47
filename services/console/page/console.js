// The console's keys, its drop zone, and what htmx sends with each form. Every page works without this script, too.

const isTyping = (target) => target.closest("input:not([type=checkbox], [type=radio]), select, textarea") !== null;
const section = (key) => document.querySelector(`nav [data-key="${CSS.escape(key)}"]`);
let waitsForGo = false;

function links() {
  return [...document.querySelectorAll("[data-list] tbody tr")].map((row) => row.querySelector("a")).filter(Boolean);
}

function move(step) {
  const all = links();
  if (all.length === 0) return;
  const row = document.activeElement.closest("[data-list] tbody tr");
  const at = all.findIndex((link) => link.closest("tr") === row);
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  all[next].focus();
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const keys = document.getElementById("keys");
  if (keys.open || isTyping(event.target)) return;
  if (waitsForGo) {
    waitsForGo = false;
    const link = section(event.key);
    if (link !== null) {
      event.preventDefault();
      location.assign(link.href);
    }
    return;
  }
  const inList = event.target.closest("[data-list]") !== null;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    event.preventDefault();
    if (search) search.focus();
    else location.assign("/people");
  } else if (event.key === "?") {
    event.preventDefault();
    keys.showModal();
  } else if (event.key === "g") {
    waitsForGo = true;
  } else if (event.key === "j" || (event.key === "ArrowDown" && inList)) {
    event.preventDefault();
    move(1);
  } else if (event.key === "k" || (event.key === "ArrowUp" && inList)) {
    event.preventDefault();
    move(-1);
  }
}

function preview() {
  const file = document.getElementById("file");
  document.getElementById("preview").replaceChildren(); // a mapping by hand is of the file before
  if (file.files.length > 0) window.htmx.trigger("#roster", "preview");
}

function followDrops() {
  const drop = document.getElementById("drop");
  if (drop === null) return;
  const file = document.getElementById("file");
  file.addEventListener("change", preview);
  for (const kind of document.querySelectorAll("#roster [name=kind]")) kind.addEventListener("change", preview);
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length === 0) return;
    file.files = event.dataTransfer.files;
    preview();
  });
}

// Progress comes as events; where they do not come through, the page asks every two seconds.
let followed = null;

function ask() {
  const part = document.querySelector("[data-events]");
  if (part !== null) window.htmx.trigger(part, "progress");
  else if (followed !== null) {
    followed.stop();
    followed = null;
  }
}

function poll() {
  const timer = setInterval(ask, 2000);
  return { stop: () => clearInterval(timer) };
}

function followProgress() {
  const part = document.querySelector("[data-events]");
  if (part === null || followed !== null) return;
  if (!("EventSource" in window)) {
    followed = poll();
    return;
  }
  const source = new EventSource(part.dataset.events);
  followed = { stop: () => source.close() };
  source.addEventListener("progress", ask);
  source.addEventListener("end", () => {
    source.close();
    ask();
  });
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return;
    followed = poll();
    ask();
  });
}

followProgress();
document.addEventListener("keydown", press);
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = document.body.dataset.csrf ?? "";
});
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
document.getElementById("show-keys").addEventListener("click", () => document.getElementById("keys").showModal());
// A form that is sent twice by two clicks would do its work twice, or be refused the second time. After a search or a
// download its page stays.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button && !event.target.hasAttribute("data-stays")) setTimeout(() => { button.disabled = true; }, 0);
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button:disabled")) button.disabled = false;
});
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
followDrops();
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
const problem = document.getElementById("problem");
if (problem) problem.scrollIntoView({ block: "nearest" });
