/** The App plugin: reads the page's configuration, starts everything once, keeps theme, language and layout. */

import { NOT_LOADED } from "../bus/loading";
import type { CommandEvent, GlobalBus, Options, Plugin, QuickBus } from "../bus/types";
import { loadJQuery as loadFrom } from "../jquery/load";
import { createPart } from "../kit/part";
import { isUnwanted, partsFolder, readConfiguration, server } from "./host";
import { registerLanguage } from "./language";
import type { LatePart, Scope } from "./late";
import { createCheck, MAIN_TYPES } from "./options";
import { followPage, isMobile } from "./page";
import type { Configuration, Environment, Extension, LanguagePack } from "./types";

declare const WARMCALL_VERSION: string;

const LATE =
  "reTheme themeDemo registerAutoLoad deregisterAutoLoad registerExtension registerPlugin updateAJAXHeader removeAJAXHeader about info credits debug";
const AUTO_LOAD_KEY = "warmcall.autoload";

const loadLate = createPart<LatePart>("app.js");
const loadJQuery = () => loadFrom(partsFolder);
const isObject = (value: unknown): value is Options => !!value && typeof value == "object";

export interface App {
  environment: Environment;
  /** Starts when the page has said how; the second time it does nothing. */
  start(): void;
  /** Whether it has started, and the page's configuration still is what it started with. */
  isCurrent(): boolean;
}

/**
 * Registers App.
 *
 * @param bus The page's bus.
 * @param given What `Warmcall.mount` was given.
 * @param signal Ends all that lasts.
 * @param loadPlugins Registers the plugins that come with the script; called once App is ready.
 */
