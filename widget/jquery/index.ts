/** The built-in subset of jQuery, loaded only when something needs it and the page has none of its own. */

import "./attributes";
import "./content";
import "./events";
import { Deferred } from "./deferred";
import { jQuery } from "./set";
import { refuseTheRest } from "./unsupported";
import { extend } from "./values";

const toEach = (of: any, visit: (this: unknown, key: any, value: unknown) => unknown) => {
  const keys = of?.length >= 0 ? Array.from(of, (_, index) => index) : Object.keys(of ?? {});
  keys.every((key: any) => visit.call(of[key], key, of[key]) !== false);
  return of;
};

Object.assign(jQuery, {
  Deferred,
  extend,
  each: toEach,
  isFunction: (value: unknown) => typeof value == "function",
});
refuseTheRest(jQuery);

export { jQuery };
