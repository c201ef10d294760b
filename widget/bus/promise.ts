/** The promise of a command: plain callbacks, and a native promise only for whoever calls `then`. */

import type { Callback, Callbacks, CommandPromise, Deferred as DeferredType, State } from "./types";

const PROGRESS = 0; // also the state "pending"
const DONE = 1;
const FAIL = 2;
const STATES: State[] = ["pending", "resolved", "rejected"];

/** What a deferred and its promise share. */
interface Settlement {
  /** Index into STATES; a callback is called when its kind is the state. */
  state: number;
  value: unknown;
  /** Kinds and callbacks by turns, which costs less than a list for each kind. */
  callbacks: (number | Callback)[];
}

/** A callback that throws stops neither the others nor the handler that settles. */
function fire(settlement: Settlement, kind: number, callback: Callback): void {
  if (kind == settlement.state)
    try {
      callback(settlement.value);
    } catch (error) {
      console.error("CXBus:", error);
    }
}

function add(settlement: Settlement, kind: number, callbacks: Callbacks): void {
  if (Array.isArray(callbacks)) for (const callback of callbacks) add(settlement, kind, callback);
  else if (typeof callbacks == "function")
    if (settlement.state) fire(settlement, kind, callbacks);
    else settlement.callbacks.push(kind, callbacks);
}

/** Returns a function, so that `resolve` and its like work without `this`, as in `.done(e.deferred.resolve)`. */
const settle = (settlement: Settlement, state: number) => (value?: unknown) => {
  if (settlement.state) return;
  settlement.state = state;
  settlement.value = value;
  const { callbacks } = settlement;
  for (let i = 0; i < callbacks.length; i += 2)
    fire(settlement, callbacks[i] as number, callbacks[i + 1] as Callback);
};

class Settleable implements CommandPromise {
  readonly #of: Settlement;

  constructor(settlement: Settlement) {
    this.#of = settlement;
  }

  done(...callbacks: any[]): this {
    add(this.#of, DONE, callbacks);
    return this;
  }

  fail(...callbacks: any[]): this {
    add(this.#of, FAIL, callbacks);
    return this;
  }

  always(...callbacks: any[]): this {
    return this.done(callbacks).fail(callbacks);
  }

  progress(...callbacks: any[]): this {
    add(this.#of, PROGRESS, callbacks);
    return this;
  }

  /** The callbacks run at the moment of settling, as all others do; what comes after is a native promise. */
  then(onDone?: Callback | null, onFail?: Callback | null, onProgress?: Callbacks): Promise<any> {
    return new Promise((resolve, reject) => {
      const through = (callback: Callback | null | undefined, otherwise: Callback) => (value: unknown) => {
        try {
          callback ? resolve(callback(value)) : otherwise(value);
        } catch (error) {
          reject(error);
        }
      };
      this.progress(onProgress).done(through(onDone, resolve)).fail(through(onFail, reject));
    });
  }

  pipe(...callbacks: any[]): Promise<any> {
    return this.then(...callbacks);
  }

  promise(): CommandPromise {
    return new Settleable(this.#of);
  }

  state(): State {
    return STATES[this.#of.state]!;
  }

  isResolved(): boolean {
    return this.#of.state == DONE;
  }

  isRejected(): boolean {
    return this.#of.state == FAIL;
  }

  debug(): this {
    console.log(this.state(), this.#of.value);
    return this;
  }
}

export class Deferred extends Settleable implements DeferredType {
  readonly #of: Settlement;

  constructor() {
    const settlement = { state: PROGRESS, value: undefined, callbacks: [] };
    super(settlement);
    this.#of = settlement;
  }

  get resolve() {
    return settle(this.#of, DONE);
  }

  get reject() {
    return settle(this.#of, FAIL);
  }

  get notify() {
    return settle(this.#of, PROGRESS);
  }
}

/** A promise that is rejected from the start. */
export function rejected(reason: string): CommandPromise {
  const deferred = new Deferred();
  deferred.reject(reason);
  return deferred.promise();
}
