/** A keyboard on the screen lies over the page, which keeps its size: a sheet must end above it. */

/** Keeps `--keyboard` of an element at the height of what the keyboard covers, and the field in use in sight. */
export function stayAboveKeyboard(element: HTMLElement, signal: AbortSignal): void {
  const visible = window.visualViewport;
  visible?.addEventListener(
    "resize",
    () => {
      // A visitor who zooms sees less of the page, too.
      element.style.setProperty("--keyboard", (visible.scale > 1 ? 0 : innerHeight - visible.height) + "px");
      element.querySelector(":focus")?.scrollIntoView({ block: "nearest" });
    },
    { signal },
  );
}
