// Enrolling the device, by the one-time code that the office gave, or by a token.

import { one } from "/gate/texts.js";

const element = (id) => document.getElementById(id);

// A code that was scanned stands behind the #, which no server sees; it leaves the address, which a browser keeps.
function takeCode() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code) {
    element("code").value = code;
    history.replaceState(null, "", location.pathname + location.search);
  }
  element(code ? "enrol" : "code").focus();
}

export function enrolling(service, then) {
  let refusal = null;
  element("enrolment").hidden = false;
  element("gate").value ||= new URLSearchParams(location.search).get("gate") ?? "";
  takeCode();
  element("enrolment").addEventListener("submit", async (event) => {
    event.preventDefault();
    const token = element("token").value.trim();
    const gate_id = element("gate").value.trim();
    try {
      if (token) await service.keep({ token, gate_id });
      else await service.enrol(element("code").value, gate_id);
      then();
    } catch (error) {
      if (!error.words) console.error(error);
      refusal = error.words || ["本机出错，请重试", "This device failed: try again"];
      element("refusal").textContent = one(refusal);
    }
  });
  return () => {
    element("refusal").textContent = refusal ? one(refusal) : "";
  };
}
