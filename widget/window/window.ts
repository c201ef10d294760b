/** The panel's window: where it lies, what it shows, who has the focus. It knows nothing of calls. */

import { callShape, createHost, find, followSystem, h, icon, keepInPage, languageAttributes, say } from "../kit/kit";
import { themeClass } from "../kit/kit";
import { stayAboveKeyboard } from "./keyboard";
import { shapes } from "./shapes";

export interface PanelWindow {
  readonly element: HTMLDialogElement;
  /** Holds the step, and what lies over it. */
  readonly body: HTMLElement;
  isMinimized(): boolean;
  /** @param wanted Whether the visitor asked for it; if not, the page keeps the focus and nothing is laid over it. */
  show(wanted: boolean): void;
  /** Follows a change of theme. */
  dress(): void;
  /** Changes between a sheet over the whole page and a window beside it. */
  setMobile(mobile: boolean): void;
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
  const status = h("div", { class: "say cx-footer", role: "status" });
  const minimizeButton = h("button", { class: "cx-button-minimize", type: "button", onclick: onMinimize });
  const dialog = h(
    "dialog",
    {
      ...languageAttributes(),
      class: `cx-widget cx-common-container cx-clicktocall cx-close cx-minimize ${themeClass()} ${left ? "cx-left" : ""}`,
      part: "panel",
      "aria-label": find("AriaWindowLabel"),
      "aria-labelledby": find("AriaWindowLabel") ? null : "title",
    },
    h(
      "div",
      { class: "cx-titlebar", part: "header" },
      icon(callShape),
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
  host.className = "cx-dock cx-dock-view cx-docked-ClickToCall";
  host.setAttribute("cx-dock-id", "ClickToCall");
  let opener: HTMLElement | null = null;
  let first: HTMLElement | undefined;
  let minimized = false;
  let lastFocused: HTMLElement | undefined;
  let takeOut = () => {};
  dialog.addEventListener("focusin", ({ target }) => (lastFocused = target as HTMLElement));
  // An element that is taken out of the page loses the focus silently.
  dialog.addEventListener("focusout", () =>
    queueMicrotask(() => host.isConnected && !hasFocus() && (lastFocused = undefined)),
  );

  const minimize = (value: boolean) => {
    minimized = value;
    dialog.classList.toggle("cx-minimized", minimized);
    minimizeButton.className = minimized ? "cx-button-maximize" : "cx-button-minimize";
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
    (modal ?? document.body ?? document.documentElement).append(host);
    host.showPopover?.();
  };

  /** The page may open a modal dialog while we are open. */
  const onToggle = ({ target }: Event) => {
    if ((target as Element).matches("dialog:modal")) reattach();
  };
  let life: AbortController;
  let theme = themeClass();
  const portrait = matchMedia("(orientation:portrait)");
  const layOut = () => {
    const { classList } = dialog;
    classList.toggle("cx-mobile", mobile);
    classList.toggle("cx-desktop", !mobile);
    classList.toggle("cx-portrait", mobile && portrait.matches);
    classList.toggle("cx-landscape", mobile && !portrait.matches);
    if (mobile) dialog.setAttribute("aria-modal", "true");
    else dialog.removeAttribute("aria-modal");
  };
  layOut();

  const hasFocus = () => dialog.matches(":focus-within");

  const dress = () => {
    dialog.classList.remove(...theme.split(" "));
    theme = themeClass();
    dialog.classList.add(...theme.split(" "));
  };

  const display = () => {
    if (mobile && !minimized) dialog.showModal();
    // Not `show()`, which takes the focus.
    else dialog.open = true;
  };

  const redisplay = () => {
    const hadFocus = lastFocused;
    if (dialog.open) dialog.close();
    display();
    hadFocus?.focus(QUIETLY);
  };

  /** Also after the page threw it out, which closes what is modal and takes the focus. */
  const reattach = () => {
    attach();
    redisplay();
  };

  return {
    element: dialog,
    body,
    isMinimized: () => minimized,
    dress,
    setMobile(value) {
      if (value == mobile) return;
      mobile = value;
      layOut();
      if (host.isConnected) redisplay();
    },
    show(wanted) {
      opener = focused();
      if (!wanted && mobile) minimize(true);
      takeOut = keepInPage(host, reattach);
      const { signal } = (life = new AbortController());
      document.addEventListener("toggle", onToggle, { capture: true, signal });
      portrait.addEventListener("change", layOut, { signal });
      followSystem(dress, signal);
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
      takeOut();
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
