/** The one style sheet of all that Warmcall shows, parsed when something is first shown. */

import css from "./base.css";

let sheet: CSSStyleSheet | undefined;
let more = "";

/** Makes a host element with an open shadow root, styled: an undefined element name, which pages do not style. */
export function createHost(name: string, content: Node): HTMLElement {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css + more);
  const host = document.createElement(name);
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  root.append(content);
  return host;
}

/** Adds to the style of what is shown and of what will be. */
export function addStyle(text: string): void {
  more += text;
  sheet?.replaceSync(css + more);
}
