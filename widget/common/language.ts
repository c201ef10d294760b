/** Texts in the language in force: by key, in markup with `data-message`, in objects with `@i18n:`. */

import type { Options } from "../bus/types";
import { bus, iconNamed } from "../siblings";

/** Calls `process` for each value that is no object, at any depth; what it returns takes the value's place. */
function traverse(value: any, process: (value: any) => any): any {
  if (Array.isArray(value)) return value.map((one) => traverse(one, process));
  if (!value || Object.getPrototypeOf(value) != Object.prototype) return process(value);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, traverse(one, process)]));
}

export function language($: any): Options {
  const say = (namespace: string, key: string): string | undefined => (bus.data("App.i18n") as any)?.[namespace]?.[key];
  /** `namespace.Key`, else a key of any namespace. */
  const find = (query: string): string | undefined => {
    const [namespace = "", key] = query.split(".");
    if (key) return say(namespace, key);
    return Object.values((bus.data("App.i18n") as Options) ?? {}).find((pack) => pack?.[query])?.[query];
  };
  const elements = (root: unknown, selector: string): Element[] => {
    const set = $(root);
    return [...set.filter(selector).get(), ...set.find(selector).get()];
  };
  const populate = (root: unknown, namespace?: string) => {
    const known = (key: string) => (namespace ? say(namespace, key) : find(key));
    for (const element of elements(root, "[data-message]")) {
      const key = element.getAttribute("data-message")!;
      const text = known(key);
      const name = known("Aria" + key);
      if (text) element.textContent = text;
      if (name) element.setAttribute("aria-label", name);
    }
    return root;
  };
  const icons = (root: unknown) => {
    for (const element of elements(root, "[data-icon]"))
      element.replaceChildren(iconNamed(element.getAttribute("data-icon")));
    return root;
  };
  return {
    getI18nString: (namespace: string, key?: string) => (key ? say(namespace, key) : find(namespace)) ?? key ?? namespace,
    convertI18nQueriesInJSON: (value: unknown) =>
      traverse(value, (one) =>
        typeof one == "string" && one.startsWith("@i18n:") ? (find(one.slice(6)) ?? one) : one,
      ),
    traverseAndProcess: traverse,
    populateLanguageStrings: populate,
    updateTemplateI18n: populate,
    populateAllPlaceholders(root: unknown, namespace?: string) {
      for (const element of elements(root, "[data-placeholder], [data-message-placeholder]")) {
        const key = element.getAttribute("data-placeholder") ?? element.getAttribute("data-message-placeholder")!;
        const text = namespace ? say(namespace, key) : find(key);
        if (text) element.setAttribute("placeholder", text);
      }
      return root;
    },
    populateIcons: icons,
    insertIcon(target: unknown, name: string) {
      $(target).append(iconNamed(name));
      return target;
    },
  };
}
