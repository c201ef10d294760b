/** What the other plugins say: sentences by namespace and key, in the language in force. */

import type { GlobalBus, Plugin } from "../bus/types";
import { locale as canonical } from "../i18n/locale";
import type { LanguagesPart } from "../languages";
import { ENGLISH } from "./en";
import { bus, environment, folder } from "./lent";

type Say = (key: string, values?: Record<string, unknown>) => string;

/** Gives App what it does not know yet of a language; what the page says itself wins there. */
async function teach(language: string): Promise<void> {
  const inOther = (): Promise<LanguagesPart> => import(folder + "languages.js");
  const sentences = language == "en" ? ENGLISH : await (await inOther()).loadSiblings(language);
  const known: Record<string, object> = (bus.data("App.localization") as any)?.[language] ?? {};
  for (const [namespace, i18n] of Object.entries(sentences))
    if (Object.keys(i18n).some((key) => !(key in (known[namespace] ?? {}))))
      bus.command("App.registerI18n", { namespace, i18n, lang: language });
}

/**
 * Follows the language, for as long as the bus lives.
 *
 * @returns Settles when the sentences of the language in force are on their way to App.
 */
export function followLanguage(): Promise<unknown> {
  const follow = (language: string) =>
    teach(language).catch((error) => environment.report(`sentences in ${language}`, error));
  bus.subscribe("App.language", ({ data }) => void follow(data));
  return Promise.all(["en", language()].map(follow));
}

/** The tag of the language in force. */
export const language = (): string => (bus.data("App.language") as string) ?? "en";

/** The language in force for `Intl`, which refuses what a page may call a language of its own. */
export const locale = (): string => canonical(language());

/**
 * The sentences of a namespace. Who subscribes to `App.i18n` after this is told when they have changed.
 *
 * @returns What says the sentence for a key with `{name}` filled in; a key that no language has is itself.
 */
export function strings({ subscribe }: Pick<GlobalBus | Plugin, "subscribe">, namespace: string): Say {
  let pack: Record<string, string> = ENGLISH[namespace]!;
  subscribe("App.i18n", ({ data }) => (pack = { ...ENGLISH[namespace], ...data[namespace] }));
  return (key, values = {}) => (pack[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** The text of something that a page names by a key of the namespace, else by a text of its own. */
export const textOf = (say: Say, { i18n, displayName }: { i18n?: string; displayName?: unknown }): string | undefined =>
  i18n && say(i18n) != i18n ? say(i18n) : (displayName as string);
