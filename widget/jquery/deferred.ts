/** `$.Deferred`, as in jQuery 3: callbacks at once, what follows `then` in a later turn. */

type Callback = (...values: any[]) => any;

/** What settles, what listens, and the state that follows; by turns of the same index. */
const SETTLERS = ["notify", "resolve", "reject"];
const LISTENERS = ["progress", "done", "fail"];
const STATES = ["pending", "resolved", "rejected"];

export function Deferred(setUp?: Callback): any {
  let callbacks: [kind: number, callback: Callback][] = [];
  let state = 0;
  let outcome: [context: any, values: any[]];

  const listen = (kind: number, given: any[]) => {
    for (const callback of given.flat(Infinity))
      if (typeof callback != "function") continue;
      else if (!state) callbacks.push([kind, callback]);
      else if (kind == state) callback.apply(...outcome);
  };

  const settle = (kind: number, context: any, values: any[]) => {
    if (state) return;
    const called = callbacks;
    outcome = [context, values];
    if ((state = kind)) callbacks = [];
    for (const [of, callback] of called) if (of == kind) callback.apply(context, values);
  };

  /** In a later turn, goes on with what a handler gives; without one, with what came. */
  const follow = (next: any, handler: any, kind: number) => (...values: any[]) => {
    if (typeof handler != "function") return next[SETTLERS[kind]!](...values);
    setTimeout(() => {
      try {
        const value = handler(...values);
        if (value == next || value == next.promise()) throw new TypeError("Thenable self-resolution");
        if (typeof value?.then == "function") value.then(next.resolve, next.reject, next.notify);
        else next[kind ? "resolve" : "notify"](value);
      } catch (error) {
        next.reject(error);
      }
    });
  };

  const promise: any = {
    state: () => STATES[state],
    always(...given: any[]) {
      listen(1, given);
      listen(2, given);
      return this;
    },
    then(...[onDone, onFail, onProgress]: any[]) {
      const next = Deferred();
      [onProgress, onDone, onFail].forEach((handler, kind) => listen(kind, [follow(next, handler, kind)]));
      return next.promise();
    },
    catch: (handler: Callback) => promise.then(null, handler),
    promise: (target?: object) => (target ? Object.assign(target, promise) : promise),
  };
  promise.pipe = promise.then;
  LISTENERS.forEach((name, kind) => {
    promise[name] = function (...given: any[]) {
      listen(kind, given);
      return this;
    };
  });

  const deferred: any = { ...promise };
  SETTLERS.forEach((name, kind) => {
    deferred[name] = (...values: any[]) => deferred[name + "With"](promise, values);
    deferred[name + "With"] = (context: any, values: any[] = []) => {
      settle(kind, context, values);
      return deferred;
    };
  });
  setUp?.call(deferred, deferred);
  return deferred;
}
