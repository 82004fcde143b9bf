// Plots: SVG drawn anew from the samples, with a cursor that all plots of the page share.
import { clock, factor, number, percent, power, powers, ticks, times } from './scale.js';

const svg = (name, attributes, parent) => {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (parent) parent.append(node);
  return node;
};
const html = (name, className, text, parent) => {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
};
const known = (x) => x !== null && x !== undefined;
const margin = { left: 46, right: 12, top: 12, bottom: 20 };

let cursor = null; // the time under the pointer, for all plots alike

// describe says what a plot shows: lines with their values, and the axis.
function describe(kind, data, gate) {
  const { plot } = data, g = plot && plot.gates[gate], name = data.gates[gate];
  const line = (className, label, values, write) => ({ className, label, values, write });
  if (kind === 'weight') {
    return { title: 'Canary’s share of the traffic', write: (x) => Math.round(x) + ' %', axis: (x) => x + ' %', list: [0, 50, 100], lines: [], steps: data.weights, low: 0 };
  }
  if (!g) return null;
  if (kind === 'evidence') {
    const has = (values) => values.some(known);
    const lines = [];
    const side = (className, label, at, values, limits) => {
      if (has(limits)) lines.push({ ...line('limit ' + className, at, limits, factor), silent: true }, { ...line(className, label, values, factor), limits });
    };
    side('abort', 'to abort', 'abort at', g.abortLog10, g.abortLimitLog10);
    side('promote', 'to go on', 'go on at', g.promoteLog10, g.promoteLimitLog10);
    return { title: 'Evidence, ' + name.title, write: factor, axis: power, log: true, lines };
  }
  if (kind === 'requests') {
    return { title: 'Requests judged, ' + name.title, axis: number, low: 0, lines: [line('canary', 'canary', g.canaryRequests, number), line('stable', 'stable', g.stableRequests, number)] };
  }
  const write = name.share ? percent : number;
  const lines = [line('canary', 'canary', g.canary, write), line('stable', 'stable', g.stable, write)];
  if (g.threshold.some(known)) lines.push({ ...line('limit', 'allowed', g.threshold, write), named: true });
  return { title: name.title + ', ' + name.bad, axis: write, low: 0, lines };
}

// domain is from the start of the run to its end, or to now.
function domain(data, now) {
  const t = data.plot ? data.plot.times : [];
  const first = Date.parse(data.startedAt || '') || t[0] || now;
  let last = data.endedAt ? Date.parse(data.endedAt) : now;
  if (t.length) last = Math.max(last, t[t.length - 1]);
  return [t.length && t[0] < first ? t[0] : first, Math.max(last, first + 30e3)];
}

// range is that of the y axis: its ends and its ticks.
function range(plot) {
  const values = plot.lines.flatMap((l) => l.values.filter(known));
  if (plot.log) {
    const limits = plot.lines.filter((l) => l.className.startsWith('limit')).flatMap((l) => l.values.filter(known));
    const limit = Math.max(1, ...limits);
    // Evidence is of interest until a little beyond its limit; what is further away is drawn at the edge, and its number is in the legend.
    const low = Math.max(-2, Math.min(0, Math.floor(Math.min(0, ...values))));
    const high = Math.min(Math.max(limit + 0.6, ...values), 2 * limit + 1);
    return { low, high, list: powers(low, high, 6) };
  }
  if (plot.list) return { low: 0, high: plot.list[plot.list.length - 1], list: plot.list };
  const list = ticks(Math.max(0, ...values) * 1.08, 4);
  const low = Math.min(0, ...values);
  return { low, high: list[list.length - 1], list };
}

// path joins what is known; a gap ends it.
function path(xs, ys) {
  let d = '', pen = false, points = 0;
  for (let i = 0; i < xs.length; i++) {
    if (!known(ys[i])) { pen = false; continue; }
    d += (pen ? 'L' : 'M') + xs[i].toFixed(1) + ' ' + ys[i].toFixed(1);
    pen = true;
    points++;
  }
  return { d, points };
}

const lastKnown = (values) => { for (let i = values.length - 1; i >= 0; i--) if (known(values[i])) return i; return -1; };

