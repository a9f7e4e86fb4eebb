/**
 * Makes the titles of the first page, the servers and the authentication headings, by which screen readers find the
 * content. OpenAPI Explorer only makes them large.
 *
 * @param root - where the titles are added and removed
 */
export function titleAsHeading(root: ShadowRoot): void {
  const found = () => {
    for (const title of root.querySelectorAll('#api-title, .section-gap--focused-mode .sub-title')) {
      title.setAttribute('role', 'heading');
      title.setAttribute('aria-level', '1');
    }
  };
  new MutationObserver(found).observe(root, { childList: true, subtree: true });
  found();
}
