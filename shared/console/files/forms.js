// Forms marked data-swap are sent without leaving the page; the filter narrows while somebody types.
import { askFor, problemOf } from "./ask.js";

const PAUSE = 300;

export function answerInPlace(live) {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-swap]")) {
      event.preventDefault();
      send(form, event.submitter);
    } else if (form.matches("[data-filter]")) {
      event.preventDefault();
      narrow(form, live);
    }
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("[data-filter]");
    if (!form) return;
    clearTimeout(form.timer);
    form.timer = setTimeout(() => narrow(form, live), event.target.type === "search" ? PAUSE : 0);
  });
  window.addEventListener("popstate", () => location.reload());
  recall(document);
}

/** Send a form, and show the page that it leads to. What fails is said beside the form, with all that was typed. */
async function send(form, submitter) {
  const buttons = [...form.querySelectorAll("button")];
  if (buttons.some((one) => one.getAttribute("aria-busy") === "true")) return;
  const problem = form.querySelector(".problem");
  const said = document.getElementById("live-status");
  const begun = Date.now();
  const ticking = setInterval(() => { said.textContent = `Working: ${Math.round((Date.now() - begun) / 1000)} s`; }, 1000);
  problem.hidden = true;
  said.textContent = "Working.";
  for (const one of buttons) one.setAttribute("aria-busy", "true");
  remember(form);
  try {
    const body = new URLSearchParams(new FormData(form, submitter));
    const got = await askFor(form.action, { method: "POST", body });
    if (!got.response.ok) throw new Error(problemOf(got));
    show(got);
    said.textContent = "Done.";
  } catch (error) {
    problem.textContent = error instanceof TypeError ? "The app cannot be reached. Nothing was lost: try again." : error.message;
    problem.hidden = false;
    said.textContent = "";
  } finally {
    clearInterval(ticking);
    for (const one of buttons) one.removeAttribute("aria-busy");
  }
}

function show({ page, address }) {
  document.getElementById("main").replaceWith(page.getElementById("main"));
  document.title = page.title;
  document.body.dataset.etag = page.body.dataset.etag;
  if (address !== location.href) history.pushState(null, "", address);
  recall(document);
  document.dispatchEvent(new Event("shown"));
  (document.querySelector("main [data-focus]") ?? document.querySelector("main h1"))?.focus();
}

/** Ask for the list as it is narrowed now; an answer that a later one has overtaken is dropped. */
async function narrow(form, live) {
  clearTimeout(form.timer);
  form.asked = (form.asked ?? 0) + 1;
  const turn = form.asked;
  const url = new URL(form.action, location.href);
  const given = [...new FormData(form)].filter(([, value]) => value !== "");
  url.search = new URLSearchParams(given);
  const said = document.getElementById("live-status");
  try {
    const got = await askFor(url);
    if (turn !== form.asked) return;
    if (!got.response.ok) throw new Error(problemOf(got));
    live.set(got.page, false);
    history.replaceState(null, "", got.address);
    said.textContent = `${document.querySelectorAll(".case").length} shown.`;
  } catch (error) {
    said.textContent = error instanceof TypeError ? "The app cannot be reached." : error.message;
  }
}

/** Keep a name that somebody typed, on this machine only, and put it in again. */
function remember(form) {
  for (const field of form.querySelectorAll("[data-remember]")) {
    if (field.value) localStorage.setItem(field.dataset.remember, field.value);
  }
}

function recall(part) {
  for (const field of part.querySelectorAll("[data-remember]")) field.value ||= localStorage.getItem(field.dataset.remember) ?? "";
}
