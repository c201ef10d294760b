/** Where docked views stand: from the right, beside what of ours is already in the corner. */

/** Pixels from the right edge to the first view, and between two. */
const FIRST = 55;
const GAP = 24;

/** How much of the corner is taken by the panel or, while that is closed, the launcher. */
function taken(): number {
  for (const name of ["warmcall-panel", "warmcall-launcher"]) {
    const ours = document.querySelector(name)?.shadowRoot?.querySelector<HTMLElement>("dialog[open], button.launcher");
    const box = ours?.getBoundingClientRect();
    // On the left it is in nobody's way, and a sheet over a phone's whole page is in everybody's.
    if (box?.width && box.left > innerWidth / 3) return innerWidth - box.left + GAP;
  }
  return 0;
}

/** @param isNarrow The page is as narrow as a phone: each view has the whole width. */
export function place(frames: HTMLElement[], isNarrow: boolean): void {
  let right = taken() || FIRST;
  for (const frame of frames) {
    frame.classList.toggle("narrow", isNarrow);
    frame.style.right = isNarrow ? "0" : right + "px";
    right += frame.offsetWidth + GAP;
  }
}
