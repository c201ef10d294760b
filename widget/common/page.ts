/** What kind of page and browser this is, and what is asked of servers. */

import type { Options } from "../bus/types";
import { bus, environment, whenEnded } from "../siblings";

const BROWSERS: [name: string, sign: RegExp][] = [
  ["Edge", /Edg\/([\d.]+)/],
  ["Opera", /OPR\/([\d.]+)/],
  ["Firefox", /Firefox\/([\d.]+)/],
  ["Chrome", /Chrom(?:e|ium)\/([\d.]+)/],
  ["Safari", /Version\/([\d.]+).*Safari/],
];
const SYSTEMS: [name: string, sign: RegExp][] = [
  ["Windows", /Windows/],
  ["iOS", /iPhone|iPad/],
  ["Android", /Android/],
  ["macOS", /Mac OS/],
  ["Linux", /Linux/],
];

const signed = (table: [string, RegExp][]) => {
  for (const [name, sign] of table) {
    const found = sign.exec(navigator.userAgent);
    if (found) return { name, version: found[1] ?? "" };
  }
  return { name: "", version: "" };
};

/** A request as `$.ajax` describes it; with `mock` in test mode, what that gives. */
async function request(options: Options): Promise<unknown> {
  const { url, type = "GET", data, headers, contentType = "application/x-www-form-urlencoded", timeout = 30_000, mock } = options;
  if (mock !== undefined && bus.data("App.mockData")) return typeof mock == "function" ? mock() : mock;
  const isGet = /get/i.test(type);
  const fields = data && typeof data == "object" ? String(new URLSearchParams(data)) : (data ?? "");
  const body = /json/.test(contentType) && typeof data == "object" ? JSON.stringify(data) : fields;
  const response = await fetch(isGet && fields ? url + (/\?/.test(url) ? "&" : "?") + fields : url, {
    method: type,
    headers: { ...(isGet ? {} : { "Content-Type": contentType }), ...bus.data("App.requestHeader"), ...headers },
    signal: AbortSignal.timeout(timeout),
    ...(isGet ? {} : { body }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const page = (): Options => ({
  isMobileDevice: () => /Android|iPhone|iPad|Mobi/.test(navigator.userAgent),
  mobileScreenScale: () => visualViewport?.scale ?? 1,
  getBrowserandOS: () => ({ browser: signed(BROWSERS), os: signed(SYSTEMS) }),
  isFeatureSupported: (name: string) => name in window || name in navigator || name in document.documentElement.style,
  injectScript: (url: string) => bus.loadFile(url),
  /** Calls back when `read` gives something else than before. Returns what ends it. */
  watch(read: () => unknown, changed: (value: unknown, last: unknown) => void, interval_ms = 250) {
    let last = read();
    const timer = setInterval(() => {
      const value = read();
      if (value === last) return;
      const before = last;
      changed((last = value), before);
    }, interval_ms);
    const stop = () => clearInterval(timer);
    whenEnded(stop);
    return stop;
  },
  request(options: Options) {
    const asked = request(options);
    asked.catch((error) => environment.report(`request to ${options.url}`, error));
    return asked;
  },
});
