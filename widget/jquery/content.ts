/** What elements hold, and where they stand: text, markup, putting in, taking out, showing and hiding. */

import { parseMarkup } from "../markup/markup";
import { forget } from "./attributes";
import { forgetHandlers } from "./events";
import { addMethods, type JQuerySet, listOf, write } from "./set";

/** Nodes from anything that may be put in: markup, text, nodes, sets, lists of them. */
const nodesOf = (given: any): Node[] =>
  given == null || given === ""
    ? []
    : typeof given == "object"
      ? listOf(given).flatMap((one) => (one?.nodeType ? [one] : nodesOf(one)))
      : [...parseMarkup(given + "").childNodes];

function clean(nodes: any[]): void {
  const all = nodes.flatMap((node) => [node, ...(node.querySelectorAll?.("*") ?? [])]);
  forget(all);
  forgetHandlers(all);
}

const clear = (element: any) => {
  if (element.querySelectorAll) clean([...element.querySelectorAll("*")]);
  element.textContent = "";
};

/** Puts the same in at each element: the last one gets the nodes, the others copies. */
const insertion = (place: (element: any, nodes: Node[]) => void) =>
  function (this: JQuerySet, ...given: any[]) {
    const last = this.length - 1;
    const ready = typeof given[0] == "function" ? undefined : given.flatMap(nodesOf);
    return this.each((index, element) => {
      const nodes = ready ?? nodesOf(given[0].call(element, index, element.innerHTML));
      place(element, ready && index < last ? nodes.map((node) => node.cloneNode(true)) : nodes);
    });
  };

const append = insertion((element, nodes) => element.append?.(...nodes));

const hiddenAs = new WeakMap<any, string>();

/** What a style sheet hides is shown the way such an element usually is. */
function show(element: any): void {
  const { style } = element;
  if (style.display == "none") style.display = hiddenAs.get(element) ?? "";
  if (style.display || !element.isConnected || getComputedStyle(element).display != "none") return;
  const probe = document.body.appendChild(document.createElement(element.localName));
  const usual = getComputedStyle(probe).display;
  probe.remove();
  style.display = usual == "none" ? "block" : usual;
}

function hide(element: any): void {
  const { style } = element;
  if (style.display == "none") return;
  hiddenAs.set(element, style.display);
  style.display = "none";
}

const visibility = (change: (element: any) => void) =>
  function (this: JQuerySet, ...given: any[]) {
    const done = given.find((one) => typeof one == "function");
    return this.each((_, element) => {
      if (element.style) change(element);
      done?.call(element);
    });
  };

addMethods({
  text(...given) {
    if (!given.length) return this.toArray().map((node) => node.textContent).join("");
    return write(
      this,
      given[0],
      (element) => element.textContent,
      (element, value) => {
        clear(element);
        element.textContent = value ?? "";
      },
    );
  },
  html(...given) {
    if (given[0] === undefined) return this[0]?.innerHTML;
    return write(
      this,
      given[0],
      (element) => element.innerHTML,
      (element, value) => {
        const nodes = nodesOf(value);
        clear(element);
        element.append(...nodes);
      },
    );
  },
  append,
  prepend: insertion((element, nodes) => element.prepend?.(...nodes)),
  before: insertion((element, nodes) => element.before?.(...nodes)),
  after: insertion((element, nodes) => element.after?.(...nodes)),
  remove(selector) {
    (selector ? this.filter(selector) : this).each((_, node) => {
      clean([node]);
      node.remove();
    });
    return this;
  },
  empty() {
    return this.each((_, element) => clear(element));
  },
  show: visibility(show),
  hide: visibility(hide),
});
