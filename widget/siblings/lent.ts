/** What the script that is already in the page lends to these parts, and what they do with it. */

import { createCheck } from "../app/options";
import type { Environment, OptionTypes } from "../app/types";
import type { CommandHandler, GlobalBus, Options, Plugin } from "../bus/types";
import { loadJQuery } from "../jquery/load";

export interface Kit {
  bus: GlobalBus;
  environment: Environment;
  /** The CSS class of the theme in force. */
  themeClass(): string;
  /** Runs `dress` whenever the visitor's system changes between light and dark. */
  followSystem(dress: () => void, signal: AbortSignal): void;
}

export let bus: GlobalBus;
export let environment: Environment;
export let themeClass: Kit["themeClass"];
export let followSystem: Kit["followSystem"];

export const take = (kit: Kit) => void ({ bus, environment, themeClass, followSystem } = kit);

/** Where the parts lie, with a final slash. */
export const folder = new URL(".", import.meta.url).href;

let loading: ReturnType<typeof loadJQuery> | undefined;

/** The `$` that page code is handed. Who asks first gets it first: of two imports of one file, either may be the first. */
export const jQuery = () => (loading ??= loadJQuery(folder).finally(() => (loading = undefined)));

/** An element as the set that page code expects, of the page's own jQuery or the built-in subset. */
export const jQueryOf = async (element: unknown): Promise<any> => (await jQuery())(element);

/** Runs when the widget is taken out of the page. */
export const whenEnded = (end: () => void): void =>
  environment.signal.addEventListener("abort", end);

interface Registration {
  name: string;
  events?: string;
  commands: (plugin: Plugin) => Record<string, CommandHandler>;
  /** Where its options stand in the page's configuration, and what they may be. */
  namespace?: string;
  types?: OptionTypes;
  /** Why a configuration is refused. */
  refuse?: (options: Options) => string | false;
  /** Called with the page's options before the plugin is ready, without any with none. */
  apply?: (options: Options) => void;
}

const EMPTY = "Invalid configuration.";

/** Registers a plugin; it is ready once App is, and what the page configured is taken over. */
export function register({ name, events = "ready", commands, namespace = "", types, refuse, apply }: Registration): void {
  const plugin = bus.registerPlugin(name);
  if (!plugin) return;
  const handlers = commands(plugin);
  let configured = false;
  if (apply)
    handlers.configure = ({ data, deferred }) => {
      const reason = refuse ? refuse(data) : !Object.keys(data).length && EMPTY;
      if (reason || configured) return deferred.reject(reason || "Already configured");
      configured = true;
      apply(createCheck(environment.report)(namespace, types ?? {}, data));
      deferred.resolve();
    };
  for (const command in handlers) plugin.registerCommand(command, handlers[command]!);
  plugin.registerEvents(events.split(" "));
  const ready = () => {
    plugin.ready();
    plugin.republish("ready");
  };
  plugin.subscribe("App.ready", ({ data }) => {
    const options = data[namespace];
    if (apply && Object.keys(options ?? {}).length) plugin.command("configure", options).always(ready);
    else {
      apply?.({});
      ready();
    }
  });
}
