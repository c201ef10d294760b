/** The step that shows the number: what to dial, how long it holds, and what becomes of the call. */

import type { Options } from "../bus/types";
import { createCountdown } from "./countdown";
import { inThrees, readable } from "./digits";
import { button, callShape, find, h, icon, say } from "../kit/kit";
import type { Outcome } from "./outcome";
import { shapes } from "./shapes";

export interface NumberStep {
  readonly element: HTMLElement;
  readonly link: HTMLElement;
  /** Starts the countdown and says the number; to be called once the step is shown. */
  start(): void;
  /** Shows where the call is. */
  setStatus(status: Options): void;
  /** Ends the countdown; tells whether the number was still worth dialling. */
  retire(): boolean;
}

export interface NumberEvents {
  announce(text: string): void;
  onExpire(): void;
  onCancel(): void;
  onClose(): void;
}

/** `call_received` as `CallReceived`: how a code of the server becomes a key of the language pack. */
export const keyOf = (code: string): string => code.replace(/(?:^|_)(.)/g, (_, letter) => letter.toUpperCase());

/** A server says where the link leads, but only to the telephone. */
const telHref = (number: string, href = ""): string => (/^tel:/i.test(href) ? href : "tel:" + number);

function copyButton(text: string, announce: (text: string) => void): HTMLElement | undefined {
  // Pages without TLS have no clipboard.
  if (!navigator.clipboard) return;
  const copy = h("button", { type: "button", "aria-label": `${say("Copy")}: ${text}` }, icon(shapes.copy));
  const show = (shape: string) => copy.replaceChildren(icon(shape));
  const copied = () => {
    show(shapes.check);
    announce(say("Copied"));
    setTimeout(show, 2000, shapes.copy);
  };
  // A browser that forbids it leaves the number on screen.
  copy.onclick = () => navigator.clipboard.writeText(text).then(copied, () => {});
  return copy;
}

/** A phone that is not this device can take the number from the screen. */
function scanCard(href: string): HTMLElement | undefined {
  if (!matchMedia("(pointer:fine)").matches) return;
  const card = h("div", { class: "card scan", part: "qr" }, h("p", { class: "hint" }, say("ScanLabel")));
  import("./qr.js").then(
    ({ draw }) => card.prepend(draw(href, say("AriaScan"))),
    () => card.remove(),
  );
  return card;
}

export function createNumberStep(outcome: Outcome, options: Options, events: NumberEvents): NumberStep {
  const { sPhoneNumber: number = "", sAccessCode, sPhoneTelHref } = outcome;
  const { announce, onExpire, onCancel, onClose } = events;
  const code = options.provideAccessCode && sAccessCode ? String(sAccessCode) : "";
  const href = telHref(number, options.autoDialAccessCode ? sPhoneTelHref : "");
  const shown = readable(number);
  const link = h("a", { class: "cx-phone-number", part: "number", href, title: say("AriaPhoneTitle") }, shown);
  const statusText = h("span");
  const status = h("p", { class: "status", part: "status", hidden: true }, h("i"), statusText);
  let valid = true;

  const countdown = createCountdown(outcome, options, announce, onExpire);

  const card = (name: string, label: string, value: HTMLElement, copied: string) =>
    h(
      "div",
      { class: `card cx-${name}-container` },
      h("div", {}, h("p", { class: `cx-${name}-label` }, say(label)), value),
      copyButton(copied, announce),
    );
  const codeShown = h("span", { class: "cx-access-code", part: "code" }, inThrees(code));
  const element = h(
    "div",
    { class: "cx-display-step" },
    card("phone-number", "PhoneLabel", link, number),
    code && card("access-code", "AccessLabel", codeShown, code),
    scanCard(href),
    countdown.element,
    h("a", { class: "button primary touch", part: "button", href }, icon(callShape), say("CallNow")),
    status,
    button("CancelRequest", "cx-display-cancel-button", onCancel),
  );
  const sentence = say("NumberReady", { number: shown }) + (code && " " + say("CodeReady", { code: inThrees(code) }));

  const retire = () => {
    const was = valid;
    valid = false;
    countdown.stop();
    return was;
  };

  /** The number has done its duty: only what matters now stays. */
  const replaceBy = (key: string, over: boolean) => {
    const close = button("DisplayClose", "primary cx-display-close-button", onClose);
    const lead = h("p", { class: "lead", tabindex: "-1" }, say(key));
    const focusInside = element.matches(":focus-within");
    element.className = "cx-display-step over";
    element.replaceChildren(icon(over ? callShape : shapes.check), lead, h("p", { class: "hint" }, say(key + "More")));
    if (over) element.append(close);
    if (focusInside) (over ? close : lead).focus();
  };

  return {
    element,
    link,
    retire,
    start: () => countdown.start(sentence),
    setStatus(detail) {
      const key = "Status" + keyOf(detail.status);
      const text = find(key, detail);
      if (!text) return;
      status.hidden = false;
      status.dataset.status = detail.status;
      statusText.textContent = text;
      if (detail.status != "waiting") announce(text);
      if (/^(matched|connected|ended)$/.test(detail.status)) retire();
      if (find(key + "More")) replaceBy(key, detail.status == "ended");
    },
  };
}
