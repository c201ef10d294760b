/** What ClickToCallService does: asks the server for a number, remembers it, and follows the call. */

import type { CommandEvent, Options, Plugin } from "../bus/types";
import { requestFormEncoded } from "./formencoded";
import { FINAL, follow } from "./live";
import { type Outcome } from "./outcome";
import { prepareRecord, readRecord, secondsLeft, writeRecord, type CallRecord } from "./record";
import { requestCall } from "./request";

/** The service as its plugin knows it. */
export interface Service {
  plugin: Plugin;
  signal: AbortSignal;
  /** The base of Warmcall's API. */
  server: string;
  options: Options;
}

const DEFAULTS = { ajaxTimeout: 3000, provideAccessCode: true };

let followed: string | undefined;
let unfollow = () => {};

export function forget(): void {
  unfollow();
  writeRecord(undefined);
}

function followCall({ plugin, server, signal }: Service, { id, token, expires }: CallRecord): void {
  if (!id || !token || followed == id) return;
  unfollow();
  followed = id;
  unfollow = follow(`${server}/v1/call-requests/${id}/events?token=${encodeURIComponent(token)}`, expires, (status) => {
    if (FINAL.test(status.status)) forget();
    plugin.publish("callStatus", { id, ...status });
  });
  signal.addEventListener("abort", () => {
    unfollow();
    followed = undefined;
  });
}

function keep(service: Service, outcome: Outcome): void {
  const { sPhoneNumber: number = "", sAccessCode: code = "", sPhoneTelHref: tel = "", id, token } = outcome;
  const { iExpireTime: total = 0 } = outcome;
  const record = { number, code, tel, expires: Date.now() + total * 1000, total, id, token, open: true };
  writeRecord(record);
  followCall(service, record);
}

export async function requestNumber(service: Service, { data, deferred }: CommandEvent): Promise<void> {
  await prepareRecord();
  const options: Options = { ...DEFAULTS, ...service.options };
  const asking = options.dataURL ? requestFormEncoded(data, options) : requestCall(service.server, data, options);
  const outcome = await asking.catch((): Outcome => ({ error: false, netfail: true, errormsg: "" }));
  const failed = outcome.error || outcome.netfail;
  if (!failed) keep(service, outcome);
  service.plugin.publish("numberReceived", outcome);
  if (failed) deferred.reject(outcome.errormsg || "The server cannot be reached.");
  else deferred.resolve(outcome);
}

export async function restore(service: Service, { deferred }: CommandEvent): Promise<void> {
  await prepareRecord();
  const record = readRecord();
  if (!record) {
    deferred.resolve({ bRestoreSuccess: false });
    return;
  }
  const seconds = secondsLeft(record);
  if (seconds < 0) forget();
  else followCall(service, record);
  const restored = {
    bRestoreSuccess: true,
    sPhoneNumber: record.number,
    sPhoneTelHref: record.tel,
    sAccessCode: record.code,
    iExipreTime: seconds,
    iExpireTime: seconds,
    total: record.total,
  };
  service.plugin.publish("restored", restored);
  deferred.resolve(restored);
}

export async function cancel({ server }: Service, { deferred }: CommandEvent): Promise<void> {
  await prepareRecord();
  const { id, token } = readRecord() ?? {};
  forget();
  if (id)
    await fetch(`${server}/v1/call-requests/${id}`, {
      method: "DELETE",
      headers: { Authorization: "Bearer " + token },
      keepalive: true,
    }).catch(() => {});
  deferred.resolve();
}
