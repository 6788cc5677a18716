import { UnStyledButton } from '@graphiql/react';
import { useSyncExternalStore } from 'react';

let notice = null;
const listeners = new Set();

/**
 * Tells something, in the place of what was told before; `address`: to be copied by hand. Gives back what takes it away
 * again, where it is still shown.
 */
export function notify(text, address) {
  const told = { text, address };
  change(told);
  return () => notice === told && change(null);
}

function change(next) {
  notice = next;
  listeners.forEach((listener) => listener());
}

function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * The last notice, until it is dismissed. The element is always there, so that screen readers tell of changes. Its place
 * is within GraphiQL's own element, which has the colours.
 */
export function Notices() {
  const shown = useSyncExternalStore(subscribe, () => notice);
  return (
    <div role="status" aria-label="Notice" className="notice" data-shown={shown !== null}>
      {shown && (
        <>
          <div>
            <p>{shown.text}</p>
            {shown.address && (
              <input
                readOnly
                autoFocus
                aria-label="Link"
                value={shown.address}
                onFocus={({ target }) => target.select()}
              />
            )}
          </div>
          <UnStyledButton type="button" aria-label="Dismiss the notice" onClick={() => change(null)}>
            ×
          </UnStyledButton>
        </>
      )}
    </div>
  );
}
