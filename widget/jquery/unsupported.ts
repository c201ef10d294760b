/** What jQuery has and the built-in subset has not: said when it is used, with the remedy. */

/** What others ask any object for, to learn what it is: a set must not pretend to have it. */
const ASKED = /^(then|toJSON|constructor|window|node|jquery|selector|context|asymm)|[^a-zA-Z]/;

/** @throws Error always: naming what is missing and how to have it. */
export function refuse(what: string): never {
  throw new Error(
    `Warmcall's built-in part of jQuery has no ${what}. Load jQuery 3 before Warmcall to have it.`,
  );
}

/** Only what is called by name is refused: to ask the prototype whether it has a plugin is no use of it. */
export function refuseTheRest(jQuery: any): void {
  const refusing = (prefix: string, parent: any) =>
    new Proxy(parent, {
      get: (_, name: string, of) =>
        name in parent || of == jQuery.fn || typeof name != "string" || ASKED.test(name)
          ? parent[name]
          : () => refuse(prefix + name + "()"),
    });
  Object.setPrototypeOf(jQuery.fn, refusing(".", {}));
  Object.setPrototypeOf(jQuery, refusing("$.", Function.prototype));
}
