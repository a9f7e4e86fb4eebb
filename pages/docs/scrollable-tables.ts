/**
 * Makes tables focusable while they are wider than the page, so that they can be scrolled by keyboard. A screen reader
 * announces their columns.
 *
 * @param root - where tables are added and removed
 */
export function focusScrollableTables(root: ShadowRoot): void {
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.setAttribute('tabindex', '0');
      else target.removeAttribute('tabindex');
    }
  });
  const found = () => {
    for (const table of root.querySelectorAll('.m-markdown table')) {
      const columns = Array.from(table.querySelectorAll('th'), ({ textContent }) => textContent?.trim());
      table.setAttribute('aria-label', `Table: ${columns.join(', ')}`);
      resized.observe(table);
    }
  };
  new MutationObserver(found).observe(root, { childList: true, subtree: true });
  found();
}
