/** What the page configures, and what the App lends to the plugins. */

import type { GlobalBus, Options, Plugin, QuickBus } from "../bus/types";

/** Languages, then namespaces, then keys: `{en: {clicktocall: {Title: "…"}}}`. */
export type LanguagePack = Record<string, Record<string, Record<string, string>>>;

/** A page's own plugin: a function, or the URL of a script that is loaded last. */
export type Extension =
  | string
  | ((jquery: any, bus: GlobalBus, common: Options, ...helpers: unknown[]) => void);

/** `window._genesys.widgets` after the merge: what the page wrote, in the object the page wrote it. */
export interface Configuration {
  main: Options;
  clicktocall?: Options;
  extensions?: Record<string, Extension>;
  onReady?: (bus: QuickBus) => void;
  bus: QuickBus;
  common: Options;
  [namespace: string]: unknown;
}

/** Option name to what it may be, joined: types (`string number boolean object array function`) and values (`auto`). */
export type OptionTypes = Record<string, string>;

/** What each plugin is given besides the bus. */
export interface Environment {
  /** Where the script came from (or its `data-server`), without a final slash: the base of Warmcall's API. */
  readonly server: string;
  /** The merged page configuration, complete from the moment the plugins are registered. */
  readonly configuration: Configuration;
  /**
   * Registers the plugin's `configure` command and has App call it once with `configuration[namespace]`.
   *
   * Values of a wrong type and unknown names are reported to the console and left out. `apply` gets the rest; with
   * nothing configured it gets `{}`. Then the plugin is made ready and its `ready` republished: a plugin does
   * neither itself. The command rejects `Invalid configuration.` without options and `Already configured` the
   * second time.
   */
  configurable(plugin: Plugin, namespace: string, types: OptionTypes, apply: (options: Options) => void): void;
  /** Reports a fault to the console, never to the page: it must not throw. */
  report(message: string, error?: unknown): void;
  /** The `$` that validators and extensions are handed: the page's own jQuery, else the built-in subset. */
  loadJQuery(): Promise<unknown>;
  /** Aborted when the widget is taken out of the page: then no listener, timer or node may stay. */
  readonly signal: AbortSignal;
}
