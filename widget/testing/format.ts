/** The format of the shared scenarios: every verb with the arguments it may have. */

export type Step = Record<string, any>;

export interface Scenario {
  name: string;
  steps: Step[];
  files?: Record<string, Step[]>;
}

const ARGUMENTS: Record<string, string> = {
  plugin: "",
  register: "expect",
  ready: "",
  handle: "do async",
  registerEvents: "as",
  namespace: "as",
  registry: "expect",
  subscribers: "as",
  command: "as options label listen",
  listen: "to",
  then: "",
  state: "expect",
  await: "",
  before: "as do",
  resolve: "kept",
  reject: "kept",
  notify: "kept",
  subscribe: "as label do quiet expect",
  subscribeNothing: "as",
  unsubscribe: "as expect",
  publish: "as data",
  publishDirect: "as data",
  republish: "as data",
  store: "as value",
  read: "as expect",
  configure: "",
  registerMaster: "expect",
  master: "",
  getPluginInterface: "expect",
  loadPlugin: "label listen",
  loadFile: "label listen",
  loadModule: "label listen",
  registerModule: "value expect",
  settle: "",
  say: "",
  log: "",
  logHas: "",
  faults: "",
  keep: "",
  throw: "",
  show: "",
  mutate: "",
  return: "",
  merge: "",
  pass: "",
  returnNothing: "",
};

/** The verb of a step. Throws when there is not exactly one, or with arguments it does not have. */
export function verbOf(step: Step): string {
  const keys = Object.keys(step);
  // `namespace` and others may be both: the verb is the one whose arguments are all the rest.
  const fits = keys.filter(
    (verb) =>
      verb in ARGUMENTS && keys.every((key) => key == verb || ARGUMENTS[verb]!.split(" ").includes(key)),
  );
  if (fits.length != 1) throw new Error(`not exactly one known verb with its arguments: ${JSON.stringify(step)}`);
  return fits[0]!;
}

/** A copy as JSON sees it: `undefined` becomes null, an Error its text. */
export function plain(value: any): any {
  if (value instanceof Error) return value.message;
  return value === undefined || typeof value == "function" ? null : JSON.parse(JSON.stringify(value));
}

const ordered = (value: any): any =>
  value && typeof value == "object" && !Array.isArray(value)
    ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, ordered(value[key])]))
    : Array.isArray(value)
      ? value.map(ordered)
      : value;

export const text = (value: any): string => JSON.stringify(ordered(plain(value)));

export function expectSame(what: string, actual: any, expected: any): void {
  if (text(actual) != text(expected))
    throw new Error(`${what}\n  expected ${text(expected)}\n  got      ${text(actual)}`);
}
