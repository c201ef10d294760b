/** The part with commands of App that few pages use. */

import type { CommandEvent, GlobalBus, Options, Plugin } from "../bus/types";
import { type Kit, storedRecord, take } from "../kit/kit";
import type { Configuration, Environment, Extension } from "./types";

/** What App shares with its rarer commands. */
export interface Scope {
  app: Plugin;
  bus: GlobalBus;
  configuration: Configuration;
  report: Environment["report"];
  /** Theme names to CSS classes. */
  themes: Record<string, string>;
  setTheme(name: string): void;
  setHeader(header: Options): void;
  /** Names of extensions that have been called. */
  taken: Set<string>;
  callExtension(name: string, extension: Extension, ...helpers: unknown[]): Promise<unknown>;
  /** jQuery, the bus and Common, of which as many as are named are loaded. */
  lend(count: number): Promise<[jquery: any, bus: GlobalBus, common: Options]>;
  /** Plugins to load on the next page too, and the key they are kept under. */
  autoLoad: Set<string>;
  autoLoadKey: string;
  version: string;
  signal: AbortSignal;
}

type Late = (scope: Scope, event: CommandEvent, isEarly: boolean) => unknown;

const THEME_DEMO_DELAY_MS = 2000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const cookies = {
  get: (name: string): string | undefined => {
    const found = document.cookie.split("; ").find((cookie) => cookie.startsWith(name + "="));
    return found && decodeURIComponent(found.slice(name.length + 1));
  },
  set(name: string, value: unknown, options: Options = {}): void {
    const parts = [`${name}=${encodeURIComponent(String(value))}`, "path=/"];
    for (const option in options) parts.push(options[option] === true ? option : `${option}=${options[option]}`);
    document.cookie = parts.join(";");
  },
  remove: (name: string): void => cookies.set(name, "", { "max-age": 0 }),
};

const addresses = {
  parse: (address: string): URL => new URL(address, document.baseURI),
  parameters: (address: string = location.href): Options =>
    Object.fromEntries(new URL(address, document.baseURI).searchParams),
};

const show =
  (about: (scope: Scope) => unknown[]): Late =>
  (scope, { deferred }) => {
    console.log("Warmcall", scope.version, ...about(scope));
    deferred.resolve();
  };

const autoLoad =
  (change: "add" | "delete"): Late =>
  ({ autoLoad, autoLoadKey }, { data: { name }, commander, deferred }) => {
    autoLoad[change](String(name ?? commander));
    // Nothing is stored before a visitor has asked for a number.
    if (storedRecord()) sessionStorage[autoLoadKey] = JSON.stringify([...autoLoad]);
    deferred.resolve();
  };

const late: Record<string, Late> = {
  async reTheme({ app, themes, lend }, { data: { html }, commander, deferred }) {
    const element = html?.jquery ? html[0] : html;
    if (!element?.classList) return deferred.reject(`No HTML provided by ${commander}`);
    const [$] = await lend(1);
    element.classList.remove(...Object.values(themes).flatMap((name) => name.split(" ")));
    element.classList.add(...String(app.data("theme")).split(" "));
    deferred.resolve($ ? $(element) : html);
  },
  async themeDemo({ app, themes, setTheme, signal }, { data: { delay = THEME_DEMO_DELAY_MS }, deferred }) {
    const before = app.data("theme");
    const names = Object.keys(themes);
    for (const name of [...names, names.find((name) => themes[name] == before)!]) {
      if (signal.aborted) break;
      setTheme(name);
      await pause(+delay);
    }
    deferred.resolve();
  },
  registerAutoLoad: autoLoad("add"),
  deregisterAutoLoad: autoLoad("delete"),
  async registerExtension({ taken, callExtension }, { data: { name, extension }, deferred }, isEarly) {
    if (isEarly)
      return deferred.reject("You must wait until 'App.ready' is published before registering new Extensions.");
    if (typeof name != "string" || !/function|string/.test(typeof extension))
      return deferred.reject("The options 'name' must be a string and 'extension' must be a function or a URL.");
    if (taken.has(name))
      return deferred.reject(`The Extension name: '${name}', is already taken. Please use another name.`);
    await callExtension(name, extension, cookies, addresses).then(deferred.resolve, deferred.reject);
  },
  async registerPlugin({ lend }, { data: { plugin }, deferred }) {
    if (typeof plugin != "function") return deferred.reject("The option 'plugin' must be a function.");
    plugin(...(await lend(plugin.length)));
    deferred.resolve();
  },
  updateAJAXHeader({ setHeader }, event) {
    const { header } = event.data;
    if (!header || typeof header != "object") return event.deferred.reject("No request header found.");
    setHeader(header);
    event.deferred.resolve(event);
  },
  removeAJAXHeader({ setHeader }, { deferred }) {
    setHeader({});
    deferred.resolve();
  },
  about: show(() => ["Click-to-call, open and self-hosted. Apache-2.0."]),
  info: show(({ app }) => [app.registry()]),
  credits: show(() => ["QR codes by uqr (MIT)."]),
  debug: show(({ app, configuration }) => [configuration, app.data()]),
};

export type LatePart = typeof late;

export function install(kit: Kit): LatePart {
  take(kit);
  return late;
}
