/** Rows of a form that the page describes itself. */

import type { Options } from "../bus/types";
import type { Field, Row } from "../form/row";
import type { FormDefinition, InputDefinition, OptionDefinition, Tools } from "./definition";
import { createRow, find, h } from "./kit";

const AUTOCOMPLETE: Options = { firstname: "given-name", lastname: "family-name", email: "email", phonenumber: "tel" };
const KEYS_WITHOUT_TEXT = /^(Tab|Shift|Control|Alt|Meta|Escape|Arrow.*)$/;

/** What `@i18n:<namespace>.<Key>` stands for; any other text stands for itself. */
const resolve = (text: string): string => {
  const key = /^@i18n:\w+\.(.+)/.exec(text)?.[1];
  return (key && find(key)) ?? text;
};

/** Attributes of an element; a handler in a string is code, and a style in a string the page's policy may forbid. */
function attributes(given: Options): Options {
  const kept: Options = {};
  for (const [name, value] of Object.entries(given))
    if (typeof value == "function" || !/^on|^style$/.test(name))
      kept[name] = typeof value == "string" ? resolve(value) : value;
  return kept;
}

function choices(definitions: OptionDefinition[] = []): Node[] {
  const found: Node[] = [];
  let group: HTMLElement | undefined;
  for (const { text = "", group: opens, ...rest } of definitions) {
    if (opens) found.push((group = h("optgroup", { ...attributes(rest), label: resolve(text) })));
    else {
      const choice = h("option", attributes(rest), resolve(text));
      if (group) group.append(choice);
      else found.push(choice);
    }
  }
  return found;
}

function createField(definition: InputDefinition): Field {
  const { type = "text", name = "", class: own = "", value, options, ...rest } = definition;
  const { label, validate, validateWhileTyping, wrapper, custom, autofocus, hint, ...given } = rest;
  const special = type == "select" || type == "textarea";
  const field = h(special ? type : "input", {
    id: "cx_form_" + name,
    autocomplete: AUTOCOMPLETE[name] ?? "on",
    ...attributes(given),
    name,
    class: `cx-input cx-form-control ${own}`,
    part: "input",
    type: !special && type,
  });
  field.append(...choices(options));
  if (value != null) field.value = typeof value == "function" ? value() : resolve(String(value));
  return field;
}

function createLabel(field: Field, { label }: InputDefinition): HTMLElement | undefined {
  const { text, ...own } = typeof label == "object" ? label : { text: label, class: "cx-control-label" };
  if (text) return h("label", { for: field.id, ...attributes(own) }, resolve(text));
  field.setAttribute("aria-label", field.name);
  return undefined;
}

function createDescribedRow(definition: InputDefinition, [$ = (element: unknown) => element, ...tools]: Tools): Row {
  const { validate, validateWhileTyping, autofocus, hint } = definition;
  const field = createField(definition);
  const label = createLabel(field, definition);
  const row: Row = { ...createRow(field, label, hint ? resolve(String(hint)) : ""), autofocus };
  if (/checkbox|select|hidden/.test(field.type)) row.isFilled = () => false;
  if (field.type == "checkbox") {
    const box = field as HTMLInputElement;
    row.read = () => box.checked;
    row.write = (value) => (box.checked = !!value);
  }
  if (!validate) return row;
  const check = (event: unknown = {}): boolean => {
    const valid = validate(event, $(row.element), $(field), label && $(label), $, ...tools) === true;
    row.mark(!valid);
    return valid;
  };
  field.addEventListener("blur", check);
  field.addEventListener("change", check);
  if (validateWhileTyping !== false)
    field.addEventListener("keyup", (event) => {
      if (field.value || !KEYS_WITHOUT_TEXT.test((event as KeyboardEvent).key)) check(event);
    });
  row.check = () => check();
  return row;
}

export const createRows = ({ inputs = [] }: FormDefinition, tools: Tools): Row[] =>
  inputs.map((definition) => createDescribedRow(definition, tools));
