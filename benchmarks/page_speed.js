// What page_speed.py measures with, in the page.

const now = () => performance.now();
const task = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
const frame = () => new Promise(requestAnimationFrame);

/** Compiles and runs the script as a page of a site does. */
async function evaluation(code) {
  const script = document.createElement("script");
  Object.assign(script.dataset, { site: "demo", group: "sales" });
  script.textContent = code;
  await frame();
  const begin = now();
  document.body.append(script);
  return now() - begin;
}

/** What any panel costs: a shadow root with one sheet, a dialog and a button. */
function openFloor() {
  const host = document.createElement("floor-panel");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("dialog { position: fixed; inset: auto 20px 20px auto; width: 400px; font: 16px system-ui }");
  root.adoptedStyleSheets = [sheet];
  const dialog = document.createElement("dialog");
  const button = document.createElement("button");
  button.textContent = "Close";
  dialog.append(button);
  root.append(dialog);
  document.body.append(host);
  dialog.show();
}

const panel = (kind) =>
  document.querySelector(kind == "ours" ? "warmcall-panel" : "floor-panel")?.shadowRoot.querySelector("dialog[open]");

/** Has `measured` be the milliseconds from the next click to the end of the frame that shows the panel. */
function prepare(kind) {
  if (kind == "floor") document.getElementById("opener").addEventListener("click", openFloor);
  window.measured = new Promise((resolve) =>
    addEventListener(
      "click",
      async ({ timeStamp }) => {
        do await frame();
        while (!panel(kind));
        await task();
        resolve(now() - timeStamp);
      },
      { capture: true, once: true },
    ),
  );
}

/** Lets everything come to rest that the pointer set off. */
async function settled() {
  for (let round = 0; round < 10; round++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await frame();
  }
}
