/** The dialog around what is shown in an overlay. */

import type { Options } from "../bus/types";
import { createHost, h, iconNamed, isNarrow, nameOf, show } from "../siblings";
import css from "./overlay.css";

export interface Frame {
  open(): void;
  close(): void;
  /** In the language in force. */
  relabel(): void;
}

const SIDES = ["top", "right", "bottom", "left"] as const;
const FOCUSABLE = "[autofocus],a[href],button,input,select,textarea,[tabindex='0']";
/** What a visitor came for has the focus before what closes it. */
const rankOf = (field: Element) => (field.matches("[autofocus]") ? 0 : field.closest(".cx-buttons-window-control") ? 2 : 1);
const length = (value: unknown) => (typeof value == "number" ? value + "px" : String(value));

export function createFrame(content: HTMLElement, options: Options, say: (key: string) => string, dismiss: () => void): Frame {
  const { position = "center", alignment = {}, maxWidth, mobileOverlay = "fitContent", styles, modal = true } = options;
  const classes = [position, isNarrow() && (mobileOverlay == "fullScreen" ? "full" : "fit")].filter(Boolean).join(" ");
  const hasOwnControl = content.querySelector(".cx-button-close");
  const button = h(
    "button",
    { class: "close", type: "button", onclick: dismiss },
    iconNamed("close"),
  );
  const dialog = h(
    "dialog",
    { class: `frame ${classes}` },
    h("div", { class: "content" }, h("slot")),
    // Last, so that what is shown gets the focus first.
    !options.immutable && !hasOwnControl && button,
  );
  if (options.overlay === false) dialog.classList.add("clear");
  for (const side of SIDES) if (alignment[side] != null) dialog.style[side] = length(alignment[side]);
  if (maxWidth) dialog.style.maxWidth = `min(${length(maxWidth)}, 100vw)`;
  Object.assign(dialog.style, styles);
  const host = createHost("warmcall-overlay", "cx-widget cx-overlay-container", css, dialog);
  host.append(content);
  const relabel = () => {
    dialog.setAttribute("aria-label", nameOf(content, say("AriaWindowLabel")));
    button.setAttribute("aria-label", say("AriaClose"));
  };
  relabel();

  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    dismiss();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key != "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    dismiss();
  });
  // Beside the dialog: on its backdrop.
  dialog.addEventListener("click", ({ target, clientX: x, clientY: y }) => {
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    if (target == dialog && modal && (x < left || x > right || y < top || y > bottom)) dismiss();
  });
  // Who handed it in comes first.
  host.addEventListener("click", (event) => {
    const path = event.composedPath() as Element[];
    if (path.some((at) => at.matches?.(".cx-button-close"))) setTimeout(() => host.isConnected && dismiss());
  });

  return {
    relabel,
    open() {
      show(host);
      if (modal) dialog.showModal();
      else dialog.show();
      // Of itself Firefox finds nothing in a shadow root within the slot, and takes the close button.
      const fields = [...(content.shadowRoot ?? content).querySelectorAll<HTMLElement>(FOCUSABLE)];
      for (const field of fields.sort((one, other) => rankOf(one) - rankOf(other))) {
        field.focus({ preventScroll: true });
        if (field.matches(":focus")) break;
      }
    },
    close() {
      dialog.close();
      show(host, false);
      content.remove();
    },
  };
}
