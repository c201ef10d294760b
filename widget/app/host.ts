/** What the page gives the script: its tag, and `window._genesys.widgets` with all that stands there. */

import type { Options } from "../bus/types";
import type { Configuration } from "./types";

/** Attributes of the script tag (`data-fallback-number`, …) that stand for an option, by namespace. */
const ATTRIBUTES = { main: ["lang", "theme"], clicktocall: ["site", "group", "fallbackNumber", "launcher"] };

// Evaluated while the script runs: later there is no current script any more.
const tag = (document.currentScript ?? document.querySelector("script[data-site]")) as HTMLScriptElement | null;
const attributes: DOMStringMap = tag?.dataset ?? {};

/** Where the script lies, with a final slash: what it loads lies there too. */
export const scriptFolder = new URL(".", tag?.src || document.baseURI).href;

declare const WARMCALL_PARTS: string;

/** Where the parts lie that are loaded on demand, with a final slash. */
export const partsFolder = scriptFolder + WARMCALL_PARTS;

/** The base of Warmcall's API, without a final slash: where the script lies, unless the tag says otherwise. */
export const server = (
  attributes.server ?? scriptFolder
).replace(/\/$/, "");

/** Tells whether the page has said anything yet. */
export function isConfigured(): boolean {
  const { widgets, cxwidget } = (window as any)._genesys ?? {};
  return !!(attributes.site || Object.keys(cxwidget ?? widgets ?? {}).length);
}

/** Merges attributes and old names into the page's own object. What a script wrote wins over the tag. */
export function readConfiguration(): Configuration {
  const root = ((window as any)._genesys ??= {});
  const widgets = (root.widgets = root.cxwidget ?? root.widgets ?? {});
  widgets.main = { ...widgets.main, ...widgets.app, ...widgets.global };
  for (const [namespace, names] of Object.entries(ATTRIBUTES))
    for (const name of names)
      if (name in attributes) widgets[namespace] = { [name]: attributes[name], ...(widgets[namespace] as Options) };
  return widgets;
}
