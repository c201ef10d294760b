// The shop's own script: keeps the call button's data fresh, and runs the demo helper. The helper learns number and code
// the way any page can: from the public event of the widget.
(() => {
  "use strict";
  const root = (window._genesys ??= {});
  (root.widgets ??= {}).onReady = (bus) => bus.subscribe("ClickToCallService.numberReceived", (e) => received(e.data));

  const at = (id) => document.getElementById(id);
  let dialled = null;

  function received({ error, netfail, sPhoneNumber, sAccessCode }) {
    if (error || netfail || !sPhoneNumber) return;
    dialled = { number: sPhoneNumber, code: sAccessCode || null };
    at("helper-digits").textContent = sPhoneNumber;
    at("helper-code").textContent = sAccessCode || "none needed";
    at("helper-number").hidden = false;
    at("helper-hint").textContent = "Your number is here. Call it with any softphone, or let this page do it.";
    at("helper-steps").replaceChildren();
    at("helper-dial").disabled = false;
    at("helper").open = true;
  }

  function show(step, text) {
    const item = document.createElement("li");
    item.dataset.step = step;
    item.textContent = text;
    at("helper-steps").append(item);
    item.scrollIntoView({ block: "nearest" });
  }

  async function* lines(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const parts = (rest + value).split("\n");
      rest = parts.pop();
      for (const part of parts) if (part) yield JSON.parse(part);
    }
  }

  async function dial() {
    const button = at("helper-dial");
    button.disabled = true;
    button.textContent = "On the phone…";
    at("helper-steps").replaceChildren();
    try {
      const order = { number: dialled.number, code: dialled.code, from: at("helper-from").value.trim() || null };
      const answer = await fetch("/demo/dial", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(order),
      });
      if (answer.ok) for await (const step of lines(answer.body)) show(step.name, step.text);
      else show("failed", await refusal(answer));
    } catch {
      show("failed", "The demo server does not answer. Is it still running?");
    }
    button.textContent = "Dial it again";
    button.disabled = false;
  }

  async function refusal(answer) {
    const text = await answer.text();
    try { return JSON.parse(text).detail; } catch { return text; }
  }

  document.addEventListener("DOMContentLoaded", () => {
    at("helper-dial").addEventListener("click", dial);
    for (const input of document.querySelectorAll("[name=fabric]"))
      input.addEventListener("change", () => {
        const ask = at("ask");
        ask.dataset.warmcallUserData = JSON.stringify({ ...JSON.parse(ask.dataset.warmcallUserData), fabric: input.value });
      });
  });
})();
