/** A QR code as a picture; loaded where a number is shown on a screen that is no phone's. */

import { encode } from "uqr";

/** The clear space around the code that readers need, in modules (ISO/IEC 18004, section 5.3.8). */
const BORDER = 4;

export function draw(text: string, label: string): SVGSVGElement {
  const { data, size } = encode(text, { ecc: "M", border: BORDER });
  const make = <Tag extends "svg" | "path">(tag: Tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
  const picture = make("svg");
  const path = make("path");
  const modules = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")));
  path.setAttribute("d", modules.join(""));
  const attributes = { class: "qr", viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label };
  for (const [name, value] of Object.entries(attributes)) picture.setAttribute(name, value);
  picture.append(path);
  return picture;
}
