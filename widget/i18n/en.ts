/** English for what stands on the page itself; the rest comes with what it belongs to. */

export const english: Record<string, string> = {
  Launcher: "Call us",
};
