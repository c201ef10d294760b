/** What becomes of a call request, as the server tells it: server-sent events. */

import type { Options } from "../bus/types";

const TYPES = "snapshot call_received code_refused matched connected ended expired cancelled".split(" ");

export const FINAL = /^(ended|expired|cancelled)$/;

const RECONNECT_MS = 3000;

/**
 * Follows a call request until a final state.
 *
 * @param url Its event stream.
 * @param until Milliseconds since the epoch; a lost stream is not opened again after it.
 * @param publish Gets `{status, ...}` of each event; the state on connecting counts as one.
 * @returns Ends it.
 */
export function follow(url: string, until: number, publish: (status: Options) => void): () => void {
  let source: EventSource;
  let timer = 0;

  const stop = () => {
    clearTimeout(timer);
    source.close();
  };

  const connect = () => {
    source = new EventSource(url);
    for (const type of TYPES)
      source.addEventListener(type, ({ data }) => {
        let detail: Options = {};
        try {
          detail = JSON.parse(data);
        } catch {
          // The type says enough.
        }
        const status = type == "snapshot" ? detail.state : type;
        if (FINAL.test(status)) stop();
        publish({ ...detail, status });
      });
    source.onerror = () => {
      // The browser connects again by itself, except after an answer that was no stream.
      if (source.readyState == 2 && Date.now() < until) timer = window.setTimeout(connect, RECONNECT_MS);
    };
  };
  connect();
  return stop;
}
