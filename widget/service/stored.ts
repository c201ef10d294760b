/** Whether a number is stored from before; what it is, is read when it is needed. */

import type { Options } from "../bus/types";

const KEY = "warmcall";

/** Where the record is: the tab's storage, or a cookie that sub-domains share. */
export interface Place {
  key: string;
  isCookie: boolean;
  /** Attributes of the cookie that the page wants. */
  options: Options;
}

let place: Place = { key: KEY, isCookie: false, options: {} };

/**
 * @param isCookie Whether sub-domains shall see it.
 * @param options Attributes of the cookie that the page wants.
 * @param deployment Stands before the cookie's name, so that several of them do not mix.
 */
export function keepIn(isCookie: boolean, deployment = "", options: Options = {}): void {
  place = { key: isCookie && deployment ? `${deployment}.${KEY}` : KEY, isCookie, options };
}

export const recordPlace = (): Place => place;

/** The record as text; empty without one, and where the browser forbids storage. */
export function storedRecord(): string {
  const { key, isCookie } = place;
  try {
    if (!isCookie) return sessionStorage[key] ?? "";
    const cookie = document.cookie.split("; ").find((cookie) => cookie.startsWith(key + "="));
    return decodeURIComponent(cookie?.slice(key.length + 1) ?? "");
  } catch {
    return "";
  }
}
