/** Rows of a form that the page describes itself. */

import type { Options } from "../bus/types";
import type { createRow, Field, Row } from "../form/row";
import { h } from "../kit/kit";
import { parseMarkup } from "../markup/markup";
import type { FormDefinition, InputDefinition, OptionDefinition } from "./definition";
import { resolve, resolveAll } from "./strings";

/** What rows are made with. */
export interface Workshop {
  createRow: typeof createRow;
  /** What a validator gets besides the event and its own elements: jQuery, the bus, the common object. */
  tools: readonly [jquery: any, bus: unknown, common: unknown];
  /** The sentences of the language in force, by namespace. */
  sentences: Options;
}

const AUTOCOMPLETE: Options = { firstname: "given-name", lastname: "family-name", email: "email", phonenumber: "tel" };
const KEYS_WITHOUT_TEXT = /^(Tab|Shift|Control|Alt|Meta|Escape|Arrow.*)$/;
const SELECTOR = "input.cx-input,select.cx-input,textarea.cx-input";

/** Attributes of an element; a handler in a string is code, which the page's policy forbids. */
const attributes = (given: Options): Options =>
  Object.fromEntries(Object.entries(given).filter(([name, value]) => typeof value == "function" || !/^on/.test(name)));

/** A policy may forbid the attribute `style`; what a script sets is none. */
function make<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, { style, ...given }: Options, ...children: any[]) {
  const element = h(tag, attributes(given), ...children);
  if (typeof style == "string") (element as HTMLElement).style.cssText = style;
  return element;
}

function choices(definitions: OptionDefinition[] = []): Node[] {
  const found: Node[] = [];
  let group: HTMLElement | undefined;
  for (const { text = "", group: opens, ...rest } of definitions) {
    if (opens) found.push((group = make("optgroup", { ...rest, label: text })));
    else {
      const choice = make("option", rest, text);
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
  const field = make(special ? type : "input", {
    id: "cx_form_" + name,
    autocomplete: special ? undefined : (AUTOCOMPLETE[name] ?? "on"),
    ...given,
    name,
    class: `cx-input cx-form-control ${own}`,
    part: "input",
    type: !special && type,
  }) as Field;
  field.append(...choices(options));
  const start = typeof value == "function" ? value() : value;
  if (type == "radio" || type == "checkbox") (field as HTMLInputElement).value = String(start ?? "on");
  else if (start != null) field.value = String(start);
  return field;
}

function createLabel(field: Field, { label }: InputDefinition): HTMLElement | undefined {
  const { text, ...own } = typeof label == "object" ? label : { text: label, class: "cx-control-label" };
  if (text) return make("label", { for: field.id, ...own }, text);
  field.setAttribute("aria-label", field.name);
  return undefined;
}

/** Puts label and input where the markup wants them. */
function wrap(markup: string, places: Record<string, Node[]>): HTMLElement {
  const parsed = parseMarkup(markup);
  const texts: Text[] = [];
  const walker = document.createTreeWalker(parsed, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts)
    text.replaceWith(
      ...text.data
        .split(/\{(label|input)\}/)
        .flatMap((part, at): (Node | string)[] => (at % 2 ? (places[part] ?? []) : [part])),
    );
  return parsed.childElementCount == 1 ? (parsed.firstElementChild as HTMLElement) : h("div", {}, parsed);
}

/** Reads and writes checkboxes and radio buttons, which have a state besides their value. */
function readState(row: Row): void {
  const box = row.field as HTMLInputElement;
  const isRadio = box.type == "radio";
  // Of radio buttons with one name only the chosen one counts.
  row.read = () => (isRadio ? (box.checked ? box.value : undefined) : box.checked);
  row.write = (value) => (box.checked = isRadio ? String(value) == box.value : !!value);
}

function adapt(row: Row): Row {
  if (/checkbox|radio/.test(row.field.type)) readState(row);
  if (/checkbox|radio|select|hidden/.test(row.field.type)) row.isFilled = () => false;
  return row;
}

function addValidator(row: Row, label: HTMLElement | undefined, definition: InputDefinition, workshop: Workshop): void {
  const { validate, validateWhileTyping } = definition;
  const { field } = row;
  const [$ = (element: unknown) => element, ...tools] = workshop.tools;
  if (!validate) return;
  const check = (event: unknown = {}): boolean => {
    const valid = validate(event, $(row.element), $(field), $(label ?? []), $, ...tools) === true;
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
}

/** Inputs in markup of the page's own are read, filled and sent like all others. */
function createCustomRows(markup: string, { createRow }: Workshop): Row[] {
  const parsed = wrap(markup, {});
  const element = parsed.matches(SELECTOR) ? h("div", {}, parsed) : parsed;
  const fields = [...element.querySelectorAll<Field>(SELECTOR)];
  const rows = fields.map((field) => {
    const place = document.createComment("");
    field.before(place);
    const { element: made, ...row } = createRow(field, undefined);
    // It stays where the markup has it, with its note behind it.
    place.replaceWith(...made!.childNodes);
    return adapt(row);
  });
  return rows.length ? [{ ...rows[0]!, element }, ...rows.slice(1)] : [{ element } as Row];
}

function createDescribedRow(definition: InputDefinition, workshop: Workshop, inTable: boolean): Row {
  const { autofocus, hint, wrapper } = definition;
  const field = createField(definition);
  const label = createLabel(field, definition);
  const row = adapt({ ...workshop.createRow(field, label, hint ? String(hint) : ""), autofocus });
  const markup = wrapper ?? (inTable && tableRow(field, label));
  if (markup) {
    const note = row.element!.lastElementChild!;
    const hidden = row.element!.hidden;
    // A box and its label stand side by side.
    const isBox = label && /checkbox|radio/.test(field.type);
    row.element = wrap(markup, { label: label ? [label] : [], input: isBox ? [field] : [field, note] });
    if (isBox) label.after(note);
    row.element.hidden = hidden;
  }
  addValidator(row, label, definition, workshop);
  return row;
}

function tableRow(field: Field, label: HTMLElement | undefined): string {
  if (field.type == "checkbox") return '<tr><td colspan="2">{input}{label}</td></tr>';
  if (!label) return '<tr><td colspan="2">{input}</td></tr>';
  return "<tr><th>{label}</th><td>{input}</td></tr>";
}

const wantsTable = (wrapper: string | undefined, inputs: InputDefinition[]) =>
  wrapper
    ? /^\s*<table/i.test(wrapper)
    : inputs.some((input) => /^\s*<t[rdh]\b/i.test(input.custom ?? input.wrapper ?? ""));

/** @returns The rows, and the element that holds them. */
export function createRows(given: FormDefinition, workshop: Workshop): [rows: Row[], layout: Element] {
  const { wrapper, inputs } = resolveAll(given, (text) => resolve(text, workshop.sentences));
  const inTable = wantsTable(wrapper, inputs);
  const rows = inputs.flatMap((input) =>
    input.custom != null ? createCustomRows(input.custom, workshop) : createDescribedRow(input, workshop, inTable),
  );
  const layout = wrapper ? wrap(wrapper, {}) : inTable ? h("table", { role: "none" }) : h("div");
  layout.classList.add("cx-form-rows");
  layout.append(...rows.flatMap(({ element }) => element ?? []));
  return [rows.filter(({ field }) => field), layout];
}
