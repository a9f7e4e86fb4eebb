import { expect } from 'chai';
import { runCommand } from '../cli/support.js';
import { type CheckedService, startChecked } from '../support/checked-service.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';

const payee = (id: string) => ({ data: { id, type: 'Payee', name: `Payee ${id}` } });

for (const name of DATABASES) {
  describe(`payees on ${name}`, () => {
    let database: TestDatabase;
    let api: CheckedService;

    before(async () => {
      database = await createDatabase(name);
      api = await startChecked(['--admin', '--listen', '127.0.0.1:0', ...database.flags]);
    });
    after(async () => {
      await api.stop();
      database.dispose();
    });

    it('are created once, and read', async () => {
      expect((await api.post('/v1/payees', payee('b'))).status).to.equal(201);
      const { status, text } = await api.post('/v1/payees', payee('a'), { 'Idempotency-Key': 'a' });
      expect(status).to.equal(201);
      const again = await api.post('/v1/payees', payee('a'), { 'Idempotency-Key': 'a' });
      expect([again.text, again.headers['idempotent-replayed']]).to.deep.equal([text, 'true']);
      expect((await api.post('/v1/payees', payee('a'))).json()).to.include({ code: 'payee_exists' });
      expect((await api.get('/v1/payees/a')).text).to.equal(text);
      expect((await api.get('/v1/payees/c')).json()).to.include({ code: 'payee_not_found' });
    });

    it('are listed in order of creation', async () => {
      const seen: string[] = [];
      let next = '/v1/payees?size=1';
      for (;;) {
        const page = (await api.get(next)).json<{ data: { id: string }[]; links: { next: string } }>();
        if (page.data.length === 0) break;
        seen.push(...page.data.map(({ id }) => id));
        const { pathname, search } = new URL(page.links.next);
        next = pathname + search;
      }
      expect(seen).to.deep.equal(['b', 'a']);
      expect((await api.get('/v1/payees?after=x')).status).to.equal(400);
    });

    it('are exported, imported, copied and verified', async () => {
      const exported = await runCommand(['export', ...database.flags]);
      expect(exported.stderr).to.contain('exported 2 payees');
      const [one, two] = [await createDatabase(name), await createDatabase(name)];
      const imported = await runCommand(['import', ...one.flags], exported.stdout);
      expect(imported.stderr).to.contain('imported 2 rows, 0 were there already, 0 lines rejected');
      const copied = await runCommand(['copy', '--from', one.uri, '--to', two.uri]);
      expect(copied.stderr).to.contain('copied 2 changes of payees');
      expect(copied.stderr).to.contain('verified 2 payees and 2 changes: the same in both');
      for (const each of [one, two]) each.dispose();
    });

    it('are deleted with everything else', async () => {
      expect((await api.get('/admin/repo')).json()).to.deep.equal({ count: 2 });
      expect((await api.delete('/admin/repo')).status).to.equal(204);
      expect((await api.get('/v1/payees/a')).status).to.equal(404);
    });
  });
}
