// What is marked data-live renews itself: the page is asked for again with its own mark, and 304 is the usual answer.
import { askFor, problemOf } from "./ask.js";

const EVERY = 5000;
const SELDOM = 15000;
const QUIET = 12;
const LONGEST = 60000;

/** Begin to renew; returns `set`, which puts a page that came by another way in place of this one's part. */
export function keepLive() {
  const status = document.getElementById("live-status");
  const pause = document.getElementById("live-pause");
  let wait = EVERY;
  let failures = 0;
  let quiet = 0;
  let timer = 0;
  let isPaused = false;

  const say = (text) => { if (status.textContent !== text) status.textContent = text; };

  const set = (page, isNews) => {
    const old = document.querySelector("[data-live]");
    const fresh = page.querySelector("[data-live]");
    if (!old || !fresh) return;
    const changed = isNews ? marked(old, fresh) : 0;
    keepTyped(old, fresh);
    const place = whereFocusIs(old);
    old.replaceWith(fresh);
    place?.();
    document.body.dataset.etag = page.body.dataset.etag;
    if (isNews) say(`Updated ${new Date().toISOString().slice(11, 19)} UTC${changed ? `: ${changed} changed` : ""}.`);
  };

  const look = async () => {
    clearTimeout(timer);
    if (isPaused || document.hidden || !document.querySelector("[data-live]")) return;
    const asked = location.href;
    const mark = document.body.dataset.etag;
    try {
      const got = await askFor(asked, { headers: { "if-none-match": mark } });
      // A form may have brought another page while this one was on its way.
      if (asked === location.href && mark === document.body.dataset.etag && !isPaused) {
        if (got.response.status === 200) set(got.page, true);
        else if (got.response.status !== 304) throw new Error(problemOf(got));
        quiet = got.response.status === 304 ? quiet + 1 : 0;
        if (failures) say("Connected again.");
      }
      failures = 0;
      wait = quiet > QUIET ? SELDOM : EVERY;
    } catch (error) {
      failures += 1;
      wait = Math.min(EVERY * 2 ** failures, LONGEST);
      const why = error instanceof TypeError ? "The app cannot be reached." : error.message;
      say(`Not up to date. ${why} Next try in ${wait / 1000} s.`);
    }
    timer = setTimeout(look, wait);
  };

  pause.hidden = !document.querySelector("[data-live]");
  pause.addEventListener("click", () => {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    say(isPaused ? "Updates are paused." : "Updates go on.");
    look();
  });
  document.addEventListener("visibilitychange", () => { quiet = 0; look(); });
  timer = setTimeout(look, wait);
  return { set };
}

/** Mark lines that are new or differ; returns how many. */
function marked(old, fresh) {
  const before = new Map([...old.querySelectorAll("li[data-mark]")].map((line) => [line.id, line.dataset.mark]));
  const changed = [...fresh.querySelectorAll("li[data-mark]")].filter((line) => before.get(line.id) !== line.dataset.mark);
  for (const line of changed) line.classList.add("changed");
  return changed.length;
}

/** Put what somebody has typed or chosen, and unfolded, into the new form of the part. */
function keepTyped(old, fresh) {
  const forms = (part) => [...part.querySelectorAll("form")];
  forms(old).forEach((form) => {
    const twin = forms(fresh).find((one) => one.getAttribute("action") === form.getAttribute("action"));
    for (const field of twin ? form.elements : []) {
      if (!field.name || field.type === "hidden") continue;
      const same = [...twin.elements].find((one) => one.name === field.name && (one.type !== "radio" || one.value === field.value));
      if (!same) continue;
      if (field.type === "radio" || field.type === "checkbox") same.checked = field.checked;
      else if (field.tagName !== "BUTTON") same.value = field.value;
    }
  });
  const folds = [...fresh.querySelectorAll("details")];
  [...old.querySelectorAll("details")].forEach((one, place) => { if (one.open && folds[place]) folds[place].open = true; });
}

/** Return what puts the focus, and the caret, where they were in the part that goes. */
function whereFocusIs(part) {
  const focused = document.activeElement;
  if (!part.contains(focused)) return null;
  const named = (one) => [one.id, one.getAttribute("href"), one.getAttribute("name"), one.type === "radio" && one.value, one.form?.getAttribute("action")].join("|");
  const alike = (where) => [...where.querySelectorAll(focused.tagName)].filter((one) => named(one) === named(focused));
  const place = alike(part).indexOf(focused);
  const caret = focused.type === "text" ? [focused.selectionStart, focused.selectionEnd] : null;
  return () => {
    const twin = alike(document.querySelector("[data-live]"))[place];
    twin?.focus({ preventScroll: true });
    if (caret) twin?.setSelectionRange(...caret);
  };
}
