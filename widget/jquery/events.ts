/** Handlers: bound directly or for what is inside, with namespaces, once or for good. */

import { addMethods, type JQuerySet } from "./set";

type Handler = (this: any, event: any, ...more: any[]) => unknown;

interface Bound {
  type: string;
  namespaces: string[];
  selector: string | undefined;
  handler: Handler;
  native: string;
  listener: (event: any) => void;
}

/** Events that do not bubble are heard from inside by those that do. */
const BUBBLING: Record<string, string> = { focus: "focusin", blur: "focusout", mouseenter: "mouseover", mouseleave: "mouseout" };

const bound = new WeakMap<object, Bound[]>();
/** What `trigger` was given besides the type. */
const triggered = new WeakMap<object, { namespaces: string[]; more: any[] }>();

export const forgetHandlers = (nodes: any[]) => nodes.forEach((node) => bound.has(node) && off(node, () => true));

function off(target: any, matches: (entry: Bound) => boolean): void {
  const stay: Bound[] = [];
  for (const entry of bound.get(target) ?? [])
    if (matches(entry)) target.removeEventListener(entry.native, entry.listener);
    else stay.push(entry);
  bound.set(target, stay);
}

/** The browser's event with what jQuery's has in addition. */
function wrap(event: any, more: Record<string, unknown>): any {
  const extras: Record<string, unknown> = {
    originalEvent: event,
    isDefaultPrevented: () => event.defaultPrevented,
    isPropagationStopped: () => event.cancelBubble,
    ...more,
  };
  return new Proxy(event, {
    get(_, name: string) {
      const value = name in extras ? extras[name] : event[name];
      return typeof value == "function" && !(name in extras) ? value.bind(event) : value;
    },
  });
}


function bind(target: any, name: string, selector: string | undefined, data: unknown, handler: Handler, once: boolean): void {
  const [type = "", ...namespaces] = name.split(".");
  const native = (selector && BUBBLING[type]) || type;
  const call = (event: any, element: any): boolean => {
    const { namespaces: wanted = [], more = [] } = triggered.get(event) ?? {};
    if (!wanted.every((one) => namespaces.includes(one))) return true;
    if (once) off(target, (entry) => entry == mine);
    const answer = handler.call(element, wrap(event, { type, data, currentTarget: element, delegateTarget: target }), ...more);
    if (answer === false) {
      event.preventDefault();
      event.stopPropagation();
    }
    return !event.cancelBubble;
  };
  const listener = (event: any) => {
    if (!selector) return void call(event, target);
    const isInside = (element: any) => /^mouse[el]/.test(type) && element.contains(event.relatedTarget);
    // From the inside out, until one says stop.
    for (let at = event.target; at != target; at = at.parentNode)
      if (at.matches?.(selector) && !isInside(at) && !call(event, at)) return;
  };
  const mine: Bound = { type, namespaces, selector, handler, native, listener };
  bound.set(target, [...(bound.get(target) ?? []), mine]);
  target.addEventListener(native, listener);
}

/** `on(types, [selector], [data], handler)`, or an object of types and handlers instead of the first and the last. */
function on(set: JQuerySet, types: any, given: any[], once: boolean): JQuerySet {
  if (typeof types == "object") {
    for (const name in types) on(set, name, [...given, types[name]], once);
    return set;
  }
  given = given.filter((one) => one != null);
  const handler = given.pop();
  const selector = typeof given[0] == "string" ? given.shift() : undefined;
  const call: Handler = handler === false ? () => false : handler;
  return set.each((_, target) => {
    for (const name of types.match(/\S+/g) ?? []) bind(target, name, selector, given[0], call, once);
  });
}

function trigger(target: any, given: any, more: any): void {
  const [type, ...namespaces] = (given.type ?? given).split(".");
  const event: any = given instanceof Event ? given : new Event(type, { bubbles: true, cancelable: true });
  triggered.set(event, { namespaces, more: more === undefined ? [] : [more].flat() });
  // The browser does these itself, and says so; the click of a link is told and not followed, as in jQuery.
  if (given === type && !more && (/^(focus|blur)$/.test(type) || (type == "click" && target.localName != "a")))
    target[type]?.();
  else target.dispatchEvent(event);
}

const shortcut = (type: string) =>
  function (this: JQuerySet, ...given: any[]) {
    return given.length ? on(this, type, given, false) : this.trigger(type);
  };

addMethods({
  on(types, ...given) {
    return on(this, types, given, false);
  },
  one(types, ...given) {
    return on(this, types, given, true);
  },
  off(types, ...given) {
    const selector = given.find((one) => typeof one == "string");
    const handler = given.find((one) => typeof one == "function");
    return this.each((_, target) => {
      for (const name of types?.match(/\S+/g) ?? [""]) {
        const [type, ...namespaces] = name.split(".");
        off(
          target,
          (entry) =>
            (!type || entry.type == type) &&
            namespaces.every((one: string) => entry.namespaces.includes(one)) &&
            (!selector || selector == "**" || entry.selector == selector) &&
            (!handler || entry.handler == handler),
        );
      }
    });
  },
  trigger(event, more) {
    return this.each((_, target) => trigger(target, event, more));
  },
  click: shortcut("click"),
  focus: shortcut("focus"),
});
