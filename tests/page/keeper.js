// Watches the gate page beside the keeper: each scan's answer, each verdict in sight while another scan is checked.

(() => {
  const seen = { slips: [], answers: {}, flashes: 0, notes: 0 };
  window.keeperSaw = seen;
  const newest = () => Number(document.querySelector("#recent li")?.dataset.number || 0);
  const verdict = () => document.getElementById("verdict");
  let field = null, before = 0;
  addEventListener("keydown", ({ key }) => {
    if (key === "Enter") [field, before] = [document.activeElement, document.activeElement.value?.length || 0];
  }, true);
  addEventListener("keydown", ({ key }) => {
    if (key !== "Enter" || !before || field.value.length === before) return; // nothing was taken out of the field
    if (verdict().dataset.verdict !== "") seen.slips.push(`a verdict in sight when ${newest()} was scanned`);
    if (document.getElementById("line").value !== "") seen.slips.push(`the field was not cleared at ${newest()}`);
  });
  const { animate } = Element.prototype;
  Element.prototype.animate = function (...given) {
    seen.flashes += 1;
    return animate.apply(this, given);
  };
  const { start } = OscillatorNode.prototype;
  OscillatorNode.prototype.start = function (...given) {
    seen.notes += 1;
    return start.apply(this, given);
  };
  const look = () => {
    const shown = verdict().dataset;
    if (shown.verdict && Number(shown.number) !== newest()) seen.slips.push(`the verdict of ${shown.number} while ${newest()} was checked`);
    for (const row of document.querySelectorAll("#recent li")) {
      const { number, state, verdict: word, mode } = row.dataset;
      if (state === "checking") continue;
      const answer = `${state} ${word} ${mode} ${row.querySelector(".label").textContent}`;
      if (number in seen.answers) {
        if (seen.answers[number] !== answer) seen.slips.push(`${number} was answered twice`);
        continue;
      }
      seen.answers[number] = answer;
      window.answered(Number(number), answer);
    }
  };
  addEventListener("DOMContentLoaded", () => {
    for (const id of ["verdict", "recent"]) new MutationObserver(look).observe(document.getElementById(id), { subtree: true, childList: true, attributes: true });
  });
})();
