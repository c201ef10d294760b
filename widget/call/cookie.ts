/** The part that keeps something in a cookie for all sub-domains of the page's, gone with the browser's session. */

import type { Options } from "../bus/types";

/** `a.b.example` as `b.example`, `a.b.example`: browsers refuse to set a cookie for a public suffix, so the first that holds is right. */
function domains(): string[] {
  const { hostname } = location;
  const labels = hostname.split(".");
  if (labels.length < 2 || /^[\d.]+$|:/.test(hostname)) return [];
  return labels
    .map((_, index) => labels.slice(index).join("."))
    .slice(0, -1)
    .reverse();
}

/**
 * @param value `undefined` removes it.
 * @param options Attributes that the page wants, over ours.
 * @param isKept Tells whether it has worked.
 */
export function writeCookie(name: string, value: string | undefined, options: Options, isKept: () => boolean): void {
  const write = (domain?: string) => {
    const attributes: Options = {
      path: "/",
      domain,
      sameSite: "strict",
      secure: location.protocol == "https:",
      ...options,
      "max-age": value === undefined ? 0 : undefined,
    };
    document.cookie = Object.entries(attributes)
      .filter(([, value]) => value != null && value !== false)
      .map(([name, value]) => (value === true ? name : `${name}=${value}`))
      .reduce((cookie, attribute) => `${cookie};${attribute}`, `${name}=${encodeURIComponent(value ?? "")}`);
  };
  for (const domain of [...domains(), undefined]) {
    write(domain);
    if (isKept()) return;
  }
}
