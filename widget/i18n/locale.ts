/** Languages for `Intl`. */

/** A language as `Intl` takes it, which refuses what a page may call a language of its own. */
export function locale(language: string): string {
  try {
    return Intl.getCanonicalLocales(language.replace("_", "-"))[0]!;
  } catch {
    return "en";
  }
}
