/** The App plugin: reads the page's configuration, starts everything once, keeps theme and language. */

import type { CommandEvent, GlobalBus, Options, Plugin, QuickBus } from "../bus/types";
import { readConfiguration, server } from "./host";
import { registerLanguage } from "./language";
import { createCheck } from "./options";
import type { Configuration, Environment, Extension, LanguagePack, OptionTypes } from "./types";

const MAIN: OptionTypes = {
  theme: "string",
  themes: "object",
  lang: "string",
  i18n: "string object",
  mobileMode: "string boolean",
  mobileModeBreakpoint: "number",
  timeFormat: "number string",
  header: "object",
  transitions: "boolean",
  debug: "boolean",
  deploymentID: "string",
  preload: "array",
};

const isObject = (value: unknown): value is Options => !!value && typeof value == "object";

export interface App {
  environment: Environment;
  /** Starts when the page has said how; the second time it does nothing. */
  start(): void;
}

/**
 * Registers App.
 *
 * @param bus The page's bus.
 * @param loadPlugins Registers the plugins that come with the script; called once App is ready.
 */
export function registerApp(bus: GlobalBus, loadPlugins: () => void): App {
  const app = bus.registerPlugin("App") as Plugin;
  const report: Environment["report"] = (message, error) =>
    error ? console.error("Warmcall:", message, error) : console.warn("Warmcall:", message);
  const check = createCheck(report);
  const language = registerLanguage(app);
  const taken = new Set<string>();
  const themes: Record<string, string> = { dark: "cx-theme-dark", light: "cx-theme-light" };
  const atStart: (() => void)[] = [];
  let configuration = {} as Configuration;
  let started = false;

  /** A fault of the page's own code is reported and harms nobody else. */
  const guard = (what: string, run: () => unknown) => {
    try {
      run();
    } catch (error) {
      report(what, error);
    }
  };

  const setTheme = (name: string) => {
    app.data("theme", themes[name]);
    app.republish("theme", { theme: themes[name] });
  };

  const callExtension = (name: string, extension: Extension) => {
    taken.add(name);
    if (typeof extension == "function")
      guard(`extension ${name}`, () => extension((window as any).jQuery, bus, configuration.common));
    else return bus.loadFile(extension).fail((reason) => report(`extension ${name}: ${reason}`));
  };

  const callExtensions = (kind: string) => {
    for (const [name, extension] of Object.entries(configuration.extensions ?? {}))
      if (typeof extension == kind) callExtension(name, extension);
  };

  const isMobile = ({ mobileMode = "auto", mobileModeBreakpoint: px = 600 }: Options) =>
    mobileMode == "auto"
      ? /Android|iPhone|iPad|Mobi/.test(navigator.userAgent) &&
        matchMedia(`(max-width:${px}px),(max-height:${px}px)`).matches
      : mobileMode;

  const begin = (main: Options) => {
    if (isObject(main.i18n)) language.add(main.i18n as LanguagePack);
    language.set(main.lang ?? "en", (reason) => {
      if (reason) report(`${reason}: ${main.lang}`);
      guard("start-up", () => go(main));
    });
  };

  const go = (main: Options) => {
    app.republish("timeFormat", { timeFormat: +(main.timeFormat ?? 12) });
    callExtensions("function");
    started = true;
    app.republish("ready", configuration);
    app.data("ready", true);
    if (configuration.onReady) guard("onReady", () => configuration.onReady!(configuration.bus));
    loadPlugins();
    for (const run of atStart) guard("start-up", run);
    callExtensions("string");
    for (const name of main.preload ?? []) bus.loadPlugin(name);
  };

  const start = () => {
    if (configuration.bus) return;
    configuration = readConfiguration();
    const quickBus = bus.registerPlugin("QuickBus") as Plugin;
    configuration.bus = { ...quickBus, registerPlugin: bus.registerPlugin } as QuickBus;
    configuration.common ??= {};
    const main = check("main", MAIN, configuration.main);
    if (main.debug) bus.configure({ debug: true });
    Object.assign(themes, main.themes);
    setTheme(themes[main.theme] ? main.theme : "dark");
    const { transitions = true, header, deploymentID, timeFormat = 12 } = main;
    const mobileMode = isMobile(main);
    const values: Options = { transitions, requestHeader: header, deploymentID, timeFormat, mobileMode };
    for (const name in values) app.data(name, values[name]);
    if (mobileMode) app.republish("mobileMode");
    if (typeof main.i18n != "string") return begin(main);
    fetch(main.i18n)
      .then((response) => response.json())
      .then(language.add)
      .catch((error) => report("main.i18n could not be loaded", error))
      .then(() => guard("start-up", () => begin(main)));
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
    atStart.push(() => {
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
    });
  };

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
    registerExtension({ data: { name, extension }, deferred }) {
      if (!started)
        deferred.reject("You must wait until 'App.ready' is published before registering new Extensions.");
      else if (typeof name != "string" || !/function|string/.test(typeof extension))
        deferred.reject("The options 'name' must be a string and 'extension' must be a function or a URL.");
      else if (taken.has(name))
        deferred.reject(`The Extension name: '${name}', is already taken. Please use another name.`);
      else {
        const loading = callExtension(name, extension);
        if (loading) loading.done(deferred.resolve).fail(deferred.reject);
        else deferred.resolve();
      }
    },
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
    },
    start: () => guard("start-up", start),
  };
}
