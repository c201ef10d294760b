/** The older request: form-encoded, to the `dataURL` of an existing contact-centre server. */

import type { Options } from "../bus/types";
import type { Outcome } from "./outcome";

/** @throws if the server cannot be reached or does not answer in JSON. */
export async function requestFormEncoded(data: Options, options: Options): Promise<Outcome> {
  const fields: Options = {
    ...options.userData,
    _call_direction: "USERORIGINATED",
    _wait_for_agent: false,
    _wait_for_user_confirm: false,
    _provide_code: options.provideAccessCode,
    _customer_number: data.phonenumber,
    ...data,
  };
  const body = new URLSearchParams();
  for (const name in fields) {
    const value = fields[name] ?? "";
    body.set(name, typeof value == "object" ? JSON.stringify(value) : value);
  }
  const response = await fetch(options.dataURL, {
    method: "POST",
    headers: options.apikey ? { apikey: options.apikey } : {},
    body,
    signal: AbortSignal.timeout(options.ajaxTimeout),
  });
  const answer = await response.json();
  if (answer.exception) return { error: true, netfail: false, errormsg: answer.message ?? "" };
  return {
    error: false,
    errormsg: "",
    netfail: !response.ok || !answer._access_number,
    sPhoneNumber: answer._access_number,
    sAccessCode: answer._access_code ?? "",
    sPhoneTelHref: answer._tel_url,
    iExpireTime: +answer._expiration_time,
  };
}
