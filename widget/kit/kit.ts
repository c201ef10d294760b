/** What a part borrows from the script that is already in the page; a part's `install` takes it first. */

import type { Kit } from "./lent";

export type { Kit };

export let h: Kit["h"];
export let icon: Kit["icon"];
export let callShape: Kit["callShape"];
export let languageAttributes: Kit["languageAttributes"];
export let addEnglish: Kit["addEnglish"];
export let addStyle: Kit["addStyle"];
export let createHost: Kit["createHost"];
export let themeClass: Kit["themeClass"];
export let followSystem: Kit["followSystem"];
export let keepInPage: Kit["keepInPage"];
export let recordPlace: Kit["recordPlace"];
export let storedRecord: Kit["storedRecord"];
let lookUp: Kit["lookUp"];

/** All of it, for a part that a part loads. */
export let whole: Kit;

export function take(kit: Kit): void {
  whole = kit;
  ({ h, icon, callShape, lookUp, languageAttributes, addEnglish, addStyle, createHost, themeClass } = kit);
  ({ followSystem, keepInPage, recordPlace, storedRecord } = kit);
}

/** The sentence for `key` with `{name}` filled in, or `undefined` when no language has it. */
export const find = (key: string, values: Record<string, unknown> = {}): string | undefined =>
  lookUp(key)?.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

export const say = (key: string, values?: Record<string, unknown>): string => find(key, values) ?? key;

/** A language pack may give a button another name for screen readers, under `Aria<key>`. */
export const button = (key: string, className: string, onclick: () => void) =>
  h("button", { type: "button", class: className, onclick, "aria-label": find("Aria" + key) }, say(key));
