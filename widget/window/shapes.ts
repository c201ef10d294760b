/** Outlines of the window's buttons in a 24 x 24 box. */
export const shapes = {
  close: "m6 6 12 12M18 6 6 18",
  minimize: "M6 12h12",
  maximize: "m6 15 6-6 6 6",
};
