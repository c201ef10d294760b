/** App's language pack: strings of the page, and defaults of the plugins behind them. */

import type { Plugin } from "../bus/types";
import type { LanguagePack } from "./types";

type Strings = LanguagePack[string];

/** Namespaces of both; where both have a string, the second wins. */
function merge(under: Strings = {}, over: Strings = {}): Strings {
  const merged = { ...under };
  for (const namespace in over) merged[namespace] = { ...merged[namespace], ...over[namespace] };
  return merged;
}

export interface Language {
  /** Takes over a pack; its strings win over those known. */
  add(pack: LanguagePack): void;
  /** Returns why the language could not be set; then English is. */
  set(language?: string): string | undefined;
}

/** Registers the commands of App that have to do with language. */
export function registerLanguage(app: Plugin): Language {
  const pack: LanguagePack = { en: {} };
  let language = "en";

  const announce = () => {
    const strings = merge(pack.en, pack[language]);
    app.data("localization", pack);
    for (const [name, value] of Object.entries({ i18n: strings, language })) {
      app.data(name, value);
      app.republish(name, value);
    }
  };

  const set = (lang?: string) => {
    if (lang) language = pack[lang] ? lang : "en";
    announce();
    if (!lang) return "No language code provided";
    return pack[lang] ? undefined : "No matching language code found in language pack";
  };

  app.registerCommand("setLanguage", ({ data, deferred }) => {
    const reason = set(data.lang);
    reason ? deferred.reject(reason) : deferred.resolve();
  });
  app.registerCommand("registerI18n", ({ data: { namespace, i18n, lang = "en" }, deferred }) => {
    pack[lang] = merge({ [namespace]: i18n }, pack[lang]);
    announce();
    deferred.resolve();
  });
  return {
    add(given) {
      for (const lang in given) pack[lang] = merge(pack[lang], given[lang]);
    },
    set,
  };
}