function axes(root, area, y, list, plot, x, from, to) {
  for (const value of list) {
    svg('line', { class: 'grid', x1: area.left, x2: area.right, y1: y(value), y2: y(value) }, root);
    svg('text', { class: 'end', x: area.left - 6, y: y(value) + 4 }, root).textContent = plot.axis(value);
  }
  svg('line', { class: 'axis', x1: area.left, x2: area.right, y1: area.bottom, y2: area.bottom }, root);
  const { list: at, step } = times(from, to, Math.max(2, Math.floor((area.right - area.left) / 78)));
  for (const t of at) {
    const where = x(t), wide = step < 60e3 ? 24 : 16;
    if (where < area.left + wide / 2 || where > area.right - wide + 8) continue;
    svg('line', { class: 'axis', x1: where, x2: where, y1: area.bottom, y2: area.bottom + 3 }, root);
    svg('text', { class: 'mid', x: where, y: area.bottom + 15 }, root).textContent = clock(t, step);
  }
}

// weights draws the steps of the plan: a line that goes up and down at once, and what it went to.
function weights(root, area, x, y, data, from, to) {
  const changes = data.weights.map((w) => ({ at: Date.parse(w.at), weight: w.weight }));
  let d = `M${x(from).toFixed(1)} ${y(0).toFixed(1)}`, free = area.left;
  for (const c of changes) d += `H${x(c.at).toFixed(1)}V${y(c.weight).toFixed(1)}`;
  d += `H${x(to).toFixed(1)}`;
  svg('path', { class: 'area', d: d + `V${y(0).toFixed(1)}Z` }, root);
  svg('path', { class: 'line canary', d, 'data-points': changes.length + 1 }, root);
  for (const c of changes) {
    const at = x(c.at), text = c.weight + ' %';
    if (at < free || at > area.right - 30) continue;
    svg('text', { x: at + 5, y: c.weight > 85 ? y(c.weight) + 14 : y(c.weight) - 5 }, root).textContent = text;
    free = at + 40;
  }
}

function lines(root, area, plot, x, y, data) {
  const xs = data.plot.times.map(x);
  const labels = [];
  for (const l of plot.lines) {
    const { d, points } = path(xs, l.values.map((v) => (known(v) ? y(v) : null)));
    svg('path', { class: 'line ' + l.className, d, 'data-points': points }, root);
    const i = lastKnown(l.values);
    if (i < 0) continue;
    if (l.className.startsWith('limit')) {
      const first = xs[l.values.findIndex(known)];
      labels.push({ className: l.className, text: l.named ? `${l.write(l.values[i])} ${l.label}` : `${l.label} ${l.write(l.values[i])}`, x: first, y: y(l.values[i]) });
    } else {
      svg('circle', { class: 'dot ' + l.className, cx: xs[i], cy: y(l.values[i]), r: 3.5 }, root);
    }
  }
  // Two limits may be near each other: the upper label stands above its line, the lower one below.
  labels.sort((a, b) => a.y - b.y);
  labels.forEach((label, i) => {
    const below = (i > 0 && label.y - labels[i - 1].y < 14) || label.y < area.top + 10;
    // Where there is no room from the beginning of the line, it stands at the right edge.
    const late = label.x > area.right - 90;
    svg('text', { class: label.className + (late ? ' end' : ''), x: late ? area.right : label.x + 5, y: label.y + (below ? 13 : -4) }, root).textContent = label.text;
  });
}

// nearest is the sample nearest to a time.
function nearest(list, t) {
  let best = -1;
  for (let i = 0; i < list.length; i++) if (best < 0 || Math.abs(list[i] - t) < Math.abs(list[best] - t)) best = i;
  return best;
}

function weightAt(data, t) {
  let weight = 0;
  for (const w of data.weights) if (Date.parse(w.at) <= t) weight = w.weight;
  return weight;
}

// legend has the values at the cursor, or else the newest, and says the same to a screen reader.
function legend(figure, plot, data, kind) {
  const box = figure.querySelector('.legend');
  box.replaceChildren();
  const t = data.plot ? data.plot.times : [];
  const i = cursor === null ? -1 : nearest(t, cursor);
  const words = [];
  if (kind === 'weight') {
    const weight = cursor === null ? (data.weights.length ? data.weights[data.weights.length - 1].weight : 0) : weightAt(data, cursor);
    const item = html('span', '', '', box);
    html('b', '', weight + ' %', item);
    words.push(weight + ' %');
    item.append(cursor === null ? ' now' : '');
    if (data.endedAt && cursor === null) item.lastChild.textContent = ' at the end';
  }
  for (const l of plot.lines) {
    if (l.silent) continue; // its line is labelled in the drawing
    const index = i < 0 ? lastKnown(l.values) : i;
    const item = html('span', '', '', box);
    const key = svg('svg', { viewBox: '0 0 20 8', 'aria-hidden': 'true' }, item);
    svg('path', { class: 'line ' + l.className, d: 'M0 4H20' }, key);
    item.append(l.label + ' ');
    const value = index >= 0 && known(l.values[index]) ? l.write(l.values[index]) : '–';
    html('b', '', value, item);
    const of = l.limits && index >= 0 && known(l.limits[index]) ? ' of ' + factor(l.limits[index]) : '';
    item.append(of);
    words.push(l.label + ' ' + value + of);
  }
  if (cursor !== null) html('span', '', 'at ' + clock(kind === 'weight' || i < 0 ? cursor : t[i]), box);
  return plot.title + ': ' + words.join(', ');
}

