/** Pages swap their body, or what is in it, when they change routes: what shall stay is put back. */

/**
 * @param attach Puts `host` into the page, also again.
 * @returns Takes it out for good.
 */
export function keepInPage(host: HTMLElement, attach: () => void): () => void {
  let frame = 0;
  const observe = () => {
    observer.disconnect();
    for (let node = host.parentNode; node; node = node.parentNode) observer.observe(node, { childList: true });
  };
  const putBack = () => {
    if (!host.isConnected) attach();
    observe();
  };
  // Before the next picture, and not at once: a page that throws it out each time must not hang.
  const observer = new MutationObserver(() => {
    cancelAnimationFrame(frame);
    if (!host.isConnected) frame = requestAnimationFrame(putBack);
  });
  attach();
  observe();
  return () => {
    cancelAnimationFrame(frame);
    observer.disconnect();
    host.remove();
  };
}
