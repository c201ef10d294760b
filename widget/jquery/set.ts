/** Element sets: made from selectors, markup, elements or other sets, and narrowed or walked from there. */

import { parseMarkup } from "../markup/markup";
import { refuse } from "./unsupported";

export type Target = any;
type Test = string | Target | ((this: any, index: number, element: any) => unknown);

export interface JQueryStatic {
  (selector?: unknown, context?: unknown): JQuerySet;
  fn: JQuerySet;
  [name: string]: any;
}

/** At a comma that is in no brackets and no quotes. */
const SELECTOR_PARTS = /,(?![^(]*\))(?![^[]*\])/;

/** Selectors that jQuery adds to CSS are not ours. */
function query<T>(run: () => T, selector: string): T {
  try {
    return run();
  } catch {
    return refuse(`selector "${selector}"`);
  }
}

const matches = (node: any, selector: string): boolean =>
  node.nodeType == 1 && query(() => node.matches(selector), selector);

/** Within an element, a selector speaks of what is inside it alone. */
function findIn(root: any, selector: string): any[] {
  if (!root?.querySelectorAll) return [];
  const scoped =
    root.nodeType == 1 ? selector.split(SELECTOR_PARTS).map((part) => ":scope " + part).join() : selector;
  return [...query(() => root.querySelectorAll(scoped), selector)];
}

/** Each once, in the order of the document. */
const ordered = (nodes: any[]) =>
  [...new Set(nodes)].sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));

const present = (nodes: any[]) => nodes.filter((node) => node != null);

/** Everything a function of the set may be given: nothing, one, a list, a set. */
export const listOf = (given: any): any[] =>
  given == null
    ? []
    : typeof given != "object" || given.nodeType || given == given.window || given.length === undefined
      ? [given]
      : [...given];

function nodesOf(selector: any, context: any): any[] {
  if (!selector) return [];
  if (typeof selector == "function") {
    if (document.readyState != "loading") setTimeout(selector, 0, jQuery);
    else document.addEventListener("DOMContentLoaded", () => selector(jQuery));
    return [document];
  }
  if (typeof selector != "string") return listOf(selector);
  if (/^\s*</.test(selector)) return [...parseMarkup(selector.trim()).childNodes];
  return jQuery(context ?? document).find(selector).toArray();
}

export class JQuerySet {
  length: number;
  [name: string]: any;

  constructor(nodes: any[]) {
    this.length = nodes.length;
    nodes.forEach((node, index) => (this[index] = node));
  }

  [Symbol.iterator]() {
    return this.toArray()[Symbol.iterator]();
  }

  toArray(): any[] {
    return Array.prototype.slice.call(this);
  }

  get(index?: number) {
    return index === undefined ? this.toArray() : this.toArray().at(index);
  }

  each(visit: (this: any, index: number, element: any) => unknown): this {
    this.toArray().every((node, index) => visit.call(node, index, node) !== false);
    return this;
  }

  eq(index: number): JQuerySet {
    return new JQuerySet(present([this.get(+index)]));
  }

  first(): JQuerySet {
    return this.eq(0);
  }

  find(selector: Target): JQuerySet {
    const roots = this.toArray();
    if (typeof selector != "string")
      return new JQuerySet(listOf(selector).filter((node) => roots.some((root) => root != node && root.contains(node))));
    const found = roots.flatMap((root) => findIn(root, selector));
    return new JQuerySet(roots.length > 1 ? ordered(found) : found);
  }

  filter(test?: Test): JQuerySet {
    return new JQuerySet(this.toArray().filter(passes(test)));
  }

  is(test?: Test): boolean {
    return this.toArray().some(passes(test));
  }

  closest(test: Target, context?: Node): JQuerySet {
    const pass = passes(test);
    const found = this.toArray().map((node) => {
      for (let at = node; at && at != context; at = at.parentNode) if (at.nodeType == 1 && pass(at, 0)) return at;
    });
    return new JQuerySet(ordered(present(found)));
  }

  parent(selector?: string): JQuerySet {
    const parents = this.toArray().map(({ parentNode }) => (parentNode?.nodeType == 11 ? null : parentNode));
    return narrowed(ordered(present(parents)), selector);
  }

  children(selector?: string): JQuerySet {
    return narrowed(this.toArray().flatMap(({ children }) => [...(children ?? [])]), selector);
  }
}

/** Those that a selector leaves, or all without one. */
const narrowed = (nodes: any[], selector: Test = () => true) => new JQuerySet(nodes).filter(selector);

function passes(test: Test | undefined): (node: any, index: number) => boolean {
  if (typeof test == "string") return (node) => matches(node, test);
  if (typeof test == "function") return (node, index) => !!test.call(node, index, node);
  const nodes = listOf(test);
  return (node) => nodes.includes(node);
}

export const jQuery = ((selector?: unknown, context?: unknown) =>
  selector instanceof JQuerySet ? new JQuerySet(selector.toArray()) : new JQuerySet(nodesOf(selector, context))) as JQueryStatic;
jQuery.fn = jQuery.prototype = JQuerySet.prototype;

/** Writes to each what is given, or what a function of its index and what it has now gives. */
export const write = (set: JQuerySet, value: any, read: (element: any) => unknown, put: (element: any, value: any) => void) =>
  set.each((index, element) =>
    put(element, typeof value == "function" ? value.call(element, index, read(element)) : value),
  );

/** Adds methods to all sets. */
export const addMethods = (methods: Record<string, (this: JQuerySet, ...given: any[]) => unknown>) =>
  void Object.assign(JQuerySet.prototype, methods);
