// Tables of operations; each row opens the waterfall of its upstream calls. Rows that stay are left as they are.
import { ask } from './access.js';
import { amount, count, element, milliseconds } from './elements.js';
import { waterfall } from './waterfall.js';

const COLUMNS = ['Operation', 'When', 'Caller', 'Outcome', 'Errors', 'Time', 'Cost', 'Calls'];
const OUTCOMES = { OK: 'good', PARTIAL: 'fair', GONE: 'fair', REFUSED: 'fair', FAILED: 'bad' };

let made = 0;

/** A table of operations; `show` takes the list as it is now. */
export class OperationsTable {
  /** @param {string} title Id of its heading. */
  constructor(title) {
    const heads = COLUMNS.map((text) => element('th', { scope: 'col', text }));
    this.body = element('tbody');
    this.empty = element('p', { class: 'reason', text: 'None yet.' });
    this.table = element(
      'table',
      { 'aria-labelledby': title },
      element('thead', {}, element('tr', {}, ...heads)),
      this.body,
    );
    this.node = element('div', {}, this.empty, this.table);
    this.rows = new Map();
    this.show([]);
  }

  /** Takes rows out that are not listed any more, but for open ones, and puts new ones in. */
  show(operations) {
    const listed = new Set(operations.map(({ id }) => id));
    for (const [id, row] of this.rows) {
      if (listed.has(id) || row.open) continue;
      row.remove();
      this.rows.delete(id);
    }
    let next = this.body.firstElementChild;
    for (const operation of operations) {
      const known = this.rows.get(operation.id);
      if (known) {
        next = known.last.nextElementSibling;
        continue;
      }
      const row = new Row(operation);
      this.rows.set(operation.id, row);
      for (const node of row.nodes) this.body.insertBefore(node, next);
    }
    this.empty.hidden = this.rows.size > 0;
    this.table.hidden = this.rows.size === 0;
  }
}

class Row {
  constructor(operation) {
    this.operation = operation;
    this.open = false;
    this.place = element('td', { colspan: COLUMNS.length });
    const details = element('tr', { id: `calls-${(made += 1)}`, class: 'calls', hidden: true }, this.place);
    this.button = element(
      'button',
      { type: 'button', 'aria-expanded': 'false', 'aria-controls': details.id, on: { click: () => this.toggle() } },
      element('span', { class: 'kind', text: operation.kind || 'unread' }),
      ' ',
      operation.name ?? '(no name)',
    );
    this.nodes = [this.cells(), details];
  }

  get last() {
    return this.nodes[1];
  }

  cells() {
    const { at, requestId, caller, verdict, codes, durationMs, estimatedCost, actualCost, calls } = this.operation;
    const when = new Date(amount(at) * 1000);
    const errors = Object.entries(codes ?? {}).map(([code, number]) => (number > 1 ? `${code} × ${number}` : code));
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, this.button),
      element('td', { title: `Request ${requestId}` }, element('time', { datetime: when.toISOString(), text: when.toLocaleTimeString() })),
      element('td', { text: caller.replace(/:$/, '') || 'unknown' }),
      element('td', {}, element('span', { class: 'badge', 'data-is': OUTCOMES[verdict] ?? 'other', text: String(verdict).toLowerCase() })),
      element('td', { text: errors.join(', ') }),
      element('td', { class: 'number', text: milliseconds(durationMs) }),
      element('td', { class: 'number', title: 'Actual, of estimated', text: `${count(actualCost)} of ${count(estimatedCost)}` }),
      element('td', { class: 'number', text: count(calls) }),
    );
  }

  remove() {
    for (const node of this.nodes) node.remove();
  }

  async toggle() {
    this.open = !this.open;
    this.button.setAttribute('aria-expanded', String(this.open));
    this.last.hidden = !this.open;
    if (!this.open || this.drawn) return;
    this.place.replaceChildren('Asking for its upstream calls …');
    try {
      const trace = await ask(`status/operations/${encodeURIComponent(this.operation.id)}.json`);
      const request = element('p', { class: 'reason', text: `Request ${this.operation.requestId}` });
      this.place.replaceChildren(waterfall(trace), request);
      this.drawn = true;
    } catch (error) {
      this.place.replaceChildren(`Its upstream calls cannot be shown: ${error.message}`);
    }
  }
}
