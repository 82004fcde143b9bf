// Numbers on axes: where ticks stand and how they are written. No document is needed for any of it.

// ticks are at most so many round numbers from 0 to at least top; the last of them is the end of the axis.
export function ticks(top, most) {
  if (!(top > 0)) top = 1;
  const raw = top / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw * (1 - 1e-9));
  const list = [];
  for (let i = 0; ; i++) {
    list.push(i * step);
    if (i * step >= top * (1 - 1e-9)) return list;
  }
}

// powers are whole numbers from low to high, at most so many: exponents of ten.
export function powers(low, high, most) {
  const step = Math.max(1, Math.ceil((high - low) / most));
  const list = [];
  for (let x = Math.ceil(low / step) * step; x <= high + 1e-9; x += step) list.push(x);
  return list;
}

// times are round times of day between two, in milliseconds, at most so many.
export function times(from, to, most) {
  const s = 1000, m = 60 * s, h = 60 * m, d = 24 * h;
  const steps = [s, 2 * s, 5 * s, 10 * s, 15 * s, 30 * s, m, 2 * m, 5 * m, 10 * m, 15 * m, 30 * m, h, 2 * h, 3 * h, 6 * h, 12 * h, d, 2 * d, 7 * d];
  const step = steps.find((x) => (to - from) / x <= most) || 14 * d;
  const zone = new Date(from).getTimezoneOffset() * m;
  const list = [];
  for (let x = Math.ceil((from - zone) / step) * step + zone; x <= to; x += step) list.push(x);
  return { list, step };
}

const two = (n) => String(n).padStart(2, '0');

// clock is a time of day, with seconds where they matter, or a date where that does.
export function clock(ms, step = 1000) {
  const t = new Date(ms);
  if (step >= 24 * 3600e3) return t.toLocaleDateString(undefined, { month: 'short', day: 'numeric' });
  return two(t.getHours()) + ':' + two(t.getMinutes()) + (step < 60e3 ? ':' + two(t.getSeconds()) : '');
}

// percent writes a share.
export function percent(x) {
  const p = Math.round(x * 1e5) / 1e3;
  if (p === Math.trunc(p)) return p + ' %';
  return (p >= 1 ? p.toFixed(1) : String(Number(p.toPrecision(2)))) + ' %';
}

const raised = (n) => String(n).replace(/\d/g, (c) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[c]);

// factor writes 10^x; what is not reached is rounded down, so that it doesn't look as if it were.
export function factor(x) {
  const v = 10 ** x * (1 + 1e-9);
  if (x >= 6) return '10' + raised(Math.floor(x));
  if (v >= 10) return Math.floor(v).toLocaleString('en');
  if (v >= 0.1) return (Math.floor(v * 10) / 10).toFixed(1);
  return 'below 0.1';
}

// power writes a tick of the logarithmic axis, a whole exponent.
export function power(x) {
  if (x > 4) return '10' + raised(x);
  return x < 0 ? (10 ** x).toFixed(-x) : (10 ** x).toLocaleString('en');
}

// number writes a value that has no unit, or a number of requests.
export function number(x) {
  const a = Math.abs(x);
  if (a >= 1e6) return Number((x / 1e6).toPrecision(3)) + ' M';
  if (a >= 1e4) return Number((x / 1e3).toPrecision(3)) + ' k';
  if (a >= 100 || x === Math.trunc(x)) return Math.round(x).toLocaleString('en');
  return String(Number(x.toPrecision(3)));
}

// span writes a duration in at most two units: 45s, 3m20s, 2h5m, 3d4h.
export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const pair = (big, a, small, b) => { const rest = Math.floor((s % big) / small); return Math.floor(s / big) + a + (rest ? rest + b : ''); };
  if (s < 60) return s + 's';
  if (s < 3600) return pair(60, 'm', 1, 's');
  if (s < 86400) return pair(3600, 'h', 60, 'm');
  return pair(86400, 'd', 3600, 'h');
}

// ago says how long a time is past.
export function ago(ms) {
  return ms < 1000 ? 'just now' : span(ms) + ' ago';
}
