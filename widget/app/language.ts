/** App's language pack: strings of the page, and defaults of the plugins behind them. */

import type { GlobalBus, Plugin } from "../bus/types";
import type { LanguagesPart } from "../languages";
import { partsFolder } from "./host";
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
  /** Fetches the built-in pack if there is one, then tells why the language could not be set; then English is. */
  set(language: string | undefined, then: (reason?: string) => void): void;
}

/** Registers the commands of App that have to do with language. */
export function registerLanguage(app: Plugin, bus: GlobalBus): Language {
  const pack: LanguagePack = { en: {} };
  let language = "en";
  let wanted: string | undefined;

  const announce = () => {
    const strings = merge(pack.en, pack[language]);
    app.data("localization", pack);
    for (const [name, value] of Object.entries({ language, i18n: strings })) {
      app.data(name, value);
      app.republish(name, value);
    }
  };

  const set: Language["set"] = (lang, then) => {
    wanted = lang;
    const finish = (name = lang) => {
      // Meanwhile another one may have been asked for.
      if (lang && wanted == lang) language = pack[name!] ? name! : "en";
      announce();
      if (!lang) then("No language code provided");
      else then(pack[name!] ? undefined : "No matching language code found in language pack");
    };
    if (!lang || lang == "en") finish();
    else
      import(partsFolder + "languages.js")
        .then((part: LanguagesPart) => part.load(lang, bus))
        .then(([builtIn, sentences]) => {
          const name = pack[lang] ? lang : builtIn;
          // What the page says itself wins.
          pack[name] = merge(sentences, pack[name]);
          return name;
        })
        .catch(() => undefined)
        .then(finish);
  };

  app.registerCommand("setLanguage", ({ data, deferred }) => {
    set(data.lang, (reason) => (reason ? deferred.reject(reason) : deferred.resolve()));
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
