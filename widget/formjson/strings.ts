/** References to sentences in a form's description: `@i18n:<namespace>.<Key>`. */

import type { Options } from "../bus/types";
import { find } from "../kit/kit";

/** What a reference stands for in the language in force; any other text, and an unknown key, stand for themselves. */
export function resolve(text: string, sentences: Options): string {
  const [, namespace, key] = /^@i18n:(\w+)\.(.+)/.exec(text) ?? [];
  if (!key) return text;
  return sentences[namespace!]?.[key] ?? (namespace == "clicktocall" ? find(key) : undefined) ?? text;
}

/** A copy with every text in it replaced, at any depth. */
export function resolveAll<Value>(value: Value, replace: (text: string) => string): Value {
  if (typeof value == "string") return replace(value) as Value;
  if (Array.isArray(value)) return value.map((entry) => resolveAll(entry, replace)) as Value;
  if (!value || Object.getPrototypeOf(value) != Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, resolveAll(entry, replace)])) as Value;
}
