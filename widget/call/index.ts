/** The part that is loaded when a visitor opens the panel: all that comes after the standard form. */

import css from "../theme/call.css";
import { createConversation, showNumber, showStatus } from "./conversation";
import { english } from "./en";
import { take, type Kit } from "../kit/kit";
import { cancel, forget, requestNumber, restore } from "./service";

export interface CallPart {
  createConversation: typeof createConversation;
  showNumber: typeof showNumber;
  showStatus: typeof showStatus;
  requestNumber: typeof requestNumber;
  restore: typeof restore;
  cancel: typeof cancel;
  forget: typeof forget;
  /** Loads what solves a challenge, before one is set. */
  loadGate(): Promise<unknown>;
}

export function install(kit: Kit): CallPart {
  take(kit);
  kit.addEnglish(english);
  kit.addStyle(css);
  const loadGate = () => import("./gate.js");
  return { createConversation, showNumber, showStatus, requestNumber, restore, cancel, forget, loadGate };
}
