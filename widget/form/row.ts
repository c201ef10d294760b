/** A field with its label and a note below it, which is a hint or says what is wrong. */

import { h, say } from "../kit/kit";
import type { Properties } from "../window/element";

export type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export interface Row {
  readonly field: Field;
  /** Missing where a row has more than one field, but for the first. */
  element?: HTMLElement;
  /** Whether it gets the focus before others. */
  readonly autofocus?: unknown;
  read(): unknown;
  write(value: unknown): void;
  /** Whether a visitor would lose something. */
  isFilled(): boolean;
  /** Marks the field as right or wrong; with a text it says why. */
  mark(wrong: boolean, why?: string): void;
  /** Asks the field's own validator. */
  check(): boolean;
}

/** @param label Stands before the field, or after a checkbox. */
export function createRow(field: Field, label: HTMLElement | undefined, hint = "", className = "row"): Row {
  const note = h("p", { class: "hint", id: field.id + "_note" }, hint);
  const parts = field.type == "checkbox" ? [field, label] : [label, field];
  const element = h("div", { class: className, hidden: field.type == "hidden" }, ...parts, note);
  field.setAttribute("aria-describedby", note.id);
  const mark = (wrong: boolean, why?: string) => {
    field.classList.toggle("cx-error", wrong);
    if (field.type == "tel") field.classList.toggle("cx-border-error", wrong);
    field.setAttribute("aria-invalid", String(wrong));
    note.classList.toggle("error", !!why);
    note.textContent = why ?? hint;
  };
  field.addEventListener("input", () => mark(false));
  return {
    field,
    element,
    read: () => field.value,
    write: (value) => (field.value = value ? String(value) : ""),
    isFilled: () => !!field.value,
    mark,
    check: () => true,
  };
}

const standard = (name: string, key: string, autocomplete: string, more: Properties, hint?: string) => {
  const id = "cx_clicktocall_form_" + name;
  const field = h("input", {
    id,
    name,
    maxlength: 100,
    autocomplete,
    class: "cx-input cx-form-control",
    part: "input",
    ...more,
  });
  const label = h("label", { for: id, class: "cx-control-label" }, say(key));
  return createRow(field, label, hint, hint ? "row" : "row half");
};

/** The form that is shown when the page describes none. */
export function createStandardRows(): Row[] {
  const optional = { placeholder: say("PlaceholderOptional") };
  const phone = standard(
    "phonenumber",
    "PhoneNumber",
    "tel",
    { type: "tel", "aria-required": "true", placeholder: say("PlaceholderRequired") },
    say("PhoneHint"),
  );
  phone.field.addEventListener("input", () => {
    const dialled = phone.field.value.replace(/[^\d+]/g, "");
    // Writing the same would move the cursor.
    if (dialled != phone.field.value) phone.field.value = dialled;
  });
  return [
    standard("firstname", "FirstName", "given-name", optional),
    standard("lastname", "LastName", "family-name", optional),
    phone,
  ];
}
