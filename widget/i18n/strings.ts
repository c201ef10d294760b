/** The sentences of the language in force. */

import type { GlobalBus } from "../bus/types";
import { directionOf } from "./direction";
import { english } from "./en";

type Bus = Pick<GlobalBus, "command" | "subscribe">;

let fallback = english;
let pack: Record<string, string> = {};
let language = "en";
let app: Bus;

/** Adds English, for what no language pack has. */
export function addEnglish(more: Record<string, string>): void {
  fallback = { ...fallback, ...more };
  app.command("App.registerI18n", { namespace: "clicktocall", i18n: fallback });
}

export function followLanguage(bus: Bus): void {
  app = bus;
  addEnglish({});
  bus.subscribe("App.language", (event) => (language = String(event.data)));
  bus.subscribe("App.i18n", (event) => (pack = event.data.clicktocall ?? {}));
}

/** The sentence for `key`, or `undefined` when no language has it. */
export const find = (key: string): string | undefined => pack[key] ?? fallback[key];

export const say = (key: string): string => find(key) ?? key;

/** `lang` and `dir` for an element whose text comes from here. */
export const languageAttributes = () => ({ lang: language, dir: directionOf(language) });
