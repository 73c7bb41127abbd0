// Requests of this page: the key goes in its header, and out of the address.

/** Ask the app for a page. Returns its response, its document and its address with the key, which a reload needs. */
export async function askFor(address, options = {}) {
  const url = new URL(address, location.href);
  const key = url.searchParams.get("code") ?? new URLSearchParams(location.search).get("code");
  url.searchParams.delete("code");
  url.hash = "";
  const headers = { ...options.headers, ...(key ? { "x-functions-key": key } : {}) };
  const response = await fetch(url, { ...options, headers, cache: "no-store", referrerPolicy: "no-referrer" });
  const text = response.status === 200 || response.status >= 400 ? await response.text() : "";
  const made = new DOMParser().parseFromString(text, "text/html");
  const here = new URL(response.url);
  if (key) here.searchParams.set("code", key);
  return { response, page: made, address: here.href };
}

/** What a page that says what went wrong has to say; words of our own where there is none. */
export function problemOf({ response, page }) {
  const hint = page.getElementById("problem")?.textContent;
  if (hint) return hint;
  if (response.status === 401) return "The key is not accepted. Open the console again with the key that is valid now.";
  return `The app answered ${response.status} without a word. Try again in a minute.`;
}
