/** Pictures by the names the contract uses, as outlines in a 24 x 24 box. */

import { callShape, icon } from "../window/element";
import { shapes } from "../window/shapes";

const chat = "M4 5h16v11H9l-5 4z";
const email = "M3 6h18v13H3zl9 7 9-7";
const disc = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18";
const clock = disc + "M12 7v5l3 2";
const channels = "M5 5h6v6H5zM13 5h6v6h-6zM5 13h6v6H5zM13 13h6v6h-6z";
const outgoing = callShape + "M15 9l6-6m-5 0h5v5";
const PICTURES: Record<string, string> = {
  ...shapes,
  "call-outgoing": outgoing,
  "call-incoming": callShape + "M21 3l-6 6m0-5v5h5",
  clicktocall: outgoing,
  callus: callShape,
  chat,
  webchat: chat,
  email,
  sendmessage: email,
  search: "M15.5 15.5 21 21M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13",
  clock,
  callback: clock,
  channels,
  channelselector: channels,
  info: disc + "M12 11v5m0-8v.01",
};

/** The picture of this name; a plain dot for one nobody drew. */
export const iconNamed = (name: unknown): SVGSVGElement =>
  icon(PICTURES[String(name).toLowerCase()] ?? "M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4");
