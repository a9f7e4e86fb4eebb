import { defaultText, environmentName, type Setting } from '../../src/config/settings.js';
import { product } from '../../src/payments/resource.js';

/**
 * Settings as a Markdown table.
 *
 * @param columns - `takes`: with what each setting accepts, instead of its environment variable
 */
export function settingsTable(settings: readonly Setting<unknown>[], { takes = false } = {}): string {
  const head = ['flag', ...(takes ? [] : ['environment']), 'default', 'meaning', ...(takes ? ['takes'] : [])];
  const rows = settings.map((setting) => [
    `\`--${setting.name}\``,
    ...(takes ? [] : [`\`${environmentName(product, setting.name)}\``]),
    defaultText(setting) === setting.default ? `\`${setting.default}\`` : defaultText(setting),
    setting.doc,
    ...(takes ? [setting.format.takes] : []),
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
