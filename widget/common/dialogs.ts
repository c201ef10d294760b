/** What lies over a container for a while, the focus inside it, and the values of forms. */

import type { Options } from "../bus/types";
import { h, withWords } from "../siblings";

const FOCUSABLE = "a[href], button:not([disabled]), input:not([disabled]), select, textarea, [tabindex='0']";
const EDITING = /^(Tab|Shift|Control|Alt|Meta|Escape|Arrow)/;

const traps = new WeakMap<Element, (event: KeyboardEvent) => void>();

export function dialogs($: any): Options {
  const one = (given: unknown): HTMLElement | undefined => $(given)[0];
  const within = (container: unknown, selector: string): HTMLElement[] => $(container).find(selector).get();

  const cover = (name: string) => ({
    show(container: unknown) {
      const at = one(container);
      if (!at || within(at, `.cx-${name}-screen`).length) return;
      at.classList.add("cx-" + name);
      at.setAttribute("aria-busy", "true");
      const spinner = withWords(h("span", { class: "cx-spinner", role: "img" }), "AriaBusy");
      at.append(h("div", { class: `cx-${name}-screen`, role: "status" }, spinner));
    },
    hide(container: unknown) {
      const at = one(container);
      at?.classList.remove("cx-" + name);
      at?.removeAttribute("aria-busy");
      within(at, `.cx-${name}-screen`).forEach((screen) => screen.remove());
    },
  });
  const loading = cover("loading");
  const waiting = cover("waiting");

  const removeFocusTrap = (container: unknown) => {
    const at = one(container);
    const trap = at && traps.get(at);
    if (trap) at.removeEventListener("keydown", trap);
  };
  const overlayFocusCycle = (container: unknown) => {
    const at = one(container);
    if (!at) return;
    removeFocusTrap(at);
    const trap = (event: KeyboardEvent) => {
      const all = within(at, FOCUSABLE).filter((element) => element.offsetParent);
      const edge = event.shiftKey ? all[0] : all.at(-1);
      if (event.key != "Tab" || event.target != edge) return;
      event.preventDefault();
      (event.shiftKey ? all.at(-1) : all[0])?.focus();
    };
    traps.set(at, trap);
    at.addEventListener("keydown", trap);
  };
  const focusOverlay = (container: unknown) => within(container, FOCUSABLE)[0]?.focus();

  const hideDialogs = (container: unknown) => within(container, ".cx-dialog").forEach((dialog) => (dialog.hidden = true));
  const showDialog = (container: unknown, name: string) => {
    hideDialogs(container);
    const dialog = within(container, ".cx-dialog").find(({ dataset }) => dataset.dialog == name);
    if (!dialog) return;
    dialog.hidden = false;
    overlayFocusCycle(dialog);
    focusOverlay(dialog);
  };
  const addDialog = (container: unknown, name: string, content: unknown) => {
    const dialog = h("div", { class: "cx-dialog cx-overlay", role: "alertdialog", "data-dialog": name, "aria-label": name, hidden: true });
    $(dialog).append(content);
    one(container)?.append(dialog);
    return $(dialog);
  };

  const inputs = (form: unknown): any[] => within(form, ".cx-input, input, select, textarea");
  const valueOf = (input: any) => (input.type == "checkbox" ? input.checked : input.value);

  return {
    showLoading: loading.show,
    hideLoading: loading.hide,
    showWaiting: waiting.show,
    hideWaiting: waiting.hide,
    overlayFocusCycle,
    removeFocusTrap,
    focusOverlay,
    addDialog,
    showDialog,
    hideDialog: hideDialogs,
    hideDialogs,
    showAlert(container: unknown, { text = "", buttonText }: Options = {}) {
      const opener = document.activeElement as HTMLElement | null;
      const onclick = () => {
        alert.remove();
        opener?.focus();
      };
      const button = { type: "button", class: "cx-btn cx-btn-primary", onclick };
      const alert = h(
        "div",
        { class: "cx-dialog cx-alert", role: "alertdialog", "aria-label": text },
        h("p", {}, text),
        buttonText ? h("button", button, buttonText) : withWords(h("button", button), "OK"),
      );
      one(container)?.append(alert);
      overlayFocusCycle(alert);
      focusOverlay(alert);
      return $(alert);
    },
    /** Whether all required fields are filled in as the browser wants them; marks those that are not. */
    validateForm: (form: unknown) =>
      inputs(form).reduce((isValid, input) => {
        const fits = input.checkValidity();
        input.classList.toggle("cx-error", !fits);
        input.setAttribute("aria-invalid", String(!fits));
        return isValid && fits;
      }, true),
    preFillForm(form: unknown, values: Options = {}) {
      for (const input of inputs(form))
        if (!(input.name in values)) continue;
        else if (input.type == "checkbox") input.checked = !!values[input.name];
        else input.value = values[input.name] || "";
    },
    getInputValue: (input: unknown) => one(input) && valueOf(one(input)),
    /** Whether a key press may have changed the field. */
    validInput: ({ key, target }: KeyboardEvent) => !EDITING.test(key ?? "") || !!(target as HTMLInputElement)?.value,
  };
}
