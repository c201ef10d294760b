import { createElement, useEffect } from "react";

/**
 * Has the widget in the page as long as it is there itself. The page's HTML loads the script, which waits:
 * <script async src="https://call.example.com/warmcall.js" data-mount="off"></script>
 */
export function useWarmcall(site, group) {
  useEffect(() => {
    const mount = () => window.Warmcall.mount({ clicktocall: { site, group, launcher: false } });
    const script = document.querySelector('script[src$="/warmcall.js"]');
    if (window.Warmcall) mount();
    else script.addEventListener("load", mount);
    return () => {
      script.removeEventListener("load", mount);
      window.Warmcall?.unmount();
    };
  }, [site, group]);
}

/** A link that opens the panel, and dials where scripts do not run. */
export function CallUs({ site, group, number, userData, children }) {
  useWarmcall(site, group);
  return createElement(
    "a",
    { href: `tel:${number}`, "data-warmcall-open": "", "data-warmcall-user-data": JSON.stringify(userData ?? {}) },
    children,
  );
}
