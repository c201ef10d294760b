/** The script a page loads: the bus, App, and the plugins of click-to-call. */

import { boot } from "./app/boot";
import { registerClickToCall } from "./clicktocall";
import { installLauncher } from "./launcher";
import { registerClickToCallService } from "./service";

try {
  boot({ clicktocallservice: registerClickToCallService, clicktocall: registerClickToCall }, installLauncher);
} catch (error) {
  console.error("Warmcall:", error);
}
