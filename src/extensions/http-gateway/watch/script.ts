/**
 * What runs in pages while somebody writes the application.
 *
 * @module
 */

/** Where pages find {@link SCRIPT}, and where that listens. */
export const SCRIPT_PATH = '/.hermes/watch.js';
export const EVENTS_PATH = '/.hermes/watch';

/**
 * Reloads the page when it is of another build than the one that is served, and lays a fault over it. Styles are
 * set property by property and texts as texts, which every content policy with 'self' allows. A page that stays
 * old, as from a service worker, is reloaded once for each build and not in a circle.
 */
export const SCRIPT: string = `(() => {
  const { build } = document.currentScript.dataset;
  const key = 'hermes-watch-build';
  let panel;
  const hide = () => {
    panel?.remove();
    panel = undefined;
  };
  const show = (text) => {
    hide();
    panel = document.createElement('pre');
    panel.id = 'hermes-fault';
    panel.setAttribute('role', 'alert');
    panel.textContent = text;
    Object.assign(panel.style, {
      position: 'fixed', inset: '0', zIndex: '2147483647', margin: '0', padding: '2rem', overflow: 'auto',
      background: '#1b1b1fee', color: '#ffb4ab', font: '14px/1.5 ui-monospace, monospace', whiteSpace: 'pre-wrap',
      textAlign: 'left',
    });
    document.body.append(panel);
  };
  const events = new EventSource('${EVENTS_PATH}');
  events.addEventListener('build', ({ data }) => {
    if (data === build || sessionStorage.getItem(key) === data) return;
    sessionStorage.setItem(key, data);
    location.reload();
  });
  events.addEventListener('fault', ({ data }) => {
    const text = JSON.parse(data);
    if (text === null) hide();
    else show(text);
  });
})();
`;
