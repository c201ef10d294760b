/** The panel's window: where it lies, what it shows, who has the focus. It knows nothing of calls. */

import { languageAttributes, say } from "../i18n/strings";
import { createHost } from "../theme/sheet";
import { themeClass } from "../theme/theme";
import { h, icon, shapes } from "./element";
import { stayAboveKeyboard } from "./keyboard";

export interface PanelWindow {
  readonly element: HTMLDialogElement;
  /** Holds the step, and what lies over it. */
  readonly body: HTMLElement;
  /** Whether it is in the page: a page may have thrown it out together with its body. */
  isConnected(): boolean;
  isMinimized(): boolean;
  /** @param wanted Whether the visitor asked for it; if not, the page keeps the focus and nothing is laid over it. */
  show(wanted: boolean): void;
  /** Has the browser do its first style, font and layout work now, unseen. */
  warm(): void;
  /** Takes the window out of the page and gives the focus back. */
  hide(): void;
  minimize(minimized: boolean): void;
  /** Replaces what the window shows; moves the focus if the window has it. */
  setStep(step: HTMLElement, focus?: HTMLElement): void;
  /** Has a screen reader say something when it has finished. */
  announce(text: string): void;
}

/** The page shall not jump. */
const QUIETLY = { preventScroll: true };

/** The element with the focus, however deep in shadow roots. */
function focused(): HTMLElement | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element as HTMLElement | null;
}

/**
 * @param mobile A sheet over the whole page, which waits behind it, instead of a window beside it.
 * @param left In the left corner of the page instead of the right one.
 * @param onClose Asked by Escape and the close button.
 * @param onMinimize Asked by the minimize button.
 */
export function createWindow(
  mobile: boolean,
  left: boolean,
  onClose: () => void,
  onMinimize: () => void,
): PanelWindow {
  const body = h("div", { class: "cx-body", part: "body" });
  const status = h("div", { class: "say", role: "status" });
  const minimizeButton = h("button", { class: "cx-button-minimize", type: "button", onclick: onMinimize });
  const layout = (mobile ? "cx-mobile" : "cx-desktop") + (left ? " cx-left" : "");
  const dialog = h(
    "dialog",
    {
      ...languageAttributes(),
      class: `cx-widget cx-common-container cx-clicktocall cx-close cx-minimize ${themeClass()} ${layout}`,
      part: "panel",
      "aria-labelledby": "title",
    },
    h(
      "div",
      { class: "cx-titlebar", part: "header" },
      icon(shapes.call),
      h(
        "div",
        { class: "cx-heading" },
        h("h2", { class: "cx-title", id: "title", part: "title" }, say("Title")),
        h("p", { class: "cx-subtitle" }, say("Subtitle")),
      ),
      h(
        "div",
        { class: "cx-buttons-window-control" },
        minimizeButton,
        h(
          "button",
          { class: "cx-button-close", type: "button", onclick: onClose, "aria-label": say("AriaClose") },
          icon(shapes.close),
        ),
      ),
    ),
    body,
    status,
  );
  const host = createHost("warmcall-panel", dialog);
  host.setAttribute("popover", "manual");
  let opener: HTMLElement | null = null;
  let first: HTMLElement | undefined;
  let minimized = false;

  const minimize = (value: boolean) => {
    minimized = value;
    dialog.classList.toggle("cx-minimized", minimized);
    minimizeButton.replaceChildren(icon(minimized ? shapes.maximize : shapes.minimize));
    minimizeButton.setAttribute("aria-label", say(minimized ? "AriaMaximize" : "AriaMinimize"));
  };
  minimize(false);

  // What is typed here is none of the page's business: its shortcuts must not fire.
  for (const type of ["keydown", "keypress", "keyup"])
    dialog.addEventListener(type, (event) => {
      event.stopPropagation();
      if (type == "keydown" && (event as KeyboardEvent).key == "Escape") {
        event.preventDefault();
        onClose();
      }
    });
  // The back gesture of a phone.
  dialog.oncancel = (event) => {
    event.preventDefault();
    onClose();
  };

  /** Everything outside a modal dialog of the page is inert, whatever its layer: only inside it are we usable. */
  const attach = () => {
    const modal = [...document.querySelectorAll<HTMLDialogElement>("dialog:modal")].at(-1);
    modal?.addEventListener("close", () => host.isConnected && attach(), { once: true });
    (modal ?? document.body).append(host);
    host.showPopover?.();
  };

  /** The page may open a modal dialog while we are open. */
  const onToggle = ({ target }: Event) => {
    if (!(target as Element).matches("dialog:modal")) return;
    attach();
    dialog.close();
    display();
  };
  let life: AbortController;

  const hasFocus = () => dialog.matches(":focus-within");

  const display = () => {
    if (mobile && !minimized) dialog.showModal();
    // Not `show()`, which takes the focus.
    else dialog.open = true;
  };

  return {
    element: dialog,
    body,
    isConnected: () => host.isConnected,
    isMinimized: () => minimized,
    show(wanted) {
      opener = focused();
      if (!wanted && mobile) minimize(true);
      attach();
      display();
      const { signal } = (life = new AbortController());
      document.addEventListener("toggle", onToggle, { capture: true, signal });
      stayAboveKeyboard(dialog, signal);
      if (wanted) first?.focus(QUIETLY);
    },
    warm() {
      host.inert = true;
      dialog.style.visibility = "hidden";
      dialog.open = true;
      document.body.append(host);
      host.showPopover?.();
      dialog.getBoundingClientRect();
      host.remove();
    },
    hide() {
      life.abort();
      dialog.close();
      host.remove();
      opener?.focus(QUIETLY);
    },
    minimize(value) {
      const focusInside = hasFocus();
      minimize(value);
      dialog.close();
      display();
      if (focusInside) minimizeButton.focus(QUIETLY);
    },
    setStep(step, focus) {
      const focusInside = hasFocus();
      body.replaceChildren(step);
      first = focus;
      if (focusInside) first?.focus(QUIETLY);
    },
    announce(text) {
      status.textContent = text;
    },
  };
}
