/** Checking of options: what is unknown or of a wrong type is reported once and left out. */

import type { Options } from "../bus/types";
import type { Environment, OptionTypes } from "./types";

const typeOf = (value: unknown) => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value);

export function createCheck(report: Environment["report"]) {
  // Plugins may share a namespace, and each checks it.
  const reported = new Set<string>();
  return (namespace: string, types: OptionTypes, options: Options): Options => {
    const accepted: Options = {};
    for (const name in options) {
      const wanted = Object.hasOwn(types, name) && types[name];
      if (wanted && wanted.includes(typeOf(options[name]))) {
        accepted[name] = options[name];
        continue;
      }
      const fault = `option ${namespace}.${name} is ignored: ${wanted ? "it must be " + wanted : "not known"}`;
      if (!reported.has(fault)) report(fault);
      reported.add(fault);
    }
    return accepted;
  };
}
