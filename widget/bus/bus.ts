/** The bus of a page: plugins, commands, events and data. */

import { createDelivery } from "./delivery";
import { createLoading, type LoadOwn, NOT_LOADED } from "./loading";
import { Deferred } from "./promise";
import type {
  BeforeHook,
  BusEvent,
  BusOptions,
  CommandEvent,
  CommandHandler,
  EventHandler,
  GlobalBus,
  Options,
  Plugin,
  Registry,
} from "./types";

interface PluginRecord {
  plugin?: Plugin;
  ready?: boolean;
  /** Commands of others that came before the plugin was ready. */
  waiting: [Route, CommandEvent][];
  store: Options;
}

/** All that is known of one command name, whether its plugin exists or not. */
interface Route {
  owner: string;
  handler?: CommandHandler;
  hooks: BeforeHook[];
}

/** All that is known of one event. */
interface Topic {
  /** Names of subscribers and their handlers, in order; replaced and never changed, as deliveries hold on to them. */
  subscribers: string[];
  handlers: EventHandler[];
  /** The last republished event. */
  memory?: BusEvent;
}

/** The value under a key, made when it is missing. */
function obtain<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let found = map.get(key);
  if (!found) map.set(key, (found = make()));
  return found;
}

export interface PageBus {
  bus: GlobalBus;
  /** Tells whether a file is being loaded. */
  isLoading(): boolean;
}

/**
 * Makes a bus; a page has one, a test as many as it likes.
 *
 * @param included Plugin files that need no loading: lower-cased name to what registers the plugin.
 * @param loadOwn Loads those of ours that come on demand.
 */
