/** Runs one shared scenario on the page's own `window.CXBus`. */

import type { CommandEvent, CommandPromise, Deferred, GlobalBus, Master, Options, Plugin } from "../bus/types";
import { expectSame, plain, type Scenario, type Step, text, verbOf } from "./format";

const DEADLINE_MS = 5000;

const bus = (window as any).CXBus as GlobalBus;
const turn = () => new Promise((resolve) => setTimeout(resolve));

class Run {
  private log: any[] = [];
  private faults: string[] = [];
  private readonly plugins = new Map<string, Plugin>();
  private readonly promises = new Map<string, CommandPromise>();
  private readonly kept = new Map<string, Deferred>();
  /** Loads under way, by label; a command counts while its plugin is missing. */
  private readonly loads = new Map<string, () => boolean>();
  private master?: Master;
  private busyHandlers = 0;
  /** The first failure inside a handler, where throwing would only look like the handler's fault. */
  private failure?: unknown;

  constructor(private readonly scenario: Scenario) {
    console.error = (...line: any[]) => this.faults.push(textOfFault(line));
    addEventListener("error", (event) => this.faults.push(`uncaught: ${event.message}`));
    addEventListener("unhandledrejection", (event) => this.faults.push(`unhandled: ${event.reason}`));
  }

  async run(): Promise<void> {
    for (const [index, step] of this.scenario.steps.entries()) {
      try {
        const waiting = this.act(step);
        // Steps run in one go, before anything is delivered, but for those that wait.
        if (waiting instanceof Promise) await waiting;
        if (this.failure) throw this.failure;
      } catch (error) {
        throw new Error(`step ${index + 1} ${JSON.stringify(step)}: ${(error as Error).message}`);
      }
    }
    expectSame("log entries that no step took", this.log, []);
    expectSame("faults that no step took", this.faults, []);
  }

  /** A file of the scenario has been fetched and runs. */
  load(key: string): void {
    this.log.push(["load", key]);
    this.doAll(this.scenario.files?.[key] ?? []);
  }

  private at(step: Step): Plugin {
    if (step.as === undefined) return bus as unknown as Plugin;
    const found = this.plugins.get(step.as);
    if (!found) throw new Error(`no interface of ${step.as}`);
    return found;
  }

  private act(step: Step): unknown {
    const verb = verbOf(step);
    const value = step[verb];
    const act = this.verbs[verb];
    if (!act) throw new Error(`${verb} is not for this place`);
    return act(value, step);
  }

  /** Runs the steps of a file or handler; a failure is kept for the scenario. */
  private doAll(steps: Step[], special: (verb: string, step: Step) => boolean = () => false): void {
    for (const step of steps) {
      try {
        if (!special(verbOf(step), step)) this.act(step);
      } catch (error) {
        if (error instanceof Planned) throw new Error(error.message);
        this.failure ??= error;
        throw error;
      }
    }
  }

