"use strict";
// New messages come as HTML that the server has escaped; this file only puts them in their place.
(() => {
  const pane = document.getElementById("pane");
  const list = document.getElementById("messages");
  const counts = document.getElementById("counts");
  const newest = document.getElementById("newest");
  const link = document.getElementById("link");
  const KEPT = 500;
  let cursor = list.dataset.cursor;
  let unseen = 0;

  const atBottom = () => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 60;
  const toBottom = () => { pane.scrollTop = pane.scrollHeight; };

  function showUnseen() {
    newest.hidden = unseen === 0;
    newest.textContent = unseen === 1 ? "↓ 1 new message" : `↓ ${unseen} new messages`;
    document.title = document.title.replace(/^\(\d+\) /, "");
    if (unseen) document.title = `(${unseen}) ${document.title}`;
  }

  function add(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const message = holder.content.firstElementChild;
    const shown = list.querySelector(`:scope > .message[data-number="${message.dataset.number}"]`);
    if (shown) {  // it was changed, or answered
      if (shown.outerHTML !== message.outerHTML) { message.classList.add("new"); shown.replaceWith(message); }
      return;
    }
    const last = [...list.querySelectorAll(":scope > .message")].at(-1);
    const follow = atBottom();
    if (!last || last.dataset.day !== message.dataset.day) {
      const day = document.createElement("div");
      day.className = "day";
      day.appendChild(document.createElement("span")).textContent = message.dataset.day;
      list.append(day);
    }
    message.classList.add("new");
    list.append(message);
    while (list.children.length > KEPT) list.firstElementChild.remove();
    document.body.classList.remove("is-empty");
    if (follow && !document.hidden) toBottom();
    else { unseen += 1; showUnseen(); if (follow) toBottom(); }
  }

  function clear() {
    list.replaceChildren();
    document.body.classList.add("is-empty");
    unseen = 0;
    showUnseen();
  }

  function say(words) {
    link.textContent = words;
    link.classList.toggle("lost", words !== "live");
  }

  function listen() {
    const events = new EventSource(`/_events?after=${encodeURIComponent(cursor)}`);
    events.addEventListener("open", () => say("live"));
    events.addEventListener("clear", (event) => { cursor = event.lastEventId; clear(); });
    events.addEventListener("counts", (event) => {
      const open = counts.querySelector("details")?.open;
      counts.innerHTML = JSON.parse(event.data);
      if (open) counts.querySelector("details")?.setAttribute("open", "");
    });
    events.addEventListener("message", (event) => { cursor = event.lastEventId; add(JSON.parse(event.data)); });
    events.addEventListener("error", () => {
      // The browser gives up for good on some errors, so we always reconnect ourselves.
      events.close();
      say("reconnecting …");
      setTimeout(listen, 1000);
    });
  }

  const seen = () => { if (atBottom() && !document.hidden) { unseen = 0; showUnseen(); } };
  pane.addEventListener("scroll", seen);
  document.addEventListener("visibilitychange", seen);
  newest.addEventListener("click", () => { toBottom(); unseen = 0; showUnseen(); });
  toBottom();
  listen();
})();
