/** What shows an operation on a phone or in a magnified window, and all operations of a tag. */
const OPENERS = '.endpoint-head, span[style*="cursor:pointer"]';

/**
 * Makes them buttons for the keyboard and screen readers. OpenAPI Explorer makes them for the pointer only.
 *
 * @param root - where they are added and removed
 */
export function openByKeyboard(root: ShadowRoot): void {
  const found = () => {
    for (const opener of root.querySelectorAll(OPENERS)) {
      opener.setAttribute('role', 'button');
      opener.setAttribute('tabindex', '0');
      if (opener.matches('.endpoint-head')) opener.ariaExpanded = String(opener.classList.contains('expanded'));
    }
  };
  new MutationObserver(found).observe(root, { childList: true, subtree: true, attributeFilter: ['class'] });
  root.addEventListener('keydown', (event) => {
    const { key, target } = event as KeyboardEvent;
    if (!(target instanceof HTMLElement && target.matches(OPENERS)) || !['Enter', ' '].includes(key)) return;
    event.preventDefault();
    target.click();
  });
  found();
}
