/** What elements carry: attributes, properties, data, values, classes and styles. */

import { addMethods, type JQuerySet, write } from "./set";
import { camel, valueOf } from "./values";

type Setter = (element: any, name: string, value: any) => void;
type Getter = (element: any, name: string) => unknown;

const BOOLEAN = /^(checked|selected|autofocus|controls|disabled|hidden|loop|multiple|open|readonly|required)$/i;
const PROPERTIES: Record<string, string> = { for: "htmlFor", class: "className" };
for (const name of "tabIndex readOnly maxLength rowSpan colSpan contentEditable".split(" "))
  PROPERTIES[name.toLowerCase()] = name;
const UNITLESS = /^-|^(flex|grid|order|scale|z)|count|ratio|weight|line-?h|opacity/i;

const isElement = (node: any) => node.nodeType == 1;

/** One function that reads the first of a set or writes all, by a name, an object of names, or a function. */
const accessor = (read: Getter, put: Setter) =>
  function (this: JQuerySet, name: any, ...values: any[]): unknown {
    if (typeof name == "object") {
      for (const key in name) this.each((_, element) => put(element, key, name[key]));
      return this;
    }
    if (!values.length) return this.length ? read(this[0], name) : undefined;
    return write(
      this,
      values[0],
      (element) => read(element, name),
      (element, value) => value === undefined || put(element, name, value),
    );
  };

const setAttribute: Setter = (element, name, value) => {
  if (!isElement(element)) return;
  if (value === null || (value === false && BOOLEAN.test(name))) element.removeAttribute(name);
  // The attribute itself may be forbidden by a policy.
  else if (name == "style") element.style.cssText = value;
  else element.setAttribute(name, BOOLEAN.test(name) ? name : value + "");
};

const getAttribute: Getter = (element, name) => {
  const value = element.getAttribute?.(name) ?? undefined;
  return value !== undefined && BOOLEAN.test(name) ? name.toLowerCase() : value;
};

const kebab = (name: string) => (/^--/.test(name) ? name : name.replace(/[A-Z]/g, "-$&").toLowerCase());

const getStyle: Getter = (element, name) => {
  const property = kebab(name);
  return getComputedStyle(element).getPropertyValue(property) || element.style.getPropertyValue(property) || undefined;
};

const setStyle: Setter = (element, name, value) => {
  if (value == null) return;
  const step = /^([+-])=([\d.]+)(.*)$/.exec(value);
  if (step) value = parseFloat(getStyle(element, name) as string) + +(step[1]! + step[2]!);
  if (typeof value == "number" && !UNITLESS.test(name)) value = value + (step?.[3] || "px");
  element.style.setProperty(kebab(name), value + "");
};

const readOption = (option: any) => option.getAttribute("value") ?? option.textContent.trim().replace(/\s+/g, " ");

function readValue(element: any): unknown {
  if (element.localName == "option") return readOption(element);
  if (element.localName == "select") {
    const isOpen = (option: any) => option.selected && !option.disabled && !option.parentNode.disabled;
    const values = [...element.options].filter(isOpen).map(readOption);
    return element.multiple ? values : (values[0] ?? null);
  }
  const value = /checkbox|radio/.test(element.type) ? (element.getAttribute("value") ?? "on") : element.value;
  return typeof value == "string" ? value.replace(/\r/g, "") : (value ?? "");
}

function writeValue(element: any, value: any): void {
  const text = Array.isArray(value) ? value.map((one) => (one == null ? "" : one + "")) : value == null ? "" : value + "";
  const among = (one: string): boolean => [text].flat().includes(one);
  if (element.localName == "select") {
    element.selectedIndex = -1;
    for (const option of element.options) if (among(readOption(option))) option.selected = true;
  } else if (/checkbox|radio/.test(element.type) && Array.isArray(text)) element.checked = among(readValue(element) as string);
  else element.value = text;
}

const stores = new WeakMap<object, Record<string, any>>();
const storeOf = (owner: object) => stores.get(owner) ?? stores.set(owner, {}).get(owner)!;

/** Forgets what `data` kept for these. */
export const forget = (nodes: any[]) => nodes.forEach((node) => stores.delete(node));

/** An attribute's value is read once; from then on it is what was kept. */
const getData: Getter = (element, name) => {
  const key = camel(name);
  const text = element.dataset?.[key];
  return (storeOf(element)[key] ??= text && valueOf(text));
};

const words = (given: any): string[] => (Array.isArray(given) ? given : (given ?? "").match?.(/\S+/g) ?? []);

const classes = (change: (list: DOMTokenList, name: string, state?: boolean) => void) =>
  function (this: JQuerySet, names: any, state?: boolean) {
    return write(
      this,
      names,
      (element) => element.getAttribute("class") ?? "",
      (element, given) => words(given).forEach((name) => change(element.classList, name, state)),
    );
  };

const remove = classes((list, name) => list.remove(name));
const styles = accessor(getStyle, setStyle);
const data = accessor(getData, (element, name, value) => (storeOf(element)[camel(name)] = value));

addMethods({
  attr: accessor(getAttribute, setAttribute),
  removeAttr(names) {
    words(names).forEach((name) => this.attr(name, null));
    return this;
  },
  prop: accessor(
    (element, name) => element[PROPERTIES[name] ?? name],
    (element, name, value) => (element[PROPERTIES[name] ?? name] = value),
  ),
  data(name, ...values) {
    if (name === undefined) {
      if (!this.length) return undefined;
      for (const key in this[0].dataset) getData(this[0], key);
      return storeOf(this[0]);
    }
    return data.call(this, name, ...values);
  },
  css(name, ...values) {
    if (!Array.isArray(name)) return styles.call(this, name, ...values);
    return Object.fromEntries(name.map((one) => [one, getStyle(this[0], one)]));
  },
  val(...values) {
    if (!values.length) return this.length ? readValue(this[0]) : undefined;
    return write(this, values[0], readValue, (element, value) => isElement(element) && writeValue(element, value));
  },
  addClass: classes((list, name) => list.add(name)),
  removeClass(...given) {
    return given.length ? remove.call(this, given[0]) : this.attr("class", "");
  },
  toggleClass: classes((list, name, state) => list.toggle(name, state)),
  hasClass(name) {
    return this.toArray().some((element) => element.classList?.contains(name));
  },
});
