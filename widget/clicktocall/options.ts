/** The options under `clicktocall`, shared by the panel and its service. */

import type { OptionTypes } from "../app/types";
import type { Options } from "../bus/types";

export const OPTION_TYPES: OptionTypes = {
  launcher: "boolean string object",
  apikey: "string number",
  ajaxTimeout: "number",
  ariaNumberExpirationIntervals: "array boolean",
};
const SAME_TYPE = {
  string: "site group fallbackNumber dataURL servicePlugin",
  boolean: "provideAccessCode enableCountdown autoDialAccessCode unminimizeOnAlert confirmFormCloseEnabled",
  object: "userData formJSON ewt",
};
for (const [type, names] of Object.entries(SAME_TYPE))
  for (const name of names.split(" ")) OPTION_TYPES[name] = type;

export const isObject = (value: unknown): value is Options =>
  !!value && typeof value == "object" && !Array.isArray(value);
