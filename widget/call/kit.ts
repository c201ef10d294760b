/** What the script that is already in the page lends to this part, so that neither carries it twice. */

import type * as row from "../form/row";
import type * as strings from "../i18n/strings";
import type * as sheet from "../theme/sheet";
import type * as element from "../window/element";

export interface Kit {
  h: typeof element.h;
  icon: typeof element.icon;
  button: typeof element.button;
  lookUp: typeof strings.find;
  callShape: string;
  languageAttributes: typeof strings.languageAttributes;
  createRow: typeof row.createRow;
  addEnglish: typeof strings.addEnglish;
  addStyle: typeof sheet.addStyle;
}

export let h: Kit["h"];
export let icon: Kit["icon"];
export let button: Kit["button"];
export let callShape: string;
let lookUp: Kit["lookUp"];
export let languageAttributes: Kit["languageAttributes"];
export let createRow: Kit["createRow"];

export function take(kit: Kit): void {
  ({ h, icon, button, lookUp, callShape, languageAttributes, createRow } = kit);
}

/** The sentence for `key` with `{name}` filled in, or `undefined` when no language has it. */
export const find = (key: string, values: Record<string, unknown> = {}): string | undefined =>
  lookUp(key)?.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

export const say = (key: string, values?: Record<string, unknown>): string => find(key, values) ?? key;
