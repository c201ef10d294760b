/** What a visitor reads when there is no number, and what can be done about it. */

import { locale } from "../i18n/locale";
import { find, languageAttributes, say } from "../kit/kit";
import type { Outcome } from "./outcome";
import { keyOf } from "./number";

export interface Refusal {
  text: string;
  /** The input it is about. */
  field?: string;
  /** Sending the same again may help. */
  retry: boolean;
}

const TRANSIENT = /^(capacity_reached|no_access_number|too_many_requests)$/;

const SIX_DAYS_MS = 6 * 86_400_000;

/** A day of the week says enough for the next six days. */
const timeOf = (opening: string) => {
  const isFar = Date.parse(opening) - Date.now() > SIX_DAYS_MS;
  return new Intl.DateTimeFormat(locale(languageAttributes().lang), {
    weekday: "long",
    ...(isFar && { month: "long", day: "numeric" }),
    hour: "numeric",
    minute: "2-digit",
  }).format(new Date(opening));
};

export function explain({ netfail, errormsg, code, status, errors, nextOpening, retryable }: Outcome): Refusal {
  if (netfail) return { text: say("NetworkFail"), retry: true };
  if (!code) return { text: errormsg || say("Refused"), field: "phonenumber", retry: false };
  const wrong = errors?.[0];
  if (code == "invalid_field" && wrong)
    return { text: wrong.message || say("FieldInvalid"), field: wrong.field.split(".").pop(), retry: false };
  // What an extension of the owner's refuses with is written for visitors; other details are for developers.
  let text = find("Refused" + keyOf(code)) ?? ((status == 409 && errormsg) || say("Refused"));
  if (nextOpening) text += " " + say("NextOpening", { time: timeOf(nextOpening) });
  const field = code == "number_invalid" ? "phonenumber" : undefined;
  return { text, field, retry: retryable ?? TRANSIENT.test(code) };
}
