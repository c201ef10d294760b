/** Loading of plugin, module and other files by address, each once. */

import { Deferred, rejected } from "./promise";
import type { BusOptions, CommandPromise } from "./types";

export const NOT_LOADED = "Could not load plugin file in given location. Check your plugins path option.";

/** Trusted Types forbid a script element and not `import()`; hosts that send no CORS headers, the reverse. */
const run = (url: string) =>
  import(url).catch(
    () =>
      new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.onload = resolve;
        script.onerror = reject;
        script.src = url;
        document.head.append(script);
      }),
  );

/** Loads a plugin of ours by its lower-cased name; rejects when it is none of ours. */
export type LoadOwn = (file: string) => Promise<void>;

export function createLoading(
  options: Required<BusOptions>,
  included: Record<string, () => void>,
  loadOwn: LoadOwn = () => Promise.reject(),
) {
  const files = new Map<string, CommandPromise>();
  const modules = new Map<string, unknown>();

  const loadFile = (url: string): CommandPromise => {
    // Relative to the page: `import()` by itself would take it relative to this script.
    const address = new URL(url, document.baseURI).href;
    let loading = files.get(address);
    if (!loading) {
      const deferred = new Deferred();
      files.set(address, (loading = deferred.promise()));
      run(address).then(
        () => deferred.resolve(),
        () => {
          files.delete(address);
          deferred.reject(NOT_LOADED);
        },
      );
    }
    return loading;
  };

  const inPath = (file: string) => options.pluginsPath.replace(/[^/]$/, "$&/") + file;

  const loadPlugin = (name: string): CommandPromise => {
    const file = name.toLowerCase();
    const register = included[file];
    if (register) {
      included[file] = () => {};
      register();
      const loaded = new Deferred();
      loaded.resolve();
      return loaded.promise();
    }
    const address = options.pluginMap?.[name] ?? options.pluginMap?.[file];
    const fromFile = (at: string | false) => (/\.js$/.test(at as string) ? loadFile(at as string) : rejected(NOT_LOADED));
    if (address != null) return fromFile(address);
    let loading = files.get(file);
    if (!loading) {
      const deferred = new Deferred();
      files.set(file, (loading = deferred.promise()));
      loadOwn(file).then(deferred.resolve, () => {
        files.delete(file);
        fromFile(inPath(options.pluginFilenameFormat.replace("plugin", name).toLowerCase()))
          .done(deferred.resolve)
          .fail(deferred.reject);
      });
    }
    return loading;
  };

  const registerModule = (name: string, value: unknown) => !modules.has(name) && !!modules.set(name, value);

  const loadModule = (name: string): CommandPromise => {
    const deferred = new Deferred();
    const settle = () =>
      modules.has(name) ? deferred.resolve(modules.get(name)) : deferred.reject(NOT_LOADED);
    if (modules.has(name)) settle();
    else loadFile(inPath(name + ".mod.js")).always(settle);
    return deferred.promise();
  };

  const isLoading = () => [...files.values()].some((file) => file.state() == "pending");

  return { isLoading, loadFile, loadPlugin, loadModule, registerModule };
}
