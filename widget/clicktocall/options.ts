/** The options under `clicktocall`, shared by the panel and its service. */

import { optionTypes } from "../app/options";
import type { Options } from "../bus/types";

export const OPTION_TYPES = optionTypes({
  string: "site group fallbackNumber dataURL servicePlugin",
  boolean: "provideAccessCode enableCountdown autoDialAccessCode unminimizeOnAlert confirmFormCloseEnabled",
  object: "userData formJSON ewt",
  number: "ajaxTimeout",
  function: "challenge",
  "string number": "apikey",
  "array boolean": "ariaNumberExpirationIntervals countrySelect",
  "boolean object": "launcher",
  "cookie session": "storage",
});

/** Whether there is a group of Warmcall's own to ask about. */
export const hasGroup = ({ site, group, dataURL, servicePlugin = "ClickToCallService" }: Options): boolean =>
  !!site && !!group && !dataURL && servicePlugin == "ClickToCallService";

export const isObject = (value: unknown): value is Options =>
  !!value && typeof value == "object" && !Array.isArray(value);
