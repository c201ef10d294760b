/** The step with the form: filled, read, checked and sent. */

import type { Options } from "../bus/types";
import { button, callShape, find, h, icon, say } from "../kit/kit";
import type { Row } from "./row";

export interface Form {
  readonly element: HTMLElement;
  /** Where the focus goes first. */
  readonly first: HTMLElement | undefined;
  values(): Options;
  fill(values: Options): void;
  /** Whether a visitor would lose something. */
  isFilled(): boolean;
  /** Asks every validator; `true` only when each says exactly `true`. */
  isValid(): boolean;
  /** Marks a field, says why and leads the visitor there; `false` if there is no such field. */
  mark(name: string, text: string): boolean;
  /** Shows that an answer is awaited; the button keeps the focus, as a disabled one would not. */
  setBusy(busy: boolean): void;
  isBusy(): boolean;
  /** Puts one more row above the buttons. */
  add(row: Row): void;
}

export interface FormEvents {
  /** Called at every key and change of the visitor's. */
  onStart(): void;
  onSubmit(): void;
  onCancel(): void;
}

/**
 * @param layout Holds the rows already.
 */
export function createForm(rows: Row[], { onStart, onSubmit, onCancel }: FormEvents, layout?: Element): Form {
  const submit = h("button", {
    class: "primary cx-register-submit-button",
    part: "button",
    "aria-label": find("AriaFormSubmit"),
  });
  const inputs = h("div", { class: "cx-form-inputs" }, ...(layout ? [layout] : rows.map(({ element }) => element)));
  const buttons = h(
    "div",
    { class: "cx-button-container" },
    submit,
    button("FormCancel", "cx-register-cancel-button", onCancel),
  );
  const element = h(
    "form",
    { class: "cx-registration-step cx-form cx-form-horizontal", novalidate: true, oninput: onStart, onchange: onStart },
    inputs,
    buttons,
  );
  const send = (event: Event) => {
    event.preventDefault();
    onSubmit();
  };
  // Enter clicks it, too. Forms send nothing in a sandboxed frame, not even the event; `requestSubmit` clicks nothing.
  submit.onclick = send;
  element.onsubmit = send;
  const setBusy = (busy: boolean) => {
    submit.replaceChildren(busy ? h("i", { class: "spin cx-loading-screen" }) : icon(callShape), say(busy ? "FormBusy" : "FormSubmit"));
    submit.ariaDisabled = String(busy);
  };
  setBusy(false);
  return {
    element,
    first: (rows.find(({ autofocus }) => autofocus) ?? rows.find(({ field }) => field.type != "hidden"))?.field,
    setBusy,
    isBusy: () => submit.ariaDisabled == "true",
    add(row) {
      rows.push(row);
      buttons.before(row.element!);
    },
    values() {
      const values: Options = {};
      for (const row of rows) {
        const value = row.read();
        // Of radio buttons only one speaks.
        if (value !== undefined) values[row.field.name] = value;
      }
      return values;
    },
    fill(values) {
      for (const row of rows) if (row.field.name in values) row.write(values[row.field.name]);
    },
    isFilled: () => rows.some((row) => row.isFilled()),
    isValid: () => rows.filter((row) => !row.check()).length == 0,
    mark(name, text) {
      const row = rows.find(({ field }) => field.name == name);
      row?.mark(true, text);
      row?.field.focus();
      return !!row;
    },
  };
}
