/** Loads the panel, and what only some forms need. */

import type { CountriesPart } from "../countries";
import type { FormPart } from "../formjson";
import type { GroupPart } from "../group";
import { createPart } from "../kit/part";
import type { PanelPart } from "./panel";

export const loadPanel = createPart<PanelPart>("panel.js");
export const loadForm = createPart<FormPart>("form.js");
export const loadGroup = createPart<GroupPart>("group.js");
export const loadCountries = createPart<CountriesPart>("countries.js");
