/** What the page gives the script: its tag, and `window._genesys.widgets` with all that stands there. */

import type { Options } from "../bus/types";
import { OPTION_TYPES } from "../clicktocall/options";
import { MAIN_TYPES, readAttributes } from "./options";
import type { Configuration } from "./types";

// Evaluated while the script runs: later there is no current script any more.
const tag = (document.currentScript ?? document.querySelector("script[data-site]")) as HTMLScriptElement | null;
export const attributes: DOMStringMap = { ...tag?.dataset };

/** Where the script lies, with a final slash: what it loads lies there too. */
export const scriptFolder = new URL(".", tag?.src || document.baseURI).href;

declare const WARMCALL_PARTS: string;

/** Where the parts lie that are loaded on demand, with a final slash. */
export const partsFolder = scriptFolder + WARMCALL_PARTS;

/** The base of Warmcall's API, without a final slash: where the script lies, unless the tag says otherwise. */
export const server = (attributes.server ?? scriptFolder).replace(/\/$/, "");

/** The page wants no widget at all: names that test tools give to its window. */
export const isUnwanted = (): boolean =>
  window.name == "disableWebme" || !!(window.external as Options | undefined)?.isGenesysTrackerDisable;

/** Tells whether the page has said anything yet. */
export function isConfigured(): boolean {
  const { widgets, cxwidget } = (window as any)._genesys ?? {};
  return !!(attributes.site || Object.keys(cxwidget ?? widgets ?? {}).length);
}

/**
 * Merges attributes, old names and what `mount` was given into the page's own object, in this order.
 *
 * @returns It, and what makes it again what the page had written.
 */
export function readConfiguration(given: Options): [configuration: Configuration, restore: () => void] {
  const page = window as any;
  const own = page._genesys;
  const root = (page._genesys ??= {});
  const before = root.widgets;
  const widgets = (root.widgets = root.cxwidget ?? before ?? {});
  const written = { ...widgets };
  widgets.main = { ...widgets.main, ...widgets.app, ...widgets.global };
  for (const name in given)
    widgets[name] = given[name]?.constructor == Object ? { ...widgets[name], ...given[name] } : given[name];
  for (const [namespace, types] of Object.entries({ main: MAIN_TYPES, clicktocall: OPTION_TYPES })) {
    const options = { ...readAttributes(attributes, types), ...widgets[namespace] };
    if (Object.keys(options).length) widgets[namespace] = options;
  }
  const restore = () => {
    for (const name in widgets) delete widgets[name];
    Object.assign(widgets, written);
    if (root.widgets == widgets) before ? (root.widgets = before) : delete root.widgets;
    if (!own && page._genesys == root && !Object.keys(root).length) delete page._genesys;
  };
  return [widgets, restore];
}
