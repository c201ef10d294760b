/** What a caller hands in to be shown: markup, an element, or a jQuery set. */

import type { Options } from "../bus/types";
import { parseMarkup } from "../markup/markup";

/** The one element of it; what is more than one is put into a `div`. Nothing gives `undefined`. */
export function contentOf(html: unknown): HTMLElement | undefined {
  const given = typeof html == "string" ? [...parseMarkup(html.trim()).childNodes] : html;
  if (given instanceof Node && given.nodeType == 1) return given as HTMLElement;
  const nodes: Node[] = given instanceof Node ? [given] : given ? [...((given as Options).length >= 0 ? (given as Node[]) : [])] : [];
  if (nodes.length == 1 && nodes[0]!.nodeType == 1) return nodes[0] as HTMLElement;
  if (!nodes.length) return;
  const box = document.createElement("div");
  box.append(...nodes);
  return box;
}

export const isFilled = (element: Element): boolean => !!(element.textContent?.trim() || element.children.length);

/** What a view is called: its title, else its first heading, else what it says of itself. */
export const nameOf = (element: Element, otherwise: string): string =>
  element.getAttribute("aria-label") ||
  (element.shadowRoot ?? element).querySelector(".cx-title, h1, h2, h3, h4")?.textContent?.trim() ||
  otherwise;
