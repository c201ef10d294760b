/** The call request as Warmcall's own API takes it. */

import type { Options } from "../bus/types";
import { CONSENT, FIELDS } from "../service/fields";
import type { Outcome } from "./outcome";

const FIELDS_OF_DEFAULT_FORM = ["firstname", "lastname", "phonenumber"];

let lastBody = "";
let lastKey = "";

/** The same key for the same request sent again, so that the server gives the same number. */
function keyFor(body: string): string {
  // A page without TLS has no randomUUID; the key need not be secret, only unlike others.
  if (body != lastBody) lastKey = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
  lastBody = body;
  return lastKey;
}

const isPlain = (value: unknown): value is Options => !!value && Object.getPrototypeOf(value) == Object.prototype;

/** What `over` leaves out comes from `under`, at any depth. */
function merge(under: Options = {}, over: Options): Options {
  const merged = { ...under, ...over };
  for (const name in over)
    if (isPlain(under[name]) && isPlain(over[name])) merged[name] = merge(under[name], over[name]);
  return merged;
}

function bodyOf(given: Options, options: Options, challenge?: string): string {
  const data = merge(options.userData, given);
  const names = (data as any)[FIELDS] ?? FIELDS_OF_DEFAULT_FORM;
  const fields: Options = {};
  const userData: Options = {};
  for (const name in data) (names.includes(name) ? fields : userData)[name] = data[name];
  const page = {
    // What follows # may be a secret of the page, and is no business of the server's.
    url: location.href.replace(/#.*/, ""),
    title: document.title,
    language: document.documentElement.lang || navigator.language,
  };
  return JSON.stringify({ group: options.group, fields, userData, page, consent: (data as any)[CONSENT], challenge });
}

/**
 * @param solution Of the challenge that a first request was answered with.
 * @throws if the server cannot be reached or does not answer in JSON.
 */
export async function requestCall(
  server: string,
  data: Options,
  options: Options,
  solution?: string,
): Promise<Outcome> {
  // The key is that of the request without a solution: asked again after a lost answer, the server needs none.
  const key = keyFor(bodyOf(data, options));
  const response = await fetch(`${server}/v1/sites/${encodeURIComponent(options.site)}/call-requests`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": key },
    body: bodyOf(data, options, solution),
    signal: AbortSignal.timeout(options.ajaxTimeout),
  });
  const answer = await response.json();
  if (answer.challenge && !solution) {
    const solved = await import("./gate.js")
      .then(({ solve }) => solve(answer.challenge, options.challenge))
      .catch(() => undefined);
    if (solved) return requestCall(server, data, options, solved);
  }
  // A later wish of the same visitor is a request of its own; one that failed on the way is tried again.
  if (response.ok || !answer.retryable) lastBody = "";
  // A refusal without a code does not come from Warmcall, but from something in between.
  if (!response.ok)
    return { ...answer, error: !!answer.code, netfail: !answer.code, errormsg: answer.detail ?? answer.title ?? "" };
  return {
    error: false,
    netfail: !answer.accessNumber,
    errormsg: "",
    sPhoneNumber: answer.accessNumber,
    sAccessCode: answer.accessCode ?? "",
    sPhoneTelHref: answer.telUrl,
    iExpireTime: answer.expiresInS,
    id: answer.id,
    token: answer.token,
  };
}
