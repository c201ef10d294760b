/** Elements from plain calls: nothing here parses markup, so the strictest Trusted Types policy is content. */

export type Properties = Record<string, unknown>;
export type Child = Node | string | false | null | undefined;

/** Functions become properties (`onclick`), `true` an empty attribute; `false`, `null` and `undefined` are left out. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  setProperties(element, properties);
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
}

export function setProperties(element: Element, properties: Properties): void {
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value == "function") (element as any)[name] = value;
    else if (value != null && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
}

/** A receiver, outlined in a 24 x 24 box. */
export const callShape =
  "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2";

/** A decorative picture; what it means is said by the text or the name beside it. */
export function icon(shape: string): SVGSVGElement {
  const make = <Tag extends "svg" | "path">(tag: Tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
  const picture = make("svg");
  const path = make("path");
  setProperties(picture, { viewBox: "0 0 24 24", "aria-hidden": "true" });
  path.setAttribute("d", shape);
  picture.append(path);
  return picture;
}
