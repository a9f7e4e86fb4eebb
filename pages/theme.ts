/**
 * Uses the system's colour scheme, until its button is clicked.
 *
 * @param button - switches between dark and light
 */
export function followTheme(button: HTMLButtonElement): void {
  const { dataset } = document.documentElement;
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  let chosen: boolean | null = null;

  function paint(): void {
    const isDark = chosen ?? system.matches;
    dataset.theme = isDark ? 'dark' : 'light';
    button.textContent = isDark ? 'Light' : 'Dark';
  }
  button.className = 'theme';
  button.addEventListener('click', () => {
    chosen = !(chosen ?? system.matches);
    paint();
  });
  system.addEventListener('change', paint);
  paint();
}
