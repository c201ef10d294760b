/** A question or a message that lies over the step, which waits behind it. */

import { h, icon } from "../kit/kit";
import { shapes } from "./shapes";
import type { Child } from "../window/element";
import type { PanelWindow } from "../window/window";

/** @returns Takes the notice away and gives the focus back. */
export function notify(panel: PanelWindow, className: string, text: string, ...content: Child[]): () => void {
  const { body, element } = panel;
  const step = body.firstElementChild as HTMLElement;
  const root = element.getRootNode() as ShadowRoot;
  const before = root.activeElement as HTMLElement | null;
  const overlay = h(
    "div",
    { class: "cx-dialog-container cx-overlay cx-dynamic", role: "alertdialog", "aria-labelledby": "notice" },
    icon(shapes.alert),
    h("p", { id: "notice", class: "lead " + className }, text),
    ...content,
  );
  step.inert = true;
  step.classList.add("cx-disableForm");
  // Nothing to see: scripts look for it to tell that a notice is up.
  const screen = h("div", { class: "cx-smokescreen" });
  body.replaceChildren(step, screen, overlay);
  if (before) overlay.querySelector<HTMLElement>("input,button,a")?.focus();
  else panel.announce(text);
  return () => {
    step.inert = false;
    step.classList.remove("cx-disableForm");
    screen.remove();
    // Whoever goes on in the page meanwhile keeps the focus there.
    const isOurs = [root.host, document.body].includes(document.activeElement as Element);
    overlay.remove();
    if (isOurs) before?.focus();
  };
}
