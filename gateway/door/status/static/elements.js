/**
 * An element whose text is text: nothing that is given here is ever read as HTML.
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] `class`, `text`, `hidden`, `on` ({event: listener}); all else is an
 *   attribute. What is null, undefined or false is left out.
 * @param {...(Node | string | null | undefined)} children
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'class') made.className = value;
    else if (name === 'text') made.textContent = value;
    else if (name === 'on') for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** A definition list of [term, value] pairs; a value is a node or text. */
export function definitions(className, pairs) {
  const groups = pairs.map(([term, value]) => element('div', {}, element('dt', { text: term }), element('dd', {}, value)));
  return element('dl', { class: className }, ...groups);
}

/** A finite number that is not negative; 0 in the place of anything else. */
export const amount = (value) => (Number.isFinite(value) && value > 0 ? value : 0);

const digits = (value, most) => amount(value).toLocaleString('en', { maximumFractionDigits: most });

export const count = (value) => digits(value, 0);

/** `1 call`, `2 calls`. */
export const counted = (value, one, many = `${one}s`) => `${count(value)} ${amount(value) === 1 ? one : many}`;

export function milliseconds(value) {
  const shown = amount(value);
  if (shown >= 10_000) return `${digits(shown / 1000, 1)} s`;
  if (shown < 1) return `${digits(shown, 2)} ms`;
  return `${digits(shown, shown < 10 ? 1 : 0)} ms`;
}

export function bytes(value) {
  const shown = amount(value);
  if (shown < 1000) return counted(shown, 'byte');
  return shown < 1e6 ? `${digits(shown / 1e3, 1)} kB` : `${digits(shown / 1e6, 1)} MB`;
}

/** A span in the two largest units that fit: `3 d 4 h`, `12 min 5 s`, `4.2 s`. */
export function span(seconds) {
  const shown = amount(seconds);
  if (shown < 60) return `${digits(shown, 1)} s`;
  const whole = Math.floor(shown);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}