  private readonly verbs: Record<string, (value: any, step: Step) => unknown> = {
    plugin: (names) => {
      for (const name of [names].flat()) {
        this.register(name);
        this.plugins.get(name)!.ready();
      }
    },
    register: (name, { expect = true }) => (expect ? this.register(name) : this.refuse(name)),
    ready: (name) => this.at({ as: name }).ready(),
    handle: (full, step) => this.handle(full, step),
    registerEvents: (names, step) => this.at(step).registerEvents(names),
    namespace: (name, step) => expectSame("namespace", this.at(step).namespace(), name),
    registry: (name, { expect }) => expectSame("registry", this.registryOf(name), expect),
    subscribers: (expected, step) => expectSame("subscribers", this.at(step).subscribers(), expected),

    command: (name, step) => this.remember(name, step, this.command(name, step), name),
    loadPlugin: (name, step) => this.remember(name, step, bus.loadPlugin(name)),
    loadFile: (url, step) => this.remember(url, step, bus.loadFile(url)),
    loadModule: (name, step) => this.remember(name, step, bus.loadModule(name)),
    registerModule: (name, { value, expect = true }) =>
      expectSame("registerModule", bus.registerModule(name, value), expect),
    listen: (label, { to }) => this.listen(label, to),
    then: (label) => {
      const note = (kind: string) => (value: any) => void this.log.push([label, kind, plain(value)]);
      void this.promise(label).then(note("then"), note("thenFail"));
    },
    state: (label, { expect }) => expectSame(`state of ${label}`, this.promise(label).state(), expect),
    await: async (label) => {
      const deadline = Date.now() + DEADLINE_MS;
      while (this.promise(label).state() == "pending") await this.pause(deadline, label);
    },
    before: (name, step) => {
      const hook = (options: Options) => this.hook(name, step.do ?? [], options);
      expectSame("before", this.at(step).before(name, hook), true);
    },
    resolve: (value, { kept }) => this.kept.get(kept)!.resolve(value),
    reject: (value, { kept }) => this.kept.get(kept)!.reject(value),
    notify: (value, { kept }) => this.kept.get(kept)!.notify(value),

    subscribe: (name, step) => this.subscribe(name, step),
    subscribeNothing: (name, step) =>
      expectSame("subscribe", this.at(step).subscribe(name, undefined as any), false),
    unsubscribe: (name, step) =>
      expectSame("unsubscribe", this.at(step).unsubscribe(name), step.expect ?? true),
    publish: (name, step) => expectSame("publish", this.at(step).publish(name, ...dataOf(step)), true),
    publishDirect: (name, step) =>
      expectSame("publishDirect", this.at(step).publishDirect(name, ...dataOf(step)), true),
    republish: (name, step) => expectSame("republish", this.at(step).republish(name, ...dataOf(step)), true),

    store: (key, step) => void this.at(step).data(key, step.value),
    read: (key, step) => expectSame(`data ${key}`, this.at(step).data(key ?? undefined), step.expect),

    configure: (options) => bus.configure(options),
    registerMaster: (_, { expect = true }) => {
      const master = bus.registerMaster();
      expectSame("registerMaster", !!master, expect);
      this.master ??= master;
    },
    master: (what) => (typeof what == "string" ? (this.master as any)[what]() : this.master!.config(what)),
    getPluginInterface: (name, { expect }) => {
      const found = bus.getPluginInterface?.(name);
      expectSame("getPluginInterface", !!found, expect);
      if (found) this.plugins.set(name, found);
    },

    settle: () => this.settle(),
    say: (words) => this.log.push(words),
    log: (expected) => expectSame("log", this.log.splice(0), expected),
    logHas: (expected) => this.logHas(expected),
    faults: (expected) => expectSame("faults", this.faults.splice(0), expected),
    throw: (words) => {
      throw new Planned(words);
    },
  };

  private register(name: string): void {
    const plugin = bus.registerPlugin(name);
    if (!plugin) throw new Error(`${name} could not be registered`);
    this.plugins.set(name, plugin);
  }

  private refuse(name: unknown): void {
    const known = this.pluginCount();
    expectSame("registerPlugin", bus.registerPlugin(name as string), false);
    expectSame("number of plugins", this.pluginCount(), known);
  }

  /** Any interface shows the registry; the App's page always has the QuickBus's. */
  private registry() {
    return (window as any)._genesys.widgets.bus.registry();
  }

  private registryOf(name: string) {
    return this.registry()[name] ?? null;
  }

  private pluginCount(): number {
    return Object.keys(this.registry()).length;
  }

  private command(name: string, step: Step): CommandPromise {
    const { command } = this.at(step);
    return "options" in step ? command(name, step.options) : command(name);
  }

  private remember(name: string, step: Step, promise: CommandPromise, command?: string): void {
    const label = step.label ?? name;
    this.promises.set(label, promise);
    this.loads.set(label, () => {
      if (promise.state() != "pending") return false;
      return !command || (command.includes(".") && !this.registryOf(command.split(".")[0]!));
    });
    this.listen(label, step.listen ?? ["done", "fail"]);
  }

  private promise(label: string): CommandPromise {
    const found = this.promises.get(label);
    if (!found) throw new Error(`no command is called ${label}`);
    return found;
  }

  private listen(label: string, to: (string | string[])[]): void {
    let promise: any = this.promise(label);
    const note = (kind: string) => (value: any) => void this.log.push([label, kind, plain(value)]);
    for (const kind of to)
      promise = Array.isArray(kind) ? promise[kind[0]!](kind.map(note)) : promise[kind](note(kind));
  }

