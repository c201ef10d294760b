// The measured loops of bus_page.py; each returns (a promise of) nothing when its work is done.
// At most 900 deliveries in one go: past 1,000 the bus lets the page paint, which is not what is measured here.

const BATCH = 900;

function contenders({ CXBus, jQuery }) {
  const resolved = Promise.resolve();
  const target = CXBus.registerPlugin("Target");
  const caller = CXBus.registerPlugin("Caller");
  target.ready();
  target.registerCommand("go", (event) => event.deferred.resolve(1));

  // Handlers read what they get, so that nothing is optimised away.
  let sum = 0;
  const handler = (message) => (sum += message.n);
  // Whoever calls subscribers calls one or another of many functions, so this call must not be inlined away either.
  const handlers = [handler, (message) => (sum -= message.n), (message) => (sum ^= message.n)];
  const callbacks = jQuery.Callbacks();
  callbacks.add(handler);
  const heard = () => new Promise((resolve) => (caller.__heard = resolve));
  let left = 0;
  caller.subscribe("Target.one", ({ data }) => {
    sum += data.n;
    if (--left === 0) caller.__heard();
  });

  const chain = (step) =>
    new Promise((resolve) => {
      let n = BATCH;
      const next = () => (n-- ? step(next) : resolve());
      next();
    });

  return {
    "direct call": () => {
      for (let i = 0; i < BATCH; i++) handlers[i % 3]({ n: i });
    },
    "publish, nobody listens": () => {
      for (let i = 0; i < BATCH; i++) target.publish("none", { n: i });
    },
    "jQuery Callbacks.fire": () => {
      for (let i = 0; i < BATCH; i++) callbacks.fire({ n: i });
    },
    "publish to one subscriber": () => {
      left = BATCH;
      for (let i = 0; i < BATCH; i++) target.publish("one", { n: i });
      return heard();
    },
    "resolved.then": () => chain((next) => resolved.then(next)),
    "command().done": () => chain((next) => caller.command("Target.go").done(next)),
    "await command()": async () => {
      for (let i = 0; i < BATCH; i++) await caller.command("Target.go");
    },
  };
}

// Best of many short rounds, in an order that changes: what else the machine does can only add time.
async function measure(rounds, passes) {
  const all = contenders(window);
  const best = {};
  const names = Object.keys(all);
  for (let round = 0; round < rounds; round++) {
    for (let k = 0; k < names.length; k++) {
      const name = names[(k + round) % names.length];
      const started = performance.now();
      for (let pass = 0; pass < passes; pass++) await all[name]();
      const ns = ((performance.now() - started) * 1e6) / (passes * BATCH);
      best[name] = Math.min(best[name] ?? Infinity, ns);
    }
  }
  return best;
}
