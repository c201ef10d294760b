/** Whether a number is stored from before; what it is, is read when it is needed. */

export const KEY = "warmcall";

/** The record as text; empty without one, and where the browser forbids storage. */
export function storedRecord(): string {
  try {
    return sessionStorage[KEY] ?? "";
  } catch {
    return "";
  }
}
