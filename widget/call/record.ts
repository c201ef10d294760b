/** The one thing kept in the visitor's browser, from the moment a number is asked for until it expires. */

import { recordPlace, storedRecord } from "../kit/kit";
import type { writeCookie } from "./cookie";

/** Nothing in it says who the visitor is: the number is the company's. */
export interface CallRecord {
  number: string;
  code: string;
  tel: string;
  /** Milliseconds since the epoch, by this browser's clock. */
  expires: number;
  /** Seconds it was good for when it was new. */
  total: number;
  id?: string;
  token?: string;
  /** Whether the panel showed the number when the page was left. */
  open?: boolean;
}

/** A browser may forbid storage; the number then lives as long as the page. */
let kept: CallRecord | undefined;
let write: typeof writeCookie | undefined;

/** To be awaited before the record is written: what few pages want is loaded when they do. */
export async function prepareRecord(): Promise<void> {
  if (recordPlace().isCookie) write ??= (await import("./cookie.js")).writeCookie;
}

export function readRecord(): CallRecord | undefined {
  try {
    const record = JSON.parse(storedRecord()) as CallRecord | null;
    return typeof record?.number == "string" ? record : kept;
  } catch {
    return kept;
  }
}

export function writeRecord(record: CallRecord | undefined): void {
  kept = undefined;
  const text = record && JSON.stringify(record);
  const { key, isCookie, options } = recordPlace();
  try {
    if (isCookie) write?.(key, text, options, () => storedRecord() == (text ?? ""));
    else if (text) sessionStorage[key] = text;
    else delete sessionStorage[key];
  } catch {
    // Forbidden.
  }
  if (text && storedRecord() != text) kept = record;
}

/** Notes whether the panel is open, if there is a number to come back to. */
export function noteOpen(open: boolean): void {
  const record = readRecord();
  if (record) writeRecord({ ...record, open });
}

export const secondsLeft = ({ expires }: CallRecord): number => Math.round((expires - Date.now()) / 1000);
