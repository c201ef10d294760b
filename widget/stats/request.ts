/** How each version of the server is asked, and what it answers. */

import type { Options } from "../bus/types";

const MODES: Record<string, string> = { v1: "urs2", v2: "ewt2", v3: "mode2" };

/** @returns The address and the headers of the request for these queues. */
export function requestFor(ewt: Options, queues: string[]): [url: string, headers: Record<string, string>] {
  const { dataURL, apikey, apiVersion = "v1", mode = MODES[apiVersion] } = ewt;
  const url = new URL(dataURL, document.baseURI);
  const names = queues.map(encodeURIComponent).join();
  if (apiVersion == "v2") url.pathname = url.pathname.replace(/\/?$/, "/" + encodeURIComponent(mode));
  const query = {
    v1: `name=${names}&aqt=${mode}`,
    v2: `vq=${names}`,
    v3: `virtual-queues=${names}&mode=${mode}`,
  }[apiVersion as "v1"];
  url.search += (url.search ? "&" : "?") + query;
  const header = apiVersion == "v3" ? "x-api-key" : "apikey";
  return [url.href, apikey ? { [header]: String(apikey) } : {}];
}

/** The seconds of one queue, wherever a server puts them. */
function secondsOf(answer: any, queue: string): number {
  const entry = Array.isArray(answer?.data)
    ? answer.data.find((one: Options) => [one.virtualQueue, one.vq, one.name].includes(queue))
    : (answer?.data?.[queue] ?? answer?.[queue] ?? answer);
  const seconds = Number(entry?.ewt ?? entry?.estimatedWaitTime ?? (typeof entry == "object" ? undefined : entry));
  if (Number.isNaN(seconds)) throw new Error(`the answer has no wait time for ${queue}`);
  return seconds;
}

/** `{ewt: seconds}` for one queue, `{queue: {ewt: seconds}}` for several. */
export const readAnswer = (answer: unknown, queues: string[]): Options =>
  queues.length == 1
    ? { ewt: secondsOf(answer, queues[0]!) }
    : Object.fromEntries(queues.map((queue) => [queue, { ewt: secondsOf(answer, queue) }]));