export function createBus(included: Record<string, () => void> = {}, loadOwn?: LoadOwn): PageBus {
  const options: Required<BusOptions> = {
    debug: false,
    async: true,
    log: true,
    logStore: false,
    loadPlugins: true,
    pluginsPath: "",
    pluginFilenameFormat: "plugin.min.js",
    pluginMap: {},
    unlocked: false,
  };
  const registry: Registry = {};
  const plugins = new Map<string, PluginRecord>();
  const routes = new Map<string, Route>();
  // One map for each publisher, so that no name is joined when something is published.
  const topics = new Map<string, Map<string, Topic>>();
  let locked = false;
  let mastered = false;

  const textOf = (error: any): string => error?.message ?? String(error);
  const report = (what: string, error: unknown): any => console.error("CXBus:", what, error);
  const queued = createDelivery();
  const { isLoading, ...loading } = createLoading(options, included, loadOwn);

  const post: typeof queued = (deliver, target, event) =>
    options.async ? queued(deliver, target, event) : deliver(target, event);

  const topicsOf = (publisher: string) => obtain(topics, publisher, () => new Map<string, Topic>());

  const topicOf = (published: Map<string, Topic>, event: string): Topic =>
    obtain(published, event, () => ({ subscribers: [], handlers: [] }));

  /** A name without a dot is nobody's event: publishers have names. */
  const topicAt = (full: string) => {
    const dot = full.indexOf(".");
    return topicOf(topicsOf(full.slice(0, Math.max(dot, 0))), full.slice(dot + 1));
  };

  const routeOf = (command: string): Route =>
    obtain(routes, command, () => ({ owner: command.split(".")[0]!, hooks: [] }));

  const deliverEvent = (handlers: EventHandler[], event: BusEvent) => {
    for (const handler of handlers)
      try {
        handler(event);
      } catch (error) {
        report(event.event, error);
      }
  };

  const deliverCommand = ({ handler }: Route, event: CommandEvent) => {
    if (!handler) return event.deferred.reject("Command does not exist");
    const fail = (error: unknown) => {
      report(event.command, error);
      event.deferred.reject(textOf(error));
    };
    try {
      const result = handler(event);
      if (result instanceof Promise) result.catch(fail);
    } catch (error) {
      fail(error);
    }
  };

  const reject = (deferred: Deferred, reason: string) => deferred.reject(reason);

  const dispatch = (route: Route, event: CommandEvent) => {
    const { deferred, commander } = event;
    const { owner } = route;
    const target = plugins.get(owner);
    if (!target)
      loading
        .loadPlugin(owner)
        .done(() => (plugins.has(owner) ? dispatch(route, event) : deferred.reject(NOT_LOADED)))
        .fail(deferred.reject);
    else if (target.ready || commander == owner) post(deliverCommand, route, event);
    else target.waiting.push([route, event]);
  };

  const registerPlugin = (name: string): Plugin | false => {
    if (typeof name != "string" || plugins.has(name) || locked) {
      console.warn("CXBus: not registered (taken, locked or no string):", name);
      return false;
    }
    const published = topicsOf(name);
    const store: Options = Object.create(null);
    const record: PluginRecord = { waiting: [], store };
    const known = (registry[name] = { events: [] as string[], commands: [] as string[] });
    plugins.set(name, record);

    const log = (...line: unknown[]) => options.log && console.log("CXBus:", name, ...line);

    const send = (topic: Topic | undefined, event: string, data: unknown = {}): BusEvent => {
      const envelope = { time: Date.now(), publisher: name, event: name + "." + event, data };
      if (topic?.handlers.length) post(deliverEvent, topic.handlers, envelope);
      return envelope;
    };

    const publish = (event: string, data?: unknown): true => {
      if (options.debug) log(event, data);
      const topic = published.get(event);
      if (topic) send(topic, event, data);
      return true;
    };

    const registerCommand = (command: string, handler: CommandHandler): true => {
      // `A.b.c` finds no handler, whoever registers `b.c`.
      if (!command.includes(".")) routeOf(name + "." + command).handler = handler;
      if (!known.commands.includes(command)) known.commands.push(command);
      return true;
    };

    const plugin: Plugin = (record.plugin = {
      publish,
      publishDirect: (event, data) => !published.get(event)?.handlers.length || publish(event, data),
      republish(event, data) {
        const topic = topicOf(published, event);
        topic.memory = send(topic, event, data);
        return true;
      },
      subscribe(event, handler) {
        if (typeof handler != "function") return false;
        const topic = topicAt(event);
        topic.subscribers = [...topic.subscribers, name];
        topic.handlers = [...topic.handlers, handler];
        if (topic.memory) post(deliverEvent, [handler], topic.memory);
        return event;
      },
      unsubscribe(event) {
        const topic = topicAt(event);
        const { subscribers, handlers } = topic;
        topic.handlers = handlers.filter((_, i) => subscribers[i] != name);
        topic.subscribers = subscribers.filter((subscriber) => subscriber != name);
        return !!(subscribers.length || topic.memory);
      },
      command(command, data = {}) {
        const deferred = new Deferred();
        // A name that is no string is a command that does not exist, and no error of the page.
        if (!`${command}`.includes(".")) command = name + "." + command;
        const route = routeOf(command);
        if (options.debug) {
          log(command, data);
          deferred.fail((reason: unknown) => log(`Error (${command}): ${reason}`));
        }
        for (const hook of route.hooks) {
          let reason = "Command was cancelled by a 'before' function.";
          try {
            data = hook(data) as Options;
          } catch (error) {
            reason = textOf(error);
            data = report(command, error);
          }
          if (!data || typeof data != "object") {
            post(reject, deferred, reason);
            return deferred.promise();
          }
        }
        dispatch(route, { time: Date.now(), commander: name, command, deferred, data });
        return deferred.promise();
      },
      before(command, hook) {
        routeOf(command).hooks.push(hook);
        return true;
      },
      registerCommand,
      registerEvents(events) {
        known.events.push(...[events].flat());
      },
      namespace: () => name,
      subscribers() {
        const found: Record<string, string[]> = {};
        for (const [event, { subscribers }] of published) if (subscribers[0]) found[name + "." + event] = subscribers;
        return found;
      },
      data(key, value) {
        if (key === undefined) return store;
        const last = store[key];
        if (value === undefined || value === null) {
          const dot = key.indexOf(".");
          return last ?? plugins.get(key.slice(0, Math.max(dot, 0)))?.store[key.slice(dot + 1)];
        }
        store[key] = value;
        if (last !== value) {
          const change = { last, value, time: Date.now() };
          publish("data", store);
          publish("data." + key, change);
          publish(`data.${key}:` + (typeof value == "string" ? `'${value}'` : value), change);
        }
        return value;
      },
      registry: () => registry,
      ready() {
        record.ready = true;
        for (const [route, event] of record.waiting.splice(0)) post(deliverCommand, route, event);
      },
    });
    registerCommand("COMMANDS", ({ deferred }) => deferred.resolve(console.log(name, known.commands)));
    registerCommand("EVENTS", ({ deferred }) => deferred.resolve(console.log(name, known.events)));
    registerCommand("LOAD", ({ deferred }) => deferred.resolve());
    return plugin;
  };

  const configure = (given: BusOptions) => {
    for (const key in options)
      if (typeof (given as Options)?.[key] == typeof (options as Options)[key])
        (options as Options)[key] = (given as Options)[key];
    if (options.unlocked) bus.getPluginInterface = (name) => plugins.get(name)?.plugin ?? false;
    else delete bus.getPluginInterface;
  };

  const { command, subscribe, data } = registerPlugin("CXBus") as Plugin;
  const bus: GlobalBus = {
    registerPlugin,
    registerMaster() {
      if (mastered) return;
      mastered = true;
      return {
        lock() {
          locked = true;
        },
        unlock() {
          locked = false;
        },
        config: configure,
      };
    },
    configure,
    ...loading,
    command,
    subscribe,
    data,
  };
  return { bus, isLoading };
}