  private handle(full: string, step: Step): void {
    const [plugin, name] = [full.slice(0, full.indexOf(".")), full.slice(full.indexOf(".") + 1)];
    const run = (event: CommandEvent) => {
      this.log.push([`${plugin}.${name}`, "ran", plain(event.data)]);
      this.doAll(step.do ?? [], (verb, inner) => this.inHandler(verb, inner, event));
    };
    const asynchronous = async (event: CommandEvent) => {
      this.busyHandlers++;
      try {
        await turn();
        run(event);
      } finally {
        this.busyHandlers--;
      }
    };
    const answer = this.at({ as: plugin }).registerCommand(name, step.async ? asynchronous : run);
    expectSame("registerCommand", answer, true);
  }

  private inHandler(verb: string, step: Step, event: CommandEvent): boolean {
    const settles = ["resolve", "reject", "notify"].includes(verb) && !("kept" in step);
    if (settles) (event.deferred as any)[verb](step[verb]);
    else if (verb == "keep") this.kept.set(step.keep, event.deferred);
    else return this.inAny(verb, step, event);
    return true;
  }

  private inAny(verb: string, step: Step, event: any): boolean {
    if (verb == "mutate") Object.assign(event.data, step.mutate);
    else if (verb == "show") this.log.push(["show", step.show, shown(event, step.show)]);
    else return false;
    return true;
  }

  private hook(name: string, steps: Step[], options: Options): unknown {
    this.log.push(["before", name, plain(options)]);
    let answer: unknown = undefined;
    this.doAll(steps, (verb, step) => {
      if (verb == "return") answer = step.return;
      else if (verb == "merge") answer = { ...options, ...step.merge };
      else if (verb == "mutate") answer = Object.assign(options, step.mutate);
      else if (verb == "pass") answer = options;
      else return verb == "returnNothing";
      return true;
    });
    return answer;
  }

  private subscribe(name: string, step: Step): void {
    const label = step.label ?? step.as ?? "CXBus";
    const answer = this.at(step).subscribe(name, (event) => {
      if (!step.quiet) this.log.push([label, "heard", event.event, plain(event.data)]);
      this.doAll(step.do ?? [], (verb, inner) => this.inAny(verb, inner, event));
    });
    expectSame("subscribe", answer, step.expect ?? name);
  }

  private async settle(): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS;
    const busy = () => this.busyHandlers > 0 || [...this.loads.values()].some((loading) => loading());
    for (let quiet = 0; quiet < 4; quiet = busy() ? 0 : quiet + 1) await this.pause(deadline, "quiet");
  }

  private pause(deadline: number, what: string): Promise<unknown> {
    if (Date.now() > deadline) throw new Error(`waited too long for ${what}`);
    return turn();
  }

  private logHas(expected: any[]): void {
    const entries = this.log.splice(0);
    let at = 0;
    for (const entry of entries) if (at < expected.length && text(entry) == text(expected[at])) at++;
    if (at < expected.length)
      throw new Error(`log has no ${text(expected[at])} (in this place)\n  got ${text(entries)}`);
  }
}

/** What a scenario wants thrown, so that it is not mistaken for a failure of the scenario. */
class Planned extends Error {}

const dataOf = (step: Step): [unknown?] => ("data" in step ? [step.data] : []);

function shown(event: any, key: string): unknown {
  if (key == "keys") return Object.keys(event).sort();
  if (key == "time") return Math.abs(Date.now() - event.time) < 60_000;
  return plain(key.split(".").reduce((value, part) => value?.[part], event));
}

function textOfFault(line: any[]): string {
  const error = line.findLast((part) => part instanceof Error);
  return error ? error.message : line.map(String).join(" ");
}

let current: Run | undefined;

(window as any).scenario = {
  /** Resolves with null when the scenario holds, else with what did not. */
  async run(scenario: Scenario): Promise<string | null> {
    current = new Run(scenario);
    return current.run().then(
      () => null,
      (error) => error.message,
    );
  },
  load: (key: string) => current!.load(key),
};
