/** Plain values: paths in objects, texts, times, sizes, cookies, and settling of commands. */

import type { CommandEvent, Options } from "../bus/types";
import { environment, locale } from "../siblings";

const PREFIX = "_genesys.widgets.";
const LINK = /\bhttps?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)]/g;

const escapeHtml = (text: unknown): string => String(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

const cookieName = (name: string): string => {
  const { deploymentID } = environment.configuration.main ?? {};
  return encodeURIComponent((deploymentID ? deploymentID + "." : "") + (name.startsWith(PREFIX) ? name : PREFIX + name));
};

function setCookie(name: string, value: unknown, given: Options = {}): void {
  const options: Options = { path: "/", sameSite: "strict", ...(environment.configuration.main as Options)?.cookieOptions, ...given };
  const parts = Object.entries(options).map(([key, said]) => (said === true ? key : said === false ? "" : `${key}=${said}`));
  document.cookie = [`${cookieName(name)}=${encodeURIComponent(String(value))}`, ...parts].filter(Boolean).join("; ");
}

const line = (kind: "log" | "debug" | "error") => (...words: unknown[]) => console[kind]("Warmcall:", ...words);

export const values = (): Options => ({
  config: environment.configuration,
  data: { product: "Warmcall", version: (window as any).Warmcall?.version, copyright: "Warmcall contributors" },
  log: line("log"),
  debug: line("debug"),
  error: line("error"),
  checkPath: (from: any, path: string) =>
    path.split(".").reduce((at, name) => (at == null ? undefined : at[name]), from) ?? false,
  createPath(from: any, path: string, value?: unknown) {
    const names = path.split(".");
    const last = names.pop()!;
    const at = names.reduce((inner, name) => (inner[name] ??= {}), from);
    return (at[last] = value ?? at[last] ?? {});
  },
  /** Copies those that both have and that are of the same type. */
  mapProperties(from: Options = {}, to: Options = {}) {
    for (const name in to) if (name in from && typeof from[name] == typeof to[name]) to[name] = from[name];
    return to;
  },
  setCookie,
  getCookie(name: string) {
    const found = document.cookie.split("; ").find((one) => one.startsWith(cookieName(name) + "="));
    return found && decodeURIComponent(found.slice(found.indexOf("=") + 1));
  },
  deleteCookie: (name: string, options?: Options) => setCookie(name, "", { ...options, "max-age": 0 }),
  getCookieOptions: () => ({ path: "/", sameSite: "strict", ...(environment.configuration.main as Options)?.cookieOptions }),
  sanitizeHTML: escapeHtml,
  /** Text as markup in which addresses are links. */
  linkify: (text: string) => {
    let at = 0;
    let made = "";
    for (const found of String(text).matchAll(LINK)) {
      const address = escapeHtml(found[0]);
      made += escapeHtml(text.slice(at, found.index)) + `<a href="${address}" target="_blank" rel="noopener">${address}</a>`;
      at = found.index + found[0].length;
    }
    return made + escapeHtml(String(text).slice(at));
  },
  bytesToSize(bytes: number) {
    const step = bytes > 0 ? Math.min(4, Math.floor(Math.log(bytes) / Math.log(1024))) : 0;
    return `${Math.round((bytes / 1024 ** step) * 10) / 10} ${["Bytes", "KB", "MB", "GB", "TB"][step]}`;
  },
  time: () => Date.now(),
  getFormattedTime: (time: number | string | Date = Date.now()) =>
    new Intl.DateTimeFormat(locale(), {
      hour: "numeric",
      minute: "2-digit",
      hour12: environment.configuration.main?.timeFormat != 24,
    }).format(new Date(time)),
  getDateString: (time: number | string | Date = Date.now()) =>
    new Intl.DateTimeFormat(locale(), { dateStyle: "medium" }).format(new Date(time)),
  guid: () =>
    // `crypto.randomUUID` is for secure pages alone.
    "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, () => (crypto.getRandomValues(new Uint8Array(1))[0]! & 15).toString(16)),
  resolve: ({ deferred }: CommandEvent, value?: unknown) => deferred.resolve(value),
  reject: ({ deferred }: CommandEvent, reason?: unknown) => deferred.reject(reason),
});
