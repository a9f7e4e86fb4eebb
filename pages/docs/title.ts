/**
 * Makes the title of the first page a heading, by which screen readers find the content. OpenAPI Explorer only makes it
 * large.
 *
 * @param root - where the title is added and removed
 */
export function titleAsHeading(root: ShadowRoot): void {
  const found = () => {
    const title = root.querySelector('#api-title');
    title?.setAttribute('role', 'heading');
    title?.setAttribute('aria-level', '1');
  };
  new MutationObserver(found).observe(root, { childList: true, subtree: true });
  found();
}
