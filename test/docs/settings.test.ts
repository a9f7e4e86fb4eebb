import { expect } from 'chai';
import { settingsOf } from '../../src/config/settings.js';
import { product } from '../../src/payments/resource.js';
import { expectGenerated } from './markdown.js';
import { settingsTable } from './settings-table.js';

const allSettings = settingsOf(product);

describe('the tables of settings', () => {
  it('are current in docs/settings.md', () => {
    expectGenerated('docs/settings.md', 'settings', () => {
      const groups = new Map<string, (typeof allSettings)[number][]>();
      for (const setting of allSettings) groups.set(setting.group, [...(groups.get(setting.group) ?? []), setting]);
      return [...groups]
        .map(([group, settings]) => `### ${group}\n\n${settingsTable(settings, { takes: true })}`)
        .join('\n\n');
    });
  });

  it('are current in README.md, for the settings it names', () => {
    expectGenerated('README.md', 'settings', (names) => {
      const chosen = names.map((name) => allSettings.find((setting) => setting.name === name));
      expect(chosen).not.to.include(undefined);
      return settingsTable(chosen.filter((setting) => setting !== undefined));
    });
  });
});
