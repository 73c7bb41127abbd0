// "/" in the prompt box lists what can be asked, narrowed as one types: a combobox after the ARIA practices.

export function listCapabilities() {
  attach();
  document.addEventListener("shown", attach);
}

function attach() {
  const box = document.getElementById("prompt");
  if (!box) return;
  const list = document.getElementById("capabilities");
  const hint = document.getElementById("hint");
  const options = [...list.children];
  let active = null;

  const shown = () => options.filter((one) => !one.hidden);
  const isOpen = () => !list.hidden;

  const open = (is) => {
    list.hidden = !is;
    box.setAttribute("aria-expanded", String(is));
    if (is) list.classList.toggle("below", box.getBoundingClientRect().top < 360);
    if (!is) point(null);
  };

  const point = (option) => {
    active?.setAttribute("aria-selected", "false");
    active = option;
    if (!option) return box.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", option.id);
  };

  const step = (by) => {
    const found = shown();
    const place = found.indexOf(active);
    point(found.at(place < 0 ? (by > 0 ? 0 : -1) : (place + by) % found.length));
  };

  const choose = (option) => {
    box.value = `/${option.dataset.id} `;
    const inputs = option.dataset.inputs;
    hint.textContent = inputs ? `Now say: ${inputs}` : "It needs nothing more: press Enter.";
    open(false);
    box.focus();
  };

  const narrow = () => {
    const found = /^\/(\S*)$/.exec(box.value);
    if (!found) return open(false);
    const sought = found[1].toLowerCase();
    for (const one of options) one.hidden = !one.textContent.toLowerCase().includes(sought);
    const count = shown().length;
    hint.textContent = count ? `${count} capabilities. Arrow keys to choose, Enter to take, Escape to leave.` : "No capability is called that; ask in your own words.";
    open(count > 0);
    point(sought ? shown()[0] ?? null : null);
  };

  box.addEventListener("input", () => {
    if (!box.value) hint.textContent = hint.dataset.first;
    narrow();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen()) open(false);
    else if (event.key === "ArrowDown" && isOpen()) step(1);
    else if (event.key === "ArrowUp" && isOpen()) step(-1);
    else if (event.key === "ArrowDown" && box.value.startsWith("/")) narrow();
    else if ((event.key === "Enter" || event.key === "Tab") && isOpen() && active) choose(active);
    else return;
    if (event.key !== "Tab" || !isOpen()) event.preventDefault();
  });
  box.addEventListener("blur", () => open(false));
  // Before the box loses the focus.
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
}