export function registerApp(bus: GlobalBus, given: Options, signal: AbortSignal, loadPlugins: () => void): App {
  const app = bus.registerPlugin("App") as Plugin;
  const report: Environment["report"] = (message, error) =>
    error ? console.error("Warmcall:", message, error) : console.warn("Warmcall:", message);
  const check = createCheck(report);
  const language = registerLanguage(app, bus);
  const taken = new Set<string>();
  const themes: Record<string, string> = { dark: "cx-theme-dark", light: "cx-theme-light" };
  const atStart: (() => void)[] = [];
  const autoLoad = new Set<string>();
  let configuration = {} as Configuration;
  let started = false;

  /** A fault of the page's own code is reported and harms nobody else. */
  const guard = (what: string, run: () => unknown) => {
    try {
      run();
    } catch (error) {
      report(what, error);
      throw error;
    }
  };
  const attempt = (what: string, run: () => unknown) => {
    try {
      guard(what, run);
    } catch {
      // Reported.
    }
  };

  const setTheme = (name: string) => {
    app.data("theme", themes[name]);
    app.republish("theme", { theme: themes[name] });
  };

  /** Of what a page wants sent along, only what tells who it is. */
  const setHeader = (header: Options) => {
    const kept: Options = {};
    for (const name of ["Authorization", "apikey"]) if (name in header) kept[name] = header[name];
    app.data("requestHeader", kept);
    app.republish("requestHeaderUpdated", kept);
  };

  const lend: Scope["lend"] = async (count) => {
    const common = count > 2 && bus.loadPlugin("Common").then(null, () => {});
    const $ = (window as any).jQuery ?? (count ? await loadJQuery().catch(() => {}) : undefined);
    await common;
    return [$, bus, configuration.common];
  };

  const callExtension = async (name: string, extension: Extension, ...helpers: unknown[]): Promise<unknown> => {
    taken.add(name);
    if (typeof extension == "string")
      return bus.loadFile(extension).fail((reason) => report(`extension ${name}: ${reason}`));
    const lent = await lend(extension.length);
    return guard(`extension ${name}`, () => extension(...lent, ...helpers));
  };

  const begin = (main: Options) => {
    if (isObject(main.i18n)) language.add(main.i18n as LanguagePack);
    language.set(main.lang ?? "en", (reason) => {
      if (reason) report(`${reason}: ${main.lang}`);
      go(main).catch((error) => report("start-up", error));
    });
  };

  const readAutoLoad = () => {
    try {
      for (const name of JSON.parse(sessionStorage[AUTO_LOAD_KEY] ?? "[]")) autoLoad.add(name);
    } catch {
      // Storage is forbidden, or somebody else's.
    }
  };

  const go = async (main: Options) => {
    const sheet = document.getElementById(main.customStylesheetID?.replace("#", ""));
    if (sheet) document.body.append(sheet);
    app.republish("timeFormat", { timeFormat: +(main.timeFormat ?? 12) });
    const { extensions = {} } = configuration;
    const counts = Object.values(extensions).map((extension) => typeof extension == "function" ? extension.length : 0);
    // An extension may take the name of any plugin and stand before any command, so that nothing starts before each was
    // called, in the page's order. What they name is loaded all at once, and nothing without need.
    await lend(/\bcommon\b/i.test(`${configuration.onReady} ${main.preload}`) ? 3 : Math.max(0, ...counts));
    for (const name in extensions)
      if (typeof extensions[name] == "function" && !signal.aborted)
        await callExtension(name, extensions[name]!).catch(() => {});
    if (signal.aborted) return;
    started = true;
    app.republish("ready", configuration);
    app.data("ready", true);
    if (configuration.onReady) attempt("onReady", () => configuration.onReady!(configuration.bus));
    loadPlugins();
    for (const run of atStart) attempt("start-up", run);
    for (const name of ["sidebar", "console"]) if (configuration[name]) bus.loadPlugin(name);
    for (const name in extensions) if (typeof extensions[name] == "string") callExtension(name, extensions[name]).catch(() => {});
    const timer = setTimeout(() => {
      for (const name of new Set([...(main.preload ?? []), ...autoLoad])) bus.loadPlugin(name);
    }, main.pluginLoadDelay ?? 100);
    signal.addEventListener("abort", () => clearTimeout(timer));
  };

  /** Common has to be loaded before it is used; who did not know may find it there the next time. */
  const miss = (name: string | symbol) => {
    if (typeof name != "string" || /^(then|toJSON)$/.test(name)) return;
    report(`common.${name} is not there before CXBus.loadPlugin("Common") has resolved`);
    bus.loadPlugin("Common");
  };

  const start = () => {
    if (configuration.bus || isUnwanted()) return;
    const [read, restore] = readConfiguration(given);
    configuration = read;
    signal.addEventListener("abort", restore);
    const quickBus = bus.registerPlugin("QuickBus") as Plugin;
    configuration.bus = { ...quickBus, registerPlugin: bus.registerPlugin } as QuickBus;
    configuration.common ??= new Proxy({} as Options, { get: (known, name) => (name in known ? known[name as string] : miss(name)) });
    const main = check("main", MAIN_TYPES, configuration.main);
    if (main.debug) bus.configure({ debug: true });
    Object.assign(themes, main.themes);
    setTheme(themes[main.theme] ? main.theme : "dark");
    const { transitions = true, mockData = false, deploymentID, cookieOptions, timeFormat = 12 } = main;
    const mobileMode = isMobile(main);
    const ID = Math.random().toString(36).slice(2);
    const values: Options = { transitions, mockData, deploymentID, cookieOptions, timeFormat, mobileMode, ID };
    for (const name in values) app.data(name, values[name]);
    setHeader(main.header ?? {});
    // What asks the browser's other processes comes after the script's own turn, which the page waits for.
    queueMicrotask(() => {
      if (signal.aborted) return;
      followPage(app, main, mobileMode, signal);
      readAutoLoad();
    });
    if (typeof main.i18n != "string") return begin(main);
    fetch(main.i18n)
      .then((response) => response.json())
      .then(language.add)
      .catch((error) => report("main.i18n could not be loaded", error))
      .then(() => attempt("start-up", () => begin(main)));
  };

  const configurable: Environment["configurable"] = (plugin, namespace, types, apply) => {
    let configured = false;
    plugin.registerCommand("configure", ({ data, deferred }) => {
      if (!Object.keys(data).length) return deferred.reject("Invalid configuration.");
      if (configured) return deferred.reject("Already configured");
      configured = true;
      apply(check(namespace, types, data));
      deferred.resolve();
    });
    const run = () => {
      const options = configuration[namespace];
      const ready = () => {
        plugin.ready();
        plugin.republish("ready");
      };
      if (isObject(options) && Object.keys(options).length)
        plugin.command("configure", options).always(ready);
      else {
        apply({});
        ready();
      }
    };
    // A plugin that is loaded later is configured at once.
    if (app.data("ready")) run();
    else atStart.push(run);
  };

  const scope = (): Scope => ({
    app,
    bus,
    configuration,
    report,
    themes,
    setTheme,
    setHeader,
    taken,
    callExtension,
    lend,
    autoLoad,
    autoLoadKey: AUTO_LOAD_KEY,
    version: WARMCALL_VERSION,
    signal,
  });

  const commands: Record<string, (event: CommandEvent) => unknown> = {
    setTheme({ data: { theme }, deferred }) {
      if (!Object.hasOwn(themes, theme)) return deferred.reject("Invalid theme specified");
      setTheme(theme);
      deferred.resolve(theme);
    },
    getTheme({ deferred }) {
      deferred.resolve(app.data("theme"));
    },
    closeAll({ deferred }) {
      app.publish("closeAll");
      deferred.resolve();
    },
  };
  for (const name of LATE.split(" "))
    commands[name] = (event) => {
      const isEarly = !started;
      return loadLate().then(
        (part) => part[name]!(scope(), event, isEarly),
        () => event.deferred.reject(NOT_LOADED),
      );
    };
  for (const name in commands) app.registerCommand(name, commands[name]!);
  app.registerEvents(
    "ready theme i18n language timeFormat requestHeaderUpdated mobileMode zoom closeAll focus blur".split(" "),
  );
  app.ready();

  return {
    environment: {
      server,
      get configuration() {
        return configuration;
      },
      configurable,
      report,
      loadJQuery,
      signal,
    },
    start: () => attempt("start-up", start),
    isCurrent: () => !configuration.bus || (window as any)._genesys?.widgets?.bus == configuration.bus,
  };
}
