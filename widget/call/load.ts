/** Loads the part of the script that a visitor needs who wants to call. */

import { createPart } from "../kit/part";
import type { CallPart } from "./index";

let wanted = false;
const load = createPart<CallPart>("call.js");

export const isLoaded = () => wanted;

export function loadCall(): Promise<CallPart> {
  wanted = true;
  return load();
}
