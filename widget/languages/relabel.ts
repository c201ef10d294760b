/** Puts what an open panel says into another language. */

import type { GlobalBus } from "../bus/types";
import { directionOf } from "../i18n/direction";

type Sentences = Record<string, string>;
type Translate = (text: string) => string | undefined;

/** Matches what a sentence became when its `{placeholders}` were filled in. */
const patternOf = (sentence: string) =>
  new RegExp(
    `^${sentence.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{\w+\}/g, "(.+)")}(?=( |: )(.+)|$)`,
  );

/** Knows texts that are one sentence, or one followed by another or by a value. */
function translator(from: Sentences, to: Sentences): Translate {
  const known = Object.keys(from)
    .filter((key) => typeof from[key] == "string" && typeof to[key] == "string")
    .sort((a, b) => from[b]!.length - from[a]!.length)
    .map((key) => ({ key, pattern: patternOf(from[key]!) }));
  const translate: Translate = (text) => {
    for (const { key, pattern } of known) {
      const found = pattern.exec(text);
      if (!found) continue;
      const names: string[] = from[key]!.match(/\{\w+\}/g) ?? [];
      const [separator = "", rest = ""] = found.slice(names.length + 1);
      const sentence = to[key]!.replace(/\{\w+\}/g, (name) => found[names.indexOf(name) + 1] ?? "");
      return sentence + separator + (rest && (translate(rest) ?? rest));
    }
    return undefined;
  };
  return translate;
}

function relabel(root: HTMLElement, translate: Translate): void {
  for (const element of root.querySelectorAll("*")) {
    for (const name of ["aria-label", "placeholder", "title"]) {
      const text = translate(element.getAttribute(name) ?? "");
      if (text) element.setAttribute(name, text);
    }
    for (const node of element.childNodes) {
      const text = node.nodeType == Node.TEXT_NODE && translate(node.nodeValue!);
      if (text) node.nodeValue = text;
    }
  }
}

/** From now on, what is on screen follows the language. */
export function followLanguage(bus: Pick<GlobalBus, "subscribe">): void {
  let before: Sentences = {};
  let language = "";
  // App says the language before the strings.
  bus.subscribe("App.language", ({ data }) => (language = data));
  bus.subscribe("App.i18n", ({ data: { clicktocall: now } }) => {
    const dialog = document.querySelector("warmcall-panel")?.shadowRoot?.querySelector("dialog");
    if (dialog && dialog.lang != language) {
      dialog.lang = language;
      dialog.dir = directionOf(language);
      // What was announced is said; in another language it would be said again.
      dialog.querySelector(".say")!.textContent = "";
      relabel(dialog, translator(before, now));
    }
    before = now;
  });
}
