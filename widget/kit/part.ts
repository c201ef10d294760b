/** Parts of the script that are loaded on demand. */

import { partsFolder } from "../app/host";
import { type Kit, lent } from "./lent";

/** A part's file exports `install`, which gives what the part offers. */
interface PartFile<Part> {
  install(kit: Kit): Part;
}

/**
 * @param file Name of the part's file.
 * @returns Loads it once; after a failure the next call tries again, under another address as browsers remember failures.
 */
export function createPart<Part>(file: string): () => Promise<Part> {
  let loading: Promise<Part> | undefined;
  let attempts = 0;
  return () =>
    (loading ??= import(partsFolder + file + (attempts++ ? "?" + attempts : "")).then(
      (module: PartFile<Part>) => module.install(lent),
      (error) => {
        loading = undefined;
        throw error;
      },
    ));
}
