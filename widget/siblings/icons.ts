/** Pictures by the names the contract uses, as outlines in a 24 x 24 box. */

import { callShape, icon } from "../window/element";
import { shapes } from "../window/shapes";

const chat = "M4 5h16v11H9l-5 4z";
const PICTURES: Record<string, string> = {
  ...shapes,
  "call-outgoing": callShape + "M15 9l6-6m-5 0h5v5",
  "call-incoming": callShape + "M21 3l-6 6m0-5v5h5",
  callus: callShape,
  chat,
  webchat: chat,
  email: "M3 6h18v13H3zl9 7 9-7",
  sendmessage: "M3 6h18v13H3zl9 7 9-7",
  search: "M15.5 15.5 21 21M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13",
  clock: "M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
  callback: "M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
  channels: "M5 5h6v6H5zM13 5h6v6h-6zM5 13h6v6H5zM13 13h6v6h-6z",
  channelselector: "M5 5h6v6H5zM13 5h6v6h-6zM5 13h6v6H5zM13 13h6v6h-6z",
  clicktocall: callShape + "M15 9l6-6m-5 0h5v5",
  alert: "M12 4 2.5 20h19zM12 10v4m0 3v.01",
  info: "M12 11v5m0-8v.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18",
};

/** The picture of this name; a plain dot for one nobody drew. */
export const iconNamed = (name: unknown): SVGSVGElement =>
  icon(PICTURES[String(name).toLowerCase()] ?? "M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4");