function drawCursor(root, area, x, plot, y, data) {
  if (cursor === null) return;
  const i = data.plot ? nearest(data.plot.times, cursor) : -1;
  const at = x(plot.lines.length && i >= 0 ? data.plot.times[i] : cursor);
  if (at < area.left - 1 || at > area.right + 1) return;
  svg('line', { class: 'cursor', x1: at, x2: at, y1: area.top, y2: area.bottom }, root);
  for (const l of plot.lines) {
    if (i >= 0 && known(l.values[i]) && !l.className.startsWith('limit')) svg('circle', { class: 'dot ' + l.className, cx: at, cy: y(l.values[i]), r: 4 }, root);
  }
}

// listen waits for the pointer and the arrow keys, once for each figure.
function listen(root, redraw) {
  const place = (event) => {
    const box = root.getBoundingClientRect(), { left, right, from, to } = root.frame;
    cursor = Math.min(to, Math.max(from, from + ((event.clientX - box.left - left) / (right - left)) * (to - from)));
    redraw();
  };
  const away = () => { cursor = null; redraw(); };
  root.addEventListener('pointermove', place);
  root.addEventListener('pointerleave', away);
  root.addEventListener('blur', away);
  root.addEventListener('keydown', (event) => {
    const { from, to } = root.frame, step = (to - from) / 40;
    const moved = { ArrowLeft: -step, ArrowRight: step, Home: from - to, End: to - from }[event.key];
    if (event.key === 'Escape') return away();
    if (!moved) return undefined;
    event.preventDefault();
    cursor = Math.min(to, Math.max(from, (cursor ?? to) + moved));
    redraw();
    document.getElementById('said').textContent = root.getAttribute('aria-label') + ' at ' + clock(cursor);
    return undefined;
  });
}

// draw fills one figure. now is the server's time, in milliseconds.
export function draw(figure, data, now, redraw) {
  const kind = figure.dataset.plot, plot = describe(kind, data, Number(figure.dataset.gate));
  let root = figure.querySelector('.drawing');
  if (!root) {
    html('div', 'legend', '', figure);
    root = svg('svg', { class: 'drawing', role: 'img', tabindex: 0 }, figure);
    listen(root, redraw);
  }
  const width = figure.clientWidth, height = kind === 'weight' ? 110 : 190;
  const area = { left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom };
  const [from, to] = domain(data, now);
  root.frame = { left: area.left, right: area.right, from, to };
  const x = (t) => area.left + ((t - from) / (to - from)) * (area.right - area.left);
  root.replaceChildren();
  root.setAttribute('viewBox', `0 0 ${width} ${height}`);
  root.setAttribute('height', height);
  if (!plot || (kind !== 'weight' && !plot.lines.some((l) => l.values.some(known)))) {
    svg('text', { class: 'mid', x: width / 2, y: height / 2 }, root).textContent = 'nothing measured yet';
    root.setAttribute('aria-label', 'nothing measured yet');
    return;
  }
  const { low, high, list } = range(plot);
  const y = (v) => area.bottom - ((Math.min(Math.max(v, low), high) - low) / (high - low)) * (area.bottom - area.top);
  axes(root, area, y, list, plot, x, from, to);
  if (kind === 'weight') {
    weights(root, area, x, y, data, from, to);
  } else {
    for (const w of data.weights) svg('line', { class: 'step', x1: x(Date.parse(w.at)), x2: x(Date.parse(w.at)), y1: area.top, y2: area.bottom }, root);
    lines(root, area, plot, x, y, data);
  }
  drawCursor(root, area, x, plot, y, data);
  root.setAttribute('aria-label', legend(figure, plot, data, kind));
}
