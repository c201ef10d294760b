/** Options as a page may write them: what is unknown or of a wrong type is reported once and left out. */

import type { Options } from "../bus/types";
import type { Environment, OptionTypes } from "./types";

/** @param names Names of options by their types, to save the repetition: `{"string number": "a b"}`. */
export function optionTypes(names: Record<string, string>): OptionTypes {
  const types: OptionTypes = {};
  for (const type in names) for (const name of names[type]!.split(" ")) types[name] = type;
  return types;
}

/** App's own, under `main`. */
export const MAIN_TYPES = optionTypes({
  string: "theme lang customStylesheetID googleFontUrl zoomBreakpoint deploymentID iconSet",
  object: "themes header cookieOptions",
  boolean: "downloadGoogleFont debug debugTimestamps transitions mockData",
  number: "mobileModeBreakpoint pluginLoadDelay",
  array: "preload plugins",
  "string object": "i18n",
  "auto boolean": "mobileMode",
  "12 24": "timeFormat",
});

const typeOf = (value: unknown) => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value);

export function createCheck(report: Environment["report"]) {
  // Plugins may share a namespace, and each checks it.
  const reported = new Set<string>();
  return (namespace: string, types: OptionTypes, options: Options): Options => {
    const accepted: Options = {};
    for (const name in options) {
      const wanted = Object.hasOwn(types, name) ? types[name]!.split(" ") : [];
      if (wanted.includes(typeOf(options[name])) || wanted.includes(String(options[name]))) {
        accepted[name] = options[name];
        continue;
      }
      const fault = `option ${namespace}.${name} is ignored: ${wanted[0] ? "it must be " + wanted.join(" or ") : "not known"}`;
      if (!reported.has(fault)) report(fault);
      reported.add(fault);
    }
    return accepted;
  };
}

/** What an attribute of the script tag says, in the type its option has; what cannot be read stays text. */
function readAttribute(text: string, types: string): unknown {
  if (types.includes("boolean") && /^(true|on|false|off|)$/.test(text)) return !/f/.test(text);
  try {
    if (/object|array|number/.test(types) && (/^[[{]/.test(text) || !types.includes("string"))) return JSON.parse(text);
  } catch {
    // The check of its type reports it.
  }
  return text;
}

/**
 * Options that the script tag gives.
 *
 * @param attributes Those of the tag that begin with `data-`; capitals and hyphens of a name do not matter.
 */
export function readAttributes(attributes: DOMStringMap, types: OptionTypes): Options {
  const options: Options = {};
  for (const name in types) {
    const given = Object.keys(attributes).find((key) => key.toLowerCase() == name.toLowerCase());
    if (given) options[name] = readAttribute(attributes[given]!, types[name]!);
  }
  return options;
}
