/** What the script that is already in the page lends to the parts loaded later, so that none carries it twice. */

import { addEnglish, find, languageAttributes } from "../i18n/strings";
import { recordPlace, storedRecord } from "../service/stored";
import { addStyle, createHost } from "../theme/sheet";
import { followSystem, themeClass } from "../theme/theme";
import { callShape, h, icon } from "../window/element";
import { keepInPage } from "../window/presence";

export const lent = {
  h,
  icon,
  callShape,
  lookUp: find,
  languageAttributes,
  addEnglish,
  addStyle,
  createHost,
  themeClass,
  followSystem,
  keepInPage,
  recordPlace,
  storedRecord,
};

export type Kit = typeof lent;
