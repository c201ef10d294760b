/** The shapes of the page's bus: what plugins, pages and extensions see of it. */

export type Options = Record<string, any>;

/** What a command handler receives: exactly these five fields. */
export interface CommandEvent<Data = Options> {
  /** When the command was called, in milliseconds since the epoch. */
  time: number;
  /** Name of the plugin that called; `CXBus` or `QuickBus` for the page itself. */
  commander: string;
  /** Full name, `Plugin.command`. */
  command: string;
  /** The handler settles this; what it returns is ignored. */
  deferred: Deferred;
  /** The options, `{}` when none were given. */
  data: Data;
}

/** What an event handler receives. The same `data` object goes to all subscribers. */
export interface BusEvent<Data = any> {
  /** When the event was published, in milliseconds since the epoch. */
  time: number;
  publisher: string;
  /** Full name, `Plugin.event`. */
  event: string;
  /** `{}` when the publisher gave none. */
  data: Data;
}

export type CommandHandler = (event: CommandEvent) => unknown;
export type EventHandler = (event: BusEvent) => unknown;
/** Gets the options of a command; an object it returns replaces them, anything else cancels the command. */
export type BeforeHook = (options: Options) => unknown;
export type Callback = (value?: any) => unknown;
export type Callbacks = Callback | Callback[] | null | undefined;
export type State = "pending" | "resolved" | "rejected";

/** What `command` returns. Callbacks run at the moment of settling, or at once when settled already. */
export interface CommandPromise {
  done(...callbacks: Callbacks[]): this;
  fail(...callbacks: Callbacks[]): this;
  always(...callbacks: Callbacks[]): this;
  progress(...callbacks: Callbacks[]): this;
  /** A real promise, so a rejection that nobody handles is reported by the browser. */
  then<A = any, B = never>(
    onDone?: ((value: any) => A | PromiseLike<A>) | null,
    onFail?: ((reason: any) => B | PromiseLike<B>) | null,
    onProgress?: Callbacks,
  ): Promise<A | B>;
  pipe: CommandPromise["then"];
  promise(): CommandPromise;
  state(): State;
  isResolved(): boolean;
  isRejected(): boolean;
  /** Prints state and value to the console. */
  debug(): this;
}

/** The settling side, whose three functions work without `this`. Settling twice is ignored. */
export interface Deferred extends CommandPromise {
  resolve(value?: unknown): void;
  reject(reason?: unknown): void;
  /** Calls the `progress` callbacks while pending. */
  notify(value?: unknown): void;
}

/** What a plugin gets from `registerPlugin`; each method works without `this`. */
export interface Plugin {
  publish(name: string, data?: unknown): true;
  /** As `publish`, for frequent ticks: it is not logged when nobody listens. */
  publishDirect(name: string, data?: unknown): true;
  /** Publishes, and later subscribers get the last republished data at once. */
  republish(name: string, data?: unknown): true;
  /** Returns the event's name, or `false` without a function. */
  subscribe(fullEventName: string, handler: EventHandler): string | false;
  /** Removes all handlers of this plugin for the event; `false` if nobody ever subscribed to or republished it. */
  unsubscribe(fullEventName: string): boolean;
  command(name: string, options?: Options): CommandPromise;
  before(fullCommandName: string, hook: BeforeHook): true;
  registerCommand(name: string, handler: CommandHandler): true;
  registerEvents(names: string | string[]): void;
  namespace(): string;
  /** Event names of this plugin with the names of their subscribers. */
  subscribers(): Record<string, string[]>;
  /** `data(k, v)` stores and publishes; `data(k)`, `data("Other.k")` and `data()` read. */
  data(name?: string, value?: unknown): any;
  registry(): Registry;
  /** Marks the plugin ready and runs the commands that were waiting for it. */
  ready(): void;
}

export type Registry = Record<string, { events: string[]; commands: string[] }>;

export interface BusOptions {
  debug?: boolean;
  async?: boolean;
  log?: boolean;
  logStore?: boolean;
  loadPlugins?: boolean;
  pluginsPath?: string;
  pluginFilenameFormat?: string;
  pluginMap?: Record<string, string | false>;
  unlocked?: boolean;
}

export interface Master {
  lock(): void;
  unlock(): void;
  config(options: BusOptions): void;
}

/** `window.CXBus`. */
export interface GlobalBus {
  /** A plugin interface, or `false` when the name is no string, is taken, or registration is locked. */
  registerPlugin(name: string): Plugin | false;
  registerMaster(): Master | undefined;
  configure(options: BusOptions): void;
  loadPlugin(name: string): CommandPromise;
  loadFile(url: string): CommandPromise;
  loadModule(name: string): CommandPromise;
  registerModule(name: string, value: unknown): boolean;
  command: Plugin["command"];
  subscribe: Plugin["subscribe"];
  data: Plugin["data"];
  /** Present only while `configure({unlocked: true})` is in force. */
  getPluginInterface?(name: string): Plugin | false;
}

/** `window._genesys.widgets.bus`: the interface of the plugin `QuickBus`, and `registerPlugin`. */
export interface QuickBus extends Plugin {
  registerPlugin: GlobalBus["registerPlugin"];
}
