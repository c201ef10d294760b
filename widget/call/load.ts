/** Loads the part of the script that a visitor needs who wants to call. */

import { partsFolder } from "../app/host";
import { addEnglish, find, languageAttributes } from "../i18n/strings";
import { createRow } from "../form/row";
import { addStyle } from "../theme/sheet";
import { button, h, icon, shapes } from "../window/element";
import type { CallPart } from "./index";
import type { Kit } from "./kit";

const kit: Kit = {
  h,
  icon,
  button,
  callShape: shapes.call,
  lookUp: find,
  languageAttributes,
  addEnglish,
  addStyle,
  createRow,
};

let loading: Promise<CallPart> | undefined;
let attempts = 0;

export const isLoaded = () => !!loading;

/** Loads it once; after a failure the next call tries again, under another address as browsers remember failures. */
export function loadCall(): Promise<CallPart> {
  return (loading ??= import(partsFolder + "call.js" + (attempts++ ? "?" + attempts : "")).then(
    (module) => module.install(kit),
    (error) => {
      loading = undefined;
      throw error;
    },
  ));
}
