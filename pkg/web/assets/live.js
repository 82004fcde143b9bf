// Keeps a page up to date: asks for the page itself every two seconds, and puts what has changed in the place of what was there. The
// server renders, so that there is one rendering; a page that has not changed costs an answer without a body.
import { draw } from './plot.js';
import { ago, clock, span } from './scale.js';

const every = 2000, patience = 10000;
const shown = new Map(); // what the server last said of each live part, before anything was made of it
let tag = document.body.dataset.tag, skew = Date.parse(document.body.dataset.now) - Date.now(), failures = 0, timer = 0;

const now = () => Date.now() + skew; // the server's clock
const parts = (root) => [...root.querySelectorAll('[data-live]')];
const pulse = document.getElementById('pulse');

function say(className, text) {
  if (pulse.textContent === text && pulse.className === 'pulse ' + className) return;
  pulse.className = 'pulse ' + className;
  pulse.textContent = text;
}

// Times: how long ago, or the time of day in the reader's own zone.
function tell(root) {
  for (const node of root.querySelectorAll('time')) {
    const at = Date.parse(node.dateTime);
    if (!node.title) node.title = new Date(at).toLocaleString();
    const far = now() - at > 20 * 3600e3;
    const text = 'for' in node.dataset ? 'for ' + span(now() - at) : 'ago' in node.dataset ? ago(now() - at) : (far ? new Date(at).toLocaleDateString(undefined, { month: 'short', day: 'numeric' }) + ' ' : '') + clock(at);
    if (node.textContent !== text) node.textContent = text;
  }
}

async function copy(code, button) {
  const text = code.firstChild.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without TLS there is no clipboard to write to: select it, so that it can be copied by hand.
    getSelection().selectAllChildren(code);
    getSelection().setBaseAndExtent(code.firstChild, 0, code.firstChild, text.length);
    document.getElementById('said').textContent = 'selected: copy it with the keyboard';
    return;
  }
  button.textContent = 'copied';
  document.getElementById('said').textContent = 'copied: ' + text;
  setTimeout(() => { button.textContent = 'copy'; }, 1500);
}

function decorate(root) {
  for (const code of root.querySelectorAll('code.copy')) {
    if (code.querySelector('button')) continue;
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'copy';
    button.setAttribute('aria-label', 'copy ' + code.textContent);
    button.addEventListener('click', () => copy(code, button));
    code.append(button);
  }
  tell(root);
}

// Plots.
let data = null;
function read() {
  const node = document.getElementById('data');
  data = node ? JSON.parse(node.textContent) : null;
}
function redraw() {
  if (data) for (const figure of document.querySelectorAll('figure[data-plot]')) draw(figure, data, now(), redraw);
}

// swap takes over a page that has just come. Where its parts are others than before, all of it is replaced.
const structure = (doc) => [...doc.querySelectorAll('[data-live], figure[data-plot]')].map((n) => n.dataset.live || n.dataset.plot + n.dataset.gate).join();
function swap(doc) {
  const main = document.getElementById('main'), fresh = doc.getElementById('main');
  const focused = document.activeElement;
  if (doc.body.dataset.kind !== document.body.dataset.kind || structure(doc) !== structure(document)) {
    document.body.dataset.kind = doc.body.dataset.kind;
    document.title = doc.title;
    shown.clear();
    for (const node of parts(fresh)) shown.set(node.dataset.live, node.innerHTML);
    main.replaceChildren(...fresh.childNodes);
    decorate(main);
  } else {
    for (const node of parts(fresh)) {
      const key = node.dataset.live;
      if (shown.get(key) === node.innerHTML) continue;
      const old = main.querySelector(`[data-live="${key}"]`);
      const keep = old.contains(focused) ? focused.getAttribute('href') || focused.getAttribute('aria-label') : null;
      shown.set(key, node.innerHTML);
      old.replaceChildren(...node.childNodes);
      decorate(old);
      if (keep) [...old.querySelectorAll('a, button')].find((n) => (n.getAttribute('href') || n.getAttribute('aria-label')) === keep)?.focus();
    }
  }
  const script = document.getElementById('data'), newer = doc.getElementById('data');
  if (script && newer) script.textContent = newer.textContent;
  else if (newer) document.body.append(newer);
  else if (script) script.remove();
  read();
}

async function ask() {
  clearTimeout(timer);
  try {
    // Not location.href: a name and a token in the address, as in http://x:TOKEN@host/, are not allowed in a request of a script.
    const answer = await fetch(location.origin + location.pathname + location.search, {
      headers: { 'If-None-Match': tag }, cache: 'no-store', signal: AbortSignal.timeout(patience),
    });
    if (answer.status === 401) throw new Error('the token is not accepted any more: load the page again');
    if (answer.status !== 304) {
      const type = answer.headers.get('Content-Type') || '';
      if (!type.startsWith('text/html')) throw new Error('the controller answers, but not with this page');
      const text = await answer.text();
      const doc = new DOMParser().parseFromString(text, 'text/html');
      if (!doc.getElementById('main')) throw new Error('the controller answers, but not with this page');
      tag = answer.headers.get('ETag') || '';
      skew = Date.parse(doc.body.dataset.now) - Date.now();
      swap(doc);
    }
    failures = 0;
    say('live', 'live');
  } catch (error) {
    failures++;
    const why = error instanceof TypeError || error.name === 'TimeoutError' ? 'no answer from the controller' : error.message;
    say('lost', `${why}; what is shown may be old`);
  }
  tell(document);
  redraw();
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(ask, Math.min(every * 2 ** Math.min(failures, 4), 30000));
}

for (const node of parts(document)) shown.set(node.dataset.live, node.innerHTML);
read();
decorate(document);
redraw();
say('live', 'live');
timer = setTimeout(ask, every);
addEventListener('resize', redraw);
document.addEventListener('visibilitychange', () => { if (!document.hidden) ask(); });
setInterval(() => tell(document), 1000);

// The filter is the server's; the address says what it is, so that it can be kept as a bookmark.
const filter = document.getElementById('q');
if (filter) {
  let wait = 0;
  const apply = () => {
    const address = new URL(location.href);
    if (filter.value.trim()) address.searchParams.set('q', filter.value.trim());
    else address.searchParams.delete('q');
    history.replaceState(null, '', address);
    ask();
  };
  filter.form.addEventListener('submit', (event) => { event.preventDefault(); apply(); });
  filter.addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(apply, 150); });
}
