// The console works without this file. With it, pages renew themselves, forms answer in place, and "/" lists what can
// be asked. A page is always asked for whole, and the part that matters is taken out of it.
import { keepLive } from "./live.js";
import { answerInPlace } from "./forms.js";
import { listCapabilities } from "./capabilities.js";

const live = keepLive();
answerInPlace(live);
listCapabilities();
